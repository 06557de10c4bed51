"""Faults that say much the same put into cells, and exp(g) between all cells with its bounds.

Within a cell every |d| lies between two bounds, and so do m, g and exp(g) of a pair of cells (see
_pairs.py; bounds between cells: Gray and Moore 2001, N-body problems in statistical learning). The
faults that weigh most have a cell of their own.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
AnyFloats = NDArray[np.floating[Any]]
Indices = NDArray[np.intp]

# More than what rounding to single precision can do to exp(g).
SINGLE_PRECISION: Final = 1e-4
_FIRST_STEP: Final = 0.12
_BLOCK: Final = 48


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


def cells_of(own: Floats, away: Floats, cells: int) -> Indices:
    """(n,), the cell of each fault, 0, 1, 2 ...; the heaviest faults have one each."""
    count = len(own)
    single = cells * 2 // 5
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
    away = away.astype(np.float32)
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


def sum_kernel(own: Floats, away: Floats, sign: Floats, cell: Indices) -> KernelSums:
    """own: (n,) weights. away: (observations, n), d. sign: (observations,), 1 where absent, else
    -1. cell: (n,), from `cells_of`."""
    count = int(cell.max()) + 1
    exact = count == len(own)
    # Single precision is enough where the cells are what limits it.
    kind = np.float64 if exact else np.float32
    mean, low, high = _extents(own.astype(kind), away.astype(kind), cell, count)
    signs = np.repeat(sign, 2)
    in_cell: Floats = np.bincount(cell, own, minlength=count).astype(np.float64)
    weights: AnyFloats = in_cell.astype(mean.dtype)
    over_cells: Floats = np.zeros((3, count))
    inner: Floats = np.zeros((3, count))
    whole = None if exact else np.empty((count, count), np.float32)
    for start in range(0, count, _BLOCK):
        rows = slice(start, min(start + _BLOCK, count))
        of_rows = np.arange(rows.stop - start)
        logs = _log_kernels(mean, low, high, signs, rows, exact=exact)
        for k, log_kernel in enumerate(logs):
            kernel: AnyFloats = np.exp(log_kernel)
            inner[k, rows] = kernel[of_rows, of_rows]
            over_cells[k, rows] += np.asarray(kernel @ weights[start:], np.float64)
            over_cells[k, rows.stop :] += np.asarray(
                weights[rows] @ kernel[:, rows.stop - start :], np.float64
            )
            if whole is not None and k == 2:
                whole[rows, start:] = kernel
                whole[start:, rows] = kernel.T
    if exact:
        over_cells, inner = over_cells[[0, 0, 0]], inner[[0, 0, 0]]
    return KernelSums(in_cell, over_cells, inner, whole)


def in_order(cell: Indices) -> Indices:
    """(n,), numbers of the faults, cell after cell."""
    # Sixteen bits are sorted by their digits, several times as fast.
    return np.argsort(cell.astype(np.uint16), kind="stable")


def _extents(
    own: AnyFloats, away: AnyFloats, cell: Indices, count: int
) -> tuple[AnyFloats, AnyFloats, AnyFloats]:
    """Three of (2 observations, cells): mean, least and largest |d| upwards, and downwards."""
    order = in_order(cell)
    starts = np.searchsorted(cell[order], np.arange(count))
    weight, sides = own[order], np.empty((2 * len(away), len(own)), away.dtype)
    away = away[:, order]
    np.maximum(away, 0.0, out=sides[::2])
    np.subtract(sides[::2], away, out=sides[1::2])
    low = np.minimum.reduceat(sides, starts, axis=1)
    high = np.maximum.reduceat(sides, starts, axis=1)
    mean = np.add.reduceat(sides * weight, starts, axis=1) / np.add.reduceat(weight, starts)
    return np.clip(mean, low, high), low, high


def _log_kernels(
    mean: AnyFloats, low: AnyFloats, high: AnyFloats, signs: Floats, rows: slice, *, exact: bool
) -> list[AnyFloats]:
    """Least, middle, largest g, the middle alone where exact; (rows, cells from the first on)."""
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
    return [middle] if exact else [least, middle, most]
