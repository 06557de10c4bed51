"""Bootstrap intervals over whole groups, all resamples of a figure at once.

The same resamples and the same intervals as `training.intervals.bootstrap_interval`, which calls a
figure once for each resample; hundreds of figures would take minutes that way.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.damage_measuring.weighted import Statistic
from tingzhen.training.intervals import Interval

_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are drawn: percentile bootstrap, two-sided 95 %."""

    resamples: int = 1000
    seed: int = 0


def interval(statistic: Statistic, groups: Sequence[str], how: Resampling) -> Interval:
    """Percentile cluster bootstrap (Davison and Hinkley 1997, section 3.8) of a weighted figure.

    groups: of the rows that the figure is about, one each. Resamples that do not define the figure
    are left out; with fewer than half of them left, or one group, the bounds are NaN.
    """
    if not len(groups):
        return Interval(math.nan, math.nan, math.nan, 0)
    names, inverse = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    value = float(statistic(np.ones((1, len(groups))))[0])
    counts = _drawn(len(names), how.resamples, how.seed)
    step = max(1, _CELLS_AT_ONCE // len(groups))
    draws = np.concatenate(
        [
            statistic(counts[start : start + step][:, inverse].astype(np.float64))
            for start in range(0, how.resamples, step)
        ]
        or [np.zeros(0)]
    )
    finite = draws[np.isfinite(draws)]
    if len(names) < 2 or len(finite) < max(1, how.resamples / 2):
        return Interval(value, math.nan, math.nan, len(names))
    low, high = np.quantile(finite, [0.025, 0.975])
    return Interval(value, float(low), float(high), len(names))


def figure(statistic: Statistic, groups: Sequence[str], how: Resampling) -> dict[str, Any]:
    """The interval as a JSON-ready object {value, low, high, n}; n counts groups."""
    return interval(statistic, groups, how).to_json()


@lru_cache(maxsize=32)
def _drawn(groups: int, resamples: int, seed: int) -> NDArray[np.int16]:
    """How often each group is drawn in each resample: int16 (resamples, groups)."""
    random = np.random.default_rng(seed)
    counts = np.empty((resamples, groups), np.int16)
    for row in counts:
        row[:] = np.bincount(random.integers(0, groups, groups), minlength=groups)
    return counts
