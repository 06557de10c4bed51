"""Odd, broken and hostile files: a clip or a typed error, and nothing else."""

import os
import time

import numpy as np
import psutil
import pytest

from tests.conftest import OpenWatch
from tests.odd.files import CASE_NAMES, REPORT, OddFile
from tingzhen.errors import ClipError
from tingzhen.media import Clip, read_clip

OddFiles = dict[str, OddFile]


def read(odd_files: OddFiles, name: str) -> Clip:
    if odd_files[name].skipped:
        pytest.skip(odd_files[name].skipped)
    return read_clip(odd_files[name].path)


def decoding_children() -> list[psutil.Process]:
    """Processes below the warm decoder: one a clip, gone when the clip is read."""
    warm = psutil.Process().children()
    return [child for process in warm for child in process.children(recursive=True)]


@pytest.mark.timeout(20, func_only=True)  # the files themselves take longer to make
@pytest.mark.parametrize("name", CASE_NAMES, ids=ascii)
def test_ends_in_a_clip_or_a_typed_error(name: str, odd_files: OddFiles, secret: OpenWatch) -> None:
    odd = odd_files[name]
    if odd.skipped:
        pytest.skip(odd.skipped)
    try:
        clip = read_clip(odd.path)
    except ClipError as error:
        assert error.code in odd.outcomes, error
        assert error.text.zh != error.text.en
    else:
        assert REPORT in odd.outcomes
        assert clip.waveform is not None or clip.frames
    assert not secret.opened
    deadline = time.monotonic() + 5
    while decoding_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert decoding_children() == []


def test_the_watch_sees_a_pipe_that_is_opened(odd_files: OddFiles, secret: OpenWatch) -> None:
    pipe = odd_files["playlist.mp4"].path.parent / "secret" / "segment.ts"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    deadline = time.monotonic() + 5
    while not secret.opened and time.monotonic() < deadline:
        time.sleep(0.01)
    os.close(reader)
    assert secret.opened


def corners(clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours near the upper left and the lower right corner of the first frame."""
    rgb = clip.frames[0].rgb.astype(np.float64)
    height, width = rgb.shape[:2]
    upper = rgb[height // 16 : height // 5, width // 16 : width // 3].mean(axis=(0, 1))
    lower = rgb[-height // 5 : -height // 16, -width // 3 : -width // 16].mean(axis=(0, 1))
    return upper, lower


@pytest.mark.parametrize(
    "name",
    [
        "turned-0.mp4", "turned-90.mp4", "turned-180.mp4", "turned-270.mp4", "mirrored.mp4",
        "photo-turned-by-exif.jpg", "ten-bit.mp4", "hdr-pq.mp4", "hdr-hlg.mp4", "odd-size.mp4",
        "wide-pixels.mp4", "4k.mp4", "vp8.webm", "vp9.webm", "av1.mkv", "dashcam.avi",
        "old-phone.3gp", "iphone.mov", "photo.webp", "edit-list.mp4",
    ],
)  # fmt: skip
def test_pictures_stand_upright_in_their_colours(name: str, odd_files: OddFiles) -> None:
    upper, lower = corners(read(odd_files, name))
    assert upper[0] > 1.5 * upper[2] + 20, "the upper left corner is red"
    assert lower[2] > 1.5 * lower[0] + 20, "the lower right corner is blue"


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("turned-90.mp4", 4 / 3), ("wide-pixels.mp4", 4 / 3), ("odd-size.mp4", 321 / 241),
     ("4k.mp4", 16 / 9), ("photo-turned-by-exif.jpg", 4 / 3)],
)  # fmt: skip
def test_pixels_are_square(name: str, ratio: float, odd_files: OddFiles) -> None:
    height, width = read(odd_files, name).frames[0].rgb.shape[:2]
    assert width / height == pytest.approx(ratio, rel=0.01)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_is_told_clockwise(degrees: int, odd_files: OddFiles) -> None:
    clip = read(odd_files, f"turned-{degrees}.mp4")
    assert clip.video is not None
    assert clip.video.rotation == degrees


def test_a_late_sound_track_begins_with_silence(odd_files: OddFiles) -> None:
    clip = read(odd_files, "sound-begins-late.mp4")
    assert clip.waveform is not None
    loud = np.flatnonzero(np.abs(clip.waveform) > 0.1)
    assert loud[0] / 16_000 == pytest.approx(2.0, abs=0.03)
    assert clip.duration_s == pytest.approx(4.0, abs=0.1)


def test_an_edit_list_moves_the_clock_of_the_pictures(odd_files: OddFiles) -> None:
    clip = read(odd_files, "edit-list.mp4")
    # 0.8 s of 4 s are cut off by the edit list.
    assert clip.frames[-1].time_s < 3.3


def test_times_of_a_variable_frame_rate_rise_to_the_end(odd_files: OddFiles) -> None:
    clip = read(odd_files, "variable-frame-rate.mp4")
    times = [frame.time_s for frame in clip.frames]
    assert times == sorted(set(times))
    assert times[0] < 0.5
    assert times[-1] > 4.5


def test_damaged_packets_are_counted_and_the_rest_is_kept(odd_files: OddFiles) -> None:
    clip = read(odd_files, "damaged-packets.mp4")
    assert clip.damaged_packets > 0
    assert clip.frames
    assert clip.waveform is not None
    assert clip.duration_s == pytest.approx(6.0, abs=0.2)


@pytest.mark.parametrize(
    "name",
    ["voice-memo.m4a", "raw.aac", "message.amr", "message.opus", "message.ogg", "lossless.flac",
     "eight-channels.flac", "song.mp3", "clipped.wav", "no-picture-track.mp4", "old-phone.3gp",
     "dashcam.avi"],
)  # fmt: skip
def test_the_tone_is_heard_at_its_pitch(name: str, odd_files: OddFiles) -> None:
    clip = read(odd_files, name)
    assert clip.waveform is not None
    spectrum = np.abs(np.fft.rfft(clip.waveform[4_000:12_000]))
    assert np.argmax(spectrum) * 16_000 / 8_000 == pytest.approx(440, abs=4)


def test_a_wav_that_claims_four_gigabytes_ends_where_its_bytes_end(odd_files: OddFiles) -> None:
    clip = read(odd_files, "claims-four-gigabytes.wav")
    assert clip.duration_s == pytest.approx(2.0, abs=0.01)
