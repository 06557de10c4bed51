"""What a confirmed case says of rules."""

from datetime import date

import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.experience.rules import linked, stated
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.experience import Situation, learned_observations, trials_of, weight_of
from tingzhen.diagnosis.experience.expected import expectations
from tingzhen.diagnosis.experience.situation import situation_of_case

DAY = date(2026, 11, 3)


def case(**given) -> CaseRecord:
    known = {
        "id": "c1", "opened_on": DAY, "source": "work_order", "noises": {"squeal": 0.9},
        "when": ("cold_start",), "fault": "alternator_bearing",
    }  # fmt: skip
    return CaseRecord(**(known | given))


def trials(found, *rules):
    return list(trials_of(shipped(), [stated(**r).rule for r in rules or ({},)], found))


def test_a_case_in_which_the_conditions_held_is_a_trial():
    ((rule, trial),) = trials(case())
    assert rule == stated().rule
    assert (trial.case_id, trial.on, trial.right) == ("c1", DAY, True)
    assert trial.held == pytest.approx(0.9)
    expected = expectations(shipped(), situation_of_case(case()))[None]
    row = next(i for i, f in enumerate(shipped().faults) if f.id == "alternator_bearing")
    assert trial.expected == pytest.approx(expected[row])


def test_another_fault_and_none_of_these_are_wrong():
    for found in (case(fault="accessory_belt_worn"), case(fault=None, none_of_these=True)):
        ((_, trial),) = trials(found)
        assert not trial.right


@pytest.mark.parametrize(
    "given",
    [
        {"fault": None},
        {"fault": "a fault of another base"},
        {"when": ("braking",)},
        {"noises": {}},
        {"noises": {"squeal": 0.01}},
        {"fault": "scratch_clear_coat"},
    ],
)
def test_other_cases_say_nothing(given):
    base = shipped()
    if given.get("fault") == "scratch_clear_coat":
        visible = next(f for f in base.faults if f.damage == "scratch")
        given = {"fault": visible.id}
    assert trials(case(**given)) == []


def test_a_rule_about_a_fault_that_the_base_does_not_know_is_right_when_none_of_it_was_found():
    rule = {"look_at": {"unknown_fault": "进气管开裂"}}
    ((_, found),) = trials(case(fault=None, none_of_these=True), rule)
    ((_, other),) = trials(case(), rule)
    assert found.right
    assert not other.right
    assert 0.0 < found.expected < 1.0


def test_a_rule_about_a_test_is_right_when_the_test_can_confirm_the_fault():
    rule = {"look_at": {"test": "charge_voltage"}}
    ((_, found),) = trials(case(), rule)
    ((_, other),) = trials(case(fault="wheel_bearing_worn"), rule)
    assert found.right
    assert not other.right


def test_what_does_not_fit_a_case_is_left_out_and_the_rest_is_kept():
    odd = case(
        codes=("P0562", "E-77", ""), ambient_c=999.0, mileage_km=-5.0, complaint="x" * 9000,
        year=1800, make="m" * 200, model="e7",
    )  # fmt: skip
    found = situation_of_case(odd).circumstances
    assert found.codes == ("P0562",)
    assert (found.ambient_c, found.vehicle.mileage_km, found.vehicle.year) == (None, None, None)
    assert found.vehicle.model == "e7"
    assert found.complaint is not None
    assert len(found.complaint) == 4000


def test_a_stream_of_cases_teaches_the_rule_and_moves_the_next_diagnosis():
    found = [t for n in range(20) for _, t in trials(case(id=f"c{n}"))]
    today = date(2026, 11, 27)
    before, after = linked(), linked(tuple(found))
    assert weight_of(shipped(), after, today).log_ratio > weight_of(
        shipped(), before, today
    ).log_ratio  # fmt: skip
    where: Situation = situation_of_case(case(fault=None))
    (one,) = learned_observations(shipped(), [after], where, today)
    (other,) = learned_observations(shipped(), [before], where, today)
    assert one.log_ratio.max() > other.log_ratio.max()
