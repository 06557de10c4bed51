"""Trains of short sounds: where they sit, and how the struck body rings."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.filters import Wave
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve

Positions = NDArray[np.float64]


def crossings(curve: Curve, marks: NDArray[np.float64]) -> Positions:
    """Sample positions (float) where a rising curve passes each of the `marks`."""
    where = np.searchsorted(curve, marks).clip(1, max(len(curve) - 1, 1))
    below, above = curve[where - 1], curve[where]
    part = (marks - below) / np.maximum(above - below, 1e-12)
    positions: Positions = where - 1 + part.clip(0.0, 1.0)
    return positions


def train(samples: int, positions: Positions, strengths: NDArray[np.floating]) -> Wave:
    """float32 (samples,): one impulse at each position, shared between its two neighbours."""
    inside = (positions >= 0) & (positions < samples - 1)
    at, strength = positions[inside], np.asarray(strengths, np.float64)[inside]
    first = at.astype(np.int64)
    part = at - first
    made = np.bincount(first, strength * (1 - part), samples)
    made += np.bincount(first + 1, strength * part, samples)
    return made.astype(np.float32)


def ringing(
    modes_hz: Sequence[float] | NDArray[np.float64],
    qualities: Sequence[float] | NDArray[np.float64],
    strengths: Sequence[float] | NDArray[np.float64],
    *,
    length_s: float,
) -> Wave:
    """Sum of decaying sines, the free response of a struck body; quality = pi f x decay time."""
    time_s = np.arange(max(8, int(length_s * SAMPLE_RATE_HZ))) / SAMPLE_RATE_HZ
    modes = np.asarray(modes_hz, np.float64)
    decay = -np.pi * modes / np.asarray(qualities, np.float64)
    waves = np.exp(np.outer(time_s, decay + 2j * np.pi * modes)).imag
    kernel: Wave = (waves @ np.asarray(strengths, np.float64)).astype(np.float32)
    return kernel


def random_ringing(
    random: np.random.Generator,
    low_hz: float,
    high_hz: float,
    *,
    modes: int,
    quality: tuple[float, float],
    length_s: float,
) -> Wave:
    """Modes drawn evenly on a log axis, of random strength and quality."""
    at_hz = np.exp(random.uniform(np.log(low_hz), np.log(high_hz), modes))
    strengths = random.standard_normal(modes) * np.exp(random.normal(0, 0.4, modes))
    qualities = np.exp(random.uniform(np.log(quality[0]), np.log(quality[1]), modes))
    return ringing(at_hz, qualities, strengths, length_s=length_s)


def lookup(table: NDArray[np.float32], phase: NDArray[np.float32]) -> Wave:
    """One period given by `table`, read at `phase` 0..1 (nearest entry)."""
    found: Wave = table[(phase * np.float32(len(table))).astype(np.int32) % len(table)]
    return found


def fraction(curve: NDArray[np.floating]) -> NDArray[np.float32]:
    """The part after the decimal point, as float32 0..1."""
    heard: Wave = (curve - np.floor(curve)).astype(np.float32)
    return heard


def sine(turns: NDArray[np.floating]) -> Wave:
    """sin of a phase in turns; reduced before it becomes float32, so that long scenes hold."""
    made: Wave = np.sin(fraction(turns) * np.float32(2 * np.pi))
    return made
