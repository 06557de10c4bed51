"""The report as others read it: the fixed JSON "tingzhen.report/1", nothing missing, nothing more.

docs/report.md explains every field.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.audio.findings import NoiseVerdict
from tingzhen.audio.vocabulary import NoiseType
from tingzhen.diagnosis.result import (
    DiagnosisVerdict,
    Drive,
    EvidenceKind,
    Risk,
    Severity,
    StepKind,
)
from tingzhen.media.clip import Kind
from tingzhen.vision.findings import DamageVerdict
from tingzhen.vision.vocabulary import DamageType

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Seconds = Annotated[float, Field(ge=0.0)]
Milliseconds = Annotated[float, Field(ge=0.0)]
Box = Annotated[
    list[Probability],
    Field(
        min_length=4,
        max_length=4,
        description="x, y, width, height from 0 to 1 in the upright picture.",
    ),
]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VideoReport(_Part):
    codec: str
    width: int = Field(ge=1, description="Pixels, as stored, before rotation.")
    height: int = Field(ge=1, description="Pixels, as stored, before rotation.")
    rotation: int = Field(description="Clockwise degrees by which a player turns the picture.")
    frames_used: int = Field(ge=0, description="Pictures that were looked at.")


class AudioReport(_Part):
    codec: str
    sample_rate: int = Field(ge=1, description="Hz, as stored.")
    channels: int = Field(ge=1, description="As stored.")


class ClipReport(_Part):
    name: str = Field(description="A label only; never used as a path.")
    sha256: Sha256
    bytes: int = Field(ge=0)
    kind: Kind
    duration_s: Seconds = Field(description="0.0 for a photo.")
    video: VideoReport | None
    audio: AudioReport | None


class QualityReport(_Part):
    code: str
    message: str
    advice: str


class NoiseTypeReport(_Part):
    type: NoiseType
    name: str
    probability: Probability


class NoiseEventReport(_Part):
    type: NoiseType
    start_s: Seconds
    end_s: Seconds
    probability: Probability


class NoiseReport(_Part):
    verdict: NoiseVerdict
    types: list[NoiseTypeReport] = Field(description="All types, most probable first.")
    events: list[NoiseEventReport]


class DamageTypeReport(_Part):
    type: DamageType
    name: str
    probability: Probability


class DamageFindingReport(_Part):
    type: DamageType
    probability: Probability
    time_s: Seconds = Field(description="Of the frame that shows it best.")
    box: Box
    frames: int | None = Field(None, ge=1, description="How many pictures show it.")
    start_s: Seconds | None = Field(None, description="Of the first picture that shows it.")
    end_s: Seconds | None = Field(None, description="Of the last picture that shows it.")


class DamageReport(_Part):
    verdict: DamageVerdict
    types: list[DamageTypeReport] = Field(description="All types, most probable first.")
    findings: list[DamageFindingReport]


class EvidenceReport(_Part):
    kind: EvidenceKind
    text: str
    weight: float = Field(description="Natural log of the likelihood ratio; positive speaks for.")
    start_s: Seconds | None = Field(None, description="Of the noise event it comes from.")
    end_s: Seconds | None = None
    time_s: Seconds | None = Field(None, description="Of the damage finding it comes from.")
    box: Box | None = None


class CauseReport(_Part):
    fault: str
    name: str
    probability: Probability
    severity: Severity
    evidence: list[EvidenceReport]


class PointsTo(_Part):
    fault: str
    name: str


class OutcomeReport(_Part):
    outcome: str
    text: str
    probability: Probability
    points_to: list[PointsTo]


class NextTestReport(_Part):
    id: str
    name: str
    why: str
    how: str
    tools: list[str]
    minutes: float = Field(ge=0)
    risk: Risk
    risk_note: str | None
    information_bits: float
    outcomes: list[OutcomeReport]


class PlanStepReport(_Part):
    kind: StepKind
    id: str
    name: str
    text: str
    minutes: float | None = None
    parts: list[str] = Field(default_factory=list, description="For a repair.")


class DiagnosisReport(_Part):
    verdict: DiagnosisVerdict
    drive: Drive
    causes: list[CauseReport]
    next_test: NextTestReport | None
    plan: list[PlanStepReport]


class ModelReport(_Part):
    name: str
    version: str
    sha256: Sha256


class ModelsReport(_Part):
    noise: ModelReport
    damage: ModelReport


class TimingReport(_Part):
    decode: Milliseconds
    noise: Milliseconds
    damage: Milliseconds
    diagnosis: Milliseconds
    total: Milliseconds


class Report(_Part):
    """What was heard and seen in one clip, what it may be, and what to do next."""

    schema_: Literal["tingzhen.report/1"] = Field(alias="schema")
    clip: ClipReport
    quality: list[QualityReport]
    noise: NoiseReport
    damage: DamageReport
    diagnosis: DiagnosisReport
    models: ModelsReport
    timing_ms: TimingReport

    def to_json(self) -> str:
        """One line of JSON."""
        return self.model_dump_json(by_alias=True)


class ErrorReport(_Part):
    """Stands in place of a report where a path cannot be read."""

    schema_: Literal["tingzhen.error/1"] = Field(alias="schema")
    name: str
    code: str
    message: str

    def to_json(self) -> str:
        """One line of JSON."""
        return self.model_dump_json(by_alias=True)
