"""Prior weights kept for like vehicles are those that counting gives; a new case counts at once."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.diagnosis.cases.test_frequencies import confirm
from tests.diagnosis.examples import shipped
from tests.postgres import on_both_databases
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, kept_frequencies, open_cases
from tingzhen.diagnosis.cases.frequencies import Stratum, prior_weights
from tingzhen.diagnosis.cases.kept_frequencies import KeptPriorWeights

BELT = "accessory_belt_worn"
VEHICLE = Stratum(
    make="Aurora", model="M1", year=2019, powertrain="petrol", mileage_km=61_000,
    season_on=date(2026, 1, 31), ambient_c=-4.0,
)  # fmt: skip


@contextmanager
def counting(store: CaseStore) -> Iterator[list[str]]:
    """The statements that count cases, as they reach the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "GROUP BY" in statement:
            seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


@on_both_databases
def test_a_like_vehicle_is_not_counted_again_until_a_case_is_kept(store: CaseStore) -> None:
    knowledge, kept = shipped(), KeptPriorWeights(store)
    assert kept.of(knowledge, VEHICLE) == {}
    confirm(store, BELT, 300, model="M1", make="Aurora", year=2019)
    with counting(store) as statements:
        first = kept.of(knowledge, VEHICLE)
        assert first == prior_weights(store, knowledge, VEHICLE)
        assert first[BELT] > 1.5
    assert statements
    with counting(store) as statements:
        like = replace(VEHICLE, mileage_km=61_500, season_on=date(2026, 2, 1), ambient_c=-4.5)
        assert kept.of(knowledge, like) == first
        assert kept.of(knowledge, VEHICLE) == first
    assert statements == []
    one = CaseRecord(
        id="one more", opened_on=date(2025, 1, 15), source="work_order", fault=BELT, model="M1"
    )
    assert store.keep([one]).added == 1
    after = kept.of(knowledge, VEHICLE)
    assert after[BELT] > first[BELT]
    assert after == prior_weights(store, knowledge, VEHICLE)


@pytest.mark.slow
def test_a_case_of_another_process_counts_at_once(store: CaseStore) -> None:
    knowledge, kept = shipped(), KeptPriorWeights(store)
    confirm(store, BELT, 30, model="M1")
    before = kept.of(knowledge, VEHICLE)
    address = store.engine.url.render_as_string(hide_password=False)
    program = (
        "import sys; from datetime import date\n"
        "from tingzhen.diagnosis.cases import CaseRecord, open_cases\n"
        "case = CaseRecord(id='other', opened_on=date(2025, 1, 15), source='session',"
        " fault=sys.argv[2], model='M1')\n"
        "assert open_cases(sys.argv[1]).keep([case]).added == 1\n"
    )
    subprocess.run([sys.executable, "-c", program, address, BELT], check=True, timeout=60)
    after = kept.of(knowledge, VEHICLE)
    assert after[BELT] > before[BELT]
    assert after == prior_weights(store, knowledge, VEHICLE)


def test_another_version_of_an_order_changes_what_counts(store: CaseStore) -> None:
    """The first no longer counts; the number of cases that do is the same."""
    knowledge, kept = shipped(), KeptPriorWeights(store)
    order = CaseRecord(
        id="1", opened_on=date(2025, 1, 15), source="work_order", fault=BELT, number="A1",
        workshop="W", model="M1",
    )  # fmt: skip
    store.keep([order])
    before = kept.of(knowledge, VEHICLE)
    assert store.keep([replace(order, fault="belt_tensioner_worn")]).replaced == 1
    assert store.count() == 1
    after = kept.of(knowledge, VEHICLE)
    assert after[BELT] < before[BELT]
    assert after == prior_weights(store, knowledge, VEHICLE)


def test_what_is_kept_stays_bounded_and_right(store: CaseStore, monkeypatch) -> None:
    monkeypatch.setattr(kept_frequencies, "_FACTORS_KEPT", 300)
    knowledge, kept = shipped(), KeptPriorWeights(store)
    confirm(store, BELT, 30, model="M1")
    years = [replace(VEHICLE, year=year) for year in range(2001, 2011)]
    expected = [prior_weights(store, knowledge, stratum) for stratum in years]
    for _ in range(2):
        assert [kept.of(knowledge, stratum) for stratum in years] == expected
    # The last two are still known, the first ones are counted again.
    with counting(store) as statements:
        kept.of(knowledge, years[-1])
        assert statements == []
        kept.of(knowledge, years[0])
        assert statements


@pytest.fixture(scope="module")
def counted_cases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseStore]:
    path: Path = tmp_path_factory.mktemp("kept") / "cases.db"
    opened = open_cases(f"sqlite:///{path}")
    confirm(opened, BELT, 40, model="M1", make="Aurora", mileage_km=70_000.0)
    confirm(opened, "battery_weak", 30, model="M1", opened_on=date(2025, 7, 1))
    confirm(opened, "brake_pads_worn", 25, model="M2", mileage_km=120_000.0)
    yield opened
    opened.close()


KEPT: dict[int, KeptPriorWeights] = {}


@given(
    mileage_km=st.one_of(st.none(), st.floats(0, 400_000)),
    ambient_c=st.one_of(st.none(), st.floats(-40, 50)),
    month=st.integers(1, 12),
    vehicle=st.tuples(
        st.sampled_from([None, "M1", "M2"]), st.sampled_from([None, "petrol", "electric"])
    ),
)  # fmt: skip
def test_whatever_was_asked_before_the_answer_is_that_of_counting(
    counted_cases, mileage_km, ambient_c, month, vehicle
) -> None:
    kept = KEPT.setdefault(id(counted_cases), KeptPriorWeights(counted_cases))
    stratum = Stratum(
        model=vehicle[0], powertrain=vehicle[1], mileage_km=mileage_km, ambient_c=ambient_c,
        season_on=date(2026, month, 1),
    )  # fmt: skip
    assert kept.of(shipped(), stratum) == prior_weights(counted_cases, shipped(), stratum)
