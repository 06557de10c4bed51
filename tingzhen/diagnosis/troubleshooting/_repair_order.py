"""The cost of repairing without another test: the cost-to-go of the engine, and an upper bound.

Repairs that cure different causes are best done in the order of P/C (Kalagnanam and Henrion 1988,
A comparison of decision analysis and expert rules for sequential diagnosis, UAI; Heckerman, Breese
and Rommelse 1995): p_i / c_i, the probability that repair i cures over its cost. With a price W_i
for a repair in vain the same exchange of neighbours gives p_i / (c_i + W_i). At any point one may
give up instead, so the best point of the sequence to do so is taken.
"""

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import Floats


def expected_repair_cost(
    cured: Floats, alive: Floats, cost: Floats, *, wrong_cost: Floats, give_up_cost: float
) -> Floats:
    """(B,), CNY times mass: expected cost of the best P/C sequence for each of B beliefs.

    cured: (B, R), mass that each repair cures; a cause is counted with one repair only. alive:
    (B,), whole mass of each belief, which need not be 1: costs come out in proportion. cost: (R,),
    CNY, seeing whether the fault is gone included. wrong_cost: (R,), CNY, beside it when in vain.
    """
    if cured.shape[1] == 0:
        return alive * give_up_cost
    order = np.argsort(-cured / (cost + wrong_cost + 1e-9), axis=1, kind="stable")
    gone = np.cumsum(cured[np.arange(len(cured))[:, None], order], axis=1)
    left = np.maximum(alive[:, None] - gone, 0.0)
    before = np.concatenate([alive[:, None], left[:, :-1]], axis=1)
    spent = np.cumsum(cost[order] * before + wrong_cost[order] * left, axis=1)
    stop_at_once = alive * give_up_cost
    stop_later: Floats = (spent + give_up_cost * left).min(axis=1)
    return np.minimum(stop_at_once, stop_later)
