"""Small problems of many kinds, and their optimum by plain recursion."""

from functools import cache
from math import prod
from typing import NamedTuple

import numpy as np

from tingzhen.diagnosis.troubleshooting import NumericRepair, NumericTest, Problem, Workshop
from tingzhen.diagnosis.troubleshooting.problem import Alike


def instance(
    seed: int,
    *,
    causes: int | None = None,
    tests: int | None = None,
    asks: int | None = None,
    outcomes: int | None = None,
) -> Problem:
    """A problem with up to 6 causes (one more is curable by nobody), up to 5 tests; up to 4 where
    they may be asked again, for the optimum has many more states then.

    Costs are skewed over two orders of size; tests are sharp or weak, cheap or dear, speak of one
    cause or split them all; some repairs cure two causes or cost next to nothing.
    """
    rng = np.random.default_rng(seed)
    known = causes or int(rng.integers(2, 7))
    unknown = rng.random() < 0.6
    hypotheses = known + int(unknown)
    probability = rng.dirichlet(np.full(hypotheses, rng.choice([0.5, 1.0, 3.0])))
    if unknown:
        probability[-1] *= 0.3
    probability /= probability.sum()
    dear = float(rng.choice([0.2, 1.0, 5.0]))
    asks = asks or int(rng.choice([1, 1, 2]))
    # Drawn apart, so that the rest of a problem stays what it was.
    apart = np.random.default_rng([seed, 1])
    first_time_cost = float(apart.choice([0.0, 0.0, 300.0, 3000.0]))
    numeric_tests = []
    drawn = int(rng.integers(1, 6))
    for _ in range(tests if tests is not None else min(drawn, 5 if asks == 1 else 4)):
        shown = outcomes or (int(rng.integers(2, 4)) if asks == 1 else 2)
        if rng.random() < 0.5:  # about one or two causes
            rows = np.sort(
                rng.choice(known, size=min(known, int(rng.integers(1, 3))), replace=False)
            )
            otherwise = np.full(shown, 0.05 / (shown - 1) if shown > 1 else 0.0)
            otherwise[-1] = 0.95
        else:  # splits the causes
            rows = np.arange(known)
            otherwise = np.full(shown, 1.0 / shown)
        sharp = float(rng.choice([0.3, 1.0]))
        given = rng.dirichlet(np.full(shown, sharp), size=len(rows))
        cost = float(np.exp(rng.normal(np.log(30.0 * dear), 1.0)))
        numeric_tests.append(NumericTest(cost, otherwise, rows.astype(np.intp), given))
    repairs = []
    for cause in range(known):
        cures = {cause} | ({int(rng.integers(known))} if rng.random() < 0.15 else set())
        cost = float(np.exp(rng.normal(np.log(200.0), 1.2)))
        repairs.append(
            NumericRepair(cost, float(rng.choice([5.0, 30.0])),
                          np.array(sorted(cures), dtype=np.intp),
                          in_vain_cost=float(cost * rng.choice([0.0, 0.0, 0.5])))
        )  # fmt: skip
    return Problem(
        Workshop(
            hypotheses, tuple(numeric_tests), tuple(repairs),
            give_up_cost=float(rng.choice([600.0, 1500.0, 5000.0])),
            wrong_repair_cost=float(rng.choice([0.0, 0.0, 200.0])),
            wrong_answer=float(rng.choice([0.0, 0.05, 0.1])),
            asks=asks,
            first_time_cost=first_time_cost,
        ),
        probability,
        _alike(apart, numeric_tests, hypotheses - 1) if unknown else None,
    )  # fmt: skip


def _alike(rng: np.random.Generator, tests: list[NumericTest], unknown: int) -> Alike | None:
    """Half of the time: what some tests show of the cause that nobody can repair."""
    shown = {
        number: rng.dirichlet(np.ones(test.outcomes))
        for number, test in enumerate(tests)
        if rng.random() < 0.5
    }
    return Alike(unknown, shown) if rng.random() < 0.5 else None


class _Asked(NamedTuple):
    answers: tuple[tuple[int, ...], ...]
    failed: frozenset[int]


def brute_force(problem: Problem) -> float:
    """The optimum by recursion over normalised beliefs, with nothing of the engine's code."""
    workshop = problem.workshop
    size = workshop.hypotheses
    slips = []
    for test in workshop.tests:
        wrong = workshop.wrong_answer / (test.outcomes - 1)
        slips.append(
            [[1 - workshop.wrong_answer if a == x else wrong for a in range(test.outcomes)]
             for x in range(test.outcomes)]
        )  # fmt: skip
    shown = []
    for test in workshop.tests:
        rows = {int(r): test.given[i].tolist() for i, r in enumerate(test.rows)}
        own = problem.shown_alike(len(shown))
        if problem.alike is not None and own is not None:
            rows[problem.alike.hypothesis] = own.tolist()
        shown.append([rows.get(h, test.otherwise.tolist()) for h in range(size)])

    @cache
    def said(test: int, answers: tuple[int, ...]) -> tuple[float, ...]:
        result = []
        for h in range(size):
            total = 0.0
            for x, p in enumerate(shown[test][h]):
                total += p * prod(slips[test][x][answer] for answer in answers)
            result.append(total)
        return tuple(result)

    cured = [frozenset(map(int, repair.cures)) for repair in workshop.repairs]

    @cache
    def best(state: _Asked) -> float:
        joint = [float(p) for p in problem.probability]
        for test, answers in enumerate(state.answers):
            if answers:
                joint = [j * s for j, s in zip(joint, said(test, answers), strict=True)]
        for repair in state.failed:
            joint = [0.0 if h in cured[repair] else j for h, j in enumerate(joint)]
        mass = sum(joint)
        lost = 0.0 if state.failed else workshop.first_time_cost
        cheapest = workshop.give_up_cost + lost / 2
        for number, repair in enumerate(workshop.repairs):
            right = sum(joint[h] for h in cured[number])
            if number in state.failed or right <= 0.0:
                continue
            cost, wrong = repair.cost + repair.observe_cost, (mass - right) / mass
            if wrong > 1e-12:
                after = best(_Asked(state.answers, state.failed | {number}))
                cost += wrong * (workshop.wrong_repair_cost + repair.in_vain_cost + lost + after)
            cheapest = min(cheapest, cost)
        for test, numeric in enumerate(workshop.tests):
            answers = state.answers[test]
            differ = len(set(answers)) == len(answers) == workshop.asks == 2
            if (len(answers) >= workshop.asks and not differ) or numeric.cost >= cheapest:
                continue
            cost = numeric.cost
            before = said(test, answers)
            for outcome in range(numeric.outcomes):
                more = tuple(sorted((*answers, outcome)))
                now = said(test, more)
                probability = sum(
                    j * n / b for j, n, b in zip(joint, now, before, strict=True) if j > 0
                )
                if probability / mass > 1e-12:
                    then = (*state.answers[:test], more, *state.answers[test + 1 :])
                    cost += probability / mass * best(_Asked(then, state.failed))
            cheapest = min(cheapest, cost)
        return cheapest

    return best(_Asked(((),) * len(workshop.tests), frozenset()))
