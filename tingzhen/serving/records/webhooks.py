"""Who is told of events at which address, and how far the telling is.

Deliveries are planned in the transaction that adds the event: no event is told that is not kept,
and none is kept that is not told.
"""

import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Final, Literal

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    and_,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from tingzhen.serving.records.access import AccessToken, Role
from tingzhen.serving.records.base import ID_CHARACTERS, Base
from tingzhen.serving.records.clips import ClipRecord

DeliveryState = Literal["waiting", "done", "failed"]
WebhookReach = Literal["own", "workshop", "all"]
TOLD: Final = ("accepted", "noise", "report", "failed", "cancelled", "confirmed")
"""Kinds of events that webhooks are told; steps are left to those who watch one clip."""

TEST: Final = "test"
"""Kind of a delivery that somebody asked for, of no event."""


class Webhook(Base):
    """reach: whose clips it is told of, the owner's, the workshop's or all. role, token_id: of whom
    made it; token_id is None for a token of an identity provider. secret: key of the signatures;
    secret_before signs too until secret_before_until. events: kinds that it is told of; empty for
    all of TOLD."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    workshop: Mapped[str | None] = mapped_column(default=None)
    reach: Mapped[WebhookReach] = mapped_column(String(16), default="own")
    role: Mapped[Role] = mapped_column(String(16), default="owner")
    token_id: Mapped[str | None] = mapped_column(String(ID_CHARACTERS), default=None)
    url: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    secret: Mapped[str]
    secret_before: Mapped[str | None] = mapped_column(default=None)
    secret_before_until: Mapped[datetime | None] = mapped_column(default=None)
    events: Mapped[list[str]] = mapped_column(default_factory=list)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event for one webhook; event_seq is None for a test. begun_at: when it was planned or
    last replayed; it is put aside so long after that. claim: the worker that sends it now, and a
    number of that sending. last_status: HTTP status of the last attempt, None when there was no
    answer; last_error: a code, None after a success."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_seq"),
        Index("ix_webhook_deliveries_due", "state", "next_at"),
        Index("ix_webhook_deliveries_event_seq", "event_seq"),
        Index("ix_webhook_deliveries_created_at", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_seq: Mapped[int | None] = mapped_column(
        ForeignKey("clip_events.seq", ondelete="CASCADE"), default=None
    )
    kind: Mapped[str] = mapped_column(String(16), default="accepted")
    state: Mapped[DeliveryState] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=partial(datetime.now, UTC))
    begun_at: Mapped[datetime] = mapped_column(default_factory=partial(datetime.now, UTC))
    next_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(default=None)
    last_at: Mapped[datetime | None] = mapped_column(default=None)
    last_status: Mapped[int | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(String(32), default=None)


def plan_deliveries(session: Session, clip_id: str, seq: int, kind: str, at: datetime) -> None:
    """One for each webhook that is to be told of the event, in the transaction that adds it."""
    if kind not in TOLD:
        return
    query = (
        select(Webhook.id, Webhook.events)
        .join(ClipRecord, ClipRecord.id == clip_id)
        .where(Webhook.active, reaches_clip(), not_withdrawn())
    )
    session.add_all(
        WebhookDelivery(
            id=uuid.uuid4().hex, webhook_id=webhook_id, event_seq=seq, kind=kind,
            created_at=at, begun_at=at, next_at=at,
        )
        for webhook_id, kinds in session.execute(query)
        if not kinds or kind in kinds
    )  # fmt: skip
    session.flush()


def reaches_clip() -> ColumnElement[bool]:
    """Of a webhook and a clip: whether who made the webhook may see the clip."""
    return or_(
        Webhook.reach == "all",
        and_(Webhook.reach == "own", Webhook.owner == ClipRecord.owner),
        and_(Webhook.reach == "workshop", Webhook.workshop == ClipRecord.workshop),
    )


def not_withdrawn() -> ColumnElement[bool]:
    """Of a webhook: whether who made it still has a token for the same that is not revoked."""
    good = exists().where(
        AccessToken.subject == Webhook.owner,
        AccessToken.role == Webhook.role,
        AccessToken.revoked_at.is_(None),
        or_(Webhook.reach != "workshop", AccessToken.workshop == Webhook.workshop),
    )
    return or_(Webhook.token_id.is_(None), good)
