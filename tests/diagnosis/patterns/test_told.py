"""What people get: sentences, JSON, pictures, tables of vehicles, rates per vehicle."""

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.diagnosis.patterns.fleets import FAULT, flat, fleet
from tingzhen.diagnosis.cases import CaseRecord, case_columns
from tingzhen.diagnosis.patterns import (
    Lift,
    Part,
    Pattern,
    Patterns,
    Population,
    attributes_of,
    closed_cases,
    condition_text,
    pattern_plot,
    pattern_sentence,
    read_exposure,
    vehicles_concerned,
    vehicles_csv,
)
from tingzhen.diagnosis.patterns._held_out import confounders_of
from tingzhen.diagnosis.patterns.as_json import patterns_as_dict
from tingzhen.diagnosis.patterns.condition import known_and_inside
from tingzhen.diagnosis.patterns.exposure import rate_ratio
from tingzhen.diagnosis.patterns.plot import bars_of
from tingzhen.errors import ExposureError
from tingzhen.language import LANGUAGES, Text

COLD, DAMP = Part("ambient_c", high=5.0), Part("humidity_pct", low=80.0)
LIFT = Lift(3.2, 2.6, 3.9, 400, 9000, 1400, 100_000)
CRUDE = Lift(3.1, 2.8, 3.5, 412, 9310, 1494, 104_690)
NONE = Lift(1.0, 0.8, 1.2, 1, 2, 3, 4)
NAME = Text("电机异响", "Motor noise")
PATTERN = Pattern(
    fault=FAULT, condition=(COLD, DAMP), status="confirmed", lift=LIFT, crude=CRUDE,
    compared_within=("model", "season"), p=1e-9, q=1e-7, found_by=2,
    within={"model": LIFT, "season": LIFT}, same_within={"model": 0.5, "season": math.nan},
    early=LIFT, late=LIFT, over_member={COLD: LIFT, DAMP: LIFT},
)  # fmt: skip


def test_the_sentence_has_the_lift_its_interval_and_the_counts() -> None:
    text = pattern_sentence(PATTERN, NAME)
    assert text.en == (
        "Motor noise is 3.2 times (2.6 to 3.9) as likely where the outside temperature is below "
        "5 °C and the air humidity is 80 % or more as elsewhere, among cases of the same model and "
        "season. Over all cases: 412 of 9,310 cases (4.43%) against 1,494 of 104,690 (1.43%), "
        "3.1 times (2.8 to 3.5)."
    )
    for part in (
        "3.2 倍（2.6 至 3.9）",
        "气温低于 5 °C",
        "空气湿度不低于 80 %",
        "9,310 例中 412 例",
    ):
        assert part in text.zh


def test_an_explained_pattern_is_told_with_both_numbers_and_as_no_cause() -> None:
    explained = replace(
        PATTERN, status="explained", explained_by="model", within={"model": NONE}
    )  # fmt: skip
    text = pattern_sentence(explained, NAME)
    assert "3.1 times (2.8 to 3.5)" in text.en
    assert "Within the same model it is 1.0 times (0.8 to 1.2): explained by the model" in text.en
    assert "并非原因" in text.zh
    along = replace(explained, explained_by="pattern", within={"pattern": NONE},
                    by_pattern=(Part("season", "winter"),))  # fmt: skip
    assert "whether the season is winter" in pattern_sentence(along, NAME).en


def test_doubts_differences_and_rates_are_told() -> None:
    doubtful = replace(PATTERN, status="not_confirmed", doubt="not_over_time", rate=NONE,
                       same_within={"model": 0.001})  # fmt: skip
    text = pattern_sentence(doubtful, NAME).en
    assert "Per vehicle in service it is 1.0 times (0.8 to 1.2)." in text
    assert "It is not the same for every model." in text
    assert text.endswith("It does not hold in both halves of the period.")


@pytest.mark.parametrize(("part", "english"), [
    (Part("mileage_km", low=80_000.0, high=120_000.0),
     "the mileage is from 80,000 km to below 120,000 km"),
    (Part("year", low=2019.0), "the model year is 2019 or more"),
    (Part("when", "braking"), "it shows when braking"),
    (Part("code", "P0A3F"), "trouble code P0A3F is stored"),
    (Part("powertrain", "electric"), "the powertrain is electric"),
])  # fmt: skip
def test_each_kind_of_part_in_words(part: Part, english: str) -> None:
    assert condition_text((part,)).en == english


