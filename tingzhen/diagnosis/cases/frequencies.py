"""How often each fault was confirmed, for a vehicle and its circumstances, and priors from that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select

from tingzhen.diagnosis._posterior import fault_priors
from tingzhen.diagnosis.cases.shrinkage import ORDERS_PER_FAULT, Cell, Shares, shrink
from tingzhen.diagnosis.cases.store import CaseStore, counted
from tingzhen.diagnosis.cases.strata import mileage_band, season_of
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.knowledge import KnowledgeBase

# Old vehicles have driven far: year and mileage say half the same, so each counts half.
_WEIGHT: Final = {"year": 0.5, "mileage": 0.5, "season": 1.0, "region": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """For whom frequencies are asked; None: not known, the cases are not split by it.

    season_on: a day, of which the season counts. ambient_c: what the reasoning knows of the
    temperature, so that cold is not counted twice.
    """

    make: str | None = None
    model: str | None = None
    year: int | None = None
    powertrain: Powertrain | None = None
    mileage_km: float | None = None
    season_on: date | None = None
    region: str | None = None
    ambient_c: float | None = None


@dataclass(frozen=True, slots=True)
class FaultFrequency:
    """One fault. expert: its share of its group by the base, 0..1. orders, model_orders: confirmed
    cases in all and of the model (weighted by age where that is asked). share, low, high: posterior
    share with its 95 % credible interval. factor: share / expert, what its prior is multiplied by.
    """

    fault: str
    expert: float
    orders: float
    model_orders: float
    share: float
    low: float
    high: float
    factor: float


def fault_frequencies(
    store: CaseStore,
    knowledge: KnowledgeBase,
    stratum: Stratum,
    *,
    on: date | None = None,
    half_life_months: float | None = None,
    orders_per_fault: float = ORDERS_PER_FAULT,
) -> list[FaultFrequency]:
    """Every fault that the vehicle can have, most frequent first.

    half_life_months: a case so many months before `on` (today without) counts half; None counts
    all alike.
    Raises CasesUnavailable.
    """
    counts = _counts(store, knowledge, stratum, on=on, half_life_months=half_life_months)
    result = []
    for rows, expert, shares in _by_group(knowledge, stratum, counts, orders_per_fault):
        low, high = shares.interval()
        for i, row in enumerate(rows):
            if expert[i] > 0.0:
                result.append(FaultFrequency(
                    knowledge.faults[row].id, float(expert[i]), float(counts["all"][row]),
                    float(counts["model"][row]) if "model" in counts else 0.0,
                    float(shares.share[i]), float(low[i]), float(high[i]),
                    float(shares.share[i] / expert[i]),
                ))  # fmt: skip
    return sorted(result, key=lambda f: (-f.orders, -f.share, f.fault))


def prior_weights(
    store: CaseStore,
    knowledge: KnowledgeBase,
    stratum: Stratum,
    *,
    on: date | None = None,
    half_life_months: float | None = None,
    orders_per_fault: float = ORDERS_PER_FAULT,
) -> dict[str, float]:
    """Factor on the prior weight of each fault, > 0, for `diagnose`; empty where there are no
    confirmed cases. Raises CasesUnavailable."""
    counts = _counts(store, knowledge, stratum, on=on, half_life_months=half_life_months)
    if not counts["all"].any():
        return {}
    factors: dict[str, float] = {}
    for rows, expert, shares in _by_group(knowledge, stratum, counts, orders_per_fault):
        for i, row in enumerate(rows):
            if expert[i] > 0.0:
                factors[knowledge.faults[row].id] = float(shares.share[i] / expert[i])
    return factors


def _by_group(
    knowledge: KnowledgeBase,
    stratum: Stratum,
    counts: Mapping[str, NDArray[np.float64]],
    orders_per_fault: float,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], Shares]]:
    """Rows, expert shares (n,) and Shares of each group of the base."""
    expert = fault_priors(knowledge, stratum.powertrain)
    stated, nothing = _stated(knowledge, stratum), np.ones(len(knowledge.faults))
    for rows in (knowledge.mechanical, *knowledge.visible.values()):
        if len(rows) == 0 or expert[rows].sum() <= 0.0:
            continue
        model = counts["model"][rows] if "model" in counts else None
        cells = [
            Cell(counts[name][rows], stated.get(name, nothing)[rows],
                 None if model is None else (counts[f"all {name}"] - counts[name])[rows], weight)
            for name, weight in _WEIGHT.items()
            if name in counts
        ]  # fmt: skip
        own = expert[rows] / expert[rows].sum()
        yield rows, own, shrink(own, counts["all"][rows], model, cells, orders_per_fault)


def _stated(knowledge: KnowledgeBase, stratum: Stratum) -> dict[str, NDArray[np.float64]]:
    """(F,) ratios that the reasoning applies itself: of the mileage, and of the temperature, which
    is what a season is about."""
    many, ranges = len(knowledge.faults), knowledge.tables.ranges
    cap = np.log(knowledge.settings.circumstance_cap)
    stated = {}
    if stratum.mileage_km is not None:
        stated["mileage"] = ranges["mileage_km"].log_ratio(stratum.mileage_km, many)
    if stratum.ambient_c is not None:
        stated["season"] = ranges["ambient_c"].log_ratio(stratum.ambient_c, many)
    return {name: np.exp(np.clip(ratio, -cap, cap)) for name, ratio in stated.items()}


def _counts(
    store: CaseStore,
    knowledge: KnowledgeBase,
    stratum: Stratum,
    *,
    on: date | None,
    half_life_months: float | None,
) -> dict[str, NDArray[np.float64]]:
    """(F,) confirmed cases: "all", "model" where it is known, the cells within it, and beside them
    the cells of all models ("all season")."""
    model = {"model": stratum.model} if stratum.model is not None else {}
    if model and stratum.make is not None:
        model["make"] = stratum.make
    cells: dict[str, Any] = {
        "year": {"year": stratum.year},
        "mileage": {"mileage_band": None if stratum.mileage_km is None
                    else mileage_band(stratum.mileage_km)},
        "season": {"season": None if stratum.season_on is None else season_of(stratum.season_on)},
        "region": {"region": stratum.region},
    }  # fmt: skip
    wanted: dict[str, dict[str, Any]] = {"all": {}}
    if model:
        wanted["model"] = dict(model)
    cells = {name: cell for name, cell in cells.items() if None not in cell.values()}
    wanted |= {name: model | cell for name, cell in cells.items()}
    if model:
        wanted |= {f"all {name}": cell for name, cell in cells.items()}
    today = on or date.today()
    month = today.year * 12 + today.month - 1
    return {
        name: _count(store, knowledge, stratum.powertrain, cell, month, half_life_months)
        for name, cell in wanted.items()
    }


def _count(  # noqa: PLR0917 - one for each part of the question
    store: CaseStore,
    knowledge: KnowledgeBase,
    powertrain: Powertrain | None,
    cell: Mapping[str, Any],
    on_month: int,
    half_life_months: float | None,
) -> NDArray[np.float64]:
    by_age = half_life_months is not None
    keys = [CASES.c.fault, *([CASES.c.month] if by_age else [])]
    query = select(*keys, func.count()).where(counted(), CASES.c.fault.is_not(None))
    for column, value in cell.items():
        query = query.where(CASES.c[column] == value)
    if powertrain is not None:
        query = query.where(or_(CASES.c.powertrain == powertrain, CASES.c.powertrain.is_(None)))
    with store.reading() as connection:
        found = connection.execute(query.group_by(*keys)).all()
    total = np.zeros(len(knowledge.faults))
    index = knowledge.tables.row_of
    for fault, *month, many in found:
        row = index.get(fault)
        if row is not None:
            age = max(0, on_month - month[0]) if by_age else 0
            total[row] += many * (0.5 ** (age / half_life_months) if half_life_months else 1.0)
    return total
