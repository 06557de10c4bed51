"""Shares and rates against counts made one case after the other."""

import math
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.diagnosis.fleet.fleets import FIRST, a_case, columns, drawn_cases
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.fleet import DIMENSIONS, Selection, fault_rates
from tingzhen.diagnosis.patterns import Exposure, read_exposure

CASES = list(drawn_cases(300, seed=3))


def key_of(case: CaseRecord, by: str) -> str | int | None:
    if by == "month":
        return f"{case.opened_on:%Y-%m}"
    if by == "mileage":
        edges = (10_000, 20_000, 40_000)
        return None if case.mileage_km is None else sum(case.mileage_km >= edge for edge in edges)
    value: str | int | None = getattr(case, by)
    return value


@pytest.mark.parametrize("by", [d for d in DIMENSIONS if d != "fault"])
def test_the_same_as_counted_by_hand(by: str) -> None:
    closed = [c for c in CASES if c.fault is not None or c.none_of_these]
    found = fault_rates(columns(CASES), Selection(), by=by, faults=frozenset({"a"}))  # type: ignore[arg-type]
    n = Counter(key_of(case, by) for case in closed)
    hits = Counter(key_of(case, by) for case in closed if case.fault == "a")
    assert {row.key: (row.with_fault, row.cases) for row in found.rows if row.cases} == {
        key: (hits[key], n[key]) for key in n
    }
    assert found.total.cases == len(closed)
    assert found.total.with_fault == sum(hits.values())
    assert found.without_rates == ("table",)
    ordered = [row.key for row in found.rows if row.key is not None]
    if by in ("month", "year", "mileage"):
        assert ordered == sorted(ordered)  # type: ignore[type-var]
    assert None not in [row.key for row in found.rows[:-1]]


def test_every_fault_has_all_cases_for_its_whole() -> None:
    closed = [c for c in CASES if c.fault is not None or c.none_of_these]
    found = fault_rates(columns(CASES), Selection(), by="fault")
    assert {row.key: row.with_fault for row in found.rows} == Counter(
        c.fault for c in closed if c.fault is not None
    )
    assert {row.cases for row in found.rows} == {len(closed)}
    assert sum(row.share for row in found.rows) < 1


def test_months_without_cases_are_shown() -> None:
    cases = [a_case(1, fault="a"), a_case(2, fault="b", opened_on=date(2024, 3, 5))]
    found = fault_rates(columns(cases), Selection(), by="month")
    assert [(row.key, row.cases) for row in found.rows] == [
        ("2024-01", 1), ("2024-02", 0), ("2024-03", 1)
    ]  # fmt: skip
    assert math.isnan(found.rows[1].share)


@pytest.mark.parametrize("limit", [
    {"since": date(2024, 6, 1)}, {"until": date(2024, 6, 1)}, {"model": "M1"},
    {"region": "north"}, {"make": "none has it"}, {"year_from": 2017}, {"year_to": 2016},
    {"mileage_from_km": 10_000.0}, {"mileage_below_km": 10_000.0}, {"simulated": True},
])  # fmt: skip
def test_limits_leave_what_they_say(limit: dict[str, object]) -> None:
    tests = {
        "since": lambda c: c.opened_on >= date(2024, 6, 1),
        "until": lambda c: c.opened_on <= date(2024, 6, 1),
        "model": lambda c: c.model == "M1",
        "region": lambda c: c.region == "north",
        "make": lambda c: False,
        "year_from": lambda c: c.year >= 2017,
        "year_to": lambda c: c.year <= 2016,
        "mileage_from_km": lambda c: c.mileage_km is not None and c.mileage_km >= 10_000,
        "mileage_below_km": lambda c: c.mileage_km is not None and c.mileage_km < 10_000,
        "simulated": lambda c: False,
    }
    kept = [c for c in CASES if tests[next(iter(limit))](c)]
    kept = [c for c in kept if c.fault is not None or c.none_of_these]
    found = fault_rates(columns(CASES), Selection(**limit), by="fault")  # type: ignore[arg-type]
    assert found.total.cases == len(kept)


@pytest.fixture
def exposure(tmp_path: Path) -> Exposure:
    """From February to May 2024, by model; the south is not in it."""
    path = tmp_path / "service.csv"
    lines = ["month,model,region,vehicles"]
    lines += [f"2024-0{month},{model},north,{100 * month}" for month in (2, 3, 4, 5)
              for model in ("M1", "M2")]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_exposure(path)


def test_rates_are_per_vehicle_in_service(exposure: Exposure) -> None:
    months = {(2024, 2), (2024, 3), (2024, 4), (2024, 5)}
    inside = [
        c for c in CASES if c.fault == "a" and (c.opened_on.year, c.opened_on.month) in months
    ]
    found = fault_rates(
        columns(CASES), Selection(), by="model", faults=frozenset({"a"}), exposure=exposure
    )
    assert found.without_rates == ()
    for row in found.rows:
        cases = sum(c.model == row.key for c in inside)
        assert row.rate is not None
        assert (row.rate.cases, row.rate.vehicle_months) == (cases, 1400)
        assert row.rate.rate == pytest.approx(cases / (1400 / 12 / 1000))
        assert row.rate.low < row.rate.rate < row.rate.high
    assert found.total.rate is not None
    assert found.total.rate.cases == len(inside)


def test_only_whole_months_count(exposure: Exposure) -> None:
    limits = Selection(since=date(2024, 3, 2), until=date(2024, 5, 30))
    found = fault_rates(columns(CASES), limits, by="month", exposure=exposure)
    rates = {row.key: row.rate for row in found.rows}
    assert [month for month, rate in rates.items() if rate is not None] == ["2024-04"]
    assert found.total.rate is not None
    assert found.total.rate.vehicle_months == 800


@pytest.mark.parametrize(("by", "limits", "why"), [
    ("year", {}, ("year",)), ("mileage", {}, ("mileage_km",)),
    ("month", {"year_from": 2016, "make": "x"}, ("make", "year")),
    ("month", {"simulated": True}, ("simulated",)),
])  # fmt: skip
def test_why_there_are_no_rates(
    exposure: Exposure, by: str, limits: dict[str, object], why: tuple[str, ...]
) -> None:
    found = fault_rates(
        columns(CASES), Selection(**limits), by=by, exposure=exposure  # type: ignore[arg-type]
    )  # fmt: skip
    assert found.without_rates == why
    assert all(row.rate is None for row in found.rows)


def test_a_place_that_the_table_lacks_has_no_rate(exposure: Exposure) -> None:
    found = fault_rates(columns(CASES), Selection(), by="region", exposure=exposure)
    assert {row.key: row.rate is None for row in found.rows} == {"north": False, "south": True}


def test_no_cases_are_no_error() -> None:
    for by in DIMENSIONS:
        assert fault_rates(columns([]), Selection(), by=by).rows == ()
    late = Selection(since=FIRST + timedelta(days=9999))
    assert fault_rates(columns(CASES), late, by="month").rows == ()