def test_strata_that_the_condition_fixes_are_left_out() -> None:
    assert confounders_of((Part("powertrain", "electric"), Part("season", "winter"))) == (
        "year", "mileage_km", "region",
    )  # fmt: skip


def test_json_holds_only_what_json_has() -> None:
    lift = replace(LIFT, ratio=math.nan, high=math.inf)
    odd = replace(PATTERN, lift=lift, condition=(Part("speed_kmh", low=60.0),))
    population = Population(5, (3, 2), 1, (FAULT,), date(2024, 1, 1), date(2024, 2, 1))
    for language in LANGUAGES:
        found = patterns_as_dict(Patterns(population, (odd,), (), ()), {FAULT: NAME}, language)
        again = json.loads(json.dumps(found, allow_nan=False))
        assert again["confirmed"][0]["name"] == NAME.to(language)
        assert again["confirmed"][0]["lift"]["ratio"] is None
        assert again["confirmed"][0]["condition"][0]["high"] is None
        assert again["population"]["first"] == "2024-01-01"


@given(st.integers(1, 400), st.data())
def test_intervals_of_bars_are_wilsons(cases: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, cases))
    attributes = attributes_of(fleet(flat, count=2))
    column = replace(attributes.columns["season"], values=np.zeros(cases))
    fault = np.arange(cases) < hits
    bar = bars_of(column, fault, Part("season", "winter"), "en")[0]
    theirs = binomtest(hits, cases).proportion_ci(method="wilson")
    assert (bar.low, bar.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (bar.faults, bar.cases, bar.inside, bar.name) == (hits, cases, True, "winter")


def test_the_bins_of_a_picture_meet_the_found_bounds_and_hold_every_case() -> None:
    closed = closed_cases(fleet(flat, count=3000))
    column = closed.attributes.columns["ambient_c"]
    part = Part("ambient_c", low=-3.0, high=5.0)
    bars = bars_of(column, closed.has(FAULT), part, "en")
    assert {-3.0, 5.0} <= {bar.start for bar in bars}
    assert all(bar.inside == (-3 <= bar.start < 5) for bar in bars)
    assert sum(bar.cases for bar in bars) == np.isfinite(column.values).sum()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", [(COLD, DAMP), (Part("season", "winter"),),
                                       (Part("when", "braking"),)])  # fmt: skip
def test_the_picture_can_be_read_by_eye_and_by_ear(language: str, condition: tuple) -> None:
    closed = closed_cases(fleet(flat, count=3000))
    name = Text("<电机>", "Motor <&> noise")
    picture = pattern_plot(closed, replace(PATTERN, condition=condition), name, language)  # type: ignore[arg-type]
    root = ET.fromstring(picture)  # noqa: S314 - ours
    space = "{http://www.w3.org/2000/svg}"
    title, description = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None and title.text and name.to(language) in title.text  # type: ignore[arg-type]
    assert description is not None and description.text and "%" in description.text
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    found = [x for x in root.iter(f"{space}rect") if x.get("stroke-dasharray")]
    assert len(found) == len(condition)


def records() -> list[CaseRecord]:
    day = date(2024, 1, 5)
    common = {"source": "work_order", "humidity_pct": 90.0, "model": "=EV6"}
    rows = [
        {"id": "a", "vehicle_key": "v1", "ambient_c": 1.0, "fault": FAULT, "mileage_km": 100.0},
        {"id": "b", "vehicle_key": "v1", "ambient_c": 2.0, "mileage_km": 900.0},
        {"id": "c", "vehicle_key": "v2", "ambient_c": 3.0, "none_of_these": True},
        {"id": "d", "ambient_c": 4.0, "fault": FAULT, "year": 2020},
        {"id": "e", "ambient_c": 4.5, "fault": FAULT},
        {"id": "f", "vehicle_key": "v3", "ambient_c": 9.0, "fault": FAULT},
        {"id": "g", "vehicle_key": "v4", "fault": FAULT},
    ]
    return [CaseRecord(opened_on=day, **common, **row) for row in rows]  # type: ignore[arg-type]


