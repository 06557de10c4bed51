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
from tingzhen.serving.jobs.again import VERDICTS, keep_earlier, settle
from tingzhen.serving.jobs.kept import Json
from tingzhen.serving.records import (
    ENDED,
    ClipEvent,
    ClipRecord,
    ClipState,
    EventKind,
    append_event,
    lock_clip,
)
from tingzhen.serving.report.build import build_report, probability
from tingzhen.serving.report.summary import STANDS_OUT


def keep_step(session: Session, clip_id: str, step: str) -> None:
    """Tell that a step is done."""
    if lock_clip(session, clip_id).state not in ENDED:
        _once(session, clip_id, "step", {"step": step})


def keep_noise_verdict(session: Session, clip_id: str, noise: NoiseFindings) -> None:
    """Tell what is heard, while the pictures are still looked at."""
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return
    if record.report_zh is None:  # a report and its verdict stay until the next one is there
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


def keep_report(
    session: Session, clip_id: str, analysis: Analysis, *, rerun: int | None = None
) -> bool:
    """The clip is done; False, and nothing changes, where it has ended already. A report from
    before is kept beside the new one. rerun: of the job; one that was begun anew since has no say.
    """
    record = lock_clip(session, clip_id)
    if record.state in ENDED or rerun not in (None, record.rerun):
        return False
    keep_earlier(session, record)
    reports = {lang: build_report(analysis, lang) for lang in LANGUAGES}
    record.report_zh, record.report_en = reports["zh"].to_json(), reports["en"].to_json()
    now = _ends(record, "done")
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
    verdicts = {name: summary[name] for name in VERDICTS}
    told = summary | settle(session, clip_id, "done", verdicts=verdicts)
    append_event(session, clip_id, "report", told, at=now)
    return True


def keep_failure(
    session: Session, clip_id: str, error: TingzhenError, *, rerun: int | None = None
) -> bool:
    """Put the clip aside with its reason; False where it has ended already. One that has a report
    from before stays as it was. rerun: as of `keep_report`."""
    record = lock_clip(session, clip_id)
    if record.state in ENDED or rerun not in (None, record.rerun):
        return False
    now = _ends(record, "failed")
    if record.state == "failed":
        record.error_code = error.code
        record.error_zh, record.error_en = error.text.zh, error.text.en
    told = {"code": error.code} | settle(session, clip_id, "failed", reason=error.code)
    append_event(session, clip_id, "failed", told, at=now)
    return True


def keep_cancel(session: Session, clip_id: str) -> bool:
    """Nobody wants the report any more; False where the clip has ended already. One that has a
    report from before stays as it was.

    Raises ClipUnknown.
    """
    record = lock_clip(session, clip_id)
    if record.state in ENDED:
        return False
    now = _ends(record, "cancelled")
    append_event(session, clip_id, "cancelled", settle(session, clip_id, "cancelled"), at=now)
    return True


def _ends(record: ClipRecord, state: ClipState) -> datetime:
    """The moment. A report that was there before is the clip's report still."""
    now = datetime.now(UTC)
    record.state = state if record.report_zh is None else "done"
    record.finished_at = record.finished_at or now
    return now


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
