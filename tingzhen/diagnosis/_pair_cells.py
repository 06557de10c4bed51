"""Faults that say much the same put into cells, and exp(g) between all cells with its bounds.

Within a cell every |d| lies between two bounds, and so do m, g and exp(g) of a pair of cells (see
_pairs.py; bounds between cells: Gray and Moore 2001, N-body problems in statistical learning). The
faults that weigh most have a cell of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
AnyFloats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]
# Of one observation: the faults, ascending, whose d is not 0, and their d.
Spoken = tuple[Indices, NDArray[np.float32]]

# More than what rounding to single precision can do to exp(g).
SINGLE_PRECISION: Final = 1e-4
_FIRST_STEP: Final = 0.12
_BLOCK: Final = 24


@dataclass(frozen=True, slots=True, eq=False)
class KernelSums:
    """in_cell: (cells,), weight of each cell. over_cells: (3, cells), sum over all cells of their
    weight times the least, the middle and the largest exp(g). inner: (3, cells), exp(g) within the
    cell. most: (cells, cells), single precision, the largest exp(g); None where every fault has its
    own cell, and all three are the same."""

    in_cell: Floats
    over_cells: Floats
    inner: Floats
    most: NDArray[np.float32] | None


def spoken_of(away: Floats) -> list[Spoken]:
    """away: (observations, n), d. Most faults say nothing of most observations, so of each only
    those that do are looked at. What is within 1e-9 of nothing is nothing: SINGLE_PRECISION is
    more."""
    spoken = []
    for row in away:
        at = np.flatnonzero(np.abs(row) > 1e-9)
        spoken.append((at, row.take(at).astype(np.float32)))
    return spoken


def cells_of(own: Floats, spoken: Sequence[Spoken], cells: int) -> Indices:
    """(n,), the cell of each fault, 0, 1, 2 ...; the heaviest faults have one each."""
    count = len(own)
    single = cells * 2 // 5
    heaviest = np.argpartition(-own, single)[:single]
    rest = np.ones(count, dtype=bool)
    rest[heaviest] = False
    cell = np.empty(count, dtype=np.intp)
    cell[heaviest] = np.arange(single)
    cell[rest] = single + _grid(spoken, rest, cells - single)
    return cell


def _grid(spoken: Sequence[Spoken], rest: NDArray[np.bool_], cells: int) -> Indices:
    """Of the faults in `rest`, (n,), cells of those that say much the same; 0 is kept apart from
    all other values."""
    mixing = np.random.default_rng(0).integers(1, 2**62, len(spoken), dtype=np.int64)
    sizes = [np.abs(away) for _, away in spoken]
    largest = max((float(size.max(initial=0.0)) for size in sizes), default=0.0)
    step = _FIRST_STEP * np.sqrt(np.count_nonzero(rest) / cells)
    least = 0.0
    while True:
        # One number for each combination of steps; that two fall together by chance only makes
        # one cell wider, and its bounds say so.
        key = np.zeros(len(rest), dtype=np.int64)
        for mix, (at, away), size in zip(mixing, spoken, sizes, strict=True):
            steps = np.copysign(1.0 + np.floor(size / step), away)
            if least > 0.0:
                steps[size <= least] = 0.0
            key[at] += mix * steps.astype(np.int64)
        keys = key[rest]
        ordered = np.sort(keys)
        if 1 + np.count_nonzero(ordered[1:] != ordered[:-1]) <= cells:
            return np.asarray(np.unique(keys, return_inverse=True)[1])
        if step > largest:
            least = step / 8.0
        step *= 1.6


def sum_each(own: Floats, away: Floats, sign: Floats) -> KernelSums:
    """The sums where every fault has a cell of its own. own: (n,) weights. away: (observations, n),
    d. sign: (observations,), 1 where absent, else -1."""
    sides = np.empty((2 * len(away), 1, len(own)))
    np.maximum(away, 0.0, out=sides[::2, 0])
    np.subtract(sides[::2, 0], away, out=sides[1::2, 0])
    return _sum_kernel(own, sides, np.repeat(sign, 2))


def sum_cells(own: Floats, spoken: Sequence[Spoken], sign: Floats, cell: Indices) -> KernelSums:
    """The same from the faults that say something; cell: (n,), from `cells_of`."""
    in_cell = np.bincount(cell, own).astype(np.float64)
    extents = np.zeros((2 * len(spoken), 3, len(in_cell)), np.float32)
    _extents(own, spoken, cell, in_cell, out=extents)
    # Of what is there the largest |d| gives the least exp(g).
    extents[np.repeat(sign, 2) < 0.0] = extents[np.repeat(sign, 2) < 0.0, ::-1]
    return _sum_kernel(in_cell, extents, np.repeat(sign, 2))


def _extents(
    own: Floats, spoken: Sequence[Spoken], cell: Indices, in_cell: Floats, out: AnyFloats
) -> None:
    """out: (2 observations, 3, cells), 0: least, mean and largest |d| upwards, and downwards."""
    count = len(in_cell)
    members = np.bincount(cell, minlength=count)
    # A cell without weight does not count, whatever its mean.
    weight = np.where(in_cell > 0.0, in_cell, 1.0)
    most, least = np.empty(2 * count, np.float32), np.empty(2 * count, np.float32)
    for row, (at, away) in enumerate(spoken):
        place = cell.take(at) + count * (away < 0.0)
        size = np.abs(away)
        most.fill(0.0)
        np.maximum.at(most, place, size)
        least.fill(np.inf)
        np.minimum.at(least, place, size)
        # Of a cell in which someone says nothing the least is 0.
        speaking = np.bincount(place, minlength=2 * count).reshape(2, count)
        low = np.where(speaking == members, least.reshape(2, count), 0.0)
        mean = np.bincount(place, own.take(at) * size, minlength=2 * count).reshape(2, count)
        high = most.reshape(2, count)
        sides = out[2 * row : 2 * row + 2]
        sides[:, 0], sides[:, 2] = low, high
        sides[:, 1] = np.clip(mean / weight, low, high)


def _sum_kernel(in_cell: Floats, extents: AnyFloats, signs: Floats) -> KernelSums:
    """extents: (sides, K, cells), |d| as the K kernels take it; signs: (sides,), of each in g."""
    said = extents.any(axis=(1, 2))
    extents, signs = extents[said], signs[said]
    kernels, count = extents.shape[1:]
    weights = in_cell.astype(extents.dtype)
    over_cells, inner = np.zeros((kernels, count)), np.zeros((kernels, count))
    whole = np.empty((count, count), np.float32) if kernels > 1 else None
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        of_rows = np.arange(rows.stop - start)
        kernel = np.exp(_log_kernels(extents, signs, rows))
        inner[:, rows] = kernel[:, of_rows, of_rows]
        over_cells[:, rows] += kernel @ weights[start:]
        over_cells[:, rows.stop :] += weights[rows] @ kernel[:, :, rows.stop - start :]
        if whole is not None:
            whole[rows, start:] = kernel[-1]
            whole[start:, rows] = kernel[-1].T
    if kernels == 1:
        over_cells, inner = np.tile(over_cells, (3, 1)), np.tile(inner, (3, 1))
    return KernelSums(in_cell, over_cells, inner, whole)


def _log_kernels(extents: AnyFloats, signs: Floats, rows: slice) -> AnyFloats:
    """(K, rows, cells from the first row on), g of pairs of cells."""
    of_rows, beside = extents[:, :, rows, None], extents[:, :, None, rows.start :]
    log_kernels = np.zeros((extents.shape[1], of_rows.shape[2], beside.shape[3]), extents.dtype)
    both = np.empty_like(log_kernels)
    for one, other, sign in zip(of_rows, beside, signs, strict=True):
        if one.any():
            np.minimum(one, other, out=both)
            (np.add if sign > 0.0 else np.subtract)(log_kernels, both, out=log_kernels)
    return log_kernels
