"""A guided session as others read it: "tingzhen.guide/1". docs/guide.md explains every field."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.knowledge import DiagnosticTest, Fault
from tingzhen.diagnosis.result import Drive, Risk
from tingzhen.diagnosis.troubleshooting.advice import Advice, AdviceKind
from tingzhen.diagnosis.troubleshooting.bench import Bench
from tingzhen.diagnosis.troubleshooting.outcome import spent
from tingzhen.diagnosis.troubleshooting.outlook import Spread
from tingzhen.diagnosis.troubleshooting.session import Ending
from tingzhen.diagnosis.troubleshooting.steps import Seen, Step, StepKind
from tingzhen.language import Language
from tingzhen.serving.guide.sessions import Look

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Amount = Annotated[float, Field(ge=0.0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpreadView(_Part):
    expected: Amount
    low: Amount = Field(description="Stayed under in one case of ten.")
    high: Amount = Field(description="Stayed under in nine cases of ten.")


class LeftView(_Part):
    """What is still to come, the next action included."""

    minutes: SpreadView
    cny: SpreadView
    solved: Probability = Field(description="That it ends with a cure, not by handing over.")


class OutcomeView(_Part):
    outcome: str
    text: str


class TestView(_Part):
    id: str
    name: str
    how: str
    tools: list[str]
    risk: Risk
    risk_note: str | None
    outcomes: list[OutcomeView]


class RepairView(_Part):
    fault: str
    name: str
    steps: str
    parts: list[str]
    warranty: str | None


class AdviceView(_Part):
    kind: AdviceKind
    why: str
    again: bool = Field(description="The test was answered before, and doing it again pays.")
    safety_first: bool = Field(description="It goes first because it rules out a danger.")
    minutes: Amount = Field(description="Of this action alone.")
    cny: Amount = Field(description="Of this action alone, labour included.")
    test: TestView | None
    repair: RepairView | None
    could_help: list[TestView] = Field(description="Set aside, and would be next otherwise.")


class CauseView(_Part):
    fault: str | None = Field(description="null: not in this base, or nothing wrong.")
    name: str
    probability: Probability
    dangerous: bool


class BestRepairView(_Part):
    fault: str
    name: str
    right: Probability


class StepView(_Part):
    kind: StepKind
    at: datetime
    text: str = Field(description="The step in words.")
    test: str | None = None
    outcome: str | None = None
    fault: str | None = None
    seen: Seen | None = None
    minutes: Amount | None = None


class SpentView(_Part):
    minutes: Amount
    cny: Amount


class GuideView(_Part):
    schema_: Literal["tingzhen.guide/1"] = Field("tingzhen.guide/1", alias="schema")
    id: str
    name: str
    opened_at: datetime
    version: int = Field(ge=0, description="Grows with every step and every undoing.")
    drive: Drive
    drive_reason: str
    steps: list[StepView]
    causes: list[CauseView]
    best_repair: BestRepairView | None
    advice: AdviceView
    left: LeftView | None
    spent: SpentView
    ending: Ending | None

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def guide_view(look: Look, language: Language) -> GuideView:
    """The session in one language."""
    advice, bench, subject = look.advice, look.session.bench, look.session.subject
    minutes, cny = spent(look.session)
    best, left = advice.best_repair, advice.outlook
    return GuideView(
        schema="tingzhen.guide/1", id=look.kept.id, name=subject.name,
        opened_at=look.kept.opened_at, version=look.kept.version, drive=subject.drive,
        drive_reason=subject.drive_reason.to(language),
        steps=[step_view(bench, step, language) for step in look.session.steps],
        causes=[
            CauseView(fault=cause.fault, name=cause.name.to(language),
                      probability=_probability(cause.probability), dangerous=cause.dangerous)
            for cause in advice.causes
        ],
        best_repair=None if best is None else BestRepairView(
            fault=best, name=bench.knowledge.faults[bench.row_of[best]].name.to(language),
            right=_probability(advice.best_repair_right),
        ),
        advice=_advice(advice, language),
        left=None if left is None else LeftView(
            minutes=_spread(left.minutes), cny=_spread(left.cny),
            solved=_probability(left.solved),
        ),
        spent=SpentView(minutes=round(minutes, 1), cny=round(cny, 2)),
        ending=advice.ending,
    )  # fmt: skip


def step_view(bench: Bench, step: Step, language: Language) -> StepView:
    return StepView(
        kind=step.kind, at=step.at, text=step_text(bench, step, language), test=step.test,
        outcome=step.outcome, fault=step.fault, seen=step.seen, minutes=step.minutes,
    )  # fmt: skip


def step_text(bench: Bench, step: Step, language: Language) -> str:
    """A step in words: what was done, and what came of it."""
    colon = "：" if language == "zh" else ": "
    seen = _SEEN[step.seen][language] if step.seen else ""
    if step.test is not None:
        test = bench.tests[bench.test_of[step.test]]
        if step.kind == "answer":
            outcome = next(o for o in test.outcomes if o.id == step.outcome)
            return test.name.to(language) + colon + outcome.text.to(language)
        return test.name.to(language) + colon + _KINDS[step.kind][language]
    if step.fault is not None:
        fault = bench.knowledge.faults[bench.row_of[step.fault]]
        return _KINDS[step.kind][language] + colon + fault.name.to(language) + colon + seen
    if step.kind == "other_repair":
        return _KINDS[step.kind][language] + colon + (step.text or "") + colon + seen
    return _KINDS[step.kind][language]


def case_as_dict(record: CaseRecord) -> dict[str, Any]:
    """The case as JSON types ("tingzhen.case/1"), without what is not known."""
    item: dict[str, Any] = {"schema": "tingzhen.case/1"}
    for name in record.__dataclass_fields__:
        value = getattr(record, name)
        if value is None or value in ((), {}) or name.endswith("_embedding"):
            continue
        item[name] = value.isoformat() if name == "opened_on" else value
    return item


def _advice(advice: Advice, language: Language) -> AdviceView:
    return AdviceView(
        kind=advice.kind, why=advice.why.to(language), again=advice.again,
        safety_first=advice.safety_first, minutes=round(advice.minutes, 1),
        cny=round(advice.cny, 2),
        test=None if advice.test is None else _test(advice.test, language),
        repair=None if advice.fault is None else _repair(advice.fault, language),
        could_help=[_test(test, language) for test in advice.could_help],
    )  # fmt: skip


def _test(test: DiagnosticTest, language: Language) -> TestView:
    return TestView(
        id=test.id, name=test.name.to(language), how=test.how.to(language),
        tools=[tool.to(language) for tool in test.tools], risk=test.risk,
        risk_note=test.risk_note.to(language) if test.risk_note else None,
        outcomes=[OutcomeView(outcome=o.id, text=o.text.to(language)) for o in test.outcomes],
    )  # fmt: skip


def _repair(fault: Fault, language: Language) -> RepairView:
    repair = fault.repair
    return RepairView(
        fault=fault.id, name=fault.name.to(language), steps=repair.steps.to(language),
        parts=[part.to(language) for part in repair.parts],
        warranty=repair.warranty.to(language) if repair.warranty else None,
    )  # fmt: skip


def _spread(spread: Spread) -> SpreadView:
    return SpreadView(expected=round(spread.expected, 1), low=round(spread.low, 1),
                      high=round(spread.high, 1))  # fmt: skip


def _probability(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 4)


_SEEN: dict[Seen, dict[Language, str]] = {
    "gone": {"zh": "故障消失", "en": "the fault is gone"},
    "partly": {"zh": "好了一部分", "en": "partly gone"},
    "still_there": {"zh": "故障仍在", "en": "still there"},
}
_KINDS: dict[StepKind, dict[Language, str]] = {
    "answer": {"zh": "结果", "en": "answer"},
    "unclear": {"zh": "结果不明确", "en": "unclear"},
    "skip": {"zh": "跳过", "en": "skipped"},
    "not_today": {"zh": "今天无法做", "en": "not available today"},
    "bring_back": {"zh": "重新考虑", "en": "considered again"},
    "repair": {"zh": "维修", "en": "Repaired"},
    "other_repair": {"zh": "其他维修", "en": "Repaired otherwise"},
    "no_fault_found": {"zh": "未发现故障，交还车主", "en": "No fault found, handed back"},
    "hand_over": {"zh": "转交专家", "en": "Handed to a specialist"},
}
