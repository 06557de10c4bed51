"""The weight of every pair of faults at once, without looking at every pair.

A pair (a, b) shows whatever one of its faults shows. With l the ln likelihood ratios, its own is

    s_ab = sum over there of max(l_a, l_b) + sum over absent of min(l_a, l_b).

Measured from any value c of the same observation, d = l - c, this is exactly

    s_ab = sum of c + u_a + u_b + g_ab
    u_a  = sum over there of max(d_a, 0) + sum over absent of min(d_a, 0)
    g_ab = sum over absent of m_ab - sum over there of m_ab
    m_ab = min(|d_a|, |d_b|) where d_a and d_b have the same sign, else 0

so only what both faults say something of keeps them apart, and the rest factorises. Up to EXACT
faults every pair is summed: exactly. Beyond that faults that say much the same share a cell
(_pair_cells.py), exp(g) is taken from the middles of two cells, and the sum over all pairs is put
right by a sample of pairs (_pair_sample.py). Two bounds are given with it: of each fault's weight
one that always holds, from the least and the largest exp(g) of two cells; of the sums one that
holds for all but one in a million of the samples that could have been drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tingzhen.diagnosis._pair_cells import (
    SINGLE_PRECISION,
    Floats,
    Indices,
    cells_of,
    spoken_of,
    sum_cells,
    sum_each,
)
from tingzhen.diagnosis._pair_sample import PairSample, sample_pairs

# Up to so many faults every pair is summed, beyond that so many cells stand for them.
EXACT: Final = 1000
CELLS: Final = 500


@dataclass(frozen=True, slots=True, eq=False)
class PairWeights:
    """weight: (n,), sum over all pairs that each fault is in of prior(a) prior(b) exp(s_ab).

    total: the sum over all pairs. marked: the same with half a pair counted for each of its faults
    that is marked. error, total_error, marked_error: how far each can be off, >= 0; 0 where every
    pair was summed.
    """

    weight: Floats
    error: Floats
    total: float
    total_error: float
    marked: float
    marked_error: float


def pair_weights(
    prior: Floats,
    there: Sequence[Floats],
    absent: Sequence[Floats],
    *,
    marked: Floats | None = None,
    log_scale: float = 0.0,
) -> PairWeights:
    """prior: (n,), >= 0. there, absent: for each observation (n,), ln likelihood ratios.

    marked: (n,), 1 for the faults to sum up, else 0; none where None. log_scale: ln of what all
    weights are divided by. Deterministic.
    """
    rows = np.flatnonzero(prior > 0.0)
    weight, error = np.zeros(len(prior)), np.zeros(len(prior))
    marks = np.zeros(len(prior)) if marked is None else marked
    if len(rows) < 2:
        return PairWeights(weight, error, 0.0, 0.0, 0.0, 0.0)
    sign = np.repeat([-1.0, 1.0], [len(there), len(absent)])
    away, middle = _measured([*there, *absent], rows)
    # Row after row: one fits into the processor's cache, all of them do not.
    alone = np.zeros(len(rows))
    for of_pair, row in zip(sign, away, strict=True):
        alone += np.maximum(row, 0.0) if of_pair < 0.0 else np.minimum(row, 0.0)
    own = prior[rows] * np.exp(alone + (float(middle.sum()) - log_scale) / 2.0)
    if len(rows) <= EXACT:
        cell, sums = np.arange(len(rows)), sum_each(own, away, sign)
    else:
        spoken = spoken_of(away)
        cell = cells_of(own, spoken, CELLS)
        sums = sum_cells(own, spoken, sign, cell)
    # Within its own cell a fault pairs with the others only.
    bounds = np.maximum(own * (sums.over_cells[:, cell] - own * sums.inner[:, cell]), 0.0)
    if sums.most is None:
        weight[rows] = bounds[1]
        return PairWeights(
            weight, error, float(weight.sum()) / 2.0, 0.0, float(weight @ marks) / 2.0, 0.0
        )
    sample = sample_pairs(own, away, sign, cell, sums)
    of_rows = _corrected(sample, bounds, marks[rows])
    weight[rows], error[rows] = of_rows.weight, of_rows.error
    return replace(of_rows, weight=weight, error=error)


def _measured(ratios: Sequence[Floats], rows: Indices) -> tuple[Floats, Floats]:
    """(observations, rows), d; and from which value it is measured, (observations,)."""
    away, middle = np.empty((len(ratios), len(rows))), np.zeros(len(ratios))
    for number, row in enumerate(ratios):
        of_rows = row if len(rows) == len(row) else row[rows]
        # Any value will do; near the usual one most d are 0. A sample finds it.
        middle[number] = np.median(of_rows[:: max(1, len(rows) // 500)])
        np.subtract(of_rows, middle[number], out=away[number])
    return away, middle


def _corrected(sample: PairSample, bounds: Floats, marks: Floats) -> PairWeights:
    """bounds: (3, n), least, middle and largest weight of each fault. marks: (n,)."""
    low, middle, high = bounds
    least, most = float(low.sum()) / 2.0, float(high.sum()) / 2.0
    total, total_error = sample.total(np.ones(len(sample.ratio)))
    total = min(max(total, least), most)
    total_error = min(total_error, max(most - total, total - least))
    marked, marked_error = sample.total((marks[sample.first] + marks[sample.second]) / 2.0)
    weight = middle * (2.0 * total / max(float(middle.sum()), 1e-300))
    error = np.maximum(high - weight, weight - low) + SINGLE_PRECISION * high
    rounding = SINGLE_PRECISION * total
    return PairWeights(
        weight, error, total, total_error + rounding, marked, marked_error + rounding
    )
