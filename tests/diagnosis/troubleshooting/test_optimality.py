"""The engine against the exact optimum; the optimum against plain recursion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.troubleshooting.instances import brute_force, instance
from tingzhen.diagnosis.troubleshooting import (
    NumericRepair,
    NumericTest,
    Policy,
    Problem,
    State,
    Workshop,
    expected_cost,
    fixed_order,
    look_ahead,
    most_probable_first,
    one_step,
    optimum,
    probability_over_cost,
)
from tingzhen.diagnosis.troubleshooting.engine import Effort, plan
from tingzhen.diagnosis.troubleshooting.problem import Alike

BASELINES = [fixed_order, most_probable_first, probability_over_cost, one_step]


@pytest.mark.parametrize("seed", range(40))
def test_the_optimum_is_that_of_plain_recursion(seed: int) -> None:
    problem = instance(seed, causes=2 + seed % 3, tests=1 + seed % 3)
    assert optimum(problem) == pytest.approx(brute_force(problem), rel=1e-9)


@pytest.mark.parametrize("seed", range(300, 306))
def test_the_optimum_asks_tests_of_three_outcomes_twice(seed: int) -> None:
    problem = instance(seed, causes=3, tests=2, asks=2, outcomes=3)
    assert optimum(problem) == pytest.approx(brute_force(problem), rel=1e-9)


@pytest.mark.long
def test_the_optimum_is_that_of_plain_recursion_on_larger_problems() -> None:
    for seed in range(500, 503):
        problem = instance(seed, causes=5, tests=4)
        assert optimum(problem) == pytest.approx(brute_force(problem), rel=1e-9)


def test_the_engine_is_within_two_percent_on_some_instances() -> None:
    assert worst_ratio(range(12)) <= 1.02


@pytest.mark.slow
def test_the_engine_is_within_two_percent_on_every_one_of_220_instances() -> None:
    assert worst_ratio(range(1000, 1220)) <= 1.02


@pytest.mark.long
def test_it_stays_near_where_the_plan_holds_one_state_in_a_hundred() -> None:
    """Eight causes, six tests: the plan may have 2048 states of up to a million."""
    effort = Effort(states=2048)
    ratios = []
    for seed in range(2000, 2006):
        problem = instance(seed, causes=8, tests=6, asks=1)
        cost = expected_cost(problem, lambda p, s: plan(p, s, effort).action)
        ratios.append(cost / optimum(problem))
    assert min(ratios) >= 1.0 - 1e-9
    assert float(np.mean(ratios)) <= 1.01
    assert max(ratios) <= 1.05


@pytest.mark.parametrize("policy", BASELINES)
def test_no_policy_costs_less_than_the_optimum(policy: Policy) -> None:
    for seed in range(40, 70):
        problem = instance(seed, tests=2)
        assert expected_cost(problem, policy) >= optimum(problem) * (1 - 1e-9)


def test_two_tests_that_only_tell_together_are_found() -> None:
    """Four causes in two by two: one step ahead, no test is worth its cost; both together are."""
    half = [np.array([[0.99, 0.01], [0.99, 0.01], [0.01, 0.99], [0.01, 0.99]]),
            np.array([[0.99, 0.01], [0.01, 0.99], [0.01, 0.99], [0.99, 0.01]])]  # fmt: skip
    tests = tuple(NumericTest(60.0, np.array([0.5, 0.5]), np.arange(4), g) for g in half)
    # One repair each, so dear that giving up is better unless it is known which.
    repairs = tuple(NumericRepair(500.0, 10.0, np.array([h])) for h in range(4))
    problem = Problem(Workshop(4, tests, repairs, give_up_cost=800.0), np.full(4, 0.25))
    assert optimum(problem) == pytest.approx(brute_force(problem))
    assert expected_cost(problem, one_step) > 1.1 * optimum(problem)
    assert expected_cost(problem, look_ahead) == pytest.approx(optimum(problem))
    assert look_ahead(problem, State()).kind == "test"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(1.0, 3.0))
def test_dearer_actions_never_make_it_cheaper(seed: int, factor: float) -> None:
    problem = instance(seed, tests=2)
    workshop = problem.workshop
    dearer = Workshop(
        workshop.hypotheses,
        tuple(NumericTest(t.cost * factor, t.otherwise, t.rows, t.given) for t in workshop.tests),
        tuple(NumericRepair(r.cost * factor, r.observe_cost, r.cures, r.in_vain_cost)
              for r in workshop.repairs),
        workshop.give_up_cost, workshop.wrong_repair_cost, workshop.wrong_answer, workshop.asks,
        workshop.first_time_cost,
    )  # fmt: skip
    assert optimum(Problem(dearer, problem.probability, problem.alike)) >= optimum(problem) - 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_test_more_never_makes_it_dearer(seed: int) -> None:
    problem = instance(seed, causes=4, tests=3)
    w = problem.workshop
    fewer = Workshop(w.hypotheses, w.tests[:-1], w.repairs, w.give_up_cost, w.wrong_repair_cost,
                     w.wrong_answer, w.asks, w.first_time_cost)  # fmt: skip
    alike = problem.alike and Alike(problem.alike.hypothesis, {
        t: shown for t, shown in problem.alike.shown.items() if t < len(w.tests) - 1
    })  # fmt: skip
    assert optimum(problem) <= optimum(Problem(fewer, problem.probability, alike)) + 1e-9


def test_a_plan_says_what_every_first_action_would_cost() -> None:
    problem = instance(3, causes=4, tests=2)
    made = plan(problem, State())
    assert min(made.first_costs.values()) == pytest.approx(made.expected_cost)
    assert made.first_costs[made.action] == pytest.approx(made.expected_cost)
    for action, cost in made.first_costs.items():
        if action.kind == "repair":
            after = State().repaired_in_vain(action.index)
            repair = problem.workshop.repairs[action.index]
            wrong = 1.0 - float(problem.probability[repair.cures].sum())
            then = problem.workshop.wrong_repair_cost + repair.in_vain_cost
            then += problem.workshop.first_time_cost
            then += plan(problem, after).expected_cost
            assert cost == pytest.approx(repair.whole_cost + wrong * then, rel=1e-6)


def worst_ratio(seeds: range) -> float:
    ratios = []
    for seed in seeds:
        problem = instance(seed)
        ratios.append(expected_cost(problem, look_ahead) / optimum(problem))
    assert min(ratios) >= 1.0 - 1e-9
    return max(ratios)
