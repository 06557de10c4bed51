"""What people say against the machine: a wrong label, a noise it missed, damage it did not see."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tingzhen.serving.records.access import Role
from tingzhen.serving.records.base import ID_CHARACTERS, Base

CorrectionKind = Literal["wrong_label", "missed_noise", "damage_box", "nothing_there"]
CorrectionTask = Literal["noise", "damage"]

MOST_OF_A_CLIP: Final = 200


class ClipCorrection(Base):
    """One correction of one clip.

    task: which recogniser it is about. type: the type that is meant; of a wrong label the one that
    the machine gave. instead: of a wrong label, what it is; None where it is nothing. start_s,
    end_s: seconds of the clip; low_hz, high_hz: of a noise. frame: number of the kept picture, with
    time_s its moment; x, y, width, height: 0..1 of the upright picture. author: key of a subject.
    noise_model, damage_model: what had spoken, as in the clip's record.
    """

    __tablename__ = "clip_corrections"
    __table_args__ = (
        Index("ix_clip_corrections_clip_id", "clip_id", "made_at"),
        Index("ix_clip_corrections_made_at", "made_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    clip_id: Mapped[str] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]
    author: Mapped[str]
    role: Mapped[Role] = mapped_column(String(16))
    workshop: Mapped[str | None] = mapped_column(default=None)
    kind: Mapped[CorrectionKind] = mapped_column(String(16))
    task: Mapped[CorrectionTask] = mapped_column(String(8))
    type: Mapped[str | None] = mapped_column(String(32), default=None)
    instead: Mapped[str | None] = mapped_column(String(32), default=None)
    start_s: Mapped[float | None] = mapped_column(default=None)
    end_s: Mapped[float | None] = mapped_column(default=None)
    low_hz: Mapped[float | None] = mapped_column(default=None)
    high_hz: Mapped[float | None] = mapped_column(default=None)
    frame: Mapped[int | None] = mapped_column(default=None)
    time_s: Mapped[float | None] = mapped_column(default=None)
    x: Mapped[float | None] = mapped_column(default=None)
    y: Mapped[float | None] = mapped_column(default=None)
    width: Mapped[float | None] = mapped_column(default=None)
    height: Mapped[float | None] = mapped_column(default=None)
    note: Mapped[str | None] = mapped_column(default=None)
    noise_model: Mapped[str | None] = mapped_column(default=None)
    damage_model: Mapped[str | None] = mapped_column(default=None)


def corrections_of(session: Session, clip_id: str) -> list[ClipCorrection]:
    """The oldest first."""
    query = select(ClipCorrection).where(ClipCorrection.clip_id == clip_id)
    return list(session.scalars(query.order_by(ClipCorrection.made_at, ClipCorrection.id)))
