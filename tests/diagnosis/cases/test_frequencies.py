"""Frequencies counted in a real database, and what a diagnosis makes of them."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert

from tests.diagnosis.examples import SEEN_NOTHING, heard, shipped
from tests.postgres import on_both_databases
from tingzhen.diagnosis import Circumstances, Vehicle, diagnose
from tingzhen.diagnosis.cases import CaseRecord, CaseStore
from tingzhen.diagnosis.cases.frequencies import (
    FaultFrequency,
    Stratum,
    fault_frequencies,
    prior_weights,
)
from tingzhen.diagnosis.cases.rows import row_of
from tingzhen.diagnosis.cases.tables import CASES

BELT, TENSIONER = "accessory_belt_worn", "belt_tensioner_worn"


def by_id(found: list[FaultFrequency]) -> dict[str, FaultFrequency]:
    return {frequency.fault: frequency for frequency in found}


def confirm(store: CaseStore, fault: str, many: int, **more: Any) -> None:
    """Put `many` confirmed cases into the database, one like the other but for the id."""
    day = more.pop("opened_on", date(2025, 1, 15))
    row = row_of(CaseRecord(id="", opened_on=day, source="work_order", fault=fault, **more))
    with store.writing() as connection:
        ids = [{key: uuid4().hex for key in ("id", "order_key", "fingerprint")}
               for _ in range(many)]  # fmt: skip
        connection.execute(insert(CASES), [row | names for names in ids])


@on_both_databases
def test_counts_are_those_of_the_cases(
    store: CaseStore, some_cases: tuple[CaseRecord, ...]
) -> None:
    store.keep(some_cases)
    model = some_cases[0].model
    found = by_id(fault_frequencies(store, shipped(), Stratum(model=model)))
    for of, expected in (
        ("orders", Counter(case.fault for case in some_cases)),
        ("model_orders", Counter(case.fault for case in some_cases if case.model == model)),
    ):
        counted = {fault: getattr(f, of) for fault, f in found.items() if getattr(f, of)}
        assert counted == expected


def test_ten_orders_leave_the_first_cause_and_ten_thousand_do_not(store: CaseStore) -> None:
    knowledge = shipped()
    sound = heard(squeal=0.9)
    circumstances = Circumstances(vehicle=Vehicle(model="M1", powertrain="petrol"))
    before = diagnose(knowledge, sound, SEEN_NOTHING, circumstances).causes
    first = before[0]
    # The expert is in no doubt between these two: one is twice as probable.
    second = next(c.fault for c in before if c.probability < 0.5 * first.probability)
    stratum = Stratum(model="M1", powertrain="petrol")

    def cause() -> str:
        weights = prior_weights(store, knowledge, stratum)
        return diagnose(
            knowledge, sound, SEEN_NOTHING, circumstances, prior_weights=weights
        ).causes[0].fault  # fmt: skip

    assert prior_weights(store, knowledge, stratum) == {}
    confirm(store, second, 10, model="M1")
    assert cause() == first.fault
    confirm(store, second, 9_990, model="M1")
    assert cause() == second


def test_a_season_counts_for_itself(store: CaseStore) -> None:
    confirm(store, BELT, 3000, model="M1")
    confirm(store, TENSIONER, 3000, model="M1", opened_on=date(2025, 7, 1))
    cold = by_id(
        fault_frequencies(store, shipped(), Stratum(model="M1", season_on=date(2026, 2, 1)))
    )
    warm = by_id(
        fault_frequencies(store, shipped(), Stratum(model="M1", season_on=date(2026, 8, 1)))
    )
    assert cold[BELT].share > 2 * warm[BELT].share
    assert warm[TENSIONER].share > 2 * cold[TENSIONER].share


def test_other_models_count_less_than_the_model_itself(store: CaseStore) -> None:
    confirm(store, BELT, 2500, model="M1")
    confirm(store, TENSIONER, 2500, model="M2")
    own = by_id(fault_frequencies(store, shipped(), Stratum(model="M1")))
    other = by_id(fault_frequencies(store, shipped(), Stratum(model="unheard of")))
    assert own[BELT].share > 1.3 * other[BELT].share
    assert own[BELT].share > 1.5 * own[TENSIONER].share


@on_both_databases
def test_old_cases_fade_with_a_half_life(store: CaseStore) -> None:
    confirm(store, BELT, 64, opened_on=date(2022, 3, 9))
    found = fault_frequencies(
        store, shipped(), Stratum(), on=date(2025, 3, 20), half_life_months=12.0
    )
    assert by_id(found)[BELT].orders == pytest.approx(8.0)


@on_both_databases
def test_duplicates_and_unknown_faults_do_not_count(store: CaseStore) -> None:
    case = CaseRecord(
        id="a", opened_on=date(2025, 1, 1), source="work_order", fault=BELT, number="N1"
    )
    other = replace(case, id="x", number="N2", fault=None, fault_text="something else")
    store.keep([case, replace(case, mileage_km=5.0), other])
    confirm(store, "a fault that the base no longer has", 3)
    found = fault_frequencies(store, shipped(), Stratum())
    assert sum(frequency.orders for frequency in found) == 1.0


def test_a_fault_of_another_powertrain_stays_out(store: CaseStore) -> None:
    confirm(store, BELT, 50, powertrain="electric")
    knowledge = shipped()
    found = by_id(fault_frequencies(store, knowledge, Stratum(powertrain="electric")))
    belt = next(fault for fault in knowledge.faults if fault.id == BELT)
    assert (BELT in found) == ("electric" in belt.powertrains)


def test_shares_of_each_group_are_a_distribution(
    store: CaseStore, some_cases: tuple[CaseRecord, ...]
) -> None:
    store.keep(some_cases)
    knowledge = shipped()
    groups = {fault.id: fault.damage for fault in knowledge.faults}
    stratum = Stratum(model=some_cases[0].model, year=2020, mileage_km=48_000, region="北京",
                      season_on=date(2025, 1, 1), ambient_c=-5.0)  # fmt: skip
    total: Counter[str | None] = Counter()
    for frequency in fault_frequencies(store, knowledge, stratum):
        assert 0.0 <= frequency.low <= frequency.share <= frequency.high <= 1.0
        assert frequency.factor == pytest.approx(frequency.share / frequency.expert)
        total[groups[frequency.fault]] += frequency.share  # type: ignore[assignment]
    for damage, share in total.items():
        assert share == pytest.approx(1.0), damage
