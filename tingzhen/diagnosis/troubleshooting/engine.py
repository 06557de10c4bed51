"""The engine: the next action by expected cost to the right repair.

At every step the problem is cut down to what matters now (`_focus`), the tests that promise most
are picked out, and over these and the repairs with the best P/C the best plan is found exactly
(`_lattice`); its first action is what to do. What the cut leaves out is priced by the cost of
going on in P/C order (`_onward`). While everything fits, nothing is cut and the plan is
the optimum; else this is a look-ahead as deep as the tests and repairs that fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tingzhen.diagnosis.troubleshooting._focus import Focus, focus
from tingzhen.diagnosis.troubleshooting._lattice import (
    Digits,
    Lattice,
    answer_sets,
    solve,
    test_digits,
)
from tingzhen.diagnosis.troubleshooting._onward import Onward, onward
from tingzhen.diagnosis.troubleshooting._tables import Floats, Indices
from tingzhen.diagnosis.troubleshooting.problem import (
    GIVE_UP,
    Action,
    Problem,
    State,
    alike_next,
    answer_likelihood,
    asked_again,
)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to think. hypotheses: kept apart. repairs: in the plan. states: of the plan.

    pairs: tests of which it is looked how well they work two by two, before the choice. steps:
    of going on beyond the plan.
    """

    hypotheses: int = 48
    repairs: int = 6
    states: int = 8_192
    pairs: int = 8
    steps: int = 24


