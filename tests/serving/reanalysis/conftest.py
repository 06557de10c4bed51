"""A real service, as the tests of clips have it."""

from tests.serving.clips.conftest import open_service, parts
from tests.serving.jobs.conftest import knocking

__all__ = ["knocking", "open_service", "parts"]
