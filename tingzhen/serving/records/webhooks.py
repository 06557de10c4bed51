"""Who is told of events at which address, and how far the telling is."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import ID_CHARACTERS, Base

DeliveryState = Literal["waiting", "done", "failed"]


class Webhook(Base):
    """secret: key of the signatures. events: kinds that it is told of; empty for all."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    workshop: Mapped[str | None] = mapped_column(default=None)
    url: Mapped[str]
    secret: Mapped[str]
    events: Mapped[list[str]] = mapped_column(default_factory=list)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event for one webhook. last_status: HTTP status of the last attempt, None when there was
    no answer."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_seq"),
        Index("ix_webhook_deliveries_due", "state", "next_at"),
        Index("ix_webhook_deliveries_event_seq", "event_seq"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_seq: Mapped[int] = mapped_column(ForeignKey("clip_events.seq", ondelete="CASCADE"))
    state: Mapped[DeliveryState] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    last_status: Mapped[int | None] = mapped_column(default=None)
    last_error: Mapped[str | None] = mapped_column(default=None)