USUAL = Effort()


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The best way to go on. expected_cost: CNY. lattice: over `tests` and `repairs`, in order.

    first_costs: expected cost, CNY, of each action if it is done first, by action.
    left_out: mass of the hypotheses that were not kept apart.
    beyond: by repair mask, (D,) CNY times mass of going on beyond the plan, as it is paid: without
    the worth of a first-time fix.
    """

    action: Action
    expected_cost: float
    first_costs: dict[Action, float]
    lattice: Lattice
    tests: tuple[int, ...]
    repairs: tuple[int, ...]
    left_out: float
    beyond: dict[int, Floats]


def look_ahead(problem: Problem, state: State) -> Action:
    """The engine as a policy, with the usual effort."""
    return plan(problem, state).action


def plan(problem: Problem, state: State, effort: Effort = USUAL) -> Plan:
    """The best plan from here. Where nothing that is known can be the cause: give up."""
    workshop = problem.workshop
    now = focus(problem, state, most=effort.hypotheses)
    if not len(now.rows):
        now = _nothing_left(now)
    repairs = min(len(now.repairs), effort.repairs)
    budget = effort.states >> repairs
    tests = _choose_tests(problem, state, now, budget, effort)
    while repairs < len(now.repairs) and _states(tests) << (repairs + 1) <= effort.states:
        repairs += 1
    digits = [digits for _, digits in tests]
    end_value: tuple[Indices, Floats] | None = None
    beyond: dict[int, Floats] = {}
    planned = np.isin(np.arange(len(now.tests)), [number for number, _ in tests])
    if repairs < len(now.repairs) or not planned.all():
        further = onward(now, workshop.give_up_cost, ~planned, effort.steps)
        at_first = onward(now, workshop.give_up_cost, ~planned, effort.steps, now.at_stake)
        end_value, beyond = _beyond(now, tests, repairs, at_first, further)
    lattice = solve(
        now.weight, digits, now.cures[:repairs], now.repair_cost[:repairs],
        give_up_cost=workshop.give_up_cost, wrong_cost=now.wrong_cost[:repairs],
        first_time_cost=now.at_stake, handed_over_cost=now.handed_over_cost, end_value=end_value,
    )  # fmt: skip
    asked = tuple(int(now.tests[number]) for number, _ in tests)
    done = tuple(int(r) for r in now.repairs[:repairs])
    actions = [*(Action("test", t) for t in asked), *(Action("repair", r) for r in done), GIVE_UP]
    # choice -1 is giving up, the last of the actions.
    return Plan(
        actions[int(lattice.choice[0, 0])], float(lattice.value[0, 0]),
        {a: float(c) for a, c in zip(actions, lattice.first, strict=True)},
        lattice, asked, done, float(now.weight[-1]), beyond,
    )  # fmt: skip


def _nothing_left(now: Focus) -> Focus:
    """Every known cause was repaired in vain: only giving up is left."""
    return Focus(
        np.ones(1), now.rows, now.tests[:0], now.next_answer[:0, :1], now.test_cost[:0],
        now.repairs[:0], np.zeros((0, 1)), np.zeros((0, 1)), now.repair_cost[:0],
        now.wrong_cost[:0], now.at_stake,
    )  # fmt: skip


def _beyond(
    now: Focus, tests: Sequence[tuple[int, Digits]], repairs: int, at_first: Onward, further: Onward
) -> tuple[tuple[Indices, Floats], dict[int, Floats]]:
    """(K,) repair masks, and (K, D) the cost of going on from there beyond the plan; and as `Plan`
    has it.

    Of the masks only that without repairs, those with one of the first three, and the full one: the
    others are passed through. at_first: before any repair of the plan, further: after one.
    """
    likelihood = now.weight[None, :]
    for _, test in tests:
        likelihood = (likelihood[:, None, :] * test.likelihood[None]).reshape(-1, len(now.weight))
    masks = sorted({0, *(1 << r for r in range(min(repairs, 3))), (1 << repairs) - 1})
    costs, paid = [], {}
    for mask in masks:
        done = [r for r in range(repairs) if mask >> r & 1]
        alive = likelihood * (1.0 - now.cures[done].max(axis=0, initial=0.0))
        paid[mask] = further.cost(alive)
        costs.append(paid[mask] if mask else at_first.cost(alive))
    return (np.array(masks, dtype=np.intp), np.stack(costs)), paid


def _states(tests: Sequence[tuple[int, Digits]]) -> int:
    return int(np.prod([len(digits.asked) for _, digits in tests], dtype=np.int64))


def _choose_tests(
    problem: Problem, state: State, now: Focus, budget: int, effort: Effort
) -> list[tuple[int, Digits]]:
    """The tests for the plan with what they can answer, as many as the budget of states allows.

    All where they fit, each asked as often as allowed where that fits as well.
    """
    workshop = problem.workshop
    order = list(range(len(now.tests)))
    if np.prod(1.0 + workshop.tables.outcomes[now.tests]) > budget:
        order = _ranked(now, effort, workshop.give_up_cost)
    chosen, states = [], 1
    for number in order:
        more = states * (1 + int(workshop.tables.outcomes[now.tests[number]]))
        if more <= budget:
            chosen.append(number)
            states = more
    chosen.sort()
    asks = dict.fromkeys(chosen, 1)
    tests = {n: _digits(problem, state, now, n, 1) for n in chosen}
    for number in [n for n in order if n in asks]:
        twice = _digits(problem, state, now, number, workshop.asks)
        if len(twice.asked) == len(tests[number].asked):
            continue
        more = states // len(tests[number].asked) * len(twice.asked)
        if more <= budget:
            states, tests[number] = more, twice
    return [(n, tests[n]) for n in chosen]


def _digits(problem: Problem, state: State, now: Focus, number: int, asks: int) -> Digits:
    """What test `number` of the focus can still answer, asked up to `asks` times in all, and once
    more at least."""
    workshop, test = problem.workshop, int(now.tests[number])
    outcomes, asked = workshop.tests[test].outcomes, state.outcomes_of(test)

    def more(answers: tuple[int, ...]) -> bool:
        return not answers or (asks > 1 and asked_again(sorted((*asked, *answers)), asks))

    of: dict[tuple[int, ...], Floats] = {(): np.ones(len(now.weight))}
    for answers in answer_sets(outcomes, more)[1:]:
        if len(answers) == 1:
            of[answers] = now.next_answer[number, :, answers[0]]
        else:
            of[answers] = of[answers[:1]] * _more_answers(problem, now, number, asked, answers)
    return test_digits(of, workshop.tests[test].cost, more)


def _more_answers(
    problem: Problem, now: Focus, number: int, asked: tuple[int, ...], answers: tuple[int, ...]
) -> Floats:
    """(n,) P(all answers but the first | h, the first). The rest answers as it would otherwise."""
    workshop, test = problem.workshop, int(now.tests[number])
    once = answer_likelihood(workshop, test, (*asked, answers[0]))
    every = answer_likelihood(workshop, test, (*asked, *answers))
    further = np.full(len(now.weight), every[0] / max(once[0], 1e-300))
    rows = workshop.tests[test].rows
    at = np.searchsorted(rows, now.rows)
    known = at < len(rows)
    known[known] = rows[at[known]] == now.rows[known]
    further[:-1][known] = every[1][at[known]] / np.maximum(once[1][at[known]], 1e-300)
    alike = alike_next(problem, test, (*asked, answers[0]), (*asked, *answers))
    if problem.alike is not None and alike is not None:
        further[:-1][now.rows == problem.alike.hypothesis] = alike
    return further


def _ranked(now: Focus, effort: Effort, give_up_cost: float) -> list[int]:
    """Tests of the focus, most promising first.

    By the expected cost of one test, then going on; and of one test, then the best second test for
    each answer, then going on: two tests may tell together what neither tells alone.
    """
    every = np.ones(len(now.tests), dtype=np.bool_)
    further = onward(now, give_up_cost, every, effort.steps, now.at_stake)
    alone = now.test_cost + _after_answers(further, now.next_answer * now.weight[:, None])
    order = [int(n) for n in np.argsort(alone, kind="stable")]
    top = np.array(order[: effort.pairs], dtype=np.intp)
    best = alone.copy()
    second: dict[int, list[tuple[float, int]]] = {}
    for place, number in enumerate(top):
        branches = (now.next_answer[number] * now.weight[:, None]).T  # (A, n)
        branches = branches[branches.sum(axis=1) > 0.0]
        at_once = further.cost(branches)
        joint = branches[:, None, :, None] * now.next_answer[top][None]
        then = _after_answers(further, joint.reshape(-1, *joint.shape[2:]))
        then = then.reshape(len(branches), len(top)) + np.outer(
            branches.sum(axis=1), now.test_cost[top]
        )
        then[:, place] = np.inf
        at = then.argmin(axis=1)
        saved = np.maximum(at_once - then[np.arange(len(at)), at], 0.0)
        best[number] = min(best[number], now.test_cost[number] + float((at_once - saved).sum()))
        second[int(number)] = [(float(s), int(top[a])) for s, a in zip(saved, at, strict=True)]
    first = sorted((int(number) for number in top), key=lambda n: (best[n], n))
    helpers = sorted(second[first[0]], reverse=True) if first else []
    named = [number for saved, number in helpers if saved > 0.0]
    return list(dict.fromkeys([*first[:1], *named, *first, *order]))


def _after_answers(further: Onward, joint: Floats) -> Floats:
    """(T,) sum over the answers of the cost of going on then; joint: (T, n, A) masses."""
    tests, hypotheses, answers = joint.shape
    alive = joint.transpose(0, 2, 1).reshape(-1, hypotheses)
    cost = np.zeros(len(alive))
    real = alive.sum(axis=1) > 0.0  # the others are padding
    cost[real] = further.cost(alive[real])
    return np.asarray(cost.reshape(tests, answers).sum(axis=1))
