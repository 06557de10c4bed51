"""The embeddings of a clip, for comparing it with cases that hold them."""

import pytest

from tests.odd.files import OddFile
from tingzhen.serving.cases.similar import embed_clip
from tingzhen.serving.settings import Settings


@pytest.mark.parametrize(
    ("name", "sound", "picture"),
    [
        ("variable-frame-rate.mp4", True, True),
        ("no-sound-track.mp4", False, True),
        ("photo-turned-by-exif.jpg", False, True),
        ("silence.wav", True, False),
        ("a-tenth-of-a-second.wav", False, False),
    ],
)
def test_what_a_clip_has_is_embedded(
    odd_files: dict[str, OddFile], name: str, sound: bool, picture: bool
) -> None:
    heard, seen = embed_clip(odd_files[name].path, Settings())
    assert (None if heard is None else heard.shape) == ((1024,) if sound else None)
    assert (None if seen is None else seen.shape) == ((1280,) if picture else None)
