"""The vehicles that a pattern concerns, as a table for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import CaseColumns
from tingzhen.diagnosis.patterns.attributes import attributes_of
from tingzhen.diagnosis.patterns.condition import Condition, known_and_inside

_HEADER: Final = ("vehicle_key", "make", "model", "year", "mileage_km", "cases", "with_fault",
                  "open_cases", "last_opened_on", "case_ids")  # fmt: skip


@dataclass(frozen=True, slots=True)
class VehicleConcerned:
    """One vehicle with cases in which the condition held.

    vehicle_key: hash, None where not known (then one row for each case). mileage_km: the highest
    known. cases: in which the condition held; with_fault: of these with the fault confirmed;
    open_cases: of these not closed yet.
    """

    vehicle_key: str | None
    make: str | None
    model: str | None
    year: int | None
    mileage_km: float | None
    cases: int
    with_fault: int
    open_cases: int
    last_opened_on: date
    case_ids: tuple[str, ...]


def vehicles_concerned(
    cases: CaseColumns,
    fault: str,
    condition: Condition,
    *,
    codes: Sequence[Sequence[str]] | None = None,
    since: date | None = None,
) -> list[VehicleConcerned]:
    """Those with open cases first, then those with most cases. Arguments as in `find_patterns`."""
    _, inside = known_and_inside(attributes_of(cases, codes, least_cases=1), condition)
    if since is not None:
        inside &= cases.opened_on >= np.datetime64(since, "D")
    rows = np.flatnonzero(inside)
    vehicle = cases.vehicle_key.codes[rows].astype(np.int64)
    vehicle = np.where(vehicle < 0, -1 - rows, vehicle)
    order = np.argsort(vehicle, kind="stable")
    rows, vehicle = rows[order], vehicle[order]
    groups = np.split(rows, np.flatnonzero(np.diff(vehicle)) + 1) if len(rows) else []
    found = [_row(cases, cases.fault.code(fault), group) for group in groups]
    return sorted(found, key=lambda v: (-v.open_cases, -v.cases, v.vehicle_key or "", v.case_ids))


def _row(cases: CaseColumns, fault: int, rows: NDArray[np.intp]) -> VehicleConcerned:
    last = rows[np.argmax(cases.opened_on[rows])]
    codes = cases.fault.codes[rows]
    mileage = cases.mileage_km[rows]
    year = cases.year[last]
    vehicle = int(cases.vehicle_key.codes[last])
    make, model = int(cases.make.codes[last]), int(cases.model.codes[last])
    return VehicleConcerned(
        vehicle_key=cases.vehicle_key.names[vehicle] if vehicle >= 0 else None,
        make=cases.make.names[make] if make >= 0 else None,
        model=cases.model.names[model] if model >= 0 else None,
        year=None if np.isnan(year) else int(year),
        mileage_km=None if np.isnan(mileage).all() else float(np.nanmax(mileage)),
        cases=len(rows), with_fault=int((codes == fault).sum()),
        open_cases=int(((codes < 0) & ~cases.none_of_these[rows]).sum()),
        last_opened_on=cases.opened_on[last].astype("datetime64[D]").item(),
        case_ids=tuple(cases.ids[row] for row in rows),
    )  # fmt: skip


def vehicles_csv(vehicles: Sequence[VehicleConcerned]) -> str:
    """CSV with a header; case ids are joined by spaces. A word that a spreadsheet would take for a
    formula has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_HEADER)
    for v in vehicles:
        words = [harmless(word) for word in (v.vehicle_key, v.make, v.model)]
        numbers = [v.year, None if v.mileage_km is None else round(v.mileage_km), v.cases,
                   v.with_fault, v.open_cases, v.last_opened_on.isoformat()]  # fmt: skip
        writer.writerow([*words, *numbers, harmless(" ".join(v.case_ids))])
    return text.getvalue()


def harmless(word: str | None) -> str:
    """The word as a spreadsheet may see it; empty for None."""
    if word is None:
        return ""
    return f"'{word}" if word[:1] in ("=", "+", "-", "@", "\t", "\r") else word
