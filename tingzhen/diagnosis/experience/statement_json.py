"""A statement from what a border has read, and as a file writes it again."""

from typing import Any

from tingzhen.diagnosis.experience.rule import (
    Conditions,
    LookAt,
    LookKind,
    Range,
    Rule,
    Statement,
)
from tingzhen.diagnosis.experience.statement_model import StatementModel


def as_statement(model: StatementModel) -> Statement:
    """The statement in memory; names of faults and tests are left as they were written."""
    given = model.conditions
    ranges = {
        "speed_kmh": given.speed_kmh, "ambient_c": given.ambient_c,
        "humidity_pct": given.humidity_pct, "mileage_km": given.mileage_km,
    }  # fmt: skip
    kind: LookKind = "fault"
    name = model.look_at.fault
    if model.look_at.test is not None:
        kind, name = "test", model.look_at.test
    elif model.look_at.unknown_fault is not None:
        kind, name = "unknown_fault", model.look_at.unknown_fault
    conditions = Conditions(
        noises=given.noises or (), damages=given.damages or (), codes=given.codes or (),
        words=given.words or (), when=given.when or (), make=given.make or (),
        model=given.model or (), powertrain=given.powertrain or (),
        year=Range(given.year.low, given.year.high) if given.year else None,
        ranges={m: Range(r.low, r.high) for m, r in ranges.items() if r},  # type: ignore[misc]
    )  # fmt: skip
    return Statement(
        Rule(conditions, LookAt(kind, (name or "").strip())), model.strength, model.role,
        model.author, model.stated_on, model.workshop, model.note,
    )  # fmt: skip


def as_json(statement: Statement) -> dict[str, Any]:
    """The statement as a file writes it, English keys, only what is given; JSON types only."""
    conditions = statement.rule.conditions
    given: dict[str, Any] = {
        kind: list(getattr(conditions, kind))
        for kind in ("noises", "damages", "codes", "words", "when", "make", "model", "powertrain")
        if getattr(conditions, kind)
    }
    if conditions.year is not None:
        low, high = conditions.year.low, conditions.year.high
        given["year"] = _bounds(low and int(low), high and int(high), "to")
    for measure, bounds in conditions.ranges.items():
        given[measure] = _bounds(bounds.low, bounds.high, "below")
    look_at = statement.rule.look_at
    item: dict[str, Any] = {
        "conditions": given, "look_at": {look_at.kind: look_at.name},
        "strength": statement.strength, "role": statement.role, "author": statement.author,
        "date": statement.stated_on.isoformat(), "workshop": statement.workshop,
        "note": statement.note,
    }  # fmt: skip
    return {key: value for key, value in item.items() if value is not None}


def _bounds(low: float | None, high: float | None, upper: str) -> dict[str, float]:
    return {k: v for k, v in (("from", low), (upper, high)) if v is not None}
