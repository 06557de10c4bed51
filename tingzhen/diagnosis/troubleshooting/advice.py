"""What to do next in a session, and why.

The engine's plan decides, with one exception for safety: a test that helps to rule out a dangerous
cause goes first where that costs little (`Prices.danger_min`).
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tingzhen.diagnosis.knowledge import DiagnosticTest, Fault
from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting._why import (
    why_hand_over,
    why_no_fault,
    why_repair,
    why_test,
)
from tingzhen.diagnosis.troubleshooting.bench import Bench
from tingzhen.diagnosis.troubleshooting.engine import Plan, plan
from tingzhen.diagnosis.troubleshooting.outlook import Outlook, Spending, outlook
from tingzhen.diagnosis.troubleshooting.problem import Action, State
from tingzhen.diagnosis.troubleshooting.session import (
    Ending,
    Session,
    ending,
    forbidden_tests,
    probabilities,
    state_of,
)
from tingzhen.language import Text

AdviceKind = Literal["test", "repair", "no_fault_found", "hand_over", "ended"]
_CAUSES_SHOWN = 6
_SMALLEST_SHOWN = 0.01
# A dangerous cause less probable than this is nothing to go out of the way for.
_DANGER_COUNTS = 0.03
_RULES_OUT = 0.3


@dataclass(frozen=True, slots=True)
class RankedCause:
    """fault: None for "a fault that is not in this base" and for "nothing wrong"."""

    fault: str | None
    name: Text
    probability: float
    dangerous: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """kind: what to do; test or fault says which. why: in words. again: the test was answered
    before. minutes, cny: of this action alone, labour included. outlook: of all that is still to
    come, this action included; None at the end.
    best_repair: of the most probable fault, right with probability best_repair_right.
    could_help: a test that was set aside and would be done now if it could be.
    causes: most probable first. ending: how it ended. left_out: probability of the causes that the
    plan did not look at one by one.
    """

    kind: AdviceKind
    why: Text
    test: DiagnosticTest | None = None
    fault: Fault | None = None
    again: bool = False
    safety_first: bool = False
    minutes: float = 0.0
    cny: float = 0.0
    outlook: Outlook | None = None
    best_repair: str | None = None
    best_repair_right: float = 0.0
    could_help: tuple[DiagnosticTest, ...] = ()
    causes: tuple[RankedCause, ...] = ()
    ending: Ending | None = None
    left_out: float = 0.0


def next_advice(session: Session) -> Advice:
    """What to do next; takes some 20 ms."""
    bench, now = session.bench, probabilities(session)
    causes = ranked_causes(bench, now)
    how = ending(session)
    if how is not None:
        return Advice("ended", _ENDED[how], causes=causes, ending=how)
    state = state_of(session)
    made = plan(session.problem, state)
    safe = _danger_first(session, made, now)
    action = safe or made.action
    minutes, cny = _spend(bench, action)
    known = now[: bench.other]
    best = int(known.argmax()) if len(known) else -1
    common = Advice(
        "hand_over", why_hand_over(now[bench.other]), minutes=minutes, cny=cny,
        safety_first=safe is not None,
        outlook=outlook(made, action, _spending(bench, now)),
        best_repair=bench.knowledge.faults[best].id if best >= 0 and known[best] > 0 else None,
        best_repair_right=float(known[best]) if best >= 0 else 0.0,
        causes=causes, left_out=made.left_out,
        could_help=_could_help(session, state, made.expected_cost),
    )  # fmt: skip
    if action.kind == "test":
        again = bool(state.outcomes_of(action.index))
        why = why_test(
            bench, action.index, now, saved_cny=_saved(made, action),
            right=_right_first(common, state.at_stake(bench.workshop)),
            safety=safe is not None, again=again,
        )  # fmt: skip
        return replace(
            common, kind="test", test=bench.tests[action.index], again=again, why=why
        )  # fmt: skip
    if action == Action("repair", bench.no_repair):
        return replace(common, kind="no_fault_found", why=why_no_fault(float(now[bench.nothing])))
    if action.kind == "repair":
        fault = bench.knowledge.faults[action.index]
        why = why_repair(fault, float(now[action.index]), any_test=bool(made.tests))
        return replace(common, kind="repair", fault=fault, why=why)
    return common


def ranked_causes(bench: Bench, now: Floats) -> tuple[RankedCause, ...]:
    """The most probable, those above 1 %; the unknown and "nothing wrong" among them."""
    ranked = []
    for row in np.argsort(-now, kind="stable")[:_CAUSES_SHOWN]:
        probability = float(now[row])
        if probability < _SMALLEST_SHOWN:
            break
        if row == bench.other:
            ranked.append(RankedCause(None, _OTHER, probability, False))
        elif row == bench.nothing:
            ranked.append(RankedCause(None, _NOTHING, probability, False))
        else:
            fault = bench.knowledge.faults[row]
            ranked.append(RankedCause(fault.id, fault.name, probability, fault.drive == "stop"))
    return tuple(ranked)


def _danger_first(session: Session, made: Plan, now: Floats) -> Action | None:
    """A test that goes first because it may rule out what is dangerous; None where none does."""
    bench = session.bench
    stops = bench.knowledge.tables.stops
    danger = float(now[: bench.other][stops].sum())
    if danger < _DANGER_COUNTS or danger > 1.0 - _DANGER_COUNTS:
        return None
    allowed = made.expected_cost + bench.prices.danger_min * bench.prices.labour_cny_per_min
    best: tuple[float, Action] | None = None
    for action, cost in made.first_costs.items():
        if action.kind != "test" or cost > allowed:
            continue
        left = _danger_left(session, action.index, now)
        if left <= (1.0 - _RULES_OUT) * min(danger, 1.0 - danger) and (
            best is None or left < best[0]
        ):
            best = (left, action)
    if best is None or best[1] == made.action:
        return None
    if made.action.kind == "test" and _danger_left(session, made.action.index, now) <= best[0]:
        return None
    return best[1]


def _danger_left(session: Session, test: int, now: Floats) -> float:
    """Expected min(P(dangerous), P(not)) after the answer: what is still unsettled."""
    bench, numeric = session.bench, session.problem.workshop.tests[test]
    given = np.tile(numeric.otherwise, (len(now), 1))
    given[numeric.rows] = numeric.given
    joint = now[:, None] * given
    dangerous = joint[: bench.other][bench.knowledge.tables.stops].sum(axis=0)
    return float(np.minimum(dangerous, joint.sum(axis=0) - dangerous).sum())


def _could_help(session: Session, state: State, expected: float) -> tuple[DiagnosticTest, ...]:
    """The set-aside test that would be next if it could be done, if it saves a minute's labour."""
    forbidden = forbidden_tests(session)
    if not state.set_aside - forbidden:
        return ()
    free = plan(session.problem, replace(state, set_aside=forbidden))
    saves = expected - free.expected_cost >= session.bench.prices.labour_cny_per_min
    if saves and free.action.kind == "test" and free.action.index in state.set_aside:
        return (session.bench.tests[free.action.index],)
    return ()


