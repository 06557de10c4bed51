"""A sample of pairs of faults, drawn as the cells weigh them, that puts the sums over pairs right.

Each draw is the true exp(g) of a pair over the largest one of its cells. It lies between 0 and 1,
and its mean times the sum over cells is the sum over pairs, without bias. The bound is the
empirical one of Maurer and Pontil (2009, Empirical Bernstein bounds and sample variance
penalization, theorem 4).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tingzhen.diagnosis._pair_cells import Floats, Indices, KernelSums

_DRAWS: Final = 16_000
# A bound fails for at most this share of the samples that could have been drawn.
_FAILS: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class PairSample:
    """first, second: (draws,), numbers of faults. ratio: (draws,), true over largest exp(g), 0 for
    a fault with itself. mass: sum over all cells, both orders, of the largest."""

    first: Indices
    second: Indices
    ratio: Floats
    mass: float

    def total(self, part: Floats) -> tuple[float, float]:
        """Sum over pairs of the part of each that counts, (draws,), 0..1; how far it can be off."""
        values = self.ratio * part
        draws, log = len(values), float(np.log(4.0 / _FAILS))
        off = np.sqrt(2.0 * values.var(ddof=1) * log / draws)
        off += 7.0 * log / (3.0 * (draws - 1))
        return self.mass * float(values.mean()) / 2.0, self.mass * float(off) / 2.0


def sample_pairs(
    own: Floats, away: Floats, sign: Floats, cell: Indices, sums: KernelSums
) -> PairSample:
    """own: (n,) weights. away: (observations, n), d. sign: (observations,), 1 where absent, else
    -1. sums: over the cells. The same call draws the same."""
    assert sums.most is not None, "nothing is put right where all pairs were summed"  # noqa: S101
    rng = np.random.default_rng(0)
    of_cell = sums.in_cell * sums.over_cells[2]
    cells_first = _drawn(of_cell, np.sort(rng.random(_DRAWS)))
    cells_second = _drawn_beside(sums, cells_first, rng.random(_DRAWS))
    members = _Members(own, cell)
    first = members.drawn(cells_first, rng.random(_DRAWS))
    second = members.drawn(cells_second, rng.random(_DRAWS))
    log_kernel = np.zeros(_DRAWS)
    for one, row in zip(sign, away, strict=True):
        a, b = row.take(first), row.take(second)
        # min(|a|, |b|) where both have the same sign: one of the two terms is always 0.
        same = np.maximum(np.minimum(a, b), 0.0) - np.minimum(np.maximum(a, b), 0.0)
        log_kernel += one * same
    ratio = np.exp(log_kernel) / sums.most[cells_first, cells_second]
    return PairSample(
        first, second, np.where(first == second, 0.0, ratio), float(of_cell.sum())
    )  # fmt: skip


def _drawn(weight: Floats, uniform: Floats) -> Indices:
    """Numbers drawn in proportion to their weight."""
    upto = np.cumsum(weight)
    place: Indices = np.searchsorted(upto, uniform * upto[-1], side="right")
    return np.minimum(place, len(weight) - 1)


def _drawn_beside(sums: KernelSums, cells: Indices, uniform: Floats) -> Indices:
    """For each of these cells another, in proportion to what the two weigh together."""
    assert sums.most is not None  # noqa: S101 - see above
    upto = np.cumsum(sums.most * sums.in_cell, axis=1)
    # Row r runs from r to r + 1, so that one search serves all of them.
    upto /= upto[:, -1:]
    upto += np.arange(len(upto))[:, None]
    place: Indices = np.searchsorted(upto.reshape(-1), cells + uniform, side="right")
    beside: Indices = np.clip(place - cells * len(upto), 0, len(upto) - 1)
    return beside


class _Members:
    """The faults of each cell, to be drawn in proportion to their weight."""

    def __init__(self, own: Floats, cell: Indices) -> None:
        # Sixteen bits are sorted by their digits, several times as fast.
        self._order = np.argsort(cell.astype(np.uint16), kind="stable")
        self._upto = np.cumsum(own[self._order])
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(cell))])

    def drawn(self, cells: Indices, uniform: Floats) -> Indices:
        before = np.concatenate([[0.0], self._upto])[self._starts]
        low, high = before[cells], before[cells + 1]
        place = np.searchsorted(self._upto, low + uniform * (high - low), side="right")
        chosen: Indices = self._order[
            np.clip(place, self._starts[cells], self._starts[cells + 1] - 1)
        ]
        return chosen
