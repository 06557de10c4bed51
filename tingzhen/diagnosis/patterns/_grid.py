"""All attributes cut into bins, and all windows over them: the table that is searched.

A window is a run of bins of a number, or one value of a category. Counting cases in every pair of
bins is one matrix product, X' diag(w) X with X the one-hot bins of all cases; counting them in
every pair of windows is another, W G W' with W the windows. So all rectangles of all pairs of
attributes are counted at once.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns.attributes import Attributes, Column
from tingzhen.diagnosis.patterns.condition import Part

BINS: Final = 18
_MOST_VALUES: Final = 60
LEAST_INSIDE: Final = 60
"""Cases of the half in which a condition has to hold."""
MOST_SHARE: Final = 0.75
"""A condition holds in at most this share of the cases; else its opposite is the condition."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """n cases, b bins over all attributes, w windows.

    one_hot: float32 (n, b). windows: float32 (w, b). block: intp (w,), the attribute of each
    window. keys: of the attributes. bins_of: slice of the bins of each attribute.
    pairs: intp (p,), the pairs of windows of two attributes, each pair once, that hold in enough
    cases and not in nearly all, as places in a flat (w, w) table; keys_of_pair: intp (p,), likewise
    in a flat (keys, keys) table. allowed_single: bool (w,). parts: the w windows in words.
    """

    one_hot: NDArray[np.float32]
    windows: NDArray[np.float32]
    block: NDArray[np.intp]
    keys: tuple[str, ...]
    bins_of: tuple[slice, ...]
    pairs: NDArray[np.intp]
    keys_of_pair: NDArray[np.intp]
    allowed_single: NDArray[np.bool_]
    parts: tuple[Part, ...]

    def pair_counts(
        self, rows: NDArray[np.intp] | None = None, weight: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Weighted cases in each pair of bins, float32 (b, b); of all cases without `rows`."""
        chosen = self.one_hot if rows is None else self.one_hot[rows]
        weighted = chosen if weight is None else np.asarray(chosen * weight[:, None])
        return np.asarray(chosen.T @ weighted, dtype=np.float32)

    def totals(self, counts: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cases in which two attributes are both known, float32 (keys, keys)."""
        starts = [bins.start for bins in self.bins_of]
        rows = np.asarray(np.add.reduceat(counts, starts, axis=0), dtype=np.float32)
        return np.asarray(np.add.reduceat(rows, starts, axis=1), dtype=np.float32)


def make_grid(attributes: Attributes) -> Grid:
    """Cut numbers at quantiles into at most BINS bins; keep the most frequent values."""
    one_hot, windows, block, parts, bins_of = [], [], [], [], []
    keys: list[str] = []
    start = 0
    for key, column in attributes.columns.items():
        bins, shapes, found = _cut(column)
        if not found:
            continue
        width = shapes.shape[1]
        one_hot.append((bins[:, None] == np.arange(width)).astype(np.float32))
        windows.append(shapes)
        block += [len(keys)] * len(found)
        parts += found
        bins_of.append(slice(start, start + width))
        keys.append(key)
        start += width
    table = np.zeros((len(parts), start), dtype=np.float32)
    row = 0
    for bins_slice, shapes in zip(bins_of, windows, strict=True):
        table[row : row + len(shapes), bins_slice] = shapes
        row += len(shapes)
    whole = np.hstack(one_hot) if one_hot else np.zeros((attributes.count, 0), dtype=np.float32)
    attribute = np.array(block, dtype=np.intp)
    nothing = np.zeros(0, dtype=np.intp)
    grid = Grid(
        whole,
        table,
        attribute,
        tuple(keys),
        tuple(bins_of),
        nothing,
        nothing,
        np.zeros(len(parts), dtype=np.bool_),
        tuple(parts),
    )
    if not parts:
        return grid
    counts = grid.pair_counts()
    totals = grid.totals(counts)
    inside = table @ counts @ table.T
    of_pair = totals[attribute[:, None], attribute[None, :]]
    allowed = (inside >= LEAST_INSIDE) & (inside <= MOST_SHARE * of_pair)
    allowed &= attribute[:, None] < attribute[None, :]
    pairs = np.flatnonzero(allowed)
    keys_of_pair = (attribute[:, None] * len(keys) + attribute[None, :]).ravel()[pairs]
    single = table @ np.diag(counts)
    of_single = np.diag(totals)[attribute]
    alone = (single >= LEAST_INSIDE) & (single <= MOST_SHARE * of_single)
    return replace(grid, pairs=pairs, keys_of_pair=keys_of_pair, allowed_single=alone)


def _cut(column: Column) -> tuple[NDArray[np.intp], NDArray[np.float32], list[Part]]:
    """Bin of each case, intp (n,), -1 where not known; windows (w, bins); their parts (w,)."""
    known = ~np.isnan(column.values)
    if not known.any():
        return np.zeros(0, dtype=np.intp), np.zeros((0, 0), dtype=np.float32), []
    if column.kind == "number":
        return _cut_number(column, known)
    bins = np.where(known, column.values, -1).astype(np.intp)
    if column.kind == "flag":
        return bins, np.array([[0, 1]], dtype=np.float32), [Part(column.attribute, column.names[0])]
    frequency = np.bincount(bins[known], minlength=len(column.names))
    kept = np.sort(np.argsort(-frequency, kind="stable")[:_MOST_VALUES])
    kept = kept[frequency[kept] >= LEAST_INSIDE]
    # What is not kept shares a last bin, which no window takes: it still is outside.
    place = np.full(len(column.names), len(kept), dtype=np.intp)
    place[kept] = np.arange(len(kept))
    shapes = np.eye(len(kept), len(kept) + 1, dtype=np.float32)
    parts = [Part(column.attribute, column.names[code]) for code in kept]
    return np.where(known, place[bins], -1), shapes, parts


def _cut_number(
    column: Column, known: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.float32], list[Part]]:
    values = column.values[known]
    quantiles = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="higher")
    edges = np.unique(quantiles)
    edges = edges[edges > values.min()]
    bins = np.where(known, np.searchsorted(edges, column.values, side="right"), -1)
    count = len(edges) + 1
    first, last = np.triu_indices(count)
    not_all = (first > 0) | (last < count - 1)
    first, last = first[not_all], last[not_all]
    places = np.arange(count)
    shapes = ((places >= first[:, None]) & (places <= last[:, None])).astype(np.float32)
    bounds = np.concatenate([[-np.inf], edges, [np.inf]])
    parts = [
        Part(column.attribute, low=float(bounds[i]), high=float(bounds[j + 1]))
        for i, j in zip(first, last, strict=True)
    ]
    return bins.astype(np.intp), shapes, parts
