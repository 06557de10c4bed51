"""Simulated histories of cases with planted truths. SIMULATION: no number of it is about vehicles.

Each case is drawn first (vehicle, day, weather, use); then its fault, with

    P(fault f | case) = base rate of f * product of the lifts of its planted conditions that hold

and the rest of the probability goes to faults without any pattern and to "none of these". So a
planted lift is exactly a risk ratio, the same among all comparable cases.
"""

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import CaseColumns, Category
from tingzhen.diagnosis.patterns.attributes import attributes_of
from tingzhen.diagnosis.patterns.condition import known_and_inside
from tingzhen.diagnosis.patterns.planted.simulated_cases import draw_cases
from tingzhen.diagnosis.patterns.planted.truths import Planted, Trap, draw_truths

SIMULATED_NOTE: Final = "SIMULATION: generated cases with planted truths, not vehicles"


@dataclass(frozen=True, slots=True, eq=False)
class History:
    cases: CaseColumns
    planted: tuple[Planted, ...]
    traps: tuple[Trap, ...]
    note: str = field(default=SIMULATED_NOTE)


def simulate_history(
    seed: int, *, count: int = 120_000, null_faults: int = 50, nothing_planted: bool = False
) -> History:
    """One history. count: cases. null_faults: faults that no condition makes more frequent.

    nothing_planted: every planted lift is 1 instead.
    """
    rng = np.random.default_rng(seed)
    drawn = draw_cases(rng, count)
    exact = attributes_of(drawn, least_cases=1)
    planted, base, traps = draw_truths(rng, exact)
    if nothing_planted:
        planted, traps = (), ()
    names = sorted(base)
    probability = np.empty((count, len(names)))
    for place, name in enumerate(names):
        probability[:, place] = base[name]
        for truth in planted:
            if truth.fault == name:
                _, inside = known_and_inside(exact, truth.condition)
                probability[inside, place] *= truth.lift
    bounds = np.cumsum(probability, axis=1)
    if bounds[:, -1].max() > 0.97:
        raise ValueError("the planted faults leave no room for the others")
    place = (rng.random(count)[:, None] >= bounds).sum(axis=1)
    weights = 1.0 / np.arange(2, null_faults + 2)
    shares = np.append(0.85 * weights / weights.sum(), 0.15)
    rest = rng.choice(null_faults + 1, size=count, p=shares)
    codes = np.where(place < len(names), place, len(names) + rest).astype(np.int32)
    nulls = tuple(f"null_{i:02d}" for i in range(null_faults))
    return History(_recorded(rng, drawn, codes, (*names, *nulls)), planted, traps)


def _recorded(
    rng: np.random.Generator, drawn: CaseColumns, fault: NDArray[np.int32], names: tuple[str, ...]
) -> CaseColumns:
    """What a workshop writes down: some values are missing, some cases still open.

    fault: index into the sorted `names`; their number where it was none of them.
    """
    count = len(drawn)

    def keeps(missing: float) -> NDArray[np.bool_]:
        return rng.random(count) >= missing

    def number(values: NDArray[np.float64], missing: float) -> NDArray[np.float64]:
        return np.where(keeps(missing), values, np.nan)

    def word(category: Category, missing: float) -> Category:
        codes = np.where(keeps(missing), category.codes, -1).astype(np.int32)
        return Category(codes, category.names)

    closed = keeps(0.05)
    order = np.argsort(names)
    rank = np.empty(len(names) + 1, dtype=np.int32)
    rank[order] = np.arange(len(names))
    rank[len(names)] = -1
    codes = np.where(closed, rank[fault], -1).astype(np.int32)
    return replace(
        drawn,
        fault=Category(codes, tuple(sorted(names))), none_of_these=closed & (codes < 0),
        model=word(drawn.model, 0.02), region=word(drawn.region, 0.03),
        vehicle_key=word(drawn.vehicle_key, 0.01), year=number(drawn.year, 0.03),
        mileage_km=number(drawn.mileage_km, 0.08), ambient_c=number(drawn.ambient_c, 0.10),
        humidity_pct=number(drawn.humidity_pct, 0.12), speed_kmh=number(drawn.speed_kmh, 0.20),
        when=drawn.when & keeps(0.15)[:, None],
    )  # fmt: skip
