"""Figures of many visits, with bootstrap intervals over trees.

Vehicles of one tree share its tests and the engine's errors about it, so whole trees are drawn with
replacement (cluster bootstrap: Davison and Hinkley 1997, Bootstrap Methods and their Application,
3.8), and a ratio is a ratio of sums within each draw.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tingzhen.diagnosis.simulated_workshop.experiment import Played
from tingzhen.diagnosis.simulated_workshop.visit import Visit
from tingzhen.diagnosis.simulated_workshop.world import Floats

_DRAWS: Final = 2000
_SEED: Final = 20_240_501


@dataclass(frozen=True, slots=True)
class Figure:
    """value, and its 95 % interval; n: vehicles behind it."""

    value: float
    low: float
    high: float
    n: int


Measure = Callable[[Visit], float]
MEASURES: Final[dict[str, Measure]] = {
    "first_time_fix": lambda v: float(v.fixed_first_time),
    "right_repair_first": lambda v: float(v.wrong_repairs == 0),
    "gave_up": lambda v: float(v.gave_up),
    "wrong_repairs": lambda v: float(v.wrong_repairs),
    "tests": lambda v: float(v.tests),
    "finding_min": lambda v: v.finding_min,
    "finding_cny": lambda v: v.finding_cny,
    "whole_cny": lambda v: v.whole_cny,
}


def mean(played: Sequence[Played], policy: str, rate: float, measure: str) -> Figure:
    """The mean of a measure over vehicles. Raises ValueError where there are none."""
    values = _values(played, policy, rate, measure)
    return _figure(played, values, np.ones(len(values)))


def saving(
    played: Sequence[Played], policy: str, against: str, rate: float, measure: str
) -> Figure:
    """1 - sum under `policy` / sum under `against`, on the same vehicles."""
    ratio = _figure(
        played, _values(played, policy, rate, measure), _values(played, against, rate, measure)
    )
    return Figure(1.0 - ratio.value, 1.0 - ratio.high, 1.0 - ratio.low, ratio.n)


def median_min(played: Sequence[Played], policy: str, rate: float) -> float:
    """Median minutes to find the fault."""
    return float(np.median(_values(played, policy, rate, "finding_min")))


def _values(played: Sequence[Played], policy: str, rate: float, measure: str) -> Floats:
    if not played:
        raise ValueError("no vehicles")
    return np.array([MEASURES[measure](one.visits[policy, rate]) for one in played])


def _figure(played: Sequence[Played], above: Floats, below: Floats) -> Figure:
    """sum(above) / sum(below), trees drawn with replacement."""
    trees, cluster = np.unique([one.tree for one in played], return_inverse=True)
    top = np.bincount(cluster, above, len(trees))
    bottom = np.bincount(cluster, below, len(trees))
    rng = np.random.default_rng(_SEED)
    times = rng.multinomial(len(trees), np.full(len(trees), 1.0 / len(trees)), _DRAWS)
    draws = (times @ top) / (times @ bottom)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(float(above.sum() / below.sum()), float(low), float(high), len(played))
