"""What happened to clips, one row after another: only added to, and read on from a number.

Server-Sent Events and webhooks are read from here, by any process.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, Integer, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tingzhen.serving.records.base import Base
from tingzhen.serving.records.database import lock_name
from tingzhen.serving.records.webhooks import plan_deliveries

EventKind = Literal["accepted", "step", "noise", "report", "failed", "cancelled", "confirmed"]


class ClipEvent(Base):
    """seq: ascending over all clips in the order in which they can be seen, never used again."""

    __tablename__ = "clip_events"
    __table_args__ = (
        Index("ix_clip_events_clip_id", "clip_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True, init=False)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"))
    kind: Mapped[EventKind] = mapped_column(String(16))
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime]


def append_event(
    session: Session, clip_id: str, kind: EventKind, data: dict[str, Any], *, at: datetime
) -> ClipEvent:
    """Add an event in a writing transaction, with its number and its deliveries to webhooks.

    Whoever read up to a number never misses a smaller one: from here to the end of the transaction
    nobody else adds an event. So add events last.
    """
    # On Postgres numbers are drawn before a commit, and a later one could be seen first.
    lock_name(session, "clip_events")
    event = ClipEvent(clip_id=clip_id, kind=kind, data=data, at=at)
    session.add(event)
    session.flush()
    plan_deliveries(session, clip_id, event.seq, kind, at)
    return event


def events_after(
    session: Session,
    seq: int = 0,
    *,
    clip_id: str | None = None,
    kinds: Collection[EventKind] = (),
    limit: int = 1000,
) -> list[ClipEvent]:
    """Events with a greater number, in their order."""
    query = select(ClipEvent).where(ClipEvent.seq > seq).order_by(ClipEvent.seq).limit(limit)
    if clip_id is not None:
        query = query.where(ClipEvent.clip_id == clip_id)
    if kinds:
        query = query.where(ClipEvent.kind.in_(kinds))
    return list(session.scalars(query))


def last_event_seq(session: Session) -> int:
    """0 before the first."""
    return session.execute(select(func.max(ClipEvent.seq))).scalar_one() or 0
