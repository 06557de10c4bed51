"""The simulated histories hold what they say, and are scored by the stated rules. SIMULATION."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.diagnosis.patterns.test_told import PATTERN
from tingzhen.diagnosis.patterns import Lift, Part, Patterns, Population, closed_cases
from tingzhen.diagnosis.patterns.condition import Condition, known_and_inside
from tingzhen.diagnosis.patterns.planted import (
    KNOWN_LIFT,
    MOTOR_NOISE,
    SIMULATED_NOTE,
    History,
    score,
    simulate_history,
)
from tingzhen.diagnosis.patterns.risk_ratio import crude_lift, tabulate


@pytest.fixture(scope="module")
def history() -> History:
    return simulate_history(7)


def found(*conditions: tuple[str, Condition]) -> Patterns:
    population = Population(0, (0, 0), 0, (), None, None)
    patterns = tuple(replace(PATTERN, fault=fault, condition=c) for fault, c in conditions)
    return Patterns(population, patterns, (), ())


def test_planted_lifts_are_the_risk_ratios_of_the_cases(history: History) -> None:
    closed = closed_cases(history.cases)
    errors = []
    for truth in history.planted:
        known, inside = known_and_inside(closed.attributes, truth.condition)
        lift: Lift = crude_lift(tabulate(closed.has(truth.fault)[known], inside[known]))
        spread = math.log(lift.high / lift.low) / (2 * 1.959964)
        errors.append((math.log(lift.ratio) - math.log(truth.lift)) / spread)
    assert len(errors) == 17
    # Standard normal but for slight confounding by a fault's other truth.
    assert np.abs(errors).max() < 4.5
    assert np.std(errors) < 1.6
    known_one = history.planted[0]
    assert (known_one.fault, known_one.lift) == (MOTOR_NOISE, KNOWN_LIFT) == ("motor_noise", 3.2)
    assert all(1.5 <= truth.lift <= 5.0 for truth in history.planted)


def test_histories_are_labelled_have_gaps_and_come_again(history: History) -> None:
    assert "SIMULATION" in history.note == SIMULATED_NOTE
    cases = history.cases
    assert np.isnan(cases.humidity_pct).mean() == pytest.approx(0.12, abs=0.01)
    open_cases = (cases.fault.codes < 0) & ~cases.none_of_these
    assert open_cases.mean() == pytest.approx(0.05, abs=0.005)
    small = [simulate_history(9, nothing_planted=True) for _ in range(2)]
    assert (small[0].cases.fault.codes == small[1].cases.fault.codes).all()
    assert small[0].planted == small[0].traps == ()


def test_the_truth_itself_gets_full_marks(history: History) -> None:
    result = score(history, found(*((t.fault, t.condition) for t in history.planted)))
    assert all(truth.found for truth in result.truths)
    assert (result.false, result.trapped) == ((), ())
    assert result.known_is_exact  # 2.6 to 3.9
    assert not score(history, found()).known_is_exact


def test_what_is_false_and_what_is_a_trap(history: History) -> None:
    known = history.planted[0]
    pair = known.condition
    inside: Condition = (replace(pair[0], high=1.0), pair[1])
    result = score(history, found(
        (known.fault, pair), (known.fault, inside),  # the truth and a part of it
        (known.fault, pair[:1]),  # a broader version
        ("null_03", (Part("season", "winter"),)),
        ("north_fault", (Part("season", "winter"),)),
    ))  # fmt: skip
    assert [text.split(":")[0] for text in result.false] == [known.fault, "null_03", "north_fault"]
    assert len(result.trapped) == 1
    assert result.trapped[0].startswith("north_fault: the season is winter")


def test_another_fault_or_other_cases_do_not_find_a_truth(history: History) -> None:
    known = history.planted[0]
    elsewhere: Condition = (Part("ambient_c", low=20.0), known.condition[1])
    for fault, condition in (("null_01", known.condition), (known.fault, elsewhere)):
        assert not any(truth.found for truth in score(history, found((fault, condition))).truths)
