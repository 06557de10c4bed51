"""Cheap linear filters in the frequency domain, and loudness as the ear weighs it."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ

Wave = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
_LOWEST_HZ = 10.0


@lru_cache(maxsize=256)
def fast_length(at_least: int) -> int:
    """The next number with no prime factor above 5: the FFT is fastest there."""
    best = 1 << (at_least - 1).bit_length()
    for threes, fives in product(range(12), range(8)):
        odd = 3**threes * 5**fives
        if odd < best:
            twos = max(0, -(-at_least // odd) - 1).bit_length()
            best = min(best, odd << twos)
    return best


@lru_cache(maxsize=16)
def frequencies_hz(length: int) -> Wave:
    """float32 (length // 2 + 1,) of a real FFT."""
    return np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ).astype(np.float32)


@lru_cache(maxsize=16)
def _log_frequencies(length: int) -> NDArray[np.float64]:
    axis: NDArray[np.float64] = np.log(np.maximum(frequencies_hz(length), _LOWEST_HZ))
    return axis.astype(np.float64)


def gains(length: int, at_hz: Sequence[float], gains_db: Sequence[float]) -> Wave:
    """Straight lines between points on a log frequency axis; flat outside. float32 bins."""
    level = np.interp(_log_frequencies(length), np.log(at_hz), gains_db).astype(np.float32)
    shape: Wave = np.exp(level * np.float32(np.log(10) / 20))
    return shape


@lru_cache(maxsize=16)
def hearing(length: int) -> Wave:
    """A-weighting of IEC 61672-1 as amplitude, so that levels are heard and not rumble."""
    square = frequencies_hz(length).astype(np.float64) ** 2
    weight = 12194.0**2 * square**2
    weight /= (square + 20.6**2) * (square + 12194.0**2)
    weight /= np.sqrt((square + 107.7**2) * (square + 737.9**2))
    return (weight * 10 ** (2.0 / 20)).astype(np.float32)


def spectrum(wave: Wave, length: int) -> Spectrum:
    """complex64 (length // 2 + 1,); `wave` is padded with silence.

    NumPy 2 computes an unscaled forward transform in float64 whatever it is given; asked to scale,
    it stays in float32, which is three times as fast."""
    single = wave.astype(np.float32, copy=False)
    bins = np.fft.rfft(single, length, norm="forward").astype(np.complex64, copy=False)
    bins *= np.float32(length)
    return bins


def waveform(bins: Spectrum, length: int, wanted: int) -> Wave:
    """Back to float32 (wanted,)."""
    return np.fft.irfft(bins, length)[:wanted].astype(np.float32, copy=False)


def heard_level(bins: Spectrum, length: int, wanted: int) -> float:
    """A-weighted root mean square of the sound of these bins over `wanted` samples (Parseval)."""
    weighted = np.abs(bins)
    weighted *= hearing(length)
    power = 2.0 * float(np.dot(weighted, weighted))
    return float(np.sqrt(power / length / wanted))


def noise_bins(random: np.random.Generator, length: int, shape: Wave) -> Spectrum:
    """Gaussian noise of an amplitude shape, drawn as bins: cheaper than filtering a waveform."""
    parts = random.standard_normal(2 * len(shape), dtype=np.float32).view(np.complex64)
    bins: Spectrum = parts * shape
    return bins


def noise(
    random: np.random.Generator, samples: int, at_hz: Sequence[float], gains_db: Sequence[float]
) -> Wave:
    """Noise of this spectrum, float32 (samples,), root mean square 1."""
    length = fast_length(samples)
    made = waveform(noise_bins(random, length, gains(length, at_hz, gains_db)), length, samples)
    return at_level(made, 1.0)


def filtered(wave: Wave, at_hz: Sequence[float], gains_db: Sequence[float]) -> Wave:
    """`wave` through these gains, without delay."""
    length = fast_length(len(wave))
    return waveform(spectrum(wave, length) * gains(length, at_hz, gains_db), length, len(wave))


def convolved(wave: Wave, kernel: Wave) -> Wave:
    """`wave` through a causal kernel; the tail beyond its end is left out."""
    return all_convolved([wave], kernel)[0]


def all_convolved(waves: Sequence[Wave], kernel: Wave) -> list[Wave]:
    """Waves of one length through one kernel; silence costs nothing."""
    samples = len(waves[0])
    length = fast_length(samples + len(kernel))
    response = spectrum(kernel, length)
    return [
        waveform(spectrum(wave, length) * response, length, samples) if wave.any() else wave
        for wave in waves
    ]


def at_level(wave: Wave, level: float) -> Wave:
    """`wave` with this root mean square; silence stays silence."""
    power = float(np.dot(wave, wave)) / max(len(wave), 1)
    scale = level / np.sqrt(power) if power > 1e-20 else 0.0
    return wave * np.float32(scale)


def at_heard_level(wave: Wave, level: float) -> Wave:
    """`wave` with this A-weighted level; silence stays silence."""
    length = fast_length(len(wave))
    heard = heard_level(spectrum(wave, length), length, len(wave))
    return wave * np.float32(level / heard if heard > 1e-9 else 0.0)


def joined(values: NDArray[np.floating], step: int) -> NDArray[np.floating]:
    """Straight lines between `values` (k,) that lie `step` samples apart, ((k - 1) * step,)."""
    ramp = (np.arange(step) / step).astype(values.dtype)
    lines: NDArray[np.floating] = values[:-1, None] + np.diff(values)[:, None] * ramp
    return lines.ravel()


def slow_noise(random: np.random.Generator, samples: int, changes_hz: float) -> Wave:
    """Smooth Gaussian wander, about 1 in standard deviation, with `changes_hz` new values a second;
    float32 (samples,)."""
    step = max(1, int(SAMPLE_RATE_HZ / changes_hz))
    values = random.standard_normal(samples // step + 3, dtype=np.float32)
    first = int(random.integers(step))
    return joined(values, step)[first : first + samples].astype(np.float32, copy=False)


def decibels(level_db: float) -> np.float32:
    return np.float32(10 ** (level_db / 20))