def test_the_vehicles_concerned() -> None:
    found = vehicles_concerned(case_columns(records()), FAULT, (COLD, DAMP))
    rows = [(v.vehicle_key, v.cases, v.with_fault, v.open_cases, v.case_ids) for v in found]
    assert rows == [
        ("v1", 2, 1, 1, ("a", "b")),
        (None, 1, 1, 0, ("d",)),
        (None, 1, 1, 0, ("e",)),
        ("v2", 1, 0, 0, ("c",)),
    ]
    assert found[0].mileage_km == 900.0
    assert found[1].year == 2020
    assert vehicles_concerned(
        case_columns(records()), FAULT, (COLD,), since=date(2024, 2, 1)
    ) == []  # fmt: skip


def test_the_table_of_vehicles_is_csv_without_formulas() -> None:
    found = vehicles_concerned(case_columns(records()), FAULT, (COLD, DAMP))
    rows = list(csv.DictReader(io.StringIO(vehicles_csv(found))))
    assert [row["model"] for row in rows] == ["'=EV6"] * 4
    assert rows[0]["open_cases"] == "1"
    assert rows[0]["case_ids"] == "a b"
    assert rows[1]["vehicle_key"] == ""


def test_what_is_not_known_is_on_neither_side() -> None:
    known, inside = known_and_inside(attributes_of(case_columns(records())), (COLD, DAMP))
    assert known.tolist() == [True] * 6 + [False]
    assert inside.tolist() == [True] * 5 + [False] * 2


EXPOSURE = """month,region,vehicles
2024-01,north,1000
2024-07,north,1000
2024-01,south,6000
2024-07,south,6000
"""


def exposure_file(folder: Path, text: str) -> Path:
    path = folder / "in_service.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rates_are_cases_by_vehicle_months(tmp_path: Path) -> None:
    exposure = read_exposure(exposure_file(tmp_path, EXPOSURE))
    day = date(2024, 1, 5)
    cases = [
        CaseRecord(id=str(i), opened_on=day, source="import", fault=FAULT,
                   region="north" if i < 30 else "south")
        for i in range(90)
    ]  # fmt: skip
    closed = closed_cases(case_columns(cases))
    north = (Part("region", "north"),)
    rate = rate_ratio(exposure, closed.attributes, closed.has(FAULT), north)
    assert rate is not None
    # 30 cases in 2,000 vehicle-months against 60 in 12,000.
    assert rate.ratio == pytest.approx(3.0)
    assert math.log(rate.high / rate.ratio) == pytest.approx(1.959964 * math.sqrt(1 / 30 + 1 / 60))
    late = rate_ratio(exposure, closed.attributes, closed.has(FAULT), north, date(2024, 6, 1))
    assert late is not None and late.inside_cases == 1000
    assert rate_ratio(exposure, closed.attributes, closed.has(FAULT), (COLD,)) is None


@pytest.mark.parametrize(("text", "named"), [
    ("region\nnorth\n", "vehicles"),
    ("region,vehicles,colour\nnorth,5,red\n", "colour"),
    ("region,vehicles\nnorth,5\nsouth,-1\n", ":3:"),
    ("region,vehicles\nnorth,5\nsouth,many\n", ":3:"),
    ("month,vehicles\n2024-13,5\n", ":2:"),
    ("year,vehicles\n,5\n", ":2:"),
    ("region,vehicles\nnorth\n", ":2:"),
    ("", "vehicles"),
])  # fmt: skip
def test_a_table_of_vehicles_that_does_not_fit(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ExposureError) as error:
        read_exposure(exposure_file(tmp_path, text))
    assert named in error.value.text.en
    assert "in_service.csv" in error.value.text.zh


def test_a_table_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "gbk.csv").write_bytes("地区".encode("gb18030"))
    for name in ("missing.csv", "gbk.csv"):
        with pytest.raises(ExposureError):
            read_exposure(tmp_path / name)
