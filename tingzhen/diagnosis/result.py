"""What the diagnosis says: causes with their evidence, whether to drive on, what to test next.

Everything is frozen and free of language: texts are `Text`, in zh and en at once.
"""

from dataclasses import dataclass
from typing import Literal

from tingzhen.language import Text

DiagnosisVerdict = Literal["fault_likely", "fault_possible", "no_fault_found", "cannot_tell"]
Drive = Literal["stop", "soon", "ok", "unknown"]
DriveAdvice = Literal["stop", "soon", "ok"]
Severity = Literal["minor", "moderate", "serious", "dangerous"]
Group = Literal["mechanical", "visible"]
Risk = Literal["none", "low", "medium", "high"]
EvidenceKind = Literal[
    "noise", "damage", "code", "complaint", "circumstance", "mileage", "experience"
]
StepKind = Literal["safety", "test", "repair", "record", "watch"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation and what it did to one cause.

    weight: natural log of the likelihood ratio of this cause against "nothing wrong"; positive
    speaks for the cause, negative against it, and the weights of one cause add up.
    start_s, end_s: of the noise event it comes from, seconds on the player's clock.
    time_s, box: of the damage finding it comes from; box is x, y, w, h, 0..1, upright picture.
    """

    kind: EvidenceKind
    text: Text
    weight: float
    start_s: float | None = None
    end_s: float | None = None
    time_s: float | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """A fault of the knowledge base that may explain the findings.

    probability: posterior, 0..1, that the fault is there, alone or with another one. Every visible
    damage is a matter of its own.
    prior: the same before any evidence, 0..1.
    """

    fault: str
    name: Text
    probability: float
    severity: Severity
    group: Group
    drive: DriveAdvice
    drive_reason: Text
    evidence: tuple[Evidence, ...]
    prior: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result that a test can have. probability: before doing it, 0..1.

    points_to: fault ids that this result makes more likely, the most likely afterwards first.
    names: their names, in the same order.
    """

    outcome: str
    text: Text
    probability: float
    points_to: tuple[str, ...]
    names: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class NextTest:
    """The test that tells most for its minutes. information_bits: expected, over all causes."""

    id: str
    name: Text
    why: Text
    how: Text
    tools: tuple[Text, ...]
    minutes: float
    risk: Risk
    risk_note: Text | None
    information_bits: float
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step after (or instead of) the next test, in the order to do them.

    kind: "safety" comes first of all; "test" and "repair" name an id of the knowledge base;
    "record" says how to record again; "watch" what to look out for.
    minutes: of a test, or of labour for a repair; None where it makes no sense.
    """

    kind: StepKind
    id: str
    name: Text
    text: Text
    minutes: float | None = None
    parts: tuple[Text, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """causes: most probable first. next_test: None where no test would tell anything.

    drive_reason says why, in words for the owner. something_wrong: posterior, 0..1, that any
    mechanical fault (known here or not) is present; visible damage is not counted in it. 0.0
    when nothing was heard, said or stored that could tell.
    """

    verdict: DiagnosisVerdict
    drive: Drive
    drive_reason: Text
    causes: tuple[Cause, ...]
    next_test: NextTest | None
    plan: tuple[PlanStep, ...]
    something_wrong: float
