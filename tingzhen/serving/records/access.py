"""Tokens that open the service, and who did what."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import ID_CHARACTERS, Base

Role = Literal["owner", "technician", "engineer", "admin"]


class AccessToken(Base):
    """secret_hash: of the secret, which itself is kept nowhere. scopes: what it may do of what its
    role may; empty for all."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    subject: Mapped[str] = mapped_column(index=True)
    role: Mapped[Role] = mapped_column(String(16))
    workshop: Mapped[str | None] = mapped_column(default=None)
    scopes: Mapped[list[str]] = mapped_column(default_factory=list)
    secret_hash: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(default="")


class AuditEntry(Base):
    """Who did what to what; only added to. outcome: "done", "refused" or an error's code."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_at", "at"),
        Index("ix_audit_subject", "subject", "seq"),
        Index("ix_audit_object", "object_kind", "object_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True, init=False)
    at: Mapped[datetime]
    subject: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str | None] = mapped_column(default=None)
    outcome: Mapped[str] = mapped_column(String(64))
