"""Sessions about vehicles of the shipped base."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from tests.diagnosis.examples import SEEN_NOTHING, heard, shipped
from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis import Circumstances, diagnose, parse_circumstances, weigh
from tingzhen.diagnosis.troubleshooting.bench import Bench, make_bench
from tingzhen.diagnosis.troubleshooting.prices import PRICES
from tingzhen.diagnosis.troubleshooting.session import Session, open_session
from tingzhen.diagnosis.troubleshooting.steps import Step, StepKind
from tingzhen.diagnosis.troubleshooting.subject import make_subject
from tingzhen.vision.findings import DamageFindings

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SQUEAL = heard(squeal=0.9)
SQUEALING: dict[str, Any] = {"when": ["braking"], "complaint": "squeals when braking"}


@cache
def bench() -> Bench:
    return make_bench(shipped(), PRICES)


def session_about(
    noise: NoiseFindings = SQUEAL,
    damage: DamageFindings = SEEN_NOTHING,
    context: dict[str, Any] | Circumstances = SQUEALING,
    steps: tuple[Step, ...] = (),
) -> Session:
    circumstances = parse_circumstances(context)
    diagnosis = diagnose(shipped(), noise, damage, circumstances)
    weighing = weigh(shipped(), noise, damage, circumstances)
    subject = make_subject(shipped(), weighing, noise, damage, circumstances, name="a clip",
                           drive=diagnosis.drive, drive_reason=diagnosis.drive_reason)  # fmt: skip
    return open_session(bench(), subject, steps)


def step(kind: StepKind, minute: float = 0.0, **fields: Any) -> Step:
    return Step(kind=kind, at=START + timedelta(minutes=minute), **fields)


def answer(test: str, outcome: int | str = 0, **fields: Any) -> Step:
    if isinstance(outcome, int):
        outcomes = bench().tests[bench().test_of[test]].outcomes
        outcome = outcomes[outcome % len(outcomes)].id
    return step("answer", test=test, outcome=outcome, **fields)
