"""Statements made by hand, as a file would write them."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, settings

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.experience import Link, Statement, Trial, parse_statement

TODAY = date(2026, 11, 27)
# A busy machine is no fault of the code.
unhurried = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(**changed: Any) -> dict[str, Any]:
    return {
        "conditions": {"noises": ["squeal"], "when": ["cold_start"]},
        "look_at": {"fault": "alternator_bearing"},
        "strength": "mostly", "role": "master", "author": "t017", "date": "2026-11-02",
    } | changed  # fmt: skip


def stated(**changed: Any) -> Statement:
    return parse_statement(written(**changed), shipped())


def linked(trials: tuple[Trial, ...] = (), **changed: Any) -> Link:
    statement = stated(**changed)
    return Link(statement.rule, (statement,), trials)


def record(right: int, wrong: int, expected: float = 0.05) -> tuple[Trial, ...]:
    return tuple(
        Trial(f"c{i:03}", date(2026, 11, 20), 1.0, expected, i < right)
        for i in range(right + wrong)
    )
