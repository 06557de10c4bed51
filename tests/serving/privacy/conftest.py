"""A real service, as the tests of clips have it."""

from tests.serving.clips.conftest import open_service, parts

__all__ = ["open_service", "parts"]
