"""A fault in no tree is like the suspects, the one in question left out."""

import numpy as np
import pytest

from tingzhen.diagnosis.troubleshooting import NumericTest, Problem, State, Workshop
from tingzhen.diagnosis.troubleshooting.problem import belief
from tingzhen.diagnosis.troubleshooting.unknown_fault import alike_suspects

OTHERWISE = np.array([0.9, 0.1])
BAD = np.array([0.1, 0.9])
UNKNOWN = 4


def workshop(*rows: list[int]) -> Workshop:
    tests = tuple(
        NumericTest(10.0, OTHERWISE, np.array(r, dtype=np.intp), np.tile(BAD, (len(r), 1)))
        for r in rows
    )
    return Workshop(5, tests, (), give_up_cost=100.0)


def test_a_test_of_all_suspects_speaks_of_it_too_and_a_test_of_one_does_not() -> None:
    made = workshop([0, 1, 2], [0], [0, 1])
    probability = np.array([0.4, 0.3, 0.2, 0.005, 0.095])
    alike = alike_suspects(made, probability, UNKNOWN)
    assert alike is not None
    assert alike.hypothesis == UNKNOWN
    assert alike.shown.keys() == {0, 2}
    assert alike.shown[0] == pytest.approx(BAD)
    assert alike.shown[2] == pytest.approx((BAD + OTHERWISE) / 2)


def test_one_suspect_says_nothing_of_what_else_it_may_be() -> None:
    assert alike_suspects(workshop([0, 1]), np.array([0.9, 0.0, 0.0, 0.0, 0.1]), UNKNOWN) is None


def test_a_screening_test_does_not_rule_it_out() -> None:
    made = workshop([0, 1, 2])
    probability = np.array([0.3, 0.3, 0.3, 0.0, 0.1])
    alike = alike_suspects(made, probability, UNKNOWN)
    seen = State().answered(0, 1)
    assert belief(Problem(made, probability, alike), seen)[UNKNOWN] == pytest.approx(0.1)
    assert belief(Problem(made, probability), seen)[UNKNOWN] == pytest.approx(0.01 / 0.82)
