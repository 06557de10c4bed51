"""Put cases into the database so that each counts once, whatever it is told twice."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.engine import Connection

from tingzhen.diagnosis.cases.duplicates import Visit, same_visit
from tingzhen.diagnosis.cases.tables import CASES


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of some cases. added: new ones that count. repeated: said word for word before;
    not kept again. replaced: another version of a known order. alike: kept and linked to the case
    that tells of the same visit."""

    added: int = 0
    repeated: int = 0
    replaced: int = 0
    alike: int = 0


@dataclass(slots=True)
class _Known:
    """A case that stands in the database or is about to."""

    id: str
    order_key: str
    fingerprint: str
    vehicle_key: str | None
    counts: bool
    confirmed: bool
    visit: Visit


def file_cases(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> Filed:
    """Insert rows (of `row_of`) in the connection's transaction; it must have been opened to write.

    Another version of an order takes the place of the first, unless it lost the confirmed fault.
    Of two orders that tell of one visit the confirmed one counts, else the first.
    """
    by_order, by_vehicle = _known(connection, rows)
    new: list[dict[str, Any]] = []
    links: list[dict[str, str]] = []
    counts = dict.fromkeys(("added", "repeated", "replaced", "alike"), 0)
    for row in rows:
        versions = by_order[row["order_key"]]
        if any(known.fingerprint == row["fingerprint"] for known in versions):
            counts["repeated"] += 1
            continue
        taken = any(known.id == row["id"] for known in versions)
        fresh = dict(row, id=f"{row['id']}~{row['fingerprint'][:8]}") if taken else dict(row)
        case = _known_of(fresh)
        outcome = "added"
        before = next((known for known in versions if known.counts), None)
        if versions:
            outcome = "replaced"
        if before is not None:
            _link(case, before, "same_order", fresh, links)
        if case.counts and case.vehicle_key is not None:
            visits = by_vehicle[case.vehicle_key]
            other = next(
                (k for k in visits if k.counts and same_visit(k.visit, case.visit)), None
            )  # fmt: skip
            if other is not None:
                _link(case, other, "alike", fresh, links, newer_wins=False)
                outcome = "alike"
        counts[outcome] += 1
        versions.append(case)
        if case.vehicle_key is not None:
            by_vehicle[case.vehicle_key].append(case)
        new.append(fresh)
    if new:
        connection.execute(insert(CASES), new)
    if links:
        connection.execute(
            update(CASES).where(CASES.c.id == bindparam("of"))
            .values(duplicate_of=bindparam("to"), duplicate_why=bindparam("why")),
            links,
        )  # fmt: skip
    return Filed(**counts)


def _link(
    case: _Known,
    known: _Known,
    why: str,
    row: dict[str, Any],
    links: list[dict[str, str]],
    *,
    newer_wins: bool = True,
) -> None:
    """Let one of the two count no longer."""
    new_counts = newer_wins if case.confirmed == known.confirmed else case.confirmed
    if new_counts:
        known.counts = False
        # The row it links to is inserted first.
        links.append({"of": known.id, "to": case.id, "why": why})
    else:
        case.counts = False
        row |= {"duplicate_of": known.id, "duplicate_why": why}


def _known(
    connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> tuple[defaultdict[str, list[_Known]], defaultdict[str, list[_Known]]]:
    """What the database holds of these orders, and of these vehicles."""
    columns = [CASES.c[name] for name in (
        "id", "order_key", "fingerprint", "vehicle_key", "duplicate_of", "opened_on", "mileage_km",
        "fault", "fault_text", "repair", "complaint",
    )]  # fmt: skip
    vehicles = {row["vehicle_key"] for row in rows} - {None}
    found: dict[str, _Known] = {}
    for column, wanted in (
        (CASES.c.order_key, {row["order_key"] for row in rows}),
        (CASES.c.vehicle_key, vehicles),
    ):
        if wanted:
            stored = connection.execute(select(*columns).where(column.in_(sorted(wanted))))
            for row in stored.mappings():
                known = _known_of(dict(row))
                found.setdefault(known.id, known)
    by_order: defaultdict[str, list[_Known]] = defaultdict(list)
    by_vehicle: defaultdict[str, list[_Known]] = defaultdict(list)
    for known in found.values():
        by_order[known.order_key].append(known)
        if known.vehicle_key is not None:
            by_vehicle[known.vehicle_key].append(known)
    return by_order, by_vehicle


def _known_of(row: Mapping[str, Any]) -> _Known:
    opened_on: date = row["opened_on"]
    fault = row["fault"] or row["fault_text"]
    visit = Visit(row["id"], opened_on, row["mileage_km"], fault, row["repair"], row["complaint"])
    return _Known(
        row["id"], row["order_key"], row["fingerprint"], row["vehicle_key"],
        row["duplicate_of"] is None, row["fault"] is not None, visit,
    )  # fmt: skip
