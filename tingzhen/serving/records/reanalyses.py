"""Clips analysed again: who asked for it, what became of each clip, and the reports from before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tingzhen.errors import ReanalysisUnknown
from tingzhen.language import Language, Text
from tingzhen.serving.records.base import ID_CHARACTERS, Base

ItemState = Literal["waiting", "at_work", "done", "failed", "skipped", "cancelled"]


class ClipReport(Base):
    """An earlier report of a clip; the newest stands with the clip. version: 1 is the first one.
    report_zh, report_en: JSON text."""

    __tablename__ = "clip_reports"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_at: Mapped[datetime]
    report_zh: Mapped[str]
    report_en: Mapped[str]

    def report(self, language: Language) -> str:
        """JSON text."""
        return self.report_zh if language == "zh" else self.report_en


class Reanalysis(Base):
    """One wish to have clips analysed again. asked_by, workshop: of the caller. wanted: which clips
    were asked for, without their ids. total: how many there were. ended_at: None while a clip of it
    waits or is at work."""

    __tablename__ = "reanalyses"
    __table_args__ = (
        Index("ix_reanalyses_created_at", "created_at", "id"),
        Index("ix_reanalyses_open", "ended_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    asked_by: Mapped[str] = mapped_column(index=True)
    workshop: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    priority: Mapped[int]
    wanted: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    total: Mapped[int] = mapped_column(default=0)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)


class ReanalysisItem(Base):
    """One clip of it. reason: why it was skipped, or the code of what went wrong. *_before,
    *_after: verdicts, and drive advice, of the report before and after; None without one."""

    __tablename__ = "reanalysis_items"
    __table_args__ = (
        Index("ix_reanalysis_items_state", "reanalysis_id", "state", "clip_id"),
        Index("ix_reanalysis_items_clip_id", "clip_id", "state"),
    )

    reanalysis_id: Mapped[str] = mapped_column(
        ForeignKey("reanalyses.id", ondelete="CASCADE"), primary_key=True
    )
    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    state: Mapped[ItemState] = mapped_column(String(16), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(64), default=None)
    noise_before: Mapped[str | None] = mapped_column(String(16), default=None)
    noise_after: Mapped[str | None] = mapped_column(String(16), default=None)
    damage_before: Mapped[str | None] = mapped_column(String(16), default=None)
    damage_after: Mapped[str | None] = mapped_column(String(16), default=None)
    diagnosis_before: Mapped[str | None] = mapped_column(String(32), default=None)
    diagnosis_after: Mapped[str | None] = mapped_column(String(32), default=None)
    drive_before: Mapped[str | None] = mapped_column(String(16), default=None)
    drive_after: Mapped[str | None] = mapped_column(String(16), default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)


def reanalysis(session: Session, reanalysis_id: str) -> Reanalysis:
    """Raises ReanalysisUnknown."""
    found = session.get(Reanalysis, reanalysis_id)
    if found is None:
        raise unknown_reanalysis()
    return found


def earlier_reports(session: Session, clip_id: str) -> Sequence[ClipReport]:
    """Oldest first; without the newest one."""
    query = select(ClipReport).where(ClipReport.clip_id == clip_id).order_by(ClipReport.version)
    return session.scalars(query).all()


def item_at_work(session: Session, clip_id: str) -> ReanalysisItem | None:
    """For which re-analysis a clip is being analysed, if it is for one. A clip is for one alone."""
    query = select(ReanalysisItem).where(
        ReanalysisItem.clip_id == clip_id, ReanalysisItem.state == "at_work"
    )
    return session.scalars(query).first()


def still_open(session: Session, reanalysis_id: str) -> bool:
    """Whether a clip of it waits or is at work."""
    query = select(func.count()).where(
        ReanalysisItem.reanalysis_id == reanalysis_id,
        ReanalysisItem.state.in_(("waiting", "at_work")),
    )
    return session.execute(query).scalar_one() > 0


def unknown_reanalysis() -> ReanalysisUnknown:
    return ReanalysisUnknown(
        Text("没有这个编号的重新分析，请核对编号。",
             "No re-analysis with that id is kept. Check the id.")
    )  # fmt: skip
