"""The fleet's figures as JSON and as tables, in one language."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases.record import Category
from tingzhen.diagnosis.fleet import Dimension, FaultRates, FleetCases, Recurrence, selected
from tingzhen.diagnosis.fleet.fault_rates import Row
from tingzhen.diagnosis.fleet.recurrence import Returns
from tingzhen.language import Language
from tingzhen.serving.fleet.csv_tables import Cell
from tingzhen.serving.fleet.figures import Chosen
from tingzhen.serving.fleet.names import group_name

MOST_ROWS: Final = 500
_EPOCH: Final = date(1970, 1, 1)
_PLACES: Final = 6


def population(chosen: Chosen) -> dict[str, Any]:
    """Which cases the figures are of: never real and generated ones together."""
    columns = chosen.columns
    rows = np.flatnonzero(selected(columns, chosen.selection))
    days = columns.day[rows]
    return {
        "kind": _kind(chosen),
        "of": chosen.cases,
        "left_out": chosen.left_out,
        "cases": len(rows),
        "closed": int(columns.closed[rows].sum()),
        "open": int((~columns.closed[rows]).sum()),
        "vehicles": _distinct(columns.vehicle_key, rows),
        "workshops": _distinct(columns.workshop, rows),
        "first": _day(int(days.min())) if len(days) else None,
        "last": _day(int(days.max())) if len(days) else None,
    }


def choices(
    columns: FleetCases, chosen: Chosen, knowledge: KnowledgeBase, language: Language
) -> dict[str, Any]:
    """What can be chosen from: what cases of this kind have."""
    kind = np.flatnonzero(columns.simulated == chosen.selection.simulated)
    fault = columns.fault.codes[kind]
    counts = np.bincount(fault[fault >= 0], minlength=len(columns.fault.names))
    of_fault = dict(zip(columns.fault.names, counts.tolist(), strict=True))
    years = columns.year[kind]
    years = years[~np.isnan(years)]
    known = [fault for fault in knowledge.faults if of_fault.get(fault.id)]
    used = {fault.system for fault in known}
    return {
        "make": _words(columns.make, kind),
        "model": _words(columns.model, kind),
        "region": _words(columns.region, kind),
        "powertrain": _words(columns.powertrain, kind),
        "years": [int(years.min()), int(years.max())] if len(years) else None,
        "systems": [
            {"id": system.id, "name": system.name.to(language)}
            for system in knowledge.systems
            if system.id in used
        ],
        "faults": [
            {"id": fault.id, "name": fault.name.to(language), "system": fault.system,
             "cases": of_fault[fault.id]}
            for fault in sorted(known, key=lambda f: (-of_fault[f.id], f.id))
        ],
    }  # fmt: skip


def rates_as_dict(
    found: FaultRates, chosen: Chosen, by: Dimension, faults: dict[str, str], language: Language
) -> dict[str, Any]:
    return {
        "schema": "tingzhen.fault_rates/1",
        "by": by,
        "population": population(chosen),
        "without_rates": list(found.without_rates),
        "total": _row(found.total, None),
        "rows": [
            _row(row, group_name(by, row.key, faults, language)) for row in found.rows[:MOST_ROWS]
        ],
        "rows_left_out": max(0, len(found.rows) - MOST_ROWS),
    }


def rates_table(
    found: FaultRates, chosen: Chosen, by: Dimension, faults: dict[str, str], language: Language
) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [by, "name", "with_fault", "cases", "share", "share_low", "share_high", "cases_in_service",
         "vehicle_months", "per_1000_vehicle_years", "rate_low", "rate_high", "kind"]
    ]  # fmt: skip
    for row in found.rows:
        rate: list[Cell] = [None] * 5
        if row.rate is not None:
            one = row.rate
            rate = [one.cases, one.vehicle_months, one.rate, one.low, one.high]
        name = group_name(by, row.key, faults, language)
        rows.append([row.key, name, row.with_fault, row.cases, row.share, row.low, row.high, *rate,
                     _kind(chosen)])  # fmt: skip
    return rows


def recurrence_as_dict(
    found: Recurrence, chosen: Chosen, names: Sequence[str], asked: dict[str, Any]
) -> dict[str, Any]:
    """names: of the groups. asked: what was asked for, said again."""
    return {
        "schema": "tingzhen.recurrence/1",
        **asked,
        "population": population(chosen),
        "followed_to": None if found.followed_to is None else _day(found.followed_to),
        "without_vehicle": found.without_vehicle,
        "unknown_km": found.unknown_km,
        "overall": _returns(found.overall, None),
        "curve": [
            {"day": point.day, "share": _number(point.share), "low": _number(point.low),
             "high": _number(point.high), "at_risk": point.at_risk}
            for point in found.curve
        ],
        "groups": [
            _returns(group, name)
            for group, name in zip(found.groups[:MOST_ROWS], names, strict=False)
        ],
        "groups_left_out": max(0, len(found.groups) - MOST_ROWS),
    }  # fmt: skip


def recurrence_table(
    found: Recurrence, chosen: Chosen, names: Sequence[str], by: str
) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [by, "repairs", "vehicles", "returns", "watched", "share", "low", "high", "kind"]
    ]
    for group, name in zip(found.groups, names, strict=True):
        rows.append([name, group.repairs, group.vehicles, group.returns, group.watched, group.share,
                     group.low, group.high, _kind(chosen)])  # fmt: skip
    return rows


def curve_table(found: Recurrence, chosen: Chosen) -> list[list[Cell]]:
    rows: list[list[Cell]] = [["day", "share", "low", "high", "at_risk", "kind"]]
    for point in found.curve:
        rows.append([point.day, point.share, point.low, point.high, point.at_risk, _kind(chosen)])
    return rows


def _row(row: Row, name: str | None) -> dict[str, Any]:
    rate = row.rate
    return {
        "key": row.key, "name": name, "with_fault": row.with_fault, "cases": row.cases,
        "share": _number(row.share), "low": _number(row.low), "high": _number(row.high),
        "rate": None if rate is None else {
            "per_1000_vehicle_years": _number(rate.rate), "low": _number(rate.low),
            "high": _number(rate.high), "cases": rate.cases,
            "vehicle_months": _number(rate.vehicle_months),
        },
    }  # fmt: skip


def _returns(group: Returns, name: str | None) -> dict[str, Any]:
    return {
        "name": name, "repairs": group.repairs, "vehicles": group.vehicles,
        "returns": group.returns, "watched": group.watched, "share": _number(group.share),
        "low": _number(group.low), "high": _number(group.high),
    }  # fmt: skip


def _kind(chosen: Chosen) -> str:
    return "simulated" if chosen.selection.simulated else "real"


def _distinct(column: Category, rows: Any) -> int:
    codes = column.codes[rows]
    return len(np.unique(codes[codes >= 0]))


def _words(column: Category, rows: Any) -> list[str]:
    """The most frequent first, MOST_ROWS at most."""
    codes = column.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(column.names))
    order = np.argsort(-counts, kind="stable")[:MOST_ROWS]
    return [column.names[code] for code in order if counts[code]]


def _day(days: int) -> str:
    return (_EPOCH + timedelta(days=days)).isoformat()


def _number(value: float) -> float | None:
    return round(value, _PLACES) if math.isfinite(value) else None
