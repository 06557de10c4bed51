"""What is still to come if the plan is followed: minutes and money, with their spread."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tingzhen.diagnosis.troubleshooting._lattice import GIVE_UP_CHOICE, LEAVE_CHOICE
from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.engine import Plan
from tingzhen.diagnosis.troubleshooting.problem import GIVE_UP, Action

_NEGLIGIBLE = 1e-4
_QUANTILES = (0.1, 0.9)


@dataclass(frozen=True, slots=True)
class Spread:
    """Expected value, and what is stayed under in one case of ten and in nine of ten."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """minutes, cny: still to come. solved: probability, 0..1, that it ends with a cure and not by
    handing over; of what lies beyond the plan, as probable as that a known cause is left.
    first_time: probability, 0..1, that the first repair within the plan is the right one."""

    minutes: Spread
    cny: Spread
    solved: float
    first_time: float


@dataclass(frozen=True, slots=True)
class Spending:
    """of: minutes and CNY of an action. usual_repair: minutes and CNY of the repair that what lies
    beyond the plan ends with. known: probability, 0..1, that it is a cause that can be repaired.
    labour_cny_per_min: what is paid beyond the plan is taken for labour."""

    of: Callable[[Action], tuple[float, float]]
    usual_repair: tuple[float, float]
    known: float
    labour_cny_per_min: float


@dataclass(frozen=True, slots=True)
class _Path:
    mask: int
    answers: int
    mass: float
    minutes: float
    cny: float


def outlook(plan: Plan, first: Action, spending: Spending) -> Outlook:
    """Every way that the plan can go, with `first` done first; ways of less than 1 in 10,000 are
    cut short."""
    lattice = plan.lattice
    actions = [
        *(Action("test", t) for t in plan.tests), *(Action("repair", r) for r in plan.repairs),
    ]  # fmt: skip
    ends: list[tuple[float, float, float]] = []
    solved = first_time = 0.0
    open_ = [_Path(0, 0, 1.0, 0.0, 0.0)]
    while open_:
        path = open_.pop()
        choice = int(lattice.choice[path.mask, path.answers])
        if path.mask == 0 and path.answers == 0:
            choice = actions.index(first) if first != GIVE_UP else GIVE_UP_CHOICE
        if choice == LEAVE_CHOICE:
            further = float(plan.beyond[path.mask][path.answers]) / max(path.mass, 1e-12)
            minutes = further / spending.labour_cny_per_min + spending.usual_repair[0]
            cny = further + spending.usual_repair[1]
            ends.append((path.mass, path.minutes + minutes, path.cny + cny))
            solved += path.mass * spending.known
            continue
        action = GIVE_UP if choice == GIVE_UP_CHOICE else actions[choice]
        more_minutes, more_cny = spending.of(action)
        minutes, cny = path.minutes + more_minutes, path.cny + more_cny
        if action == GIVE_UP or path.mass < _NEGLIGIBLE:
            ends.append((path.mass, minutes, cny))
        elif action.kind == "test":
            for answers in lattice.after[choice][path.answers]:
                mass = float(lattice.mass[path.mask, answers])
                if mass > 0:
                    open_.append(_Path(path.mask, int(answers), mass, minutes, cny))
        else:
            mask = path.mask | 1 << (choice - len(plan.tests))
            left = float(lattice.mass[mask, path.answers])
            ends.append((path.mass - left, minutes, cny))
            solved += path.mass - left
            first_time += path.mass - left if path.mask == 0 else 0.0
            if left > 0:
                open_.append(_Path(mask, path.answers, left, minutes, cny))
    table = np.array(ends)
    return Outlook(
        _spread(table[:, 1], table[:, 0]), _spread(table[:, 2], table[:, 0]), min(1.0, solved),
        min(1.0, first_time),
    )  # fmt: skip


def _spread(values: Floats, mass: Floats) -> Spread:
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(mass[order]) / mass.sum()
    low, high = (
        float(values[order[min(int(np.searchsorted(upto, q)), len(order) - 1)]]) for q in _QUANTILES
    )
    return Spread(float(values @ mass / mass.sum()), low, high)
