"""Versions of the recognisers, which of them is in use, and how far two of them agree."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from tingzhen.serving.records.base import Base

RecogniserTask = Literal["noise", "damage"]
ModelState = Literal["active", "shadow", "kept", "retired"]


class ModelVersion(Base):
    """One bundle; one of a task is active. path_or_key: its folder, or a key of the file store."""

    __tablename__ = "model_versions"
    __table_args__ = (
        Index(
            "uq_model_versions_active", "task", unique=True,
            sqlite_where=text("state = 'active'"), postgresql_where=text("state = 'active'"),
        ),
    )  # fmt: skip

    task: Mapped[RecogniserTask] = mapped_column(String(16), primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    path_or_key: Mapped[str]
    state: Mapped[ModelState] = mapped_column(String(16), default="kept")
    added_at: Mapped[datetime]
    activated_at: Mapped[datetime | None] = mapped_column(default=None)
    activated_by: Mapped[str | None] = mapped_column(default=None)


class ModelAgreement(Base):
    """What two versions said of one clip. active, shadow: their versions. agree: same verdict."""

    __tablename__ = "model_agreement"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    task: Mapped[RecogniserTask] = mapped_column(String(16), primary_key=True)
    active: Mapped[str] = mapped_column(primary_key=True)
    shadow: Mapped[str] = mapped_column(primary_key=True)
    agree: Mapped[bool]
    data: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
