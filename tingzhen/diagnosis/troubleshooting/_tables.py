"""What tests say of hypotheses: each test for itself, and all of them as one sparse table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class NumericTest:
    """cost: CNY, > 0. otherwise: (O,), P(outcome | h) of every hypothesis that is not in `rows`.

    rows: (n,), hypotheses of which the test says something else, ascending.
    given: (n, O), P(outcome | h) of those. All rows sum to 1.
    """

    cost: float
    otherwise: Floats
    rows: Indices
    given: Floats

    @property
    def outcomes(self) -> int:
        return len(self.otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTables:
    """All T tests at once, asked for the first time; A is the largest number of outcomes.

    cost: (T,), CNY. outcomes: (T,). otherwise: (T, A), P(answer | h), padded with zeros.
    start: (T + 1,), where the rows of a test begin in rows, (N,), and given, (N, A).
    of_start: (H + 1,), where those of a hypothesis begin in of_entry, (N,), places in `rows`.
    """

    cost: Floats
    outcomes: Indices
    otherwise: Floats
    start: Indices
    rows: Indices
    given: Floats
    test: Indices
    of_start: Indices
    of_entry: Indices


def answer_tables(
    tests: Sequence[NumericTest], hypotheses: int, wrong_answer: float
) -> AnswerTables:
    """Raises ValueError where a table is no probability, a cost not above 0, a row out of bounds.

    With p what the test shows, an answer is a with (1 - w) p_a + (1 - p_a) w / (O - 1).
    """
    start, rows = joined([test.rows for test in tests])
    outcomes = np.array([test.outcomes for test in tests], dtype=np.intp)
    most = int(outcomes.max(initial=1))
    otherwise = np.zeros((len(tests), most))
    given = np.zeros((len(rows), most))
    for number, test in enumerate(tests):
        otherwise[number, : outcomes[number]] = test.otherwise
        given[start[number] : start[number + 1], : outcomes[number]] = test.given
    cost = np.array([test.cost for test in tests])
    both = np.concatenate([otherwise, given])
    if len(tests) and (both.min() < 0 or np.abs(both.sum(axis=1) - 1.0).max() > 1e-6):
        raise ValueError("what a test shows must be probabilities that sum to 1")
    if not (cost > 0).all():
        raise ValueError("a test must cost more than 0")
    if len(rows) and not (rows.min() >= 0 and rows.max() < hypotheses):
        raise ValueError("a test speaks of a hypothesis that is none")
    entry_test = np.repeat(np.arange(len(tests), dtype=np.intp), np.diff(start))
    order = np.argsort(rows, kind="stable")
    of_start = np.searchsorted(rows[order], np.arange(hypotheses + 1)).astype(np.intp)
    return AnswerTables(
        cost, outcomes, _with_slips(otherwise, outcomes, wrong_answer), start, rows,
        _with_slips(given, outcomes[entry_test], wrong_answer), entry_test, of_start, order,
    )  # fmt: skip


def _with_slips(shown: Floats, outcomes: Indices, wrong_answer: float) -> Floats:
    slipped = wrong_answer / np.maximum(outcomes - 1, 1)[:, None]
    wrong = np.where(outcomes[:, None] > 1, wrong_answer, 0.0)
    real = np.arange(shown.shape[1]) < outcomes[:, None]
    single = outcomes[:, None] == 1
    answered: Floats = shown * (1.0 - wrong) + np.where(single, 0.0, (1.0 - shown) * slipped)
    return np.where(real, answered, 0.0)


def joined(groups: Sequence[Indices]) -> tuple[Indices, Indices]:
    """(G + 1,) where each group starts in (N,) all of them one after the other."""
    counts = np.array([0, *(len(group) for group in groups)], dtype=np.intp)
    return np.cumsum(counts), np.concatenate([np.zeros(0, dtype=np.intp), *groups])


def by_hypothesis(hypotheses: int, groups: Sequence[Indices]) -> tuple[Indices, Indices]:
    """(H + 1,) where each hypothesis starts in (N,) the numbers of the groups that name it."""
    start, about = joined(groups)
    group = np.repeat(np.arange(len(groups), dtype=np.intp), np.diff(start))
    order = np.argsort(about, kind="stable")
    first = np.searchsorted(about[order], np.arange(hypotheses + 1)).astype(np.intp)
    return first, group[order]
