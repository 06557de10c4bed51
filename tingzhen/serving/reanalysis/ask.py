"""Clips asked to be analysed again: one, or all that fit a description."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    case,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from tingzhen.errors import ReanalysisImpossible
from tingzhen.language import Text
from tingzhen.serving.logs import log
from tingzhen.serving.reanalysis.feed import ORIGINAL_GONE, feed
from tingzhen.serving.records import (
    ENDED,
    ORIGINAL_REMOVED,
    ClipFilter,
    ClipRecord,
    ModelVersion,
    Reanalysis,
    ReanalysisItem,
    RecogniserTask,
    filtered,
    lock_name,
    reanalysis,
    writing,
)
from tingzhen.serving.service import Service

_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. priority: of the jobs, smaller goes first."""

    subject: str
    workshop: str | None
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of the clips that have ended. clips: what they are like. ids: only these, where it is
    not None. outdated: only those whose report was made by another model than the active one of
    such a task; of any of them. as_asked: to be shown again; without ids."""

    clips: ClipFilter
    ids: tuple[str, ...] | None = None
    outdated: frozenset[RecogniserTask] = frozenset()
    as_asked: dict[str, Any] = field(default_factory=dict)


def analyse_again(service: Service, asker: Asker, record: ClipRecord) -> Reanalysis:
    """One clip. Raises ReanalysisImpossible,
    RecordsUnavailable, StorageFull."""
    if record.state not in ENDED:
        raise ReanalysisImpossible(
            Text("这段记录正在分析中。请等分析结束。",
                 "The clip is being analysed. Wait for its report.")
        )  # fmt: skip
    if record.file_key == ORIGINAL_REMOVED:
        raise ReanalysisImpossible(
            Text("原始文件已过保留期并被删除，无法重新分析。如有需要，请重新上传。",
                 "The original was kept as long as it had to be and is gone, so it cannot be "
                 "analysed again. Send the clip again if you need to.")
        )  # fmt: skip
    made = _new(asker, {})
    made.total = 1
    with writing(service.records) as session:
        session.add(made)
        session.flush()
        session.add(ReanalysisItem(reanalysis_id=made.id, clip_id=record.id))
    feed(service)
    return made


def analyse_many_again(service: Service, asker: Asker, wanted: Wanted) -> Reanalysis:
    """All clips that fit at this moment; those whose original is gone are skipped, and counted so.
    Raises RecordsUnavailable, StorageFull."""
    made = _new(asker, wanted.as_asked)
    with writing(service.records) as session:
        session.add(made)
        session.flush()
        ids = wanted.ids
        pages = [None] if ids is None else [
            ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE)
        ]  # fmt: skip
        for page in pages:
            _add(session, made.id, wanted, page)
        own = ReanalysisItem.reanalysis_id == made.id
        counted = session.execute(select(func.count()).where(own))
        made.total = counted.scalar_one()
    log.info("re-analysis", extra={"reanalysis_id": made.id, "clips": made.total})
    feed(service)
    return made


def cancel(service: Service, reanalysis_id: str) -> None:
    """Clips that wait are left as they are, and so are those that are at work. Again it changes
    nothing. Raises ReanalysisUnknown, RecordsUnavailable."""
    with writing(service.records) as session:
        lock_name(session, "reanalyses")  # nobody begins with another clip of it meanwhile
        found = reanalysis(session, reanalysis_id)
        if found.ended_at is not None:
            return
        now = datetime.now(UTC)
        found.cancelled_at = found.cancelled_at or now
        own = ReanalysisItem.reanalysis_id == reanalysis_id
        session.execute(
            update(ReanalysisItem)
            .where(own, ReanalysisItem.state == "waiting")
            .values(state="cancelled", finished_at=now)
        )
        at_work = session.scalars(
            select(ReanalysisItem.clip_id).where(own, ReanalysisItem.state == "at_work")
        ).all()
        if not at_work:
            found.ended_at = now
    for clip_id in at_work:
        service.jobs.cancel(clip_id)


def _new(asker: Asker, wanted: dict[str, Any]) -> Reanalysis:
    return Reanalysis(
        id=uuid.uuid4().hex, asked_by=asker.subject, workshop=asker.workshop,
        created_at=datetime.now(UTC), priority=asker.priority, wanted=wanted,
    )  # fmt: skip


def _add(
    session: Session, reanalysis_id: str, wanted: Wanted, ids: tuple[str, ...] | None
) -> None:  # fmt: skip
    gone = ClipRecord.file_key == ORIGINAL_REMOVED
    query = filtered(
        select(
            literal(reanalysis_id),
            ClipRecord.id,
            case((gone, "skipped"), else_="waiting"),
            case((gone, ORIGINAL_GONE), else_=null().cast(String)),
        ),
        wanted.clips,
    ).where(ClipRecord.state.in_(ENDED))
    if ids is not None:
        query = query.where(ClipRecord.id.in_(ids))
    if wanted.outdated:
        active = session.execute(
            select(ModelVersion.task, ModelVersion.sha256).where(
                ModelVersion.state == "active", ModelVersion.task.in_(wanted.outdated)
            )
        ).all()
        query = query.where(or_(false(), *(_made_by_other(*one) for one in active)))
    columns = ["reanalysis_id", "clip_id", "state", "reason"]
    session.execute(insert(ReanalysisItem).from_select(columns, query))


def _made_by_other(task: RecogniserTask, sha256: str) -> ColumnElement[bool]:
    made_by = ClipRecord.noise_model if task == "noise" else ClipRecord.damage_model
    return or_(made_by.is_(None), ~made_by.endswith(sha256))  # it ends with its digest
