"""How long vehicles of each group were in service, from a table of vehicles in service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.strata import MILEAGE_EDGES_KM
from tingzhen.diagnosis.fleet.cases import Selection
from tingzhen.diagnosis.patterns.exposure import Exposure

_COLUMN: Final = {"mileage": "mileage_km"}
_NEEDS: Final[Mapping[str, str]] = {
    "make": "make", "model": "model", "region": "region", "powertrain": "powertrain",
    "year_from": "year", "year_to": "year", "mileage_from_km": "mileage_km",
    "mileage_below_km": "mileage_km",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MonthsInService:
    """lacks: why there are no rates: columns that the table has not, "table", or "simulated", for
    generated cases have no real vehicles behind them. months: that count, datetime64[M], ascending.
    total: vehicle-months of all; by_key: of each group."""

    lacks: tuple[str, ...]
    months: NDArray[np.datetime64] = field(
        default_factory=lambda: np.empty(0, dtype="datetime64[M]")
    )
    total: float = 0.0
    by_key: Mapping[str | int, float] | None = None

    def of(self, key: str | int | None) -> float:
        """Vehicle-months of a group; 0 where the table says nothing of it."""
        if self.by_key is None:
            return self.total
        return 0.0 if key is None else self.by_key.get(key, 0.0)


def months_in_service(exposure: Exposure | None, selection: Selection, by: str) -> MonthsInService:
    """by: a dimension; "fault": every group has all vehicles. Only whole months of the period
    count, and only those that the table has."""
    if exposure is None:
        return MonthsInService(("table",))
    if selection.simulated:
        return MonthsInService(("simulated",))
    needed = {_NEEDS[name] for name in _NEEDS if getattr(selection, name) is not None}
    if by not in ("fault", "month"):
        needed.add(_COLUMN.get(by, by))
    columns = exposure.attributes.columns
    lacks = sorted(needed - set(columns))
    if exposure.month is None:
        return MonthsInService((*lacks, "month"))
    if lacks:
        return MonthsInService(tuple(lacks))
    rows = _rows(exposure, exposure.month, selection)
    month, vehicles = exposure.month[rows], exposure.vehicles[rows]
    by_key: dict[str | int, float] | None = None
    if by == "month":
        by_key = _sums([str(one) for one in month], vehicles)
    elif by != "fault":
        column = columns[_COLUMN.get(by, by)]
        values = column.values[rows]
        known = ~np.isnan(values)
        if by == "mileage":
            values = np.searchsorted(MILEAGE_EDGES_KM, values, side="right").astype(np.float64)
        keys: list[str | int] = [
            column.names[int(v)] if column.kind == "category" else int(v) for v in values[known]
        ]
        by_key = _sums(keys, vehicles[known])
    return MonthsInService((), np.unique(month), float(vehicles.sum()), by_key)


def _rows(
    exposure: Exposure, month: NDArray[np.datetime64], selection: Selection
) -> NDArray[np.bool_]:
    rows = np.ones(len(month), dtype=np.bool_)
    if selection.since is not None:
        # A month that begins before the period is not whole.
        rows &= month.astype("datetime64[D]") >= np.datetime64(selection.since, "D")
    if selection.until is not None:
        rows &= (month + 1).astype("datetime64[D]") - 1 <= np.datetime64(selection.until, "D")
    for name in ("make", "model", "region", "powertrain"):
        wanted = getattr(selection, name)
        if wanted is not None:
            column = exposure.attributes.columns[name]
            rows &= column.values == column.code(wanted)
    for name, least, most in (
        ("year", selection.year_from, selection.year_to),
        ("mileage_km", selection.mileage_from_km, selection.mileage_below_km),
    ):
        if least is not None:
            rows &= exposure.attributes.columns[name].values >= least
        if most is not None:
            values = exposure.attributes.columns[name].values
            rows &= values <= most if name == "year" else values < most
    return rows


def _sums(
    keys: list[str] | list[str | int], vehicles: NDArray[np.float64]
) -> dict[str | int, float]:
    sums: dict[str | int, float] = {}
    for key, many in zip(keys, vehicles, strict=True):
        sums[key] = sums.get(key, 0.0) + float(many)
    return sums
