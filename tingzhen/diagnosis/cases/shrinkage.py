"""From an expert's shares and counted cases to shares that ten cases do not overturn and ten
thousand do.

Dirichlet-multinomial with the parent as prior of the child (hierarchical back-off: MacKay and Peto
1995, A hierarchical Dirichlet language model; Gelman et al. 2013, Bayesian Data Analysis, 3.4):

    share = (A * parent + n) / (A + N),      A = orders_per_fault * number of faults

n: cases of each fault in the cell, N their sum. The parent is always counted without the child's
own cases, so a case says a thing once. What a cell (a season, a band of mileage) does to the other
models is the parent of what it does to this one. Cells beside each other are joined as log-linear
opinions (Genest and Zidek 1986):

    share is proportional to model * product over cells of (cell / (model * stated)) ** weight

stated: what the knowledge base itself says of the cell (its ratios for mileage and temperature).
The reasoning multiplies by it anyway, so only what the cases say beyond it may remain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ORDERS_PER_FAULT: Final = 20.0
"""For how many confirmed cases of an average fault the expert's word counts. A choice."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Cases in one cell of a model. counts: float64 (F,), cases of each fault, >= 0.

    elsewhere: float64 (F,), the same of the other models; None where the model is not known.
    stated: float64 (F,), likelihood ratio that the base gives each fault here; ones without any.
    weight: 0..1, less than 1 where two cells say much the same.
    """

    counts: NDArray[np.float64]
    stated: NDArray[np.float64]
    elsewhere: NDArray[np.float64] | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """share: float64 (F,), sums to 1. concentration: pseudo-counts and cases behind the thinnest
    cell that was used; the marginal of a fault is Beta(share * concentration, (1 - share) *
    concentration), too wide rather than too narrow where several cells are joined."""

    share: NDArray[np.float64]
    concentration: float

    def interval(self, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of the central credible interval of each share, float64 (F,) each."""
        from scipy.stats import beta  # noqa: PLC0415 - slow to import; only tables show intervals

        tail = (1.0 - level) / 2.0
        hits = self.share * self.concentration
        misses = (1.0 - self.share) * self.concentration
        there = (hits > 0.0) & (misses > 0.0)
        low, high = self.share.copy(), self.share.copy()
        low[there] = beta.ppf(tail, hits[there], misses[there])
        high[there] = beta.ppf(1.0 - tail, hits[there], misses[there])
        return low, high


def shrink(
    expert: NDArray[np.float64],
    everywhere: NDArray[np.float64],
    model: NDArray[np.float64] | None,
    cells: Sequence[Cell] = (),
    orders_per_fault: float = ORDERS_PER_FAULT,
) -> Shares:
    """Shares of the faults of one group.

    expert: float64 (F,), sums to 1; a fault of share 0 cannot be and stays so. everywhere: cases of
    all models, (F,). model: those of this model among them; None where the model is not known, the
    cells are then parts of `everywhere`. orders_per_fault: > 0.
    """
    possible = expert > 0.0
    pseudo = orders_per_fault * float(possible.sum())
    counts = (everywhere if model is None else model) * possible
    others = everywhere * possible - counts
    top = expert if model is None else _posterior(expert, others, pseudo)
    base = _posterior(top, counts, pseudo)
    concentration = pseudo + float(counts.sum())
    log_share = np.log(base, out=np.full_like(base, -np.inf), where=possible)
    for cell in cells:
        expected = cell.stated
        if cell.elsewhere is not None:
            expected = expected * _beyond(expert, others, cell.elsewhere * possible, cell, pseudo)
        inside = cell.counts * possible
        parent = _normal(_posterior(top, counts - inside, pseudo) * expected)
        here = _posterior(parent, inside, pseudo)
        without = _normal(base * cell.stated)
        log_share[possible] += cell.weight * np.log(here[possible] / without[possible])
        concentration = min(concentration, pseudo + float(inside.sum()))
    return Shares(_normal(np.exp(log_share - log_share.max())), concentration)


def _beyond(
    expert: NDArray[np.float64],
    counts: NDArray[np.float64],
    inside: NDArray[np.float64],
    cell: Cell,
    pseudo: float,
) -> NDArray[np.float64]:
    """(F,) by what factor the cell changes each share among the other models, beyond what the base
    states."""
    parent = _normal(_posterior(expert, counts - inside, pseudo) * cell.stated)
    here = _posterior(parent, inside, pseudo)
    expected = _normal(_posterior(expert, counts, pseudo) * cell.stated)
    factor: NDArray[np.float64] = np.ones_like(here)
    factor[expected > 0.0] = here[expected > 0.0] / expected[expected > 0.0]
    return factor


def _posterior(
    prior: NDArray[np.float64], counts: NDArray[np.float64], pseudo: float
) -> NDArray[np.float64]:
    """Mean of Dirichlet(pseudo * prior + counts)."""
    total = pseudo + float(counts.sum())
    return (pseudo * prior + counts) / total


def _normal(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(weights.sum())
    return weights / total if total > 0.0 else weights
