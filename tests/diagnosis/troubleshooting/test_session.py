"""Steps, undo, safety and the end of a guided session, on the shipped base."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import SOUND_NORMAL, heard, seen
from tests.diagnosis.troubleshooting.vehicles import (
    SQUEALING,
    START,
    answer,
    bench,
    session_about,
    step,
)
from tingzhen.diagnosis.troubleshooting.advice import next_advice
from tingzhen.diagnosis.troubleshooting.outcome import case_of, spent
from tingzhen.diagnosis.troubleshooting.session import (
    Session,
    ending,
    forbidden_tests,
    open_session,
    probabilities,
    same,
    state_of,
    take,
    undo,
)
from tingzhen.diagnosis.troubleshooting.steps import SEEN, Step, step_as_dict, step_from_dict
from tingzhen.diagnosis.troubleshooting.subject import subject_as_dict, subject_from_dict
from tingzhen.errors import SessionUnavailable, StepInvalid

TESTS = [test.id for test in bench().tests]
FAULTS = [fault.id for fault in bench().knowledge.faults]
steps_of_any_kind = st.one_of(
    st.builds(answer, st.sampled_from(TESTS), st.integers(0, 6)),
    st.builds(step, st.sampled_from(["unclear", "skip", "not_today", "bring_back"]),
              test=st.sampled_from(TESTS)),
    st.builds(step, st.just("repair"), fault=st.sampled_from(FAULTS), seen=st.sampled_from(SEEN)),
    st.builds(step, st.just("other_repair"), text=st.just("cleaned it"),
              seen=st.sampled_from(SEEN)),
    st.sampled_from([step("hand_over"), step("no_fault_found")]),
)  # fmt: skip


def taken(session: Session, steps: list[Step]) -> Session:
    """The steps that are possible, one after the other."""
    for one in steps:
        try:
            session = take(session, one)
        except StepInvalid:
            continue
    return session


@settings(max_examples=30, deadline=None)
@given(st.lists(steps_of_any_kind, max_size=6), steps_of_any_kind)
def test_undo_takes_back_exactly_one_step(steps: list[Step], last: Step) -> None:
    before = taken(session_about(), steps)
    try:
        after = take(before, last)
    except StepInvalid:
        return
    back = undo(after)
    assert back.steps == before.steps
    assert state_of(back) == state_of(before)
    assert np.array_equal(probabilities(back), probabilities(before))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.builds(answer, st.sampled_from(TESTS), st.integers(0, 6)), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_order_of_answers_does_not_matter(steps: list[Step], random: object) -> None:
    shuffled = list(steps)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    # A test takes two answers at most: the same ones in both orders.
    counted = [s for i, s in enumerate(steps) if [x.test for x in steps[:i]].count(s.test) < 2]
    shuffled = [s for s in shuffled if any(s is one for one in counted)]
    one, other = taken(session_about(), counted), taken(session_about(), shuffled)
    assert same(one, other)
    if counted:
        assert next_advice(one).kind == next_advice(other).kind


def test_a_subject_survives_json_and_leads_to_the_same_advice() -> None:
    session = session_about()
    kept = json.loads(json.dumps(subject_as_dict(session.subject)))
    again = open_session(bench(), subject_from_dict(kept))
    assert again.subject == session.subject
    assert next_advice(again) == next_advice(session)
    with pytest.raises(SessionUnavailable):
        subject_from_dict({**kept, "context": {"wheel": 1}})


def test_a_fault_that_left_the_base_counts_as_one_that_is_not_in_it() -> None:
    subject = replace(session_about().subject, faults={"gone_from_the_base": 0.9},
                      other=0.05, nothing=0.05)  # fmt: skip
    assert probabilities(open_session(bench(), subject))[bench().other] == pytest.approx(0.95)


@settings(max_examples=60, deadline=None)
@given(steps_of_any_kind)
def test_a_step_survives_json(one: Step) -> None:
    assert step_from_dict(step_as_dict(one)) == one


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["squeal", "knock", "grind", "whine", "rumble", "clunk"]),
    st.integers(0, 10_000),
)
def test_a_session_never_loops_and_never_proposes_what_is_forbidden(noise: str, seed: int) -> None:
    """Whatever is answered, it ends, and no test comes a third time."""
    rng = np.random.default_rng(seed)
    session = session_about(heard(**{noise: 0.9}), context={})
    for _ in range(100):
        advice = next_advice(session)
        if advice.kind == "hand_over":
            session = take(session, step("hand_over"))
        elif advice.kind == "no_fault_found":
            session = take(session, step("no_fault_found"))
        elif advice.kind == "repair":
            assert advice.fault is not None
            session = take(session, step("repair", fault=advice.fault.id, seen="still_there"))
        else:
            assert advice.kind == "test"
            assert advice.test is not None
            number = bench().test_of[advice.test.id]
            assert number not in forbidden_tests(session)
            assert number not in state_of(session).set_aside
            if rng.random() < 0.2:
                session = take(session, step("unclear", test=advice.test.id))
            else:
                session = take(session, answer(advice.test.id, int(rng.integers(7))))
        if session.ended:
            break
    assert session.ended
    assert next_advice(session).kind == "ended"


def test_stop_forbids_every_test_that_drives() -> None:
    session = session_about(heard(grind=0.95), context={"when": ["braking"],
                                                        "complaint": "metal on metal"})  # fmt: skip
    assert session.subject.drive == "stop"
    drives = {n for n, test in enumerate(bench().tests) if test.drives}
    assert drives
    assert drives == forbidden_tests(session)
    assert drives <= state_of(session).set_aside
    # Nobody can bring such a test back.
    drive_test = bench().tests[min(drives)].id
    back = take(session, step("bring_back", test=drive_test))
    assert drives <= state_of(back).set_aside


def test_a_doubtful_bulge_forbids_driving_whatever_the_advice_is() -> None:
    damage = replace(seen("undamaged"), doubtful=frozenset({"tyre_bulge"}))
    session = session_about(damage=damage)
    assert session.subject.drive == "soon"
    assert forbidden_tests(session)


def test_an_answer_that_makes_a_dangerous_cause_probable_forbids_driving() -> None:
    session = session_about()
    assert not forbidden_tests(session)
    repaired = take(session, step("repair", fault="brake_pads_worn", seen="still_there"))
    assert not forbidden_tests(repaired)
    worse = take(repaired, answer("pads_look", "metal"))
    now = probabilities(worse)[bench().row_of["brake_metal_on_metal"]]
    assert now > 0.1
    assert forbidden_tests(worse)
    assert not forbidden_tests(undo(worse))


def test_a_dangerous_cause_is_ruled_out_first_where_that_costs_little() -> None:
    session = session_about(heard(squeal=0.6, grind=0.5), context={"when": ["braking"]})
    advice = next_advice(session)
    stops = bench().knowledge.tables.stops
    assert probabilities(session)[: len(stops)][stops].sum() > 0.03
    assert advice.kind == "test"
    assert advice.test is not None
    rows = bench().workshop.tests[bench().test_of[advice.test.id]].rows
    assert stops[rows[rows < len(stops)]].any()


def test_a_repair_that_cures_confirms_the_fault_and_becomes_a_case() -> None:
    vehicle = {"make": "BYD", "year": 2021}
    session = session_about(context={**SQUEALING, "vehicle": vehicle})
    session = take(session, answer("pads_look", "thin", minutes=20.0))
    session = take(session, step("repair", fault="brake_pads_worn", seen="gone"))
    assert ending(session) == "confirmed"
    advice = next_advice(session)
    assert (advice.kind, advice.ending) == ("ended", "confirmed")
    case = case_of(session, "a" * 32, opened_on=date(2026, 3, 2))
    assert case.source == "session"
    assert (case.fault, case.none_of_these, case.fixed_first_time) == (
        "brake_pads_worn",
        False,
        True,
    )
    assert case.noises["squeal"] == pytest.approx(0.9)
    assert case.damages == {}
    assert (case.make, case.year, case.complaint) == ("BYD", 2021, "squeals when braking")
    row = bench().row_of["brake_pads_worn"]
    assert case.minutes == pytest.approx(20.0 + bench().repair_minutes(row))
    number = bench().test_of["pads_look"]
    extra = (20.0 - bench().test_minutes(number)) * bench().prices.labour_cny_per_min
    assert case.cost_cny == pytest.approx(
        bench().test_cny(number) + extra + bench().repair_cny(row)
    )
    assert spent(session) == (case.minutes, case.cost_cny)


def test_a_repair_in_vain_is_counted_and_excluded() -> None:
    session = take(session_about(), step("repair", fault="brake_pads_worn", seen="still_there"))
    assert probabilities(session)[bench().row_of["brake_pads_worn"]] == 0.0
    session = take(session, step("repair", fault="wheel_bearing_worn", seen="gone"))
    case = case_of(session, "b" * 32, opened_on=date(2026, 3, 2))  # fmt: skip
    assert case.fixed_first_time is False


def test_other_repairs_and_none_of_these_become_cases_too() -> None:
    def case(last: Step) -> tuple[object, ...]:
        ended = take(session_about(), last)
        made = case_of(ended, "c" * 32, opened_on=date(2026, 3, 2))  # fmt: skip
        return made.fault, made.fault_text, made.none_of_these, made.fixed_first_time

    other = step("other_repair", text="stone behind the dust shield", seen="gone")
    assert case(other) == (None, "stone behind the dust shield", False, True)
    assert case(step("hand_over")) == (None, None, True, None)
    assert case(step("no_fault_found")) == (None, None, False, None)
    with pytest.raises(ValueError, match="goes on"):
        case_of(session_about(), "d" * 32, opened_on=date(2026, 3, 2))


def test_two_faults_at_once_are_found_one_after_the_other() -> None:
    session = take(session_about(), step("repair", fault="brake_pads_worn", seen="partly"))
    assert not session.ended
    assert next_advice(session).kind in ("test", "repair", "hand_over")


def test_what_was_set_aside_is_named_where_it_would_help() -> None:
    helped = []
    for noise in ("knock", "squeal", "grind", "whine", "rumble", "clunk", "tick"):
        session = session_about(heard(**{noise: 0.9}), context={})
        first = next_advice(session).test
        if first is None:
            continue
        without = take(session, step("not_today", test=first.id))
        after = next_advice(without)
        assert after.test is None or after.test.id != first.id
        assert {test.id for test in after.could_help} <= {first.id}
        helped += after.could_help
        back = take(without, step("bring_back", test=first.id))
        assert next_advice(back).test == first
    assert helped


def test_after_everything_was_tried_it_is_none_of_these() -> None:
    session = session_about()
    for fault in bench().knowledge.faults:
        session = take(session, step("repair", fault=fault.id, seen="still_there"))
    assert next_advice(session).kind in ("hand_over", "test", "no_fault_found")
    assert probabilities(session)[: len(FAULTS)].sum() == 0.0


def test_a_normal_sound_leads_to_looking_whether_there_is_anything() -> None:
    session = session_about(SOUND_NORMAL, context={})
    advice = next_advice(session)
    assert advice.kind in ("no_fault_found", "test")
    assert advice.causes[0].fault is None


def test_minutes_and_money_left_have_a_spread_around_what_is_expected() -> None:
    advice = next_advice(session_about(heard(knock=0.9), context={}))
    assert advice.outlook is not None
    for spread in (advice.outlook.minutes, advice.outlook.cny):
        assert spread.low <= spread.high
        assert spread.expected > 0
    assert advice.outlook.minutes.low >= advice.minutes
    assert 0 <= advice.outlook.solved <= 1


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        (step("answer", test="no_such_test", outcome="yes"), "test"),
        (step("answer", test="pads_look", outcome="maybe"), "outcome"),
        (step("repair", fault="no_such_fault", seen="gone"), "fault"),
        (step("repair", fault="brake_pads_worn"), "seen"),
        (step("other_repair", text="  ", seen="gone"), "text"),
        (step("other_repair", text="x" * 2001, seen="gone"), "text"),
        (step("skip", test="pads_look", seen="gone"), "seen"),
        (step("skip", test="pads_look", minutes=float("nan")), "minutes"),
        (replace(step("hand_over"), at=START.replace(tzinfo=None)), "at"),
    ],
)
def test_steps_that_do_not_fit_are_refused_with_the_key(bad: Step, key: str) -> None:
    with pytest.raises(StepInvalid, match=f'"{key}"'):
        take(session_about(), bad)


def test_nothing_follows_the_end_and_nothing_comes_before_the_beginning() -> None:
    ended = take(session_about(), step("hand_over"))
    with pytest.raises(StepInvalid, match="ended"):
        take(ended, step("hand_over"))
    with pytest.raises(StepInvalid, match="no step"):
        undo(session_about())
    repaired = take(session_about(), step("repair", fault="brake_pads_worn", seen="partly"))
    with pytest.raises(StepInvalid, match="already"):
        take(repaired, step("repair", fault="brake_pads_worn", seen="gone"))
    twice = take(take(session_about(), answer("pads_look")), answer("pads_look"))
    with pytest.raises(StepInvalid, match="twice"):
        take(twice, answer("pads_look"))
