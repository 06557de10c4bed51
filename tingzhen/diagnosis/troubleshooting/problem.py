"""A troubleshooting problem in numbers: hypotheses, tests, repairs, and what each costs.

The model is that of Heckerman, Breese and Rommelse (1995, Decision-theoretic troubleshooting,
CACM 38(3)): exactly one hypothesis is true; tests are independent given it; a repair cures the
hypotheses that it names and no other; after a repair somebody looks whether the fault is gone.
It ends when the fault is gone, or by giving up (handing the vehicle to a specialist).

What somebody answers is not always what the test showed: an answer is wrong with probability
`wrong_answer`, then any of the other outcomes, each alike. Asked again, the test shows the same
(most faults of a test are systematic), but the slip is made anew. So asking again can pay, and
never as much as another test.

All costs are money: minutes are turned into CNY before (see docs/guide.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import (
    AnswerTables,
    Floats,
    Indices,
    NumericTest,
    answer_tables,
    by_hypothesis,
    joined,
)

# Handing over in time is not a first-time fix, but the customer does not come back with the fault.
HANDED_OVER: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class NumericRepair:
    """cost: CNY, labour and parts, >= 0. observe_cost: CNY, of seeing whether the fault is gone.

    cures: (n,), the hypotheses that it cures. in_vain_cost: CNY, >= 0, paid beside these when it
    did not cure. Whoever has the vehicle in the end pays for the right repair; so where giving up
    means that a specialist makes it, it is no cost of choosing: then cost is 0, in_vain_cost the
    price of the repair, and give_up_cost that of the specialist alone. Otherwise it would pay to
    hand over every vehicle whose right repair is dear.
    """

    cost: float
    observe_cost: float
    cures: Indices
    in_vain_cost: float = 0.0

    @property
    def whole_cost(self) -> float:
        return self.cost + self.observe_cost

    @property
    def cost_if_in_vain(self) -> float:
        return self.whole_cost + self.in_vain_cost


@dataclass(frozen=True, slots=True, eq=False)
class Workshop:
    """What can be done about H hypotheses; the same for every vehicle, so it is shared.

    give_up_cost: CNY, of handing the vehicle to a specialist, whatever is wrong with it.
    wrong_repair_cost: CNY, paid beside the repair for each that did not cure (the customer's
    second visit, parts that cannot be sold again).
    first_time_cost: CNY, what it counts beside these when the first repair does not cure; half as
    much when it is given up before any (`HANDED_OVER`). Once: the vehicle is not fixed the first
    time.
    wrong_answer: 0..0.5, P(an answer is not what the test showed). asks: how often a test may be
    asked, 1 or 2; with 2, a third time where the two answers differ.
    tables, repairs_of: made from the others; repairs_of says by hypothesis which repairs cure it,
    as (start (H + 1,), index) in the manner of a sparse matrix.
    Raises ValueError where a number is out of its range or an index out of bounds.
    """

    hypotheses: int
    tests: tuple[NumericTest, ...]
    repairs: tuple[NumericRepair, ...]
    give_up_cost: float
    wrong_repair_cost: float = 0.0
    wrong_answer: float = 0.0
    asks: int = 1
    first_time_cost: float = 0.0
    tables: AnswerTables = field(init=False)
    repairs_of: tuple[Indices, Indices] = field(init=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.wrong_answer < 0.5 or self.asks not in (1, 2):
            raise ValueError("wrong_answer must be 0..0.5 and asks 1 or 2")
        costs = [self.give_up_cost, self.wrong_repair_cost, self.first_time_cost]
        costs += [cost for r in self.repairs for cost in (r.cost, r.observe_cost, r.in_vain_cost)]
        if min(costs) < 0:
            raise ValueError("costs must not be negative")
        cures = joined([r.cures for r in self.repairs])[1]
        if len(cures) and not (cures.min() >= 0 and cures.max() < self.hypotheses):
            raise ValueError("a repair cures a hypothesis that is none")
        put = object.__setattr__
        put(self, "tables", answer_tables(self.tests, self.hypotheses, self.wrong_answer))
        put(self, "repairs_of", by_hypothesis(self.hypotheses, [r.cures for r in self.repairs]))


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """What tests say of one hypothesis of one vehicle, in place of what they say of all others.

    shown: by test, (O,), P(outcome | the hypothesis). `unknown_fault` says why.
    """

    hypothesis: int
    shown: Mapping[int, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One vehicle in the workshop. probability: (H,), >= 0, before anything is done, sums to 1.

    alike: what tests say of a hypothesis of which the workshop has nothing.
    """

    workshop: Workshop
    probability: Floats
    alike: Alike | None = None

    def shown_alike(self, test: int) -> Floats | None:
        """(O,), where this vehicle has its own for that test."""
        return None if self.alike is None else self.alike.shown.get(test)

    def __post_init__(self) -> None:
        p = self.probability
        if p.shape != (self.workshop.hypotheses,) or p.min() < 0 or abs(p.sum() - 1.0) > 1e-6:
            raise ValueError("probability must be (H,), not negative, and sum to 1")


