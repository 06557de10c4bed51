"""Findings read back from a report: the way in for whoever has a report and no clip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore, NoiseVerdict
from tingzhen.audio.provenance import base_rates_of, provenance_of
from tingzhen.audio.vocabulary import NoiseType
from tingzhen.diagnosis.result import Drive
from tingzhen.errors import ReportInvalid
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFinding, DamageFindings, DamageScore, DamageVerdict
from tingzhen.vision.vocabulary import DamageType

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

MOST_BYTES: Final = 20_000_000
_PROBLEMS_SHOWN: Final = 5
_Probability = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
_Seconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

# A report does not say which damages are in doubt. A bulge that is not reported and at least this
# probable counts as doubtful: then nothing is proposed that drives.
_DOUBTFUL_BULGE: Final = 0.05


class _Part(BaseModel):
    # A report holds more than is needed here; what is needed is checked.
    model_config = ConfigDict(extra="ignore", frozen=True)


class _NoiseScore(_Part):
    type: NoiseType
    probability: _Probability


class _NoiseEvent(_NoiseScore):
    start_s: _Seconds
    end_s: _Seconds


class _Noise(_Part):
    verdict: NoiseVerdict
    types: list[_NoiseScore] = Field(default=[], max_length=64)
    events: list[_NoiseEvent] = Field(default=[], max_length=10_000)


class _DamageScore(_Part):
    type: DamageType
    probability: _Probability


class _DamageFinding(_DamageScore):
    time_s: _Seconds
    box: tuple[_Probability, _Probability, _Probability, _Probability]


class _Damage(_Part):
    verdict: DamageVerdict
    types: list[_DamageScore] = Field(default=[], max_length=64)
    findings: list[_DamageFinding] = Field(default=[], max_length=10_000)


class _Clip(_Part):
    name: Annotated[str, Field(max_length=1000)] = ""


class _Diagnosis(_Part):
    drive: Drive = "unknown"


class _Model(_Part):
    sha256: str = ""


class _Models(_Part):
    noise: _Model = _Model()
    damage: _Model = _Model()


class ReportIn(_Part):
    """A report, or as much of one as there is."""

    noise: _Noise = _Noise(verdict="no_audio")
    damage: _Damage = _Damage(verdict="no_video")
    clip: _Clip = _Clip()
    diagnosis: _Diagnosis = _Diagnosis()
    models: _Models = _Models()


@dataclass(frozen=True, slots=True)
class Findings:
    """name: of the clip. drive: what the report advised. noise_model, damage_model: SHA-256 of the
    models that spoke, "" where the report does not say."""

    name: str
    noise: NoiseFindings
    damage: DamageFindings
    drive: Drive
    noise_model: str = ""
    damage_model: str = ""


def read_report(path: Path) -> bytes:
    """The content of a report's file. Raises ReportInvalid."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ReportInvalid(
            Text(f"报告文件无法读取：{path}。", f"The report cannot be read: {path}.")
        ) from error
    if len(content) > MOST_BYTES:
        raise ReportInvalid(Text(f"报告文件过大：{path}。", f"The report is too large: {path}."))
    return content


def parse_report(content: bytes, settings: "Settings") -> Findings:
    """Findings of the one report in JSON text. Raises ReportInvalid that names the key."""
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as error:
        more = content.strip().count(b"\n{") > 0
        raise ReportInvalid(
            Text("文件中有多份报告，请只给一份。",
                 "The file holds several reports. Give one of them.") if more else
            Text(f"报告不是有效的 JSON：{error}。", f"The report is not valid JSON: {error}.")
        ) from error  # fmt: skip
    return findings_of(report_of(given), settings)


def report_of(given: object) -> ReportIn:
    """What is needed of a report. Raises ReportInvalid that names the key."""
    try:
        return ReportIn.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False)[:_PROBLEMS_SHOWN]
        listed = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)
        raise ReportInvalid(
            Text(f"报告有误：{listed}。", f"The report does not fit: {listed}.")
        ) from None


def findings_of(report: ReportIn, settings: "Settings") -> Findings:
    """What the report's model learned its noise types from is taken from that model, where it is
    installed or kept by the service; else every type counts as learned from recordings."""
    noise = NoiseFindings(
        report.noise.verdict,
        _sorted([NoiseScore(s.type, s.probability) for s in report.noise.types]),
        tuple(NoiseEvent(e.type, e.start_s, e.end_s, e.probability) for e in report.noise.events),
    )  # fmt: skip
    return Findings(
        report.clip.name, _as_learned(noise, report.models.noise.sha256, settings),
        _damage(report.damage), report.diagnosis.drive, report.models.noise.sha256,
        report.models.damage.sha256,
    )  # fmt: skip


def _damage(damage: _Damage) -> DamageFindings:
    claimed = {finding.type for finding in damage.findings}
    bulge = max((s.probability for s in damage.types if s.type == "tyre_bulge"), default=0.0)
    doubtful: tuple[DamageType, ...] = ("tyre_bulge",)
    if "tyre_bulge" in claimed or bulge < _DOUBTFUL_BULGE:
        doubtful = ()
    return DamageFindings(
        damage.verdict, _sorted([DamageScore(s.type, s.probability) for s in damage.types]),
        tuple(DamageFinding(f.type, f.probability, f.time_s, f.box) for f in damage.findings),
        doubtful=doubtful,
    )  # fmt: skip


def _as_learned(noise: NoiseFindings, sha256: str, settings: "Settings") -> NoiseFindings:
    from tingzhen.serving.model_that_wrote import metadata_of  # noqa: PLC0415 - only with sound

    metadata = metadata_of(sha256, "noise", settings) if sha256 else None
    if metadata is None:
        return noise
    return replace(noise, provenance=provenance_of(metadata), base_rates=base_rates_of(metadata))


_Score = TypeVar("_Score", NoiseScore, DamageScore)


def _sorted(scores: Sequence[_Score]) -> tuple[_Score, ...]:
    """Most probable first; of a type that is given twice, the first."""
    return tuple(sorted({s.type: s for s in reversed(scores)}.values(),
                        key=lambda s: -s.probability))  # fmt: skip