def _right_first(advice: Advice, at_stake: float) -> tuple[float, float] | None:
    """P(the first repair is right), done at once and by the plan, while that is at stake."""
    if not at_stake or advice.outlook is None:
        return None
    return advice.best_repair_right, advice.outlook.first_time


def _saved(made: Plan, action: Action) -> float:
    """CNY that the test saves on average against repairing or handing over at once."""
    at_once = [cost for one, cost in made.first_costs.items() if one.kind != "test"]
    return max(0.0, min(at_once) - made.first_costs[action])


def _spending(bench: Bench, now: Floats) -> Spending:
    known = now[: bench.other]
    total = max(float(known.sum()), 1e-12)
    rows = np.flatnonzero(known > _SMALLEST_SHOWN * total)
    usual = np.array([_spend(bench, Action("repair", int(row))) for row in rows]).reshape(-1, 2)
    minutes, cny = known[rows] @ usual / max(float(known[rows].sum()), 1e-12)
    return Spending(
        lambda action: _spend(bench, action), (float(minutes), float(cny)), float(known.sum()),
        bench.prices.labour_cny_per_min,
    )  # fmt: skip


def _spend(bench: Bench, action: Action) -> tuple[float, float]:
    """Minutes and CNY as a customer is billed: nothing is made dearer for its risk."""
    if action.kind == "test":
        return bench.test_minutes(action.index), bench.test_cny(action.index)
    if action.kind == "repair":
        return bench.repair_minutes(action.index), bench.repair_cny(action.index)
    return bench.prices.hand_over_min, bench.hand_over_cny


_OTHER = Text("知识库以外的故障", "A fault that is not in this base")
_NOTHING = Text("没有故障", "Nothing wrong")
_ENDED: dict[Ending, Text] = {
    "confirmed": Text("维修后故障消失，原因已确认。",
                      "The fault is gone after the repair: confirmed."),
    "repaired_otherwise": Text("经其他维修后故障消失。",
                               "The fault is gone after another repair."),
    "no_fault_found": Text("未发现故障，车辆交还车主。",
                           "No fault was found; the vehicle goes back."),
    "none_of_these": Text("不是这些原因中的任何一个，已转交专家。",
                          "It is none of these causes; handed to a specialist."),
}  # fmt: skip
