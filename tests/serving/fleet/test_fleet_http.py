"""/v1/fleet as people of the office ask it."""

import csv
import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.serving.fleet.conftest import FAULT, OTHER, STEPS, Ask
from tingzhen.diagnosis.cases import CaseRecord, CaseSource, CaseStore
from tingzhen.serving.fleet.http import router

DOCS = Path(__file__).parents[3] / "docs"


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def keys_in(found: Any) -> set[str]:
    if isinstance(found, dict):
        return set(found).union(*(keys_in(value) for value in found.values()))
    return set().union(*(keys_in(value) for value in found)) if isinstance(found, list) else set()


def test_what_there_is(ask: Ask) -> None:
    found = ask("/v1/fleet").json()
    population = found["population"]
    assert (population["kind"], population["of"], population["left_out"]) == ("real", 81, 0)
    assert (population["closed"], population["open"], population["vehicles"]) == (80, 1, 60)
    assert (population["first"], population["last"]) == ("2024-01-01", "2025-06-01")
    assert found["exposure"] is True
    assert found["choices"]["model"] == ["M0", "M1", "=M9"]
    assert [fault["id"] for fault in found["choices"]["faults"]] == [FAULT]
    limited = ask("/v1/fleet", model="M1", until="2024-01-31").json()
    assert limited["population"]["cases"] == 15
    assert limited["choices"] == found["choices"]


def test_shares_and_rates(ask: Ask) -> None:
    found = ask("/v1/fleet/faults", by="model", fault=FAULT).json()
    assert found["schema"] == "tingzhen.fault_rates/1"
    rows = {row["key"]: row for row in found["rows"]}
    assert rows["M0"]["with_fault"] == rows["M0"]["cases"] == 40
    assert rows["M1"]["rate"] is None  # no vehicle of it is in the table
    assert rows["M0"]["rate"]["per_1000_vehicle_years"] == pytest.approx(40 / (720 / 12) * 1000)
    none = ask("/v1/fleet/faults", by="model", fault=OTHER).json()
    assert {row["with_fault"] for row in none["rows"]} == {0}
    by_year = ask("/v1/fleet/faults", by="year", lang="zh").json()
    assert by_year["without_rates"] == ["year"]
    bands = ask("/v1/fleet/faults", by="mileage", lang="zh").json()["rows"]
    assert bands[0]["name"] == "40,000 至 60,000 km"


def test_recurrence(ask: Ask) -> None:
    found = ask("/v1/fleet/recurrence", by="repair", within_days=90, lang="en").json()
    assert (found["overall"]["repairs"], found["overall"]["returns"]) == (80, 20)
    repaired = found["groups"][0]
    assert (repaired["name"], repaired["repairs"], repaired["returns"]) == (STEPS.en, 60, 20)
    assert found["groups"][-1]["name"] == "not known"
    assert repaired["share"] == pytest.approx(20 / 60)
    assert found["curve"][-1]["day"] == 90
    near = ask("/v1/fleet/recurrence", within_km=1000).json()
    assert near["overall"]["returns"] == 0


@pytest.mark.parametrize(("role", "workshop", "named"), [
    ("admin", None, {"W1", "W1 ", "王记"}), ("technician", "w1", {"W1"}),
    ("engineer", None, set()),
])  # fmt: skip
def test_workshops_are_named_to_those_alone_who_may_see_them(
    ask: Ask, role: str, workshop: str | None, named: set[str]
) -> None:
    path = "/v1/fleet/recurrence"
    found = ask(path, role=role, workshop=workshop, by="workshop").json()
    names = {group["name"] for group in found["groups"]}
    real = {"W1", "王记"}
    assert names & real == named & real
    numbered = {name for name in names if re.fullmatch(r"workshop \d", name)}
    assert len(numbered) == len(real - named)
    text = ask(path, role=role, workshop=workshop, by="workshop", format="csv").text
    assert {row["workshop"] for row in rows_of(text)} == names


def test_every_table_is_a_file_too(ask: Ask) -> None:
    answer = ask("/v1/fleet/faults", by="model", format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="faults-by-model.csv"' in answer.headers["content-disposition"]
    rows = rows_of(answer.text)
    assert [row["model"] for row in rows] == ["M0", "M1"]
    assert {row["kind"] for row in rows} == {"real"}
    curve = ask("/v1/fleet/recurrence", within_days=60, format="csv", table="curve")
    assert [float(row["day"]) for row in rows_of(curve.text)] == list(range(61))


@pytest.mark.parametrize("parameters", [
    {"fault": "no_such"}, {"system": "no_such"}, {"since": "yesterday"}, {"by": "colour"},
    {"powertrain": "steam"}, {"year_from": 1}, {"cases": "both"}, {"format": "xml"},
])  # fmt: skip
def test_what_does_not_fit_is_told(ask: Ask, parameters: dict[str, Any]) -> None:
    answer = ask("/v1/fleet/faults", **parameters)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_invalid")


def test_a_new_case_counts_at_once_and_simulated_ones_never_with_real_ones(
    ask: Ask, store: CaseStore
) -> None:
    before = ask("/v1/fleet/faults").json()["total"]["cases"]
    day = date(2024, 5, 1)
    sources: tuple[CaseSource, ...] = ("import", "simulation")
    store.keep([
        CaseRecord(id=f"{source}-{number}", opened_on=day, source=source, fault=FAULT)
        for source in sources
        for number in range(3)
    ])  # fmt: skip
    real = ask("/v1/fleet/faults").json()
    assert (real["total"]["cases"], real["population"]["left_out"]) == (before + 3, 3)
    simulated = ask("/v1/fleet/faults", cases="simulated").json()
    assert simulated["population"]["kind"] == "simulated"
    assert (simulated["total"]["cases"], simulated["population"]["left_out"]) == (3, before + 4)
    assert simulated["without_rates"] == ["simulated"]
    text = ask("/v1/fleet/faults", cases="simulated", format="csv").text
    assert {row["kind"] for row in rows_of(text)} == {"simulated"}


def test_every_key_and_address_is_documented(ask: Ask) -> None:
    text = (DOCS / "fleet.md").read_text("utf-8")
    found = keys_in(ask("/v1/fleet/faults", by="model").json())
    found |= keys_in(ask("/v1/fleet/recurrence").json())
    for key in found:
        assert re.search(rf"`[^`]*\b{key}\b[^`]*`", text), key
    addresses = {route.path for route in router.routes}  # type: ignore[attr-defined]
    http = (DOCS / "http.md").read_text("utf-8")
    assert all(f"`GET {path}`" in http for path in addresses)
