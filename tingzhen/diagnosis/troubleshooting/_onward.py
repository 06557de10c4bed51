"""What it costs to go on beyond a plan: the cheaper of repairing on, and testing before repairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.troubleshooting._focus import Focus
from tingzhen.diagnosis.troubleshooting._repair_order import (
    Steps,
    checked_steps,
    repair_steps,
    sequence_cost,
)
from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.problem import HANDED_OVER

# An answer points to a cause where it is at least so many times as likely under it.
_POINTS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Onward:
    """counted: (R, n), which causes each step is for. plain: repairs. checked: each with a test
    before it where that pays."""

    counted: Floats
    plain: Steps
    checked: Steps
    give_up_cost: float

    def cost(self, alive: Floats) -> Floats:
        """(B,), CNY times mass, of the masses alive, (B, n); they need not sum to 1."""
        mass, whole = alive @ self.counted.T, alive.sum(axis=1)
        return np.minimum(
            sequence_cost(self.plain, mass, whole, self.give_up_cost),
            sequence_cost(self.checked, mass, whole, self.give_up_cost),
        )


def onward(
    now: Focus, give_up_cost: float, tests: NDArray[np.bool_], most: int, at_stake: float = 0.0
) -> Onward:
    """tests: (T,), which tests of the focus are still to be had. most: steps that are thought of.

    at_stake: CNY, counted for every repair in vain, so it is too much where several are; and its
    share for giving up.

    How often a test points to a cause wrongly depends on what else it may be; it is taken as now.
    """
    counted, cost = now.counted[:most], now.repair_cost[:most]
    wrong_cost = now.wrong_cost[:most] + at_stake
    given, test_cost = now.next_answer[tests], now.test_cost[tests]
    joint = given * now.weight[:, None]
    own = counted @ joint  # (T, R, A)
    mass = counted @ now.weight
    others = (joint.sum(axis=1)[:, None] - own) / np.maximum(1.0 - mass, 1e-12)[:, None]
    own /= np.maximum(mass, 1e-300)[:, None]
    points = own > _POINTS * others
    return Onward(
        counted, repair_steps(cost, wrong_cost),
        checked_steps(cost, wrong_cost, test_cost, (own * points).sum(axis=2),
                      np.maximum((others * points).sum(axis=2), 0.0)),
        give_up_cost + HANDED_OVER * at_stake,
    )  # fmt: skip
