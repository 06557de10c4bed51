"""What people do without the engine: policies to compare it with.

All but `one_step` work as a workshop does: take up a cause, check it with the test that shows it
best, repair it if the answer speaks for it. They differ in the order of the causes, and look at
what is paid; `one_step` weighs a first-time fix as the engine does.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tingzhen.diagnosis.troubleshooting._focus import Focus, focus
from tingzhen.diagnosis.troubleshooting._repair_order import repair_steps, sequence_cost
from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.problem import (
    GIVE_UP,
    Action,
    Policy,
    Problem,
    State,
    Workshop,
)

_KEPT = 48
_IN_THE_TREE = 0.01


def fixed_order(problem: Problem, state: State) -> Action:
    """The causes in the order of the tree, as a printed fault tree is worked through.

    The tree are the causes with 1 % or more at first, in the order of the hypotheses. A cause whose
    test speaks against it is passed over for good; after the last one the tree ends: give up.
    """
    order = np.flatnonzero(problem.probability >= _IN_THE_TREE)
    return _along(problem.workshop, state, [int(row) for row in order])


def fixed_order_of(order: Sequence[int]) -> Policy:
    """The same for a tree with this order of hypotheses."""

    def along(problem: Problem, state: State) -> Action:
        return _along(problem.workshop, state, order)

    return along


def most_probable_first(problem: Problem, state: State) -> Action:
    """Check, then repair, the cause that is most probable by now."""
    now = focus(problem, state, most=_KEPT)
    return _best_cause(problem, state, now, np.ones(len(now.rows)))


def probability_over_cost(problem: Problem, state: State) -> Action:
    """Check, then repair, the cause with the largest P/C (Kalagnanam and Henrion 1988).

    C: of its repair, and of its test while that has not been done.
    """
    workshop = problem.workshop
    now = focus(problem, state, most=_KEPT)
    cost = np.ones(len(now.rows))
    for place, row in enumerate(now.rows):
        number = _cheapest_repair(workshop, state, int(row))
        test = _open_test(workshop, state, int(row))
        repair = workshop.repairs[number].cost_if_in_vain if number is not None else 0.0
        cost[place] = repair + (workshop.tests[test].cost if test is not None else 0.0)
    return _best_cause(problem, state, now, cost)


def one_step(problem: Problem, state: State) -> Action:
    """Heckerman, Breese and Rommelse (1995): one test ahead, then repairs in P/C order."""
    now = focus(problem, state, most=_KEPT)
    repair_on = float(_repair_cost(problem, now, now.weight[None])[0])
    costs = np.zeros(len(now.tests))
    for number in range(len(now.tests)):
        joint = (now.next_answer[number] * now.weight[:, None]).T
        costs[number] = now.test_cost[number] + _repair_cost(problem, now, joint).sum()
    if len(costs) and costs.min() < repair_on - 1e-9:
        return Action("test", int(now.tests[costs.argmin()]))
    if repair_on >= problem.workshop.give_up_cost + now.handed_over_cost - 1e-9:
        return GIVE_UP
    ratio = (now.counted @ now.weight) / (now.repair_cost + now.next_wrong_cost + 1e-9)
    return Action("repair", int(now.repairs[ratio.argmax()]))


def _along(workshop: Workshop, state: State, order: Sequence[int]) -> Action:
    for row in order:
        repair = _cheapest_repair(workshop, state, row)
        if repair is None or _tried(workshop, state, row):
            continue
        test = _showing_test(workshop, state, row)
        if test is None:
            return Action("repair", repair)
        answers = state.outcomes_of(test)
        if not answers:
            return Action("test", test)
        if _speaks_for(workshop, test, row, answers[0]):
            return Action("repair", repair)
    return GIVE_UP


def _best_cause(problem: Problem, state: State, now: Focus, cost: Floats) -> Action:
    """The cause with the largest probability over cost; give up where that is cheaper than
    repairing on."""
    workshop = problem.workshop
    ratio = now.weight[:-1] / np.maximum(cost, 1e-9)
    for place in np.argsort(-ratio, kind="stable"):
        row = int(now.rows[place])
        repair = _cheapest_repair(workshop, state, row)
        if repair is None:
            continue
        test = _open_test(workshop, state, row)
        if test is not None:
            return Action("test", test)
        paid = replace(now, at_stake=0.0)
        if float(_repair_cost(problem, paid, now.weight[None])[0]) >= workshop.give_up_cost - 1e-9:
            return GIVE_UP
        return Action("repair", repair)
    return GIVE_UP


def _repair_cost(problem: Problem, now: Focus, alive: Floats) -> Floats:
    steps = repair_steps(now.repair_cost, now.next_wrong_cost)
    give_up_cost = problem.workshop.give_up_cost + now.handed_over_cost
    return sequence_cost(steps, alive @ now.counted.T, alive.sum(axis=1), give_up_cost)


def _cheapest_repair(workshop: Workshop, state: State, row: int) -> int | None:
    start, index = workshop.repairs_of
    repairs = [int(r) for r in index[start[row] : start[row + 1]] if r not in state.failed]
    return min(repairs, key=lambda r: workshop.repairs[r].cost_if_in_vain, default=None)


def _tried(workshop: Workshop, state: State, row: int) -> bool:
    start, index = workshop.repairs_of
    return any(int(r) in state.failed for r in index[start[row] : start[row + 1]])


def _open_test(workshop: Workshop, state: State, row: int) -> int | None:
    """The test that shows the cause, if it has not been done."""
    test = _showing_test(workshop, state, row)
    return test if test is not None and not state.outcomes_of(test) else None


def _showing_test(workshop: Workshop, state: State, row: int) -> int | None:
    """The test whose outcome differs most under this cause: the largest relative entropy."""
    tables = workshop.tables
    entries = tables.of_entry[tables.of_start[row] : tables.of_start[row + 1]]
    entries = np.array([e for e in entries if int(tables.test[e]) not in state.set_aside], np.intp)
    if not len(entries):
        return None
    given, otherwise = tables.given[entries], tables.otherwise[tables.test[entries]]
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(given > 0, given * np.log(given / np.maximum(otherwise, 1e-9)), 0.0)
    return int(tables.test[entries[told.sum(axis=1).argmax()]])


def _speaks_for(workshop: Workshop, test: int, row: int, answer: int) -> bool:
    numeric = workshop.tests[test]
    at = int(np.searchsorted(numeric.rows, row))
    return bool(numeric.given[at, answer] > numeric.otherwise[answer])
