"""What it costs to go on step by step in a fixed order: the cost-to-go of the engine.

Repairs that cure different causes are best done in the order of P/C (Kalagnanam and Henrion 1988,
A comparison of decision analysis and expert rules for sequential diagnosis, UAI; Heckerman, Breese
and Rommelse 1995): p_i / c_i, the probability that step i cures over its cost. The same exchange of
neighbours holds for any steps whose cost is a_i S + b_i p_i, S the mass that reaches the step: the
order is p_i / a_i. Two kinds of steps are of this form:

    repair and see             a = c + W                 b = -W
    test, repair if it points  a = c_t + f (c + W)       b = s c - f (c + W),    cures s p_i

c: the repair with seeing whether the fault is gone; W: beside it when in vain; c_t: the test; s, f:
P(the test points to the cause) if it is the cause, and if not. At any point one may give up
instead, so the best point of the sequence to do so is taken.
"""

from dataclasses import dataclass

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """(R,) each. share: of the mass of its causes that a step cures, 0..1. each: a, CNY for all
    the mass that reaches it, > 0. more: b, CNY for the mass of its causes."""

    share: Floats
    each: Floats
    more: Floats


def repair_steps(cost: Floats, wrong_cost: Floats) -> Steps:
    """cost: (R,), CNY, seeing whether the fault is gone included. wrong_cost: (R,), CNY."""
    return Steps(np.ones_like(cost), cost + wrong_cost + 1e-9, -wrong_cost)


def checked_steps(
    cost: Floats, wrong_cost: Floats, test_cost: Floats, right: Floats, wrong: Floats
) -> Steps:
    """A test before each repair where one raises what is cured for its cost; else the repair.

    test_cost: (T,), CNY. right, wrong: (T, R), P(the test points to the repair's causes) if it is
    one of them, and if not; 0 where it does not speak of them.
    """
    plain = repair_steps(cost, wrong_cost)
    if not len(test_cost):
        return plain
    each = test_cost[:, None] + wrong * (cost + wrong_cost) + 1e-9
    best = (right / each).argmax(axis=0)
    repair = np.arange(len(cost))
    share, cheapest, false = right[best, repair], each[best, repair], wrong[best, repair]
    checked = share / cheapest > 1.0 / plain.each
    return Steps(
        np.where(checked, share, 1.0), np.where(checked, cheapest, plain.each),
        np.where(checked, share * cost - false * (cost + wrong_cost), plain.more),
    )  # fmt: skip


def sequence_cost(steps: Steps, mass: Floats, alive: Floats, give_up_cost: float) -> Floats:
    """(B,), CNY times mass: expected cost of the steps in their best order, for B beliefs.

    mass: (B, R), of the causes of each step; a cause counts for one step only. alive: (B,), whole
    mass of each belief, which need not be 1: costs come out in proportion.
    """
    stop_at_once = alive * give_up_cost
    if mass.shape[1] == 0:
        return stop_at_once
    cures = mass * steps.share
    order = np.argsort(-cures / steps.each, axis=1, kind="stable")
    row = np.arange(len(mass))[:, None]
    left = np.maximum(alive[:, None] - np.cumsum(cures[row, order], axis=1), 0.0)
    before = np.concatenate([alive[:, None], left[:, :-1]], axis=1)
    spent = np.cumsum(steps.each[order] * before + steps.more[order] * mass[row, order], axis=1)
    stop_later: Floats = (spent + give_up_cost * left).min(axis=1)
    return np.minimum(stop_at_once, stop_later)
