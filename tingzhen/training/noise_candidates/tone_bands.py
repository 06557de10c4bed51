"""Steady tones made visible: long windows, fine bands, and only what stands above its surroundings.

Whine, squeal and gear noise are narrow lines. A line's height over the neighbouring bands does not
depend on how a microphone colours the sound, as its level would.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
WINDOW, HOP = 4096, 1280
"""256 ms windows tell tones 8 Hz apart; one each 80 ms."""
BANDS = 96
LOW_HZ, HIGH_HZ = 150.0, 7500.0
SURROUNDING_BANDS = 8
"""Half an octave to either side."""


def _edges() -> NDArray[np.int64]:
    hertz = np.geomspace(LOW_HZ, HIGH_HZ, BANDS + 1)
    return np.round(hertz * WINDOW / SAMPLE_RATE_HZ).astype(np.int64)


def tone_bands(wave: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (frames, BANDS): natural logarithm of the strongest line of each band over the mean
    power of half an octave to either side. A shorter wave is padded to one window."""
    wave = np.pad(wave, (0, max(0, WINDOW - len(wave))))
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP]
    bins = np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), axis=1)
    power = bins.real**2 + bins.imag**2
    edges = _edges()
    starts = edges[:-1]
    peaks = np.log(np.maximum.reduceat(power[:, : edges[-1]], starts, axis=1) + 1e-9)
    means = np.add.reduceat(power[:, : edges[-1]], starts, axis=1) / np.diff(edges)
    around = np.log(means + 1e-9)
    padded = np.pad(around, ((0, 0), (SURROUNDING_BANDS, SURROUNDING_BANDS)), mode="edge")
    width = 2 * SURROUNDING_BANDS + 1
    floor = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1).mean(axis=2)
    return (peaks - floor).astype(np.float32)
