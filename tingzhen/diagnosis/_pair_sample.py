"""A sample of pairs of faults, drawn as the cells weigh them, that puts the sums over pairs right.

Each draw is the true exp(g) of a pair over the largest one of its cells. It lies between 0 and 1,
and its mean times the sum over cells is the sum over pairs, without bias. The bound is the
empirical one of Maurer and Pontil (2009, Empirical Bernstein bounds and sample variance
penalization, theorem 4).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tingzhen.diagnosis._pair_cells import Floats, Indices, KernelSums, in_order

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
    """As for `sum_kernel`, from which `sums` come. The same call draws the same."""
    assert sums.most is not None, "nothing is put right where all pairs were summed"  # noqa: S101
    rng = np.random.default_rng(0)
    of_cell = sums.in_cell * sums.over_cells[2]
    mass = float(of_cell.sum())
    cells_first = np.sort(_drawn(of_cell, rng.random(_DRAWS)))
    cells_second = np.empty(_DRAWS, dtype=np.intp)
    uniform = rng.random(_DRAWS)
    found, starts = np.unique(cells_first, return_index=True)
    for one, start, stop in zip(found, starts, [*starts[1:], _DRAWS], strict=True):
        row = np.cumsum(sums.most[one] * sums.in_cell)
        place = np.searchsorted(row, uniform[start:stop] * row[-1], side="right")
        cells_second[start:stop] = np.minimum(place, len(row) - 1)
    members = in_order(cell)
    first = _member(own, cell, members, cells_first, rng.random(_DRAWS))
    second = _member(own, cell, members, cells_second, rng.random(_DRAWS))
    a, b = away[:, first], away[:, second]
    same = np.minimum(np.abs(a), np.abs(b)) * (a * b > 0.0)
    ratio = np.exp(sign @ same) / sums.most[cells_first, cells_second]
    return PairSample(first, second, np.where(first == second, 0.0, ratio), mass)


def _drawn(weight: Floats, uniform: Floats) -> Indices:
    """Numbers drawn in proportion to their weight."""
    upto = np.cumsum(weight)
    place: Indices = np.searchsorted(upto, uniform * upto[-1], side="right")
    return np.minimum(place, len(weight) - 1)


def _member(
    own: Floats, cell: Indices, members: Indices, cells: Indices, uniform: Floats
) -> Indices:
    """A fault of each given cell, drawn in proportion to its weight."""
    upto = np.cumsum(own[members])
    starts = np.searchsorted(cell[members], np.arange(int(cell.max()) + 2))
    before = np.concatenate([[0.0], upto])[starts]
    low, high = before[cells], before[cells + 1]
    place = np.searchsorted(upto, low + uniform * (high - low), side="right")
    chosen: Indices = members[np.clip(place, starts[cells], starts[cells + 1] - 1)]
    return chosen
