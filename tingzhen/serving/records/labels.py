"""What engineers work with: labels that people gave to clips, and what reports say, in columns."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tingzhen.serving.records.base import Base
from tingzhen.serving.records.models import RecogniserTask

LabelSource = Literal["page", "label_studio"]


class ClipLabel(Base):
    """What somebody who looked and listened says a clip holds; one of a clip and task counts.

    author: key of a subject. types: of the task's vocabulary, or "unsure". regions: as
    {"regions": [...]}, see tingzhen.serving.labelling.label.
    """

    __tablename__ = "clip_labels"
    __table_args__ = (Index("ix_clip_labels_labelled_at", "task", "labelled_at"),)

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    task: Mapped[RecogniserTask] = mapped_column(String(16), primary_key=True)
    labelled_at: Mapped[datetime]
    author: Mapped[str]
    source: Mapped[LabelSource] = mapped_column(String(16))
    types: Mapped[list[str]] = mapped_column(default_factory=list)
    regions: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)


class ClipFacts(Base):
    """What the report of a clip says, so that thousands can be counted without reading reports.

    report_at: of the report that this was taken from. quality: codes of what is poor in the
    recording, each between semicolons. noise_type, damage_type: the most probable one, with its
    probability; entropy_bits: of the type that the recogniser is least sure of, 0..1; None without
    such a track. noise_version is None where what is kept is no report.
    """

    __tablename__ = "clip_facts"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    report_at: Mapped[datetime]
    generated: Mapped[bool]
    duration_s: Mapped[float]
    quality: Mapped[str]
    noise_version: Mapped[str | None] = mapped_column(String(80), default=None)
    noise_type: Mapped[str | None] = mapped_column(String(32), default=None)
    noise_probability: Mapped[float | None] = mapped_column(default=None)
    noise_entropy_bits: Mapped[float | None] = mapped_column(default=None)
    damage_version: Mapped[str | None] = mapped_column(String(80), default=None)
    damage_type: Mapped[str | None] = mapped_column(String(32), default=None)
    damage_probability: Mapped[float | None] = mapped_column(default=None)
    damage_entropy_bits: Mapped[float | None] = mapped_column(default=None)


def labels_of(session: Session, clip_id: str) -> list[ClipLabel]:
    """At most one a task."""
    query = select(ClipLabel).where(ClipLabel.clip_id == clip_id).order_by(ClipLabel.task)
    return list(session.scalars(query))
