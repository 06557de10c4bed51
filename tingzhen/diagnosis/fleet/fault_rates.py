"""How often faults come up, by month, model and other groups: shares of cases, and rates per
vehicle where it is known how many are in service.

A share is of closed cases and not of vehicles: where other faults become rarer, a share grows
though the fault came up no more often. Only a rate tells that apart.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import Category
from tingzhen.diagnosis.cases.strata import MILEAGE_EDGES_KM
from tingzhen.diagnosis.fleet.cases import FleetCases, Selection, selected
from tingzhen.diagnosis.fleet.intervals import garwood, wilson
from tingzhen.diagnosis.fleet.service import months_in_service
from tingzhen.diagnosis.patterns.exposure import Exposure

Dimension = Literal[
    "fault", "month", "make", "model", "year", "region", "powertrain", "mileage"
]  # fmt: skip
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
MONTHS_A_YEAR: Final = 12
PER_VEHICLES: Final = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """Cases with the fault per 1,000 vehicle-years, with its 95 % interval. cases: those that fall
    into the months that the table of vehicles in service has."""

    rate: float
    low: float
    high: float
    cases: int
    vehicle_months: float


@dataclass(frozen=True, slots=True)
class Row:
    """One group. key: a word, a model year, the first month as YYYY-MM, the number of a band of
    mileage; None where it is not known. with_fault of cases closed; share 0..1 with its 95 %
    interval, NaN without cases."""

    key: str | int | None
    with_fault: int
    cases: int
    share: float
    low: float
    high: float
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class FaultRates:
    """rows: months, years and bands in their order, others by most cases; what is not known last.
    without_rates: names of what the table of vehicles lacks to give rates; "table" where there is
    none, empty where there are rates."""

    total: Row
    rows: tuple[Row, ...]
    without_rates: tuple[str, ...]


def fault_rates(
    cases: FleetCases,
    selection: Selection,
    *,
    by: Dimension,
    faults: frozenset[str] | None = None,
    exposure: Exposure | None = None,
) -> FaultRates:
    """faults: counted as the fault; None: every confirmed one."""
    rows = np.flatnonzero(selected(cases, selection) & cases.closed)
    fault = cases.fault.codes[rows]
    wanted = np.isin(fault, [cases.fault.code(f) for f in faults]) if faults else fault >= 0
    keys, index = _groups(cases, rows, by)
    hits = np.bincount(index[wanted], minlength=len(keys))
    # Every fault has all cases for its whole.
    n = np.full(len(keys), len(rows)) if by == "fault" else np.bincount(index, minlength=len(keys))
    share, low, high = wilson(hits, n)
    served = months_in_service(exposure, selection, by)
    rates: dict[Any, Rate | None] = {}
    total_rate = None
    if exposure is not None and not served.lacks:
        inside = wanted & np.isin(cases.month[rows], served.months)
        counts = np.bincount(index[inside], minlength=len(keys))
        months = np.array([served.of(key) for key in keys], dtype=np.float64)
        rates = dict(zip(keys, _rates(counts, months), strict=True))
        total_rate = _rates(np.array([inside.sum()]), np.array([served.total]))[0]
    found = [
        Row(key, int(hits[i]), int(n[i]), float(share[i]), float(low[i]), float(high[i]),
            rates.get(key))
        for i, key in enumerate(keys)
        if by != "fault" or (key is not None and hits[i])
    ]  # fmt: skip
    part, below, above = wilson(np.array([wanted.sum()]), np.array([len(rows)]))
    total = Row(None, int(wanted.sum()), len(rows), float(part[0]), float(below[0]),
                float(above[0]), total_rate)  # fmt: skip
    return FaultRates(total, tuple(_ordered(found, by)), served.lacks)


def _rates(counts: NDArray[np.int64], vehicle_months: NDArray[np.float64]) -> list[Rate | None]:
    per = vehicle_months / (MONTHS_A_YEAR * PER_VEHICLES)
    rate, low, high = garwood(counts, per)
    return [
        Rate(float(rate[i]), float(low[i]), float(high[i]), int(counts[i]), float(months))
        if months > 0 else None
        for i, months in enumerate(vehicle_months)
    ]  # fmt: skip


def _groups(
    cases: FleetCases, rows: NDArray[np.intp], by: Dimension
) -> tuple[list[str | int | None], NDArray[np.intp]]:
    """The keys of G groups, and for each row the place of its own, intp (n,)."""
    if by == "month":
        month = cases.month[rows].astype(np.int64)
        if not len(month):
            return [], np.empty(0, dtype=np.intp)
        first = int(month.min())
        # Months without any case are shown as such.
        names = np.arange(first, int(month.max()) + 1).astype("datetime64[M]")
        return [str(name) for name in names], (month - first).astype(np.intp)
    if by == "year":
        return _numbered(cases.year[rows])
    if by == "mileage":
        km = cases.mileage_km[rows]
        band = np.searchsorted(MILEAGE_EDGES_KM, km, side="right").astype(np.float64)
        return _numbered(np.where(np.isnan(km), np.nan, band))
    column: Category = getattr(cases, by)
    codes, index = np.unique(column.codes[rows], return_inverse=True)
    return [column.names[code] if code >= 0 else None for code in codes], index


def _numbered(
    values: NDArray[np.float64],
) -> tuple[list[str | int | None], NDArray[np.intp]]:
    found, index = np.unique(values, return_inverse=True)
    return [None if np.isnan(value) else int(value) for value in found], index


def _ordered(rows: list[Row], by: Dimension) -> list[Row]:
    if by in ("month", "year", "mileage"):
        return rows  # in their order already, with what is not known at the end
    if by == "fault":
        return sorted(rows, key=lambda row: (-row.with_fault, str(row.key)))
    return sorted(rows, key=lambda row: (row.key is None, -row.cases, str(row.key)))
