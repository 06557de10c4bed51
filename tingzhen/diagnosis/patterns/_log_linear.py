"""What several conditions of one fault make of its expected frequency, together.

    P(fault | case) is proportional to product over conditions k that hold of m_k

fitted by iterative proportional scaling (Darroch and Ratcliff 1972, Annals of Mathematical
Statistics 43: 1470-1480), which here maximises the Poisson likelihood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROUNDS: Final = 200
_CLOSE: Final = 1e-6
_LARGEST: Final = 1e4
"""A factor beyond it, or under its inverse, comes of a condition that has all faults or none."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """factor: (k,) multiplier of each condition. gain: log likelihood above that of no condition at
    all, >= 0."""

    factor: NDArray[np.float64]
    gain: float


def fit(fault: NDArray[np.bool_], inside: Sequence[NDArray[np.bool_]]) -> Fit:
    """fault: bool (n,). inside: k of bool (n,); a case in which a condition is not known counts as
    outside here."""
    count, cases = len(inside), len(fault)
    total = float(fault.sum())
    cell = np.zeros(cases, dtype=np.int64)
    for place, member in enumerate(inside):
        cell |= member.astype(np.int64) << place
    size = np.bincount(cell, minlength=1 << count).astype(np.float64)
    faults = np.bincount(cell[fault], minlength=1 << count).astype(np.float64)
    holds = (np.arange(1 << count)[:, None] >> np.arange(count)) & 1 == 1
    factor = np.ones(count)
    rate = np.full(1 << count, total / cases)
    for _ in range(_ROUNDS):
        before = factor.copy()
        for place in range(count):
            in_it = holds[:, place]
            modelled = float((size * rate)[in_it].sum())
            wanted = factor[place] * float(faults[in_it].sum()) / max(1e-12, modelled)
            step = min(_LARGEST, max(1.0 / _LARGEST, wanted)) / factor[place]
            factor[place] *= step
            rate[in_it] *= step
            rate *= total / float((size * rate).sum())
        if np.abs(np.log(factor / before)).max(initial=0.0) < _CLOSE:
            break
    seen = faults > 0
    gain = float((faults[seen] * np.log(rate[seen] * cases / total)).sum())
    return Fit(factor, gain)


def relative_rates(
    factor: NDArray[np.float64], inside: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """(n,) of each case against one in which no condition holds; 1 without conditions.

    inside: k of float64 (n,), 0..1, the probability that a condition holds in a case.
    """
    rates = np.ones(len(inside[0])) if inside else np.ones(0)
    for multiplier, share in zip(factor, inside, strict=True):
        rates *= 1.0 + share * (multiplier - 1.0)
    return rates
