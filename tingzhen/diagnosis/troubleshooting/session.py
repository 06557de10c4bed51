"""A guided session: the steps so far, what they say, and which further steps are possible.

Pure: every function gives a new session. Undo takes the last step away, so that answering and
undoing lead back to the same session.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

import numpy as np

from tingzhen.diagnosis.troubleshooting._tables import Floats
from tingzhen.diagnosis.troubleshooting.bench import Bench, vehicle_problem
from tingzhen.diagnosis.troubleshooting.problem import Problem, State, asked_again, belief
from tingzhen.diagnosis.troubleshooting.steps import Step
from tingzhen.diagnosis.troubleshooting.subject import Subject
from tingzhen.errors import StepInvalid
from tingzhen.language import Text

Ending = Literal["confirmed", "repaired_otherwise", "no_fault_found", "none_of_these"]
_TEST_KINDS = ("answer", "unclear", "skip", "not_today", "bring_back")
_MOST_TEXT = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """bench: of the base. subject: the vehicle. problem: the same in numbers.

    steps: oldest first.
    """

    bench: Bench
    subject: Subject
    problem: Problem
    steps: tuple[Step, ...] = ()

    @property
    def ended(self) -> bool:
        return bool(self.steps) and self.steps[-1].ends


def open_session(bench: Bench, subject: Subject, steps: Sequence[Step] = ()) -> Session:
    """A session about one vehicle, with the steps that were taken before.

    Raises StepInvalid for steps that do not fit the base (any more).
    """
    session = Session(bench, subject, vehicle_problem(bench, subject))
    for step in steps:
        session = take(session, step)
    return session


def take(session: Session, step: Step) -> Session:
    """The session after one more step.

    Raises StepInvalid for a step after the end, an unknown test, outcome or fault, a test whose
    answers have all been given, a repair that was done before, or a number or text out of range.
    """
    if session.ended:
        raise StepInvalid(
            Text("会话已结束；如需更改，请先撤销上一步。",
                 "The session has ended. Undo the last step to change it.")
        )  # fmt: skip
    _check_step(session, step)
    return replace(session, steps=(*session.steps, step))


def undo(session: Session) -> Session:
    """The session without its last step. Raises StepInvalid where there is none."""
    if not session.steps:
        raise StepInvalid(Text("没有可撤销的步骤。", "There is no step to undo."))
    return replace(session, steps=session.steps[:-1])


def state_of(session: Session) -> State:
    """What the steps say, for the engine; tests that safety forbids are set aside."""
    bench, state = session.bench, State(set_aside=forbidden_tests(session))
    for step in session.steps:
        test = bench.test_of.get(step.test or "", -1)
        if step.kind == "answer":
            outcomes = [outcome.id for outcome in bench.tests[test].outcomes]
            state = state.answered(test, outcomes.index(step.outcome or ""))
        elif step.kind == "bring_back":
            if test not in forbidden_tests(session):
                state = replace(state, set_aside=state.set_aside - {test})
        elif step.kind in ("unclear", "skip", "not_today"):
            state = state.without(test)
        elif step.kind == "repair":
            # "Partly": this fault was one of two. It is gone; what is left is another.
            state = state.repaired_in_vain(bench.row_of[step.fault or ""])
    if session.ended and session.steps[-1].kind == "repair":
        state = replace(state, failed=state.failed - {bench.row_of[session.steps[-1].fault or ""]})
    return state


def probabilities(session: Session) -> Floats:
    """(F + 2,): each fault, a fault that is not in the base, nothing wrong; sums to 1.

    All zeros where everything that is known has been excluded.
    """
    return belief(session.problem, state_of(session))


def forbidden_tests(session: Session) -> frozenset[int]:
    """Tests that must not be proposed: the vehicle would move, and it must not."""
    if session.subject.may_drive and not _danger_now(session):
        return frozenset()
    return frozenset(n for n, test in enumerate(session.bench.tests) if test.drives)


def ending(session: Session) -> Ending | None:
    """How it ended; None while it goes on."""
    if not session.ended:
        return None
    last = session.steps[-1]
    if last.kind == "repair":
        return "confirmed"
    if last.kind == "other_repair":
        return "repaired_otherwise"
    return "no_fault_found" if last.kind == "no_fault_found" else "none_of_these"


def _danger_now(session: Session) -> bool:
    """Whether the answers have made dangerous causes so probable that driving is out.

    The answers are weighed without regard to what they forbid, or the two would run in a circle.
    """
    bench, settings = session.bench, session.bench.knowledge.settings
    state = State()
    for step in session.steps:
        if step.kind == "answer":
            test = bench.test_of[step.test or ""]
            outcomes = [outcome.id for outcome in bench.tests[test].outcomes]
            state = state.answered(test, outcomes.index(step.outcome or ""))
        elif step.kind == "repair" and step.seen != "gone":
            state = state.repaired_in_vain(bench.row_of[step.fault or ""])
    now = belief(session.problem, state)
    stops = now[: bench.other][bench.knowledge.tables.stops]
    return bool(
        stops.max(initial=0.0) >= settings.drive_threshold
        or stops.sum() >= settings.drive_threshold_together
    )


def _check_step(session: Session, step: Step) -> None:
    bench = session.bench
    if step.at.tzinfo is None:
        raise _invalid("at", "须带时区", "needs a time zone")
    if step.minutes is not None and not (isfinite(step.minutes) and 0 <= step.minutes <= 100_000):
        raise _invalid("minutes", "须在 0 到 100000 之间", "must be from 0 to 100000")
    if step.kind in _TEST_KINDS:
        _check_test(session, step)
    elif step.kind == "repair":
        if step.fault not in bench.row_of:
            raise _invalid("fault", f"没有故障 {step.fault}", f"names no fault: {step.fault}")
        if any(s.kind == "repair" and s.fault == step.fault for s in session.steps):
            raise _invalid("fault", "这项维修已做过", "has been repaired already")
    if step.kind in ("repair", "other_repair") and step.seen is None:
        raise _invalid("seen", "须说明维修后故障是否消失", "must say whether the fault is gone")
    if step.kind not in ("repair", "other_repair") and step.seen is not None:
        raise _invalid("seen", "只用于维修", "is for repairs only")
    if step.kind == "other_repair" and not (step.text or "").strip():
        raise _invalid("text", "须写明维修了什么", "must say what was repaired")
    if len(step.text or "") > _MOST_TEXT:
        raise _invalid("text", f"不能超过 {_MOST_TEXT} 个字符",
                       f"must have at most {_MOST_TEXT} characters")  # fmt: skip


def _check_test(session: Session, step: Step) -> None:
    bench = session.bench
    number = bench.test_of.get(step.test or "")
    if number is None:
        raise _invalid("test", f"没有检查 {step.test}", f"names no test: {step.test}")
    if step.kind != "answer":
        return
    outcomes = [outcome.id for outcome in bench.tests[number].outcomes]
    if step.outcome not in outcomes:
        known = ", ".join(outcomes)
        raise _invalid("outcome", f"只能是：{known}", f"must be one of: {known}")
    given = [s.outcome or "" for s in session.steps if s.kind == "answer" and s.test == step.test]
    answers = [outcomes.index(o) for o in given if o in outcomes]
    if not asked_again(answers, session.problem.workshop.asks):
        raise _invalid("test", "这项检查已答过两次，结果一致（不一致时可再答一次）",
                       "has been answered twice alike, or three times, already")  # fmt: skip


def _invalid(key: str, zh: str, en: str) -> StepInvalid:
    return StepInvalid(Text(f"“{key}”{zh}。", f'"{key}" {en}.'))


def same(one: Session, other: Session) -> bool:
    """Whether two sessions of one vehicle say the same, in whatever order it was done."""
    first, second = state_of(one), state_of(other)
    return (
        sorted(first.answers) == sorted(second.answers)
        and first.failed == second.failed
        and first.set_aside == second.set_aside
        and bool(np.allclose(probabilities(one), probabilities(other), atol=1e-12))
    )
