"""The sound of a file before its pictures: the same as in the whole clip, which stays the same."""

from pathlib import Path

import numpy as np

from tests.odd.files import OddFile
from tingzhen.errors import ClipError
from tingzhen.media import Clip, Sound, read_clip


def heard_first(path: Path) -> tuple[Clip, Sound]:
    heard: list[Sound] = []
    clip = read_clip(path, heard=heard.append)
    (sound,) = heard
    return clip, sound


def assert_same(clip: Clip, other: Clip, name: str) -> None:
    for field in ("sha256", "kind", "duration_s", "video", "audio", "quality", "generated"):
        assert getattr(clip, field) == getattr(other, field), (name, field)
    assert clip.damaged_packets == other.damaged_packets, name
    assert [frame.time_s for frame in clip.frames] == [frame.time_s for frame in other.frames], name
    for one, two in zip(clip.frames, other.frames, strict=True):
        np.testing.assert_array_equal(one.rgb, two.rgb, err_msg=name)
    if clip.waveform is None:
        assert other.waveform is None, name
    else:
        assert other.waveform is not None, name
        np.testing.assert_array_equal(clip.waveform, other.waveform, err_msg=name)


def test_the_sound_is_that_of_the_clip(data_dir: Path) -> None:
    for name in ("engine_knock_00.mp4", "silent_engine_bay.mp4"):
        path = data_dir / "video" / name
        clip, sound = heard_first(path)
        assert_same(clip, read_clip(path), name)
        assert sound.kind == clip.kind == "video"
        assert sound.audio == clip.audio
        if clip.waveform is None:
            assert sound.waveform is None
            assert sound.quality == ()
        else:
            assert sound.waveform is not None
            np.testing.assert_array_equal(sound.waveform, clip.waveform)
            assert set(sound.quality) <= {fact.code for fact in clip.quality}


def test_every_odd_file_gives_the_same_clip_or_the_same_error(
    odd_files: dict[str, OddFile],
) -> None:
    for name, odd in odd_files.items():
        try:
            whole = read_clip(odd.path)
        except ClipError as error:
            heard: list[Sound] = []
            try:
                read_clip(odd.path, heard=heard.append)
            except ClipError as other:
                assert other.code == error.code, name
                # Faults that only the pictures have come after the sound.
                assert {sound.kind for sound in heard} <= {"video"}, name
            else:
                raise AssertionError(f"{name}: no {error.code}") from error
            continue
        clip, sound = heard_first(odd.path)
        assert_same(clip, whole, name)
        if clip.waveform is None:
            assert sound.waveform is None, name
        else:
            assert sound.waveform is not None, name
            np.testing.assert_array_equal(sound.waveform, clip.waveform, err_msg=name)


def test_a_photo_has_no_sound(odd_files: dict[str, OddFile]) -> None:
    clip, sound = heard_first(odd_files["black.jpg"].path)
    assert (clip.kind, sound.kind, sound.waveform, sound.quality) == ("photo", "photo", None, ())


def test_a_hash_that_is_known_is_taken_over(odd_files: dict[str, OddFile]) -> None:
    known = "5" * 64
    assert read_clip(odd_files["black.jpg"].path, sha256=known).sha256 == known
