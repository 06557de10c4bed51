"""What a clip tells without being listened to: length, bit rate, energy of the highest bands.

Sources differ in all of these, and most faults come from one source each, so each of these alone
separates types in a way that has nothing to do with a fault.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.waveforms import read_at_rate
from tingzhen.training.noise_measuring.recordings import Values

FACTS = ("clip_length", "bit_rate", "above_8_khz", "above_4_khz", "above_7_khz")
CONTROLS: Mapping[str, tuple[int, ...]] = {
    "clip_length": (0,),
    "bit_rate": (1,),
    "energy_above_8_khz": (2,),
    "energy_above_4_and_7_khz": (3, 4),
    "all_together": (0, 1, 2, 3, 4),
}
"""Columns of the facts that each control sees."""
WINDOW = 2048
FLOOR = 1e-9
"""Share of the energy, below which a band counts as empty: -90 dB."""


def facts(path: Path) -> Values:
    """(5,), in the order of FACTS: log seconds, log bit/s, log shares of energy.

    The file is decoded at its own rate: above 8 kHz is a share of all energy, above 4 and 7 kHz a
    share of what lies below 8 kHz, which is all that a network at 16 kHz can hear. The spectrum is
    a mean over Hann windows (Welch 1967). Raises ManifestError when nothing can be decoded.
    """
    samples, rate_hz = read_at_rate(path)
    seconds = len(samples) / rate_hz
    power, frequency = mean_spectrum(samples, rate_hz)
    below = power[frequency <= 8000.0].sum()

    def share(from_hz: float, to_hz: float, whole: float) -> float:
        band = power[(frequency > from_hz) & (frequency <= to_hz)].sum()
        return float(np.log(max(band / max(whole, 1e-30), FLOOR)))

    return np.array([
        np.log(seconds),
        np.log(path.stat().st_size * 8 / seconds),
        share(8000.0, np.inf, power.sum()),
        share(4000.0, 8000.0, below),
        share(7000.0, 8000.0, below),
    ])  # fmt: skip


def facts_of_clips(
    clips: Sequence[NoiseClip], *, advance: Callable[[], None] = lambda: None
) -> Values:
    """(clips, 5). Raises ManifestError."""
    rows = []
    for clip in clips:
        rows.append(facts(clip.path))
        advance()
    return np.array(rows).reshape(-1, len(FACTS))


def mean_spectrum(samples: NDArray[np.float32], rate_hz: int) -> tuple[Values, Values]:
    """Mean power spectrum over half-overlapping windows, and its frequencies in Hz."""
    if len(samples) < WINDOW:
        samples = np.pad(samples, (0, WINDOW - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[:: WINDOW // 2]
    window = np.hanning(WINDOW).astype(np.float32)
    total = np.zeros(WINDOW // 2 + 1)
    # In blocks: three minutes at 48 kHz would take a gigabyte at once.
    for start in range(0, len(frames), 512):
        spectra = np.fft.rfft(frames[start : start + 512] * window, axis=1)
        total += (np.abs(spectra) ** 2).sum(axis=0)
    frequency = np.fft.rfftfreq(WINDOW, 1 / rate_hz).astype(np.float64)
    return total / len(frames), frequency
