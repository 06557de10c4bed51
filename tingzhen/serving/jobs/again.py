"""What is different where a clip that has ended is analysed again.

Its report stays until the new one is published, which takes its place in one transaction: the one
before goes to the earlier ones, and the re-analysis that asked for it is told what changed. What
fails or is cancelled leaves the clip as it was. All functions are called in a writing transaction
that holds the clip's row.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from tingzhen.serving.jobs.kept import Json
from tingzhen.serving.records import (
    ClipEvent,
    ClipFacts,
    ClipFrame,
    ClipRecord,
    ClipReport,
    ItemState,
    Reanalysis,
    ReanalysisItem,
    append_event,
    item_at_work,
    still_open,
)

VERDICTS: Final = ("noise", "damage", "diagnosis", "drive")
"""What is compared before and after."""


def begin_again(session: Session, record: ClipRecord, item: ReanalysisItem, priority: int) -> None:
    """The clip waits for its job; hand it in when the transaction has ended."""
    for name, verdict in _verdicts_of(record).items():
        setattr(item, f"{name}_before", verdict)
    item.state = "at_work"
    record.state, record.turn, record.priority = "waiting", None, priority
    record.rerun += 1
    record.attempts, record.deadline_at = 0, None
    record.error_code = record.error_zh = record.error_en = None
    told = {"bytes": record.size_bytes, "reanalysis": item.reanalysis_id}
    append_event(session, record.id, "accepted", told, at=datetime.now(UTC))


def keep_earlier(session: Session, record: ClipRecord) -> None:
    """Put the clip's report, if it has one, among the earlier ones. What is shown of the clip is
    made anew: marks in it are of that report."""
    if record.report_zh is None or record.report_en is None:
        return
    highest = select(func.max(ClipReport.version)).where(ClipReport.clip_id == record.id)
    session.add(ClipReport(
        clip_id=record.id, version=(session.execute(highest).scalar_one() or 0) + 1,
        made_at=reported_at(session, record), report_zh=record.report_zh,
        report_en=record.report_en,
    ))  # fmt: skip
    record.masked_sound_key = record.spectrogram_key = None
    session.execute(delete(ClipFrame).where(ClipFrame.clip_id == record.id))
    session.execute(delete(ClipFacts).where(ClipFacts.clip_id == record.id))  # made anew when asked


def reported_at(session: Session, record: ClipRecord) -> datetime:
    """When the clip's present report was made."""
    told = select(func.max(ClipEvent.at)).where(
        ClipEvent.clip_id == record.id, ClipEvent.kind == "report"
    )
    return session.execute(told).scalar_one() or record.finished_at or record.created_at


def settle(
    session: Session,
    clip_id: str,
    state: ItemState,
    *,
    reason: str | None = None,
    verdicts: Mapping[str, str] | None = None,
) -> Json:
    """Tell the re-analysis, if the clip is analysed for one, how it ended. reason: code of what
    went wrong. verdicts: by the names of VERDICTS. Returns what events say of it."""
    item = item_at_work(session, clip_id)
    if item is None:
        return {}
    item.state, item.reason, item.finished_at = state, reason, datetime.now(UTC)
    for name, verdict in (verdicts or {}).items():
        setattr(item, f"{name}_after", verdict)
    session.flush()
    close_if_ended(session, item.reanalysis_id)
    return {"reanalysis": item.reanalysis_id}


def close_if_ended(session: Session, reanalysis_id: str) -> None:
    """Two that settle at once may each take the other for open: whoever feeds closes it then."""
    found = session.get(Reanalysis, reanalysis_id)
    if found is not None and found.ended_at is None and not still_open(session, reanalysis_id):
        found.ended_at = datetime.now(UTC)


def _verdicts_of(record: ClipRecord) -> dict[str, str | None]:
    report = json.loads(record.report_en or "{}")
    parts = {name: report.get(name, {}) for name in ("noise", "damage", "diagnosis")}
    verdicts = {name: part.get("verdict") for name, part in parts.items()}
    return verdicts | {"drive": parts["diagnosis"].get("drive")}
