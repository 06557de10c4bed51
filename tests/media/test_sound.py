"""The waveform keeps time and pitch; golden numbers from librosa's resampler."""

from fractions import Fraction

import av
import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from tingzhen.media.sound import Waveform


def frame(samples: NDArray[np.float32], rate_hz: int, start: int | None) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(np.atleast_2d(samples), format="fltp", layout="mono")
    made.sample_rate = rate_hz
    made.time_base = Fraction(1, rate_hz)
    made.pts = start
    return made


def waveform(pieces: list[tuple[int | None, NDArray[np.float32]]], rate_hz: int) -> NDArray:
    collected = Waveform(1 / rate_hz, 0.0)
    for start, samples in pieces:
        for k in range(0, len(samples), 1024):
            at = None if start is None else start + k
            collected.add(frame(samples[k : k + 1024], rate_hz, at))
    return collected.finish(180.0)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_resampling_agrees_with_an_independent_one(rate_hz: int) -> None:
    time_s = np.arange(rate_hz * 2) / rate_hz
    tone = (0.5 * np.sin(2 * np.pi * 997 * time_s)).astype(np.float32)
    ours = waveform([(0, tone)], rate_hz)
    theirs = librosa.resample(tone, orig_sr=rate_hz, target_sr=16_000, res_type="soxr_hq")
    assert abs(len(ours) - len(theirs)) <= 1
    inner = slice(800, 31_000)
    assert np.abs(ours[inner] - theirs[inner]).max() < 5e-3


def test_what_16_khz_cannot_hold_is_taken_out_not_folded_back() -> None:
    time_s = np.arange(48_000) / 48_000
    ours = waveform([(0, np.sin(2 * np.pi * 11_000 * time_s).astype(np.float32))], 48_000)
    assert np.abs(ours[800:-800]).max() < 0.01


def test_gaps_and_late_starts_are_silence_at_their_time() -> None:
    one = np.full(16_000, 0.5, np.float32)
    ours = waveform([(8000, one), (40_000, one)], 16_000)
    assert len(ours) == 56_000
    loud = np.abs(ours) > 0.25
    assert not loud[:8000].any()
    assert loud[8000:24_000].all()
    assert not loud[24_000:40_000].any()
    assert loud[40_000:].all()


def test_what_an_edit_list_cuts_away_is_cut_away() -> None:
    ramp = np.linspace(0, 0.9, 32_000, dtype=np.float32)
    ours = waveform([(-16_000, ramp)], 16_000)
    assert len(ours) == 16_000
    np.testing.assert_allclose(ours, ramp[16_000:], atol=1e-6)


def test_frames_without_a_time_stamp_follow_each_other() -> None:
    ours = waveform([(None, np.full(5000, 0.25, np.float32))], 16_000)
    np.testing.assert_allclose(ours, 0.25, atol=1e-6)


def test_what_is_no_number_is_silence() -> None:
    broken = np.array([np.nan, np.inf, -np.inf, 3.0] * 400, np.float32)
    ours = waveform([(0, broken)], 16_000)
    assert np.isfinite(ours).all()
    assert np.abs(ours).max() <= 1.0


@pytest.mark.parametrize(("fmt", "full"), [("s16", 32767), ("s32", 2**31 - 1), ("u8", 255)])
def test_whole_numbers_become_full_scale(fmt: str, full: int) -> None:
    kind = {"s16": np.int16, "s32": np.int32, "u8": np.uint8}[fmt]
    made = av.AudioFrame.from_ndarray(np.full((1, 2000), full, kind), format=fmt, layout="stereo")
    made.sample_rate, made.pts = 16_000, 0
    collected = Waveform(1 / 16_000, 0.0)
    collected.add(made)
    ours = collected.finish(10.0)
    assert len(ours) == 1000
    np.testing.assert_allclose(ours, 1.0, atol=0.01)
