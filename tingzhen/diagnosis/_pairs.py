"""The weight of every pair of faults at once, without looking at every pair.

A pair (a, b) shows whatever one of its faults shows. With l the ln likelihood ratios, its own is

    s_ab = sum over there of max(l_a, l_b) + sum over absent of min(l_a, l_b).

Measured from any value c of the same observation, d = l - c, this is exactly

    s_ab = sum of c + u_a + u_b + g_ab
    u_a  = sum over there of max(d_a, 0) + sum over absent of min(d_a, 0)
    g_ab = sum over absent of m_ab - sum over there of m_ab
    m_ab = min(|d_a|, |d_b|) where d_a and d_b have the same sign, else 0

so only what both faults say something of keeps them apart. The rest factorises, and g needs no more
than |d|. Faults are put into cells; within a cell every |d| lies between bounds, and so do m, g
and exp(g). Each of the faults that matter most has a cell of its own, and where there are no more
faults than cells all of them have: then the result is the plain sum over all pairs, exactly.
Beyond that the middle of the bounds is taken, and half their distance is the proven error.
(Bounds over cells: Gray and Moore 2001, N-body problems in statistical learning, NIPS 13.)
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
AnyFloats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]

# Cells that can be held against each other in some 20 ms.
CELLS: Final = 1000
_OF_THEIR_OWN: Final = 400
_FIRST_STEP: Final = 0.05
_BLOCK: Final = 48
# More than what rounding to single precision can do to exp(g).
_SINGLE_PRECISION: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class PairWeights:
    """weight: (n,), sum over all pairs that each fault is in of prior(a) prior(b) exp(s_ab).

    error: (n,), how far each can be from the plain sum, >= 0; 0 where every fault has its cell.
    """

    weight: Floats
    error: Floats

    @property
    def total(self) -> float:
        """Sum over all pairs."""
        return float(self.weight.sum()) / 2.0

    @property
    def total_error(self) -> float:
        return float(self.error.sum()) / 2.0


def pair_weights(
    prior: Floats,
    there: Floats,
    absent: Floats,
    *,
    log_scale: float = 0.0,
    cells: int | None = None,
) -> PairWeights:
    """prior: (n,), >= 0. there, absent: (observations, n), ln likelihood ratios of each fault.

    log_scale: ln of what all weights are divided by. cells: up to how many faults are enumerated
    exactly, >= 2; CELLS where None.
    """
    rows = np.flatnonzero(prior > 0.0)
    weight, error = np.zeros(len(prior)), np.zeros(len(prior))
    if len(rows) < 2:
        return PairWeights(weight, error)
    both = np.vstack([there, absent])[:, rows]
    sign = np.repeat([-1.0, 1.0], [len(there), len(absent)])
    # Any value will do; near the usual one most d are 0. A sample finds it.
    middle = np.median(both[:, :: max(1, len(rows) // 1000)], axis=1, keepdims=True)
    says = np.ptp(both, axis=1) > 0.0
    offset = float(middle.sum()) - log_scale
    away, sign = (both - middle)[says], sign[says]
    # u: what each fault adds by itself, upwards where there, downwards where absent.
    alone = np.where(sign[:, None] < 0.0, np.maximum(away, 0.0), np.minimum(away, 0.0)).sum(axis=0)
    own = prior[rows] * np.exp(alone + offset / 2.0)
    cell = _cells(own, away, CELLS if cells is None else cells)
    weight[rows], error[rows] = _over_cells(own, away, sign, cell)
    return PairWeights(weight, error)


def _cells(own: Floats, away: Floats, cells: int) -> Indices:
    """(n,), the cell of each fault, 0, 1, 2 ...; the heaviest faults have one each."""
    count = len(own)
    if count <= cells:
        return np.arange(count)
    single = min(_OF_THEIR_OWN, cells // 2)
    heaviest = np.argpartition(-own, single)[:single]
    rest = np.ones(count, dtype=bool)
    rest[heaviest] = False
    cell = np.empty(count, dtype=np.intp)
    cell[heaviest] = np.arange(single)
    cell[rest] = single + _grid(away[:, rest], cells - single)
    return cell


def _grid(away: Floats, cells: int) -> Indices:
    """(n,), cells of faults that say much the same; 0 is kept apart from all other values."""
    mixing = np.random.default_rng(0).integers(1, 2**62, len(away), dtype=np.int64)
    size = np.abs(away)
    sides = np.where(size > 1e-9, np.sign(away), 0.0)
    step = _FIRST_STEP * np.sqrt(away.shape[1] / cells)
    while True:
        # One number for each combination of steps; that two fall together by chance only makes
        # one cell wider, and its bounds say so.
        steps = sides * (1.0 + np.floor(size / step))
        found, cell = np.unique(mixing @ steps.astype(np.int64), return_inverse=True)
        if len(found) <= cells:
            return np.asarray(cell)
        if step > size.max():
            sides = np.where(size > step / 8.0, sides, 0.0)
        step *= 1.6


def _over_cells(own: Floats, away: Floats, sign: Floats, cell: Indices) -> tuple[Floats, Floats]:
    """(n,) weights and errors of the faults, from exp(g) and its bounds for all pairs of cells."""
    count = int(cell.max()) + 1
    exact = count == len(own)
    # Single precision is enough where the cells are what limits it.
    mean, low, high = (
        part if exact else part.astype(np.float32) for part in _extents(own, away, cell, count)
    )
    signs = np.repeat(sign, 2)
    in_cell = np.bincount(cell, own, minlength=count)
    sums, inner = np.zeros((3, count)), np.zeros((3, count))
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        for k, kernel in enumerate(_kernels(mean, low, high, signs, rows, exact=exact)):
            of_rows = np.arange(rows.stop - start)
            inner[k, rows] = kernel[of_rows, of_rows]
            sums[k, rows] += kernel @ in_cell[start:]
            sums[k, rows.stop :] += in_cell[rows] @ kernel[:, rows.stop - start :]
    # Within its own cell a fault pairs with the others only.
    weight = own * np.maximum(sums[:, cell] - own * inner[:, cell], 0.0)
    if exact:
        return weight[0], np.zeros(len(own))
    error = np.maximum(weight[2] - weight[0], weight[0] - weight[1])
    return weight[0], error + _SINGLE_PRECISION * weight[2]


def _extents(own: Floats, away: Floats, cell: Indices, count: int) -> tuple[Floats, Floats, Floats]:
    """Three of (2 observations, cells): mean, least and largest |d| upwards, and downwards."""
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(count))
    weight, sides = own[order], np.empty((2 * len(away), len(own)))
    np.maximum(away[:, order], 0.0, out=sides[::2])
    np.subtract(sides[::2], away[:, order], out=sides[1::2])
    low = np.minimum.reduceat(sides, starts, axis=1)
    high = np.maximum.reduceat(sides, starts, axis=1)
    mean = np.add.reduceat(sides * weight, starts, axis=1) / np.add.reduceat(weight, starts)
    return np.clip(mean, low, high), low, high


def _kernels(
    mean: AnyFloats, low: AnyFloats, high: AnyFloats, signs: Floats, rows: slice, *, exact: bool
) -> list[AnyFloats]:
    """exp(g), and its least and largest value unless exact; (rows, cells from the first row on)."""
    shape = (rows.stop - rows.start, mean.shape[1] - rows.start)
    middle, least, most = (np.zeros(shape, mean.dtype) for _ in range(3))
    both = np.empty(shape, mean.dtype)
    for row, sign in enumerate(signs):
        if not high[row, rows].any():
            continue
        add = np.add if sign > 0.0 else np.subtract
        np.minimum(mean[row, rows, None], mean[row, rows.start :], out=both)
        add(middle, both, out=middle)
        if exact:
            continue
        least, most = (least, most) if sign > 0.0 else (most, least)
        np.minimum(low[row, rows, None], low[row, rows.start :], out=both)
        add(least, both, out=least)
        np.minimum(high[row, rows, None], high[row, rows.start :], out=both)
        add(most, both, out=most)
        least, most = (least, most) if sign > 0.0 else (most, least)
    return [np.exp(total, out=total) for total in ((middle,) if exact else (middle, least, most))]
