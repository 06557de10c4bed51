"""What a fault mechanism is, and how its sound is handed over."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NoiseType
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

COMBUSTION = frozenset({"petrol", "diesel", "hybrid"})
PETROL = frozenset({"petrol", "hybrid"})
DIESEL = frozenset({"diesel"})
ELECTRIC = frozenset({"electric", "hybrid"})
ALL = COMBUSTION | ELECTRIC

FRAME = SAMPLE_RATE_HZ // 100
HEARD_DB = -30.0
"""Below the loud frames by more than this a fault is masked by its own car, whatever the bed."""
JOIN_S = 0.35
"""Hits closer than this are heard as one event: the ear groups a knock at idle into one noise."""


@dataclass(frozen=True, slots=True, eq=False)
class FaultSound:
    """waveform: float32 (n,), peak 1, or all zero where the motion gives the fault no occasion.
    events: seconds in which it is heard, in order, not overlapping. parameters: what was drawn."""

    waveform: NDArray[np.float32]
    events: tuple[tuple[float, float], ...]
    parameters: dict[str, float]


Make = Callable[[Motion, np.random.Generator], FaultSound]


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One way in which a car makes a noise of `type`. manoeuvres: in which it is heard;
    powertrains: which can have it. make: the sound along a motion, the same for the same state of
    the generator."""

    name: str
    type: NoiseType
    powertrains: frozenset[str]
    manoeuvres: tuple[str, ...]
    make: Make


def fault_sound(waveform: Curve, **parameters: float) -> FaultSound:
    """Scale float64 (n,) to a peak of 1 and find where it is heard."""
    waveform = np.nan_to_num(waveform)
    peak = float(np.max(np.abs(waveform), initial=0.0))
    if peak < 1e-9:
        return FaultSound(np.zeros(len(waveform), np.float32), (), parameters)
    # A mean would be an inaudible offset, but it would count as loudness.
    scaled = (waveform / peak).astype(np.float32)
    return FaultSound(scaled, find_heard(scaled), parameters)


def find_heard(waveform: NDArray[np.float32]) -> tuple[tuple[float, float], ...]:
    """Stretches (start, end) in seconds whose 10 ms frames come within HEARD_DB of the loudest."""
    frames = -(-len(waveform) // FRAME)
    padded = np.zeros(frames * FRAME, np.float32)
    padded[: len(waveform)] = waveform
    power = np.square(padded.reshape(frames, FRAME)).mean(axis=1)
    heard = np.flatnonzero(power > power.max() * 10 ** (HEARD_DB / 10))
    if not len(heard):
        return ()
    breaks = np.flatnonzero(np.diff(heard) * FRAME > JOIN_S * SAMPLE_RATE_HZ)
    firsts = heard[np.r_[0, breaks + 1]]
    lasts = heard[np.r_[breaks, len(heard) - 1]]
    duration_s = len(waveform) / SAMPLE_RATE_HZ
    return tuple(
        (float(first * FRAME / SAMPLE_RATE_HZ),
         min(duration_s, float((last + 1) * FRAME / SAMPLE_RATE_HZ)))
        for first, last in zip(firsts, lasts, strict=True)
    )  # fmt: skip
