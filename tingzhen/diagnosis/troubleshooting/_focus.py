"""The part of a problem that matters now, as small dense tables.

Of tens of thousands of hypotheses a handful carries the belief. These stay themselves; the others
are joined into one, the rest, which says of a test what they say of it on average, and which only
giving up ends.
"""

from dataclasses import dataclass

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import Floats, Indices
from tingzhen.diagnosis.troubleshooting.problem import (
    HANDED_OVER,
    Problem,
    State,
    alike_next,
    answer_likelihood,
    belief,
    slip,
)

_NEGLIGIBLE = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Focus:
    """n - 1 hypotheses and the rest, the last one.

    weight: (n,), belief, sums to 1. rows: (n - 1,), which hypotheses, most probable first.
    tests: (T,), which tests may be asked and say something of them. next_answer: (T, n, A),
    P(next answer | h), padded with zeros. test_cost: (T,), CNY.
    repairs: (R,), which repairs cure one of them, best P/C first. cures: (R, n), bool.
    counted: (R, n), the same with every hypothesis at its first repair only. repair_cost: (R,),
    CNY, seeing whether the fault is gone included. wrong_cost: (R,), CNY, beside it when in vain.
    at_stake: CNY, beside both, by the next repair if it is in vain.
    """

    weight: Floats
    rows: Indices
    tests: Indices
    next_answer: Floats
    test_cost: Floats
    repairs: Indices
    cures: Floats
    counted: Floats
    repair_cost: Floats
    wrong_cost: Floats
    at_stake: float

    @property
    def next_wrong_cost(self) -> Floats:
        """(R,), CNY, beside the repair when it is the next action, and in vain."""
        return self.wrong_cost + self.at_stake

    @property
    def handed_over_cost(self) -> float:
        """CNY, beside what giving up costs, when it is the next action."""
        return HANDED_OVER * self.at_stake


def focus(problem: Problem, state: State, *, most: int) -> Focus:
    """The `most` most probable hypotheses with their tests and repairs."""
    workshop = problem.workshop
    posterior = belief(problem, state)
    rows = _most_probable(posterior, most)
    place = np.full(workshop.hypotheses, len(rows), dtype=np.intp)
    place[rows] = np.arange(len(rows))
    weight = np.append(posterior[rows], max(0.0, 1.0 - float(posterior[rows].sum())))
    tests, tables = _test_tables(problem, state, place, weight, posterior)
    repairs = [int(r) for r in _about(workshop.repairs_of, rows) if r not in state.failed]
    cost = np.array([workshop.repairs[r].whole_cost for r in repairs])
    wrong = np.array([workshop.repairs[r].in_vain_cost for r in repairs])
    wrong += workshop.wrong_repair_cost
    at_stake = state.at_stake(workshop)
    cures = np.zeros((len(repairs), len(weight)))
    for number, repair in enumerate(repairs):
        cures[number, place[workshop.repairs[repair].cures]] = 1.0
    cures[:, -1] = 0.0
    order = np.argsort(-(cures @ weight) / (cost + wrong + at_stake + 1e-9), kind="stable")
    cures = cures[order]
    first = np.cumsum(cures, axis=0) <= 1.0
    return Focus(
        weight, rows, tests, tables, workshop.tables.cost[tests],
        np.array(repairs, dtype=np.intp)[order], cures, cures * first, cost[order],
        wrong[order], at_stake,
    )  # fmt: skip


def _most_probable(posterior: Floats, most: int) -> Indices:
    rows = np.flatnonzero(posterior)
    if len(rows) > most:
        rows = rows[posterior[rows] > _NEGLIGIBLE]
    if len(rows) > most:
        rows = rows[np.argpartition(-posterior[rows], most)[:most]]
    order = np.argsort(-posterior[rows], kind="stable")
    return np.asarray(rows[order], dtype=np.intp)


def _about(of: tuple[Indices, Indices], rows: Indices) -> Indices:
    start, index = of
    return np.unique(index[_ranges(start[rows], start[rows + 1])])


def _ranges(start: Indices, stop: Indices) -> Indices:
    """All of start[0] .. stop[0] - 1, then of start[1] .. stop[1] - 1, and so on."""
    counts = stop - start
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    offset: Indices = np.repeat(ends - counts - start, counts)
    return np.asarray(np.arange(total) - offset, dtype=np.intp)


def _test_tables(
    problem: Problem, state: State, place: Indices, weight: Floats, posterior: Floats
) -> tuple[Indices, Floats]:
    """(T,) the tests that may be asked about the kept hypotheses, and (T, n, A), P(answer | h)."""
    workshop, tables = problem.workshop, problem.workshop.tables
    kept = len(weight) - 1
    rows = np.flatnonzero(place < kept)
    about = tables.of_entry[_ranges(tables.of_start[rows], tables.of_start[rows + 1])]
    tests = np.unique(tables.test[about])
    if problem.alike is not None and place[problem.alike.hypothesis] < kept:
        tests = np.union1d(tests, np.array(list(problem.alike.shown), dtype=np.intp))
    asked = {test for test, _ in state.answers} | state.set_aside
    closed = [t for t in asked if not state.may_ask(workshop, t)]
    tests = tests[~np.isin(tests, closed)]
    entries = _ranges(tables.start[tests], tables.start[tests + 1])
    of = np.searchsorted(tests, tables.test[entries])
    at, given = place[tables.rows[entries]], tables.given[entries]
    otherwise = tables.otherwise[tests]
    answer = np.repeat(otherwise[:, None, :], kept + 1, axis=1)
    inside = at < kept
    answer[of[inside], at[inside]] = given[inside]
    if weight[-1] > 0:
        share = posterior[tables.rows[entries[~inside]]] / weight[-1]
        np.add.at(answer[:, -1], of[~inside],
                  share[:, None] * (given[~inside] - otherwise[of[~inside]]))  # fmt: skip
        answer[:, -1] = np.maximum(answer[:, -1], 0.0)
    if problem.alike is not None and place[problem.alike.hypothesis] < kept:
        for at_test, own in enumerate(map(problem.shown_alike, tests.tolist())):
            if own is not None:
                mixed = own @ slip(workshop.wrong_answer, len(own))
                answer[at_test, place[problem.alike.hypothesis], : len(own)] = mixed
    for number in np.flatnonzero(np.isin(tests, list(asked))):
        _answer_again(problem, state, int(tests[number]), place, answer[number])
    return tests, answer


def _answer_again(
    problem: Problem, state: State, test: int, place: Indices, answer: Floats
) -> None:
    """Overwrite (n, A) with P(next answer | h, the answers before).

    The rest answers as a hypothesis of which the test says nothing: it is too small to matter
    for a test that has been asked about it.
    """
    workshop = problem.workshop
    tested, asked = workshop.tests[test], state.outcomes_of(test)
    before = answer_likelihood(workshop, test, asked)
    inside = place[tested.rows] < len(answer) - 1
    for outcome in range(tested.outcomes):
        after = answer_likelihood(workshop, test, (*asked, outcome))
        answer[:, outcome] = after[0] / max(before[0], 1e-300)
        answer[place[tested.rows[inside]], outcome] = (after[1] / np.maximum(before[1], 1e-300))[
            inside
        ]
        alike = alike_next(problem, test, asked, (*asked, outcome))
        if problem.alike is None or alike is None:
            continue
        if place[problem.alike.hypothesis] < len(answer) - 1:
            answer[place[problem.alike.hypothesis], outcome] = alike
