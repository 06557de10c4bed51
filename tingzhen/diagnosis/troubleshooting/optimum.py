"""Exact figures for problems that are small enough: the optimum, and what a policy costs."""

from collections.abc import Callable
from math import comb

import numpy as np

from tingzhen.diagnosis.troubleshooting.engine import Effort, plan
from tingzhen.diagnosis.troubleshooting.problem import (
    HANDED_OVER,
    Action,
    Policy,
    Problem,
    State,
    alike_next,
    answer_likelihood,
    belief,
)

MOST_STATES = 4_000_000


def optimum(problem: Problem) -> float:
    """The least expected cost that any policy can have, CNY.

    Dynamic programming over all sets of answers and repairs. Raises ValueError where these are
    more than `MOST_STATES`.
    """
    workshop = problem.workshop
    states = 2 ** len(workshop.repairs)
    for test in workshop.tests:
        once = 1 + test.outcomes
        states *= once if workshop.asks == 1 else comb(test.outcomes + 3, 3) - test.outcomes
    if states > MOST_STATES:
        raise ValueError(f"too many states for the exact optimum: {states}")
    everything = Effort(hypotheses=workshop.hypotheses, repairs=len(workshop.repairs),
                        states=states)  # fmt: skip
    return plan(problem, State(), everything).expected_cost


def expected_cost(problem: Problem, policy: Policy, state: State | None = None) -> float:
    """The expected cost of a policy under the problem's own model, CNY, exactly.

    Goes through every state that the policy can reach. Raises RuntimeError where the policy asks
    for what may not be done, so that it could go on for ever.
    """
    known: dict[tuple[object, ...], float] = {}

    def cost_from(state: State) -> float:
        key = (tuple(sorted(state.answers)), state.failed, state.set_aside)
        if key not in known:
            known[key] = _cost_of(problem, policy(problem, state), state, cost_from)
        return known[key]

    return cost_from(state or State())


def _cost_of(
    problem: Problem, action: Action, state: State, cost_from: Callable[[State], float]
) -> float:
    workshop = problem.workshop
    if action.kind == "give_up":
        return workshop.give_up_cost + HANDED_OVER * state.at_stake(workshop)
    now = belief(problem, state)
    if action.kind == "repair":
        if action.index in state.failed:
            raise RuntimeError("the policy repairs again what was repaired in vain")
        repair = workshop.repairs[action.index]
        in_vain = max(0.0, 1.0 - float(now[repair.cures].sum()))
        if in_vain < 1e-9:
            return repair.whole_cost
        then = cost_from(state.repaired_in_vain(action.index))
        wrong = workshop.wrong_repair_cost + repair.in_vain_cost + state.at_stake(workshop)
        return repair.whole_cost + in_vain * float(wrong + then)
    if not state.may_ask(workshop, action.index):
        raise RuntimeError("the policy asks for a test that may not be asked")
    test = workshop.tests[action.index]
    asked = state.outcomes_of(action.index)
    before = answer_likelihood(workshop, action.index, asked)
    total = test.cost
    for outcome in range(test.outcomes):
        after = answer_likelihood(workshop, action.index, (*asked, outcome))
        given = np.full(workshop.hypotheses, after[0] / max(before[0], 1e-300))
        given[test.rows] = after[1] / np.maximum(before[1], 1e-300)
        alike = alike_next(problem, action.index, asked, (*asked, outcome))
        if problem.alike is not None and alike is not None:
            given[problem.alike.hypothesis] = alike
        probability = float(given @ now)
        if probability > 1e-9:
            total += probability * cost_from(state.answered(action.index, outcome))
    return total
