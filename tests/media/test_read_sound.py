"""The sound of a file without its pictures: the same as in the whole clip, and as safe."""

from pathlib import Path

import numpy as np

from tests.odd.files import OddFile
from tingzhen.errors import ClipError
from tingzhen.media import read_clip, read_sound


def test_sound_alone_is_the_sound_of_the_clip(data_dir: Path) -> None:
    for name in ("engine_knock_00.mp4", "silent_engine_bay.mp4"):
        path = data_dir / "video" / name
        clip, sound = read_clip(path), read_sound(path)
        assert sound.kind == clip.kind == "video"
        assert sound.audio == clip.audio
        if clip.waveform is None:
            assert sound.waveform is None
            assert sound.quality == ()
        else:
            assert sound.waveform is not None
            np.testing.assert_array_equal(sound.waveform, clip.waveform)
            assert set(sound.quality) <= {fact.code for fact in clip.quality}


def test_every_odd_file_gives_the_same_sound_or_the_same_error(
    odd_files: dict[str, OddFile],
) -> None:
    for name, odd in odd_files.items():
        try:
            clip = read_clip(odd.path)
        except ClipError as error:
            # Faults that only the pictures have stay unseen here.
            try:
                sound = read_sound(odd.path)
            except ClipError as other:
                assert other.code == error.code, name
            else:
                assert sound.kind in {"video", "photo"}, name
            continue
        sound = read_sound(odd.path)
        if clip.waveform is None:
            assert sound.waveform is None, name
        else:
            assert sound.waveform is not None, name
            np.testing.assert_array_equal(sound.waveform, clip.waveform, err_msg=name)


def test_a_photo_has_no_sound(odd_files: dict[str, OddFile]) -> None:
    sound = read_sound(odd_files["black.jpg"].path)
    assert (sound.kind, sound.waveform, sound.quality) == ("photo", None, ())
