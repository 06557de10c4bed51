"""What a job writes to the records, each of it once, however often a step is repeated.

All functions are called in a writing transaction, hold the clip's row and add their event last.
"""

from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tingzhen.audio import NoiseFindings
from tingzhen.bundle import ModelInfo
from tingzhen.diagnosis import Diagnosis
from tingzhen.diagnosis.result import Severity
from tingzhen.errors import TingzhenError
from tingzhen.language import LANGUAGES
from tingzhen.serving.analysis import Analysis
from tingzhen.serving.jobs.kept import Json
from tingzhen.serving.records import (
    ENDED,
    ClipEvent,
    EventKind,
    append_event,
    lock_clip,
)
from tingzhen.serving.report import build_report, probability
from tingzhen.serving.summary import STANDS_OUT


def keep_step(session: Session, clip_id: str, step: str) -> None:
    """Tell that a step is done."""
    if lock_clip(session, clip_id).state not in ENDED:
        _once(session, clip_id, "step", {"step": step})


def keep_noise_verdict(session: Session, clip_id: str, noise: NoiseFindings) -> None:
    """Tell what is heard, while the pictures are still looked at."""
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return
    record.noise_verdict = noise.verdict
    _once(session, clip_id, "noise", noise_event(noise))


def noise_event(noise: NoiseFindings) -> Json:
    """Data of the event "noise": the part of the report that is known by then."""
    return {
        "verdict": noise.verdict,
        "types": [
            {
                "type": score.type,
                "name": {lang: noise.name(score.type).to(lang) for lang in LANGUAGES},
                "probability": probability(score.probability),
            }
            for score in noise.types
        ],
        "events": [
            {
                "type": event.type,
                "start_s": round(event.start_s, 3),
                "end_s": round(event.end_s, 3),
                "probability": probability(event.probability),
            }
            for event in noise.events
        ],
    }


def keep_report(session: Session, clip_id: str, analysis: Analysis) -> bool:
    """The clip is done; False, and nothing changes, where it has ended already."""
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return False
    reports = {lang: build_report(analysis, lang) for lang in LANGUAGES}
    record.report_zh, record.report_en = reports["zh"].to_json(), reports["en"].to_json()
    record.state, record.finished_at = "done", datetime.now(UTC)
    record.noise_verdict = analysis.noise.verdict
    record.damage_verdict = analysis.damage.verdict
    record.drive = analysis.diagnosis.drive
    record.severity = _gravest(analysis.diagnosis)
    record.noise_model = _model(analysis.noise_model)
    record.damage_model = _model(analysis.damage_model)
    summary = {
        "noise": analysis.noise.verdict,
        "damage": analysis.damage.verdict,
        "diagnosis": analysis.diagnosis.verdict,
        "drive": analysis.diagnosis.drive,
    }
    append_event(session, clip_id, "report", summary, at=record.finished_at)
    return True


def keep_failure(session: Session, clip_id: str, error: TingzhenError) -> bool:
    """Put the clip aside with its reason; False where it has ended already."""
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return False
    record.state, record.finished_at = "failed", datetime.now(UTC)
    record.error_code, record.error_zh, record.error_en = error.code, error.text.zh, error.text.en
    append_event(session, clip_id, "failed", {"code": error.code}, at=record.finished_at)
    return True


def keep_cancel(session: Session, clip_id: str) -> bool:
    """Nobody wants the report any more; False where the clip has ended already.

    Raises ClipUnknown.
    """
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return False
    record.state, record.finished_at = "cancelled", datetime.now(UTC)
    append_event(session, clip_id, "cancelled", {}, at=record.finished_at)
    return True


def _once(session: Session, clip_id: str, kind: EventKind, data: Json) -> None:
    """Add the event unless it was added since the clip was last accepted; of "step" there is one
    for each step, of the others one."""
    of_clip = ClipEvent.clip_id == clip_id
    accepted = select(func.max(ClipEvent.seq)).where(of_clip, ClipEvent.kind == "accepted")
    since = session.execute(accepted).scalar_one() or 0
    query = select(ClipEvent.data).where(of_clip, ClipEvent.kind == kind, ClipEvent.seq > since)
    there = list(session.scalars(query))
    if data not in there and (kind == "step" or not there):
        append_event(session, clip_id, kind, data, at=datetime.now(UTC))


def _gravest(diagnosis: Diagnosis) -> Severity | None:
    """Of the causes that stand out; None where none does."""
    found = {cause.severity for cause in diagnosis.causes if cause.probability >= STANDS_OUT}
    return next((s for s in reversed(get_args(Severity)) if s in found), None)


def _model(info: ModelInfo) -> str:
    return f"{info.name} {info.version} {info.sha256}"
