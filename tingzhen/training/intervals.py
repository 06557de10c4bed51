"""Bootstrap intervals over whole recordings."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its uncertainty. n: number of independent groups (recordings, incidents).

    low and high are NaN where too few resamples gave a number.
    """

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        """As an object with keys value, low, high, n; NaN becomes null."""

        def number(x: float) -> float | None:
            return round(x, 4) if math.isfinite(x) else None

        return {
            "value": number(self.value),
            "low": number(self.low),
            "high": number(self.high),
            "n": self.n,
        }

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}] n={self.n}"


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float],
    groups: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Percentile cluster bootstrap (Davison and Hinkley 1997, section 3.8): whole groups are drawn.

    statistic: takes item indices into `groups` (with repeats) and returns a figure, or NaN where
    the drawn items do not define it (no positive, say); such resamples are left out, and with
    fewer than half of them left the bounds are NaN.
    level: two-sided, 0..1.
    """
    if len(groups) == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    names, inverse = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    order = np.argsort(inverse, kind="stable").astype(np.int64)
    starts = np.searchsorted(inverse[order], np.arange(len(names) + 1))
    members = [order[starts[i] : starts[i + 1]] for i in range(len(names))]
    value = float(statistic(np.arange(len(groups), dtype=np.int64)))
    random = np.random.default_rng(seed)
    draws = np.empty(resamples)
    for i in range(resamples):
        drawn = random.integers(0, len(names), len(names))
        draws[i] = statistic(np.concatenate([members[g] for g in drawn]))
    finite = draws[np.isfinite(draws)]
    if len(names) < 2 or len(finite) < resamples / 2:
        return Interval(value, math.nan, math.nan, len(names))
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), len(names))
