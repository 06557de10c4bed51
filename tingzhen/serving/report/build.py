"""From an analysis to the report in one language."""

from collections.abc import Sequence
from typing import Final

from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import diagnosis_as_dict
from tingzhen.errors import TingzhenError
from tingzhen.language import Language, Text
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.report.model import (
    AudioReport,
    ClipReport,
    DamageFindingReport,
    DamageReport,
    DamageTypeReport,
    DiagnosisReport,
    ErrorReport,
    ModelReport,
    ModelsReport,
    NoiseEventReport,
    NoiseReport,
    NoiseTypeReport,
    QualityReport,
    Report,
    TimingReport,
    VideoReport,
)
from tingzhen.vision.vocabulary import damage_name

PROBABILITY_DIGITS = 4
SECOND_DIGITS = 3

INTERNAL: Final = Text(
    "听诊内部错误，这不是文件的问题。请把命令和文件反馈给我们。",
    "Tingzhen made a mistake; the file is not to blame. Please report the command and the file.",
)
"""What a person is told of a defect of ours."""


def build_report(analysis: Analysis, language: Language) -> Report:
    """The fixed JSON object of one clip, texts in `language`."""
    return Report(
        schema="tingzhen.report/1",
        clip=_clip(analysis),
        quality=[
            QualityReport(code=q.code, message=q.message.to(language), advice=q.advice.to(language))
            for q in analysis.quality
        ],
        noise=_noise(analysis, language),
        damage=_damage(analysis, language),
        diagnosis=DiagnosisReport.model_validate(diagnosis_as_dict(analysis.diagnosis, language)),
        models=ModelsReport(
            noise=_model(analysis.noise_model), damage=_model(analysis.damage_model)
        ),
        timing_ms=TimingReport(
            decode=round(analysis.timing.decode, 1),
            noise=round(analysis.timing.noise, 1),
            damage=round(analysis.timing.damage, 1),
            diagnosis=round(analysis.timing.diagnosis, 1),
            total=round(analysis.timing.total, 1),
        ),
    )


def build_error(name: str, error: TingzhenError, language: Language) -> ErrorReport:
    """The object that stands where a report would be. name: of the file, a label only."""
    return ErrorReport(
        schema="tingzhen.error/1",
        name=printable(name),
        code=error.code,
        message=printable(error.message(language)),
    )


def printable(name: str) -> str:
    """`name` without lone surrogates, which a file name that is not UTF-8 brings along."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def probability(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), PROBABILITY_DIGITS)


def _seconds(value: float) -> float:
    return round(max(0.0, float(value)), SECOND_DIGITS)


def _box(box: Sequence[float]) -> list[float]:
    return [probability(side) for side in box]


def _model(info: ModelInfo) -> ModelReport:
    return ModelReport(name=info.name, version=info.version, sha256=info.sha256)


def _clip(analysis: Analysis) -> ClipReport:
    clip = analysis.clip
    video, audio = clip.video, clip.audio
    return ClipReport(
        name=printable(clip.name),
        sha256=clip.sha256,
        bytes=clip.bytes,
        kind=clip.kind,
        duration_s=_seconds(clip.duration_s),
        video=None
        if video is None
        else VideoReport(
            codec=video.codec,
            width=video.width,
            height=video.height,
            rotation=video.rotation,
            frames_used=analysis.frames_used,
        ),
        audio=None
        if audio is None
        else AudioReport(codec=audio.codec, sample_rate=audio.sample_rate, channels=audio.channels),
    )


def _noise(analysis: Analysis, language: Language) -> NoiseReport:
    noise = analysis.noise
    return NoiseReport(
        verdict=noise.verdict,
        types=[
            NoiseTypeReport(
                type=score.type,
                name=noise.name(score.type).to(language),
                probability=probability(score.probability),
            )
            for score in noise.types
        ],
        events=[
            NoiseEventReport(
                type=event.type,
                start_s=_seconds(event.start_s),
                end_s=_seconds(event.end_s),
                probability=probability(event.probability),
            )
            for event in noise.events
        ],
    )


def _damage(analysis: Analysis, language: Language) -> DamageReport:
    damage = analysis.damage
    return DamageReport(
        verdict=damage.verdict,
        types=[
            DamageTypeReport(
                type=score.type,
                name=damage_name(score.type).to(language),
                probability=probability(score.probability),
            )
            for score in damage.types
        ],
        findings=[
            DamageFindingReport(
                type=finding.type,
                probability=probability(finding.probability),
                time_s=_seconds(finding.time_s),
                box=_box(finding.box),
                frames=finding.frames,
                start_s=_seconds(finding.span_s[0]),
                end_s=_seconds(finding.span_s[1]),
            )
            for finding in damage.findings
        ],
    )
