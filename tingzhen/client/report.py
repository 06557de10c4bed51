"""The report "tingzhen.report/1" as a typed object; docs/report.md explains every field.

Words of vocabularies are plain text here, so that a newer service may know more of them.
"""

from typing import Literal

from pydantic import Field

from tingzhen.client.model import Model

Box = list[float]
"""x, y, width, height from 0 to 1 in the upright picture."""


class VideoReport(Model):
    codec: str
    width: int
    height: int
    rotation: int
    frames_used: int


class AudioReport(Model):
    codec: str
    sample_rate: int
    channels: int


class ClipReport(Model):
    name: str
    sha256: str
    bytes: int
    kind: str
    duration_s: float
    video: VideoReport | None
    audio: AudioReport | None


class QualityReport(Model):
    code: str
    message: str
    advice: str


class NoiseTypeReport(Model):
    type: str
    name: str
    probability: float


class NoiseEventReport(Model):
    type: str
    start_s: float
    end_s: float
    probability: float


class NoiseReport(Model):
    verdict: str
    types: list[NoiseTypeReport]
    events: list[NoiseEventReport]


class DamageTypeReport(Model):
    type: str
    name: str
    probability: float


class DamageFindingReport(Model):
    type: str
    probability: float
    time_s: float
    box: Box
    frames: int | None = None
    start_s: float | None = None
    end_s: float | None = None


class DamageReport(Model):
    verdict: str
    types: list[DamageTypeReport]
    findings: list[DamageFindingReport]


class EvidenceReport(Model):
    kind: str
    text: str
    weight: float
    start_s: float | None = None
    end_s: float | None = None
    time_s: float | None = None
    box: Box | None = None


class CauseReport(Model):
    fault: str
    name: str
    probability: float
    severity: str
    evidence: list[EvidenceReport]


class PointsTo(Model):
    fault: str
    name: str


class OutcomeReport(Model):
    outcome: str
    text: str
    probability: float
    points_to: list[PointsTo]


class NextTestReport(Model):
    id: str
    name: str
    why: str
    how: str
    tools: list[str]
    minutes: float
    risk: str
    risk_note: str | None
    information_bits: float
    outcomes: list[OutcomeReport]


class PlanStepReport(Model):
    kind: str
    id: str
    name: str
    text: str
    minutes: float | None = None
    parts: list[str] = Field(default_factory=list)


class DiagnosisReport(Model):
    verdict: str
    drive: str
    causes: list[CauseReport]
    next_test: NextTestReport | None
    plan: list[PlanStepReport]


class ModelReport(Model):
    name: str
    version: str
    sha256: str


class ModelsReport(Model):
    noise: ModelReport
    damage: ModelReport


class TimingReport(Model):
    decode: float
    noise: float
    damage: float
    diagnosis: float
    total: float


class Report(Model):
    """What was heard and seen in one clip, what it may be, and what to do next."""

    schema_: Literal["tingzhen.report/1"] = Field(alias="schema")
    clip: ClipReport
    quality: list[QualityReport]
    noise: NoiseReport
    damage: DamageReport
    diagnosis: DiagnosisReport
    models: ModelsReport
    timing_ms: TimingReport
