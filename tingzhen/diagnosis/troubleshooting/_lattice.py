"""The exact best plan over a few tests and repairs, by dynamic programming over their states.

A state says which answers each test has got so far and which repairs were done in vain; the order
does not matter, so the states of k tests and r repairs form a lattice. With masses that are not
normalised (the joint probability of the state and each hypothesis) Bellman's equation has no
division and is one array operation for each action and level:

    V(s) = min of  give up:   G |s|
                   repair r:  c_r |s| + W_r |s + r| + V(s + r)
                   test t:    c_t |s| + sum over answers a of V(s + (t, a))

|s| is the mass that is left in state s; what a repair cured has no more cost. In states without a
repair, a repair in vain costs F more and giving up costs H more: the first-time fix is lost, once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.troubleshooting._tables import Floats, Indices

GIVE_UP_CHOICE = -1
LEAVE_CHOICE = -2
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """What one test can have answered: digit 0 nothing (more), then each set of answers.

    likelihood: (digits, n), P(answers | h) relative to digit 0. asked: (digits,), number of
    answers. after: (digits, O), the digit that each further answer leads to, -1 when not asked
    again. cost: CNY.
    """

    likelihood: Floats
    asked: Indices
    after: Indices
    cost: float


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """value: (M, D), CNY times mass, of repair mask m and answer state d; mass: (M, D).

    choice: (M, D), -2 leave the lattice, -1 give up, 0 .. k - 1 test, k .. k + r - 1 repair.
    first: values of the actions in the first state, in the order of `choice`, giving up last.
    after: for each test (D, O), the answer state that each answer leads to, -1: not asked again.
    """

    value: Floats
    mass: Floats
    choice: NDArray[np.int16]
    first: Floats
    after: tuple[Indices, ...]


def test_digits(
    likelihood_of: dict[tuple[int, ...], Floats],
    cost: float,
    more: Callable[[tuple[int, ...]], bool],
) -> Digits:
    """likelihood_of: by sorted answers, (n,), () among them. more: as for `answer_sets`."""
    keys = sorted(likelihood_of, key=lambda key: (len(key), key))
    place = {key: number for number, key in enumerate(keys)}
    outcomes = 1 + max((max(key) for key in keys if key), default=-1)
    after = [
        [place[tuple(sorted((*key, o)))] if more(key) else -1 for o in range(outcomes)]
        for key in keys
    ]  # fmt: skip
    return Digits(
        np.stack([likelihood_of[key] for key in keys]),
        np.array([len(key) for key in keys], dtype=np.intp),
        np.array(after, dtype=np.intp).reshape(len(keys), outcomes),
        cost,
    )


def answer_sets(outcomes: int, more: Callable[[tuple[int, ...]], bool]) -> list[tuple[int, ...]]:
    """All sets of answers that can be got, () first, each sorted.

    more: whether a test with these further answers may be asked again.
    """
    sets: dict[tuple[int, ...], None] = {(): None}
    last: list[tuple[int, ...]] = [()]
    while last:
        longer = {
            tuple(sorted((*answers, outcome))): None
            for answers in last
            if more(answers)
            for outcome in range(outcomes)
        }
        sets |= longer
        last = list(longer)
    return list(sets)


def solve(
    weight: Floats,
    tests: Sequence[Digits],
    cures: Floats,
    repair_cost: Floats,
    *,
    give_up_cost: float,
    wrong_cost: Floats,
    first_time_cost: float = 0.0,
    handed_over_cost: float = 0.0,
    end_value: tuple[Indices, Floats] | None = None,
) -> Lattice:
    """The best plan from belief `weight`, (n,).

    cures: (r, n), 0 or 1. repair_cost: (r,), CNY. wrong_cost: (r,), CNY, beside it when in vain.
    first_time_cost: CNY, beside these by the first repair if it is in vain. handed_over_cost: by
    giving up before any.
    end_value: (K,) repair masks, and (K, D) CNY times mass, of leaving the lattice there by means
    that are no part of it. The first state is not left: it has to be said what to do.
    """
    likelihood, level, after = _answer_states(tests, len(weight))
    left = _not_cured(cures, len(weight))
    mass = left @ (likelihood * weight).T
    value = mass * give_up_cost
    value[0] += mass[0] * handed_over_cost
    choice = np.full(value.shape, GIVE_UP_CHOICE, dtype=np.int16)
    if end_value is not None:
        masks, leaving = end_value
        leaving[masks == 0, 0] = np.inf
        choice[masks] = np.where(leaving < value[masks], LEAVE_CHOICE, GIVE_UP_CHOICE)
        value[masks] = np.minimum(value[masks], leaving)
    count = len(tests)
    first = np.full(count + len(cures) + 1, np.inf)
    first[-1] = value[0, 0]
    groups = _masks_by_count(len(cures))
    for depth in range(int(level.max()), -1, -1):
        states = np.flatnonzero(level == depth)
        here, chosen = value[:, states], choice[:, states]
        for number, test in enumerate(tests):
            may = np.flatnonzero(after[number][states, 0] >= 0)
            if not len(may):
                continue
            to = after[number][states[may]]
            candidate = test.cost * mass[:, states[may]]
            for answer in range(to.shape[1]):
                candidate += value[:, to[:, answer]]
            if depth == 0:
                first[number] = candidate[0, 0]
            better = candidate < here[:, may] - _ROUNDING
            here[:, may] = np.where(better, candidate, here[:, may])
            chosen[:, may] = np.where(better, number, chosen[:, may])
        # A repair in vain leads to a state of the same answers with one repair more.
        mass_here = mass[:, states]
        for before, repair, then in groups:
            candidates = repair_cost[repair][:, :, None] * mass_here[before][:, None, :]
            wrong = wrong_cost[repair] + (first_time_cost if before[0] == 0 else 0.0)
            candidates += here[then] + wrong[:, :, None] * mass_here[then]
            if depth == 0 and before[0] == 0:
                first[count + repair[0]] = candidates[0, :, 0]
            at = candidates.argmin(axis=1)
            candidate = np.take_along_axis(candidates, at[:, None, :], axis=1)[:, 0]
            better = candidate < here[before] - _ROUNDING
            here[before] = np.where(better, candidate, here[before])
            named = np.take_along_axis(repair, at, axis=1) + count
            chosen[before] = np.where(better, named, chosen[before])
        value[:, states], choice[:, states] = here, chosen
    return Lattice(value, mass, choice, first, after)


def _answer_states(
    tests: Sequence[Digits], hypotheses: int
) -> tuple[Floats, Indices, tuple[Indices, ...]]:
    """(D, n) likelihood, (D,) number of answers, and by test (D, O) where an answer leads."""
    likelihood = np.ones((1, hypotheses))
    level = np.zeros(1, dtype=np.intp)
    sizes = [len(test.asked) for test in tests]
    for test in tests:
        likelihood = (likelihood[:, None, :] * test.likelihood[None]).reshape(-1, hypotheses)
        level = (level[:, None] + test.asked[None]).reshape(-1)
    states = np.arange(len(level), dtype=np.intp)
    after = []
    for number, test in enumerate(tests):
        stride = int(np.prod(sizes[number + 1 :], dtype=np.intp))
        digit = states // stride % sizes[number]
        to = test.after[digit]
        after.append(np.where(to >= 0, states[:, None] + (to - digit[:, None]) * stride, -1))
    return likelihood, level, tuple(after)


def _not_cured(cures: Floats, hypotheses: int) -> Floats:
    """(2^r, n), 1 where none of the repairs of the mask cures the hypothesis."""
    left = np.ones((1, hypotheses))
    for row in cures:
        left = np.concatenate([left, left * (1.0 - row)])
    return left


@lru_cache(maxsize=32)
def _masks_by_count(repairs: int) -> list[tuple[Indices, Indices, Indices]]:
    """By number of repairs done, most first, without the full mask, from which none is left:
    (m,) masks, (m, k) the repairs left, (m, k) the masks that these lead to."""
    masks = np.arange(2**repairs, dtype=np.intp)
    done = (masks[:, None] >> np.arange(repairs)) & 1
    groups = []
    for left in range(1, repairs + 1):
        before = masks[repairs - done.sum(axis=1) == left]
        repair = np.nonzero(done[before] == 0)[1].reshape(len(before), left)
        groups.append((before, repair, before[:, None] | (1 << repair)))
    return groups
