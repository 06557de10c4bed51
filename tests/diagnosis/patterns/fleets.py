"""Small fleets with a truth that a test states itself. SIMULATION."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases import CaseColumns, Category
from tingzhen.diagnosis.patterns.planted.simulated_cases import draw_cases

Rates = Callable[[CaseColumns], NDArray[np.float64]]
FAULT, OTHER = "fault_a", "fault_b"


def fleet(rates: Rates, *, count: int = 12_000, seed: int = 5) -> CaseColumns:
    """Cases that have FAULT with the probability that `rates` gives, (count,), else OTHER."""
    rng = np.random.default_rng(seed)
    drawn = draw_cases(rng, count)
    has = rng.random(count) < rates(drawn)
    return replace(drawn, fault=Category(np.where(has, 0, 1).astype(np.int32), (FAULT, OTHER)))


def cold_and_damp(cases: CaseColumns) -> NDArray[np.float64]:
    inside = (cases.ambient_c < 5) & (cases.humidity_pct >= 80)
    return np.where(inside, 0.32, 0.05)


def flat(cases: CaseColumns) -> NDArray[np.float64]:
    return np.full(len(cases), 0.05)


def shuffled(cases: CaseColumns, seed: int) -> CaseColumns:
    """The same cases with the faults dealt out anew."""
    order = np.random.default_rng(seed).permutation(len(cases))
    return replace(cases, fault=Category(cases.fault.codes[order], cases.fault.names))


def reordered(cases: CaseColumns, order: NDArray[np.intp]) -> CaseColumns:
    """The same cases in another order."""

    def moved(value: object) -> object:
        if isinstance(value, Category):
            return Category(value.codes[order], value.names)
        if isinstance(value, tuple):
            return tuple(value[i] for i in order)
        assert isinstance(value, np.ndarray)
        return value[order]

    names = CaseColumns.__dataclass_fields__
    return CaseColumns(**{name: moved(getattr(cases, name)) for name in names})
