"""Uploads that are under way (tus 1.0), and requests that may be sent again (Idempotency-Key)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import ID_CHARACTERS, Base


class Upload(Base):
    """offset_bytes: what is safe on disk. path: of the file that grows, on the machine that has it.
    details: what the client said of the file (Upload-Metadata)."""

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    offset_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    path: Mapped[str]


class IdempotencyKey(Base):
    """Which clip a request with that key made. request_digest: of what was sent with it."""

    __tablename__ = "idempotency"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"), index=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)