@dataclass(frozen=True, slots=True)
class State:
    """What has happened. answers: (test, outcome) in their order.

    failed: repairs that were done, with the fault still there. set_aside: tests not to propose
    (skipped, unclear, not available today).
    """

    answers: tuple[tuple[int, int], ...] = ()
    failed: frozenset[int] = frozenset()
    set_aside: frozenset[int] = frozenset()

    def answered(self, test: int, outcome: int) -> "State":
        return replace(self, answers=(*self.answers, (test, outcome)))

    def repaired_in_vain(self, repair: int) -> "State":
        return replace(self, failed=self.failed | {repair})

    def without(self, test: int) -> "State":
        return replace(self, set_aside=self.set_aside | {test})

    def outcomes_of(self, test: int) -> tuple[int, ...]:
        """The answers that this test got, sorted: their order does not matter."""
        return tuple(sorted(outcome for asked, outcome in self.answers if asked == test))

    def at_stake(self, workshop: Workshop) -> float:
        """CNY that the next repair costs once and for all, if it is in vain."""
        return 0.0 if self.failed else workshop.first_time_cost

    def may_ask(self, workshop: Workshop, test: int) -> bool:
        return test not in self.set_aside and asked_again(self.outcomes_of(test), workshop.asks)


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """What to do next. index: of the test or repair; 0 for giving up."""

    kind: Literal["test", "repair", "give_up"]
    index: int = 0


GIVE_UP = Action("give_up")

Policy = Callable[[Problem, State], Action]
"""Chooses what to do next. It must be a function of the belief that the state leads to and of what
may still be done, and must not depend on the order of the answers."""


def belief(problem: Problem, state: State) -> Floats:
    """(H,), float64: the posterior of the hypotheses by Bayes' rule; sums to 1.

    Where everything has been excluded (each cause repaired in vain) what was excluded by repairs
    stays so, and the answer is all zeros: nothing that is known here can be the cause.
    """
    workshop = problem.workshop
    posterior: Floats = problem.probability.copy()
    for test in dict.fromkeys(test for test, _ in state.answers):
        tested = workshop.tests[test]
        otherwise, given = answer_likelihood(workshop, test, state.outcomes_of(test))
        spoken_of = posterior[tested.rows] * given
        alike = alike_likelihood(problem, test, state.outcomes_of(test))
        if problem.alike is not None and alike is not None:
            posterior[problem.alike.hypothesis] *= alike / max(otherwise, 1e-300)
        posterior *= otherwise
        posterior[tested.rows] = spoken_of
    for repair in state.failed:
        posterior[workshop.repairs[repair].cures] = 0.0
    total = float(posterior.sum())
    return posterior / total if total > 0 else posterior


def answer_likelihood(
    workshop: Workshop, test: int, outcomes: Sequence[int]
) -> tuple[float, Floats]:
    """P(these answers of one test | h): of every hypothesis not in its rows, and (n,) of those.

    With x what the test showed, sum over x of P(x | h) product over answers a of P(a | x).
    """
    tested = workshop.tests[test]
    slips = np.prod(slip(workshop.wrong_answer, tested.outcomes)[:, list(outcomes)], axis=1)
    return float(tested.otherwise @ slips), tested.given @ slips


def alike_likelihood(problem: Problem, test: int, outcomes: Sequence[int]) -> float | None:
    """The same of the hypothesis that the problem has its own for; None where it has none."""
    shown = problem.shown_alike(test)
    if shown is None:
        return None
    slips = slip(problem.workshop.wrong_answer, len(shown))[:, list(outcomes)]
    return float(shown @ np.prod(slips, axis=1))


def alike_next(
    problem: Problem, test: int, before: Sequence[int], after: Sequence[int]
) -> float | None:
    """P(answers after | that hypothesis) / P(answers before | it); None where it has none."""
    whole = alike_likelihood(problem, test, after)
    part = alike_likelihood(problem, test, before)
    return None if whole is None or part is None else whole / max(part, 1e-300)


def asked_again(answers: Sequence[int], asks: int) -> bool:
    """Whether a test with these answers may be asked once more."""
    return len(answers) < asks or (asks == len(answers) == 2 and answers[0] != answers[1])


@lru_cache(maxsize=256)
def slip(wrong_answer: float, outcomes: int) -> Floats:
    """(O, O), P(answer | what the test showed), row: what it showed."""
    if outcomes == 1:
        return np.ones((1, 1))
    table = np.full((outcomes, outcomes), wrong_answer / (outcomes - 1))
    np.fill_diagonal(table, 1.0 - wrong_answer)
    return table
