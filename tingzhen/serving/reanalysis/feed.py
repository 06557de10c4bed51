"""Clips of re-analyses handed to the workers, a few at a time.

Clips that wait for their turn stay as they are, with their reports, and take no room in the queue
that uploads need. Any process may feed; done twice at once it does no harm.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tingzhen.serving.jobs.again import begin_again, close_if_ended
from tingzhen.serving.records import (
    ENDED,
    ORIGINAL_REMOVED,
    ClipRecord,
    Reanalysis,
    ReanalysisItem,
    WorkerProcess,
    lock_clip,
    lock_name,
    reading,
    writing,
)
from tingzhen.serving.service import Service

UNDER_WAY: Final = "under_way"
ORIGINAL_GONE: Final = "original_removed"
"""Why a clip is skipped: it is being analysed anyway, or nothing is left to analyse."""

_AT_ONCE: Final = 8
_AT_ONCE_A_WORKER: Final = 4


def feed(service: Service) -> int:
    """Hand in as many clips as there is room for. Returns how many.

    Raises RecordsUnavailable, StorageFull.
    """
    handed = 0
    with reading(service.records) as session:
        if not _open(session):
            return 0
    while True:
        with writing(service.records) as session:
            looked_at, record = _next(service, session)
        if record is not None:
            service.submit(record.id, priority=record.priority, owner=record.owner)
            handed += 1
        if not looked_at:
            return handed


def _next(service: Service, session: Session) -> tuple[bool, ClipRecord | None]:
    """Begin with one clip more. Returns whether there was one to look at, and the clip unless it
    was skipped. Of the open re-analyses the one with the fewest clips at work comes next."""
    lock_name(session, "reanalyses")
    open_ones = _open(session)
    at_work = _at_work(session)
    if sum(at_work.values()) >= _room(service, session):
        return False, None
    for wish in sorted(open_ones, key=lambda one: at_work.get(one.id, 0)):
        item = session.scalars(
            select(ReanalysisItem)
            .where(ReanalysisItem.reanalysis_id == wish.id, ReanalysisItem.state == "waiting")
            .order_by(ReanalysisItem.clip_id)
            .limit(1)
        ).first()
        if item is None:
            close_if_ended(session, wish.id)
            continue
        record = lock_clip(session, item.clip_id)
        reason = UNDER_WAY if record.state not in ENDED else None
        if record.file_key == ORIGINAL_REMOVED:
            reason = ORIGINAL_GONE
        if reason is None:
            begin_again(session, record, item, wish.priority)
            return True, record
        item.state, item.reason, item.finished_at = "skipped", reason, datetime.now(UTC)
        session.flush()
        close_if_ended(session, wish.id)
        return True, None
    return False, None


def _open(session: Session) -> list[Reanalysis]:
    """Oldest first."""
    query = select(Reanalysis).where(Reanalysis.ended_at.is_(None))
    return list(session.scalars(query.order_by(Reanalysis.created_at, Reanalysis.id)))


def _at_work(session: Session) -> Mapping[str, int]:
    """How many clips of each open re-analysis are at work."""
    query = (
        select(ReanalysisItem.reanalysis_id, func.count())
        .join(Reanalysis, Reanalysis.id == ReanalysisItem.reanalysis_id)
        .where(Reanalysis.ended_at.is_(None), ReanalysisItem.state == "at_work")
        .group_by(ReanalysisItem.reanalysis_id)
    )
    return dict(session.execute(query).all())


def _room(service: Service, session: Session) -> int:
    """So many may be at work at once: enough that no worker waits, never the whole queue."""
    workers = session.execute(select(func.count()).select_from(WorkerProcess)).scalar_one()
    return max(1, min(_AT_ONCE + _AT_ONCE_A_WORKER * workers, service.settings.queue_limit // 2))
