"""The window in which a fault stands out most: Kulldorff's scan statistic.

    LLR = c ln(c / e) + (C - c) ln((C - c) / (C - e))

with c of the C cases of the fault inside the window where e are expected (Kulldorff 1997, A spatial
scan statistic, Communications in Statistics 26: 1481-1496; the Poisson form). The maximum over many
windows is large by chance alone. How large is tried out with labels drawn at random (Monte Carlo,
as Kulldorff does), for single conditions and for pairs each by itself, and taken off: so a pair has
to be better than a single condition by what the wider choice gives for nothing.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns._grid import Grid
from tingzhen.diagnosis.patterns.condition import Condition

LEAST_FAULTS_INSIDE: Final = 8
_CHANCE_SEED: Final = 20
_CHANCE_DRAWS: Final = 50
_CHANCE_CASES: Final = 400


@dataclass(frozen=True, slots=True)
class Found:
    """condition: one or two windows. ratio: its LLR."""

    condition: Condition
    ratio: float


def log_likelihood_ratio(
    inside: NDArray[np.float64], expected: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """LLR, (k,), of k windows; 0 where the fault is not more frequent than expected."""
    outside = total - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = inside * np.log(inside / expected)
        rest = np.where(outside > 0, outside * np.log(outside / (total - expected)), 0.0)
        value = ratio + rest
    return np.where((inside > expected) & (expected > 0), value, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected cases of a fault, up to a factor: by pair of bins, and by pair of windows."""

    counts: NDArray[np.float32]
    totals: NDArray[np.float32]
    windows: NDArray[np.float32]


def expect(grid: Grid, counts: NDArray[np.float32]) -> Expected:
    """counts: float32 (b, b), from `Grid.pair_counts`."""
    return Expected(
        counts, grid.totals(counts), np.asarray(grid.windows @ counts @ grid.windows.T, np.float32)
    )


def best_singles(grid: Grid, observed: NDArray[np.float32], expected: Expected) -> list[Found]:
    """The best window of each attribute, best first.

    observed: float32 (b, b), the fault's own cases, from `Grid.pair_counts`.
    """
    own = np.diag(grid.totals(observed)).astype(np.float64)[grid.block]
    inside = (grid.windows @ np.diag(observed)).astype(np.float64)
    scale = own / np.maximum(1e-12, np.diag(expected.totals)[grid.block])
    ratio = log_likelihood_ratio(
        inside, (grid.windows @ np.diag(expected.counts)) * scale, own
    )  # fmt: skip
    ratio[~grid.allowed_single | (inside < LEAST_FAULTS_INSIDE)] = 0.0
    found = []
    for block in range(len(grid.keys)):
        places = np.flatnonzero(grid.block == block)
        best = places[np.argmax(ratio[places])]
        if ratio[best] > 0:
            found.append(Found((grid.parts[best],), float(ratio[best])))
    return sorted(found, key=lambda f: (-f.ratio, f.condition))


def best_pair(grid: Grid, observed: NDArray[np.float32], expected: Expected) -> Found | None:
    """The best rectangle over two attributes; None where no rectangle has enough cases."""
    if len(grid.pairs) == 0:
        return None
    inside = (grid.windows @ observed @ grid.windows.T).ravel()[grid.pairs]
    own = grid.totals(observed).ravel()
    scale = own / np.maximum(1e-12, expected.totals.ravel())
    likely = expected.windows.ravel()[grid.pairs] * scale[grid.keys_of_pair]
    # The rest cannot be the best one; logarithms are what takes time.
    high = (inside >= LEAST_FAULTS_INSIDE) & (inside > likely + 2.0 * np.sqrt(likely))
    if not high.any():
        return None
    ratio = log_likelihood_ratio(
        inside[high].astype(np.float64),
        likely[high].astype(np.float64),
        own[grid.keys_of_pair[high]].astype(np.float64),
    )
    best = int(np.argmax(ratio))
    row, column = np.unravel_index(grid.pairs[high][best], (len(grid.parts),) * 2)
    condition = tuple(sorted((grid.parts[int(row)], grid.parts[int(column)])))
    return Found(condition, float(ratio[best]))


def ratio_by_chance(grid: Grid, alike: Expected) -> tuple[float, float]:
    """The best LLR of a single condition, and of a pair, that chance stays under 19 times in 20.

    From labels drawn at random, always the same ones, by a Gumbel distribution with their mean and
    spread (Abrams, Kulldorff and Kleinman 2010, International Journal of Health Geographics 9: 61).
    It hardly depends on how many cases a fault has, so one number serves all faults.
    """
    rng = np.random.default_rng(_CHANCE_SEED)
    count = len(grid.one_hot)
    best = np.zeros((_CHANCE_DRAWS, 2))
    for draw in range(_CHANCE_DRAWS):
        rows = rng.choice(count, size=min(_CHANCE_CASES, count // 2), replace=False)
        observed = grid.pair_counts(rows)
        best[draw, 0] = max((f.ratio for f in best_singles(grid, observed, alike)), default=0.0)
        pair = best_pair(grid, observed, alike)
        best[draw, 1] = pair.ratio if pair is not None else 0.0
    beta = best.std(axis=0, ddof=1) * math.sqrt(6.0) / math.pi
    high = best.mean(axis=0) + beta * (-math.log(-math.log(0.95)) - np.euler_gamma)
    return float(high[0]), float(high[1])
