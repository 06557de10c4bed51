"""Shipped against retrained by recording, with intervals that few recordings deserve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.noise.bundle import Fitted
from tingzhen.training.noise.crossval import Heads
from tingzhen.training.noise_measuring.recordings import Recordings, Scored, by_recording
from tingzhen.training.noise_retraining.refit import answers
from tingzhen.training.noise_retraining.vectors import Scenes

Basis = Literal["recordings", "synthetic", "synthetic_near"]
Outcome = Literal["better", "worse", "unclear"]
Right = NDArray[np.bool_]
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Paired:
    """One thing on which both models were tried. what: a type named first, `faults_found` or
    `no_false_alarm`; basis: recordings; synthetic: scenes as the gate judges them; synthetic_near:
    by the head for near clips alone. n: recordings or scenes; shipped, retrained: right ones; won:
    right only retrained; lost: right only shipped. low, high: of the difference in shares."""

    what: str
    basis: Basis
    n: int
    shipped: int
    retrained: int
    won: int
    lost: int
    low: float
    high: float

    @property
    def outcome(self) -> Outcome:
        """Better or worse only where the interval leaves 0 out."""
        return "better" if self.low > 0 else "worse" if self.high < 0 else "unclear"

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what, "basis": self.basis, "n": self.n,
            "shipped": self.shipped, "retrained": self.retrained,
            "won": self.won, "lost": self.lost,
            "difference": {
                "value": round((self.won - self.lost) / self.n, 4),
                "low": round(self.low, 4), "high": round(self.high, 4), "n": self.n,
            },
            "outcome": self.outcome,
        }  # fmt: skip


def paired(what: str, basis: Basis, shipped: Right, retrained: Right) -> Paired:
    """Compare answers to the same things, bool (n,) each, n at least 1.

    The interval is conservative: exact bounds (Clopper and Pearson 1934) of the shares won and
    lost, each at half the error (Bonferroni), and their difference. A bootstrap of ten recordings
    that all stay the same would say that nothing can have changed.
    """
    n = len(shipped)
    won, lost = int((retrained & ~shipped).sum()), int((shipped & ~retrained).sum())
    error = (1 - LEVEL) / 2
    (won_low, won_high), (lost_low, lost_high) = (
        exact_bounds(count, n, error) for count in (won, lost)
    )
    return Paired(
        what, basis, n, int(shipped.sum()), int(retrained.sum()), won, lost,
        won_low - lost_high, won_high - lost_low,
    )  # fmt: skip


def exact_bounds(count: int, n: int, error: float) -> tuple[float, float]:
    """Clopper-Pearson bounds of a share, of which `count` out of n were seen; error: two-sided."""

    def at_most(k: int, p: float) -> float:
        return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))

    def solve(k: int, wanted: float) -> float:
        """p with P(at most k) = wanted, which falls with p."""
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if at_most(k, middle) > wanted else (low, middle)
        return (low + high) / 2

    lower = 0.0 if count == 0 else solve(count - 1, 1 - error / 2)
    upper = 1.0 if count == n else solve(count, error / 2)
    return lower, upper


def compare_recordings(shipped: Scored, retrained: Scored) -> list[Paired]:
    """Each type that the clips hold, faults found, and healthy recordings not called abnormal.
    Both hold the same clips, at least one."""
    before, after = by_recording(shipped), by_recording(retrained)
    rows: list[Paired] = []
    for type_ in NOISE_TYPES:
        held = np.array([type_ in types for types in before.types])
        if held.any():
            right = [_named_first(r, held) for r in (before, after)]
            rows.append(paired(type_, "recordings", *right))
    alarm = [r.abnormal >= 0.5 for r in (before, after)]
    for what, where, wanted in (
        ("faults_found", ~before.healthy, True),
        ("no_false_alarm", before.healthy, False),
    ):
        if where.any():
            rows.append(
                paired(what, "recordings", *((called == wanted)[where] for called in alarm))
            )
    return rows


def compare_scenes(
    shipped: Fitted, retrained: Heads, scenes: Scenes, types: Sequence[str]
) -> list[Paired]:
    """Synthetic scenes of these types, as the gate judges them and by the near head alone."""
    rows: list[Paired] = []
    bases: tuple[tuple[Basis, bool], ...] = (("synthetic", False), ("synthetic_near", True))
    for basis, near in bases:
        said = [
            answers(heads, shipped.decision, scenes.vectors, near=near).probabilities
            for heads in (shipped.heads, retrained)
        ]
        for type_ in types:
            held = scenes.types[:, NOISE_TYPES.index(type_)] > 0
            if held.any():
                right = [_holds(scenes.types[held], p[held].argmax(axis=1)) for p in said]
                rows.append(paired(type_, basis, *right))
    return rows


def _named_first(r: Recordings, rows: Right) -> Right:
    """(rows that hold,): whether the most probable type is one that the recording holds."""
    first = r.probabilities.argmax(axis=1)
    named = [NOISE_TYPES[int(i)] in types for i, types in zip(first, r.types, strict=True)]
    return np.array(named, dtype=bool)[rows]


def _holds(types: NDArray[np.uint8], first: NDArray[np.int64]) -> Right:
    """Whether types (n, 14) hold the one in column first (n,)."""
    return np.asarray(types[np.arange(len(types)), first] > 0)
