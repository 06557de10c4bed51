"""Vehicles that a pattern concerns, as far as somebody may see whose they are.

In full for who reaches all cases in which the condition held; of the others the key and the cases
are removed, the day is the month and the mileage a multiple of 10,000 km, as in
`cases_deidentified`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tingzhen.diagnosis.cases import CaseColumns
from tingzhen.diagnosis.patterns import VehicleConcerned
from tingzhen.serving.access.caller import Access
from tingzhen.serving.fleet.csv_tables import Cell

SHOWN: Final = 200
_KM: Final = 10_000
_COLUMNS: Final = (
    "vehicle_key", "make", "model", "year", "mileage_km", "cases", "with_fault", "open_cases",
    "last_opened_on", "case_ids",
)  # fmt: skip


def vehicles_for(
    access: Access, vehicles: Sequence[VehicleConcerned], cases: CaseColumns
) -> list[dict[str, Any]]:
    """One object for each, in their order."""
    if access.reach == "all":
        return [_shown(vehicle, full=True) for vehicle in vehicles]
    admitted = [access.admits(None, name.strip().casefold()) for name in cases.workshop.names]
    own = {
        case
        for case, code in zip(cases.ids, cases.workshop.codes, strict=True)
        if code >= 0 and admitted[code]
    }
    return [_shown(vehicle, full=own.issuperset(vehicle.case_ids)) for vehicle in vehicles]


def vehicles_as_dict(vehicles: Sequence[Mapping[str, Any]], *, simulated: bool) -> dict[str, Any]:
    return {
        "schema": "tingzhen.vehicles/1",
        "kind": "simulated" if simulated else "real",
        "total": len(vehicles),
        "vehicles": list(vehicles[:SHOWN]),
    }


def vehicles_table(vehicles: Sequence[Mapping[str, Any]], *, simulated: bool) -> list[list[Cell]]:
    """Header and rows; case ids are joined by spaces."""
    kind = "simulated" if simulated else "real"
    rows: list[list[Cell]] = [[*_COLUMNS, "kind"]]
    for vehicle in vehicles:
        row = [vehicle[name] for name in _COLUMNS[:-1]]
        rows.append([*row, " ".join(vehicle["case_ids"]), kind])
    return rows


def _shown(vehicle: VehicleConcerned, *, full: bool) -> dict[str, Any]:
    km, day = vehicle.mileage_km, vehicle.last_opened_on.isoformat()
    return {
        "vehicle_key": vehicle.vehicle_key if full else None,
        "make": vehicle.make, "model": vehicle.model, "year": vehicle.year,
        "mileage_km": None if km is None else round(km) if full else round(km / _KM) * _KM,
        "cases": vehicle.cases, "with_fault": vehicle.with_fault, "open_cases": vehicle.open_cases,
        "last_opened_on": day if full else day[:7],
        "case_ids": list(vehicle.case_ids) if full else [],
    }  # fmt: skip
