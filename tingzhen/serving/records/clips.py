"""Clips: what was sent, by whom, how far its analysis is, and the report."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar, get_args

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Index,
    Select,
    String,
    delete,
    event,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, Mapper, Session, mapped_column

from tingzhen.diagnosis.result import Drive, Severity
from tingzhen.errors import ClipUnknown
from tingzhen.language import Language, Text
from tingzhen.serving.records.base import ID_CHARACTERS, Base
from tingzhen.serving.records.database import lock_name
from tingzhen.serving.records.urgency import urgency_of

T = TypeVar("T")
ClipState = Literal["waiting", "running", "done", "failed", "cancelled"]
CLIP_STATES: Final[tuple[ClipState, ...]] = get_args(ClipState)
ENDED: Final[frozenset[ClipState]] = frozenset({"done", "failed", "cancelled"})
"""States that a clip never leaves by itself."""

ORIGINAL_REMOVED: Final = "removed"
"""In place of the key of an original that was kept as long as it had to be; no file has it."""

ANONYMOUS: Final = "anonymous"
"""Owner of clips that came before there were access rights."""


class ClipRecord(Base):
    """One clip. label: the uploader's file name, never used as a path.

    owner: subject of the uploader. file_key: of the original in the file store. circumstances: JSON
    text. priority: smaller goes first; turn: within a priority, set when the job is handed in
    (jobs/turns.py). rerun: how often the job was begun anew from its first step. deadline_at: an
    analysis not finished by then fails. finished_at: when the clip was analysed first; analysed
    again it keeps that, since originals are kept by it.
    attempts: how often its analysis was begun. report_zh, report_en: JSON text of the fixed report.
    noise_model, damage_model: name, version and hash of what made it, as text. noise_verdict,
    damage_verdict, make, model: of the report and the circumstances, to filter by. confirmed_fault:
    what a technician found. case_id: of the case that it became. session_id: of the guided session
    on its diagnosis. drive: advice of the report. severity: the gravest of the causes that stand
    out in it. urgency: follows from these whenever the row is written (urgency.py).
    """

    __tablename__ = "clips"
    __table_args__ = (
        Index("ix_clips_created_at", "created_at", "id"),
        Index("ix_clips_owner", "owner", "created_at", "id"),
        Index("ix_clips_workshop", "workshop", "created_at", "id"),
        Index("ix_clips_state", "state", "created_at"),
        Index("ix_clips_urgency", "urgency", "created_at", "id"),
        Index("ix_clips_workshop_urgency", "workshop", "urgency", "created_at", "id"),
        Index("ix_clips_case_id", "case_id"),
    )

    id: Mapped[str] = mapped_column(String(ID_CHARACTERS), primary_key=True)
    owner: Mapped[str]
    workshop: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]
    label: Mapped[str]
    kind: Mapped[str | None] = mapped_column(String(8), default=None)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    file_key: Mapped[str] = mapped_column(index=True)
    circumstances: Mapped[str] = mapped_column(default="{}")
    make: Mapped[str | None] = mapped_column(default=None)
    model: Mapped[str | None] = mapped_column(default=None)
    state: Mapped[ClipState] = mapped_column(String(16), default="waiting")
    priority: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int | None] = mapped_column(default=None)
    rerun: Mapped[int] = mapped_column(default=0)
    deadline_at: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None] = mapped_column(String(64), default=None)
    error_zh: Mapped[str | None] = mapped_column(default=None)
    error_en: Mapped[str | None] = mapped_column(default=None)
    report_zh: Mapped[str | None] = mapped_column(default=None)
    report_en: Mapped[str | None] = mapped_column(default=None)
    noise_verdict: Mapped[str | None] = mapped_column(String(16), default=None)
    damage_verdict: Mapped[str | None] = mapped_column(String(16), default=None)
    noise_model: Mapped[str | None] = mapped_column(default=None)
    damage_model: Mapped[str | None] = mapped_column(default=None)
    finished_at: Mapped[datetime | None] = mapped_column(default=None)
    masked_sound_key: Mapped[str | None] = mapped_column(default=None)
    spectrogram_key: Mapped[str | None] = mapped_column(default=None)
    confirmed_fault: Mapped[str | None] = mapped_column(default=None)
    session_id: Mapped[str | None] = mapped_column(String(64), default=None)
    case_id: Mapped[str | None] = mapped_column(String(64), default=None)
    drive: Mapped[Drive | None] = mapped_column(String(8), default=None)
    severity: Mapped[Severity | None] = mapped_column(String(16), default=None)
    urgency: Mapped[int] = mapped_column(default=0)

    def report(self, language: Language) -> str | None:
        """JSON text of the report; None while there is none."""
        return self.report_zh if language == "zh" else self.report_en


@event.listens_for(ClipRecord, "before_insert")
@event.listens_for(ClipRecord, "before_update")
def _keep_urgency(mapper: Mapper[ClipRecord], connection: Connection, clip: ClipRecord) -> None:
    clip.urgency = urgency_of(
        state=clip.state, drive=clip.drive, severity=clip.severity,
        confirmed=clip.confirmed_fault is not None,
    )  # fmt: skip


class ClipFrame(Base):
    """A kept picture of a clip, as it may be shown. time_s: its moment in the clip."""

    __tablename__ = "clip_frames"

    clip_id: Mapped[str] = mapped_column(
        ForeignKey("clips.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    time_s: Mapped[float]
    file_key: Mapped[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of clips ended: the next one goes on behind it. urgency: if listed by it."""

    created_at: datetime
    id: str
    urgency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFilter:
    """Which clips are asked for; None or empty asks nothing. since <= created_at < until; label: a
    part of it, capitals alike. confirmed: whether the fault is confirmed."""

    owner: str | None = None
    workshop: str | None = None
    states: Collection[ClipState] = ()
    since: datetime | None = None
    until: datetime | None = None
    noise_verdict: str | None = None
    damage_verdict: str | None = None
    make: str | None = None
    model: str | None = None
    label: str | None = None
    drives: Collection[Drive] = ()
    confirmed: bool | None = None


def add_clip(session: Session, record: ClipRecord) -> None:
    session.add(record)
    session.flush()


def clip(session: Session, clip_id: str) -> ClipRecord:
    """Raises ClipUnknown."""
    return _known(session.get(ClipRecord, clip_id))


def lock_clip(session: Session, clip_id: str) -> ClipRecord:
    """The clip, which nobody else changes until this writing transaction ends; what is set on it is
    kept. Raises ClipUnknown."""
    query = select(ClipRecord).where(ClipRecord.id == clip_id).with_for_update()
    return _known(session.scalars(query, execution_options={"populate_existing": True}).first())


def set_state(
    session: Session, clip_id: str, state: ClipState, *, of: Collection[ClipState]
) -> ClipRecord | None:
    """The clip in its new state, locked, if it was in one of the states `of`; else None and no
    change. Raises ClipUnknown."""
    record = lock_clip(session, clip_id)
    if record.state not in of:
        return None
    record.state = state
    session.flush()
    return record


def clips_page(
    session: Session, wanted: ClipFilter, *, after: Place | None = None, limit: int = 50
) -> list[ClipRecord]:
    """The newest clips first, those older than `after` where it is given; clips that come in
    meanwhile do not shift the pages (keyset paging)."""
    query = filtered(select(ClipRecord), wanted)
    if after is not None:
        at, key = after.created_at, after.id
        query = query.where(tuple_(ClipRecord.created_at, ClipRecord.id) < (at, key))
    query = query.order_by(ClipRecord.created_at.desc(), ClipRecord.id.desc()).limit(limit)
    return list(session.scalars(query))


def clips_by_urgency(
    session: Session, wanted: ClipFilter, *, after: Place | None = None, limit: int = 50
) -> list[ClipRecord]:
    """The most urgent first, of equally urgent ones the one that waits longest. A clip whose
    urgency changes while somebody reads page by page may be seen twice or not at all."""
    query = filtered(select(ClipRecord), wanted)
    order = ClipRecord.urgency, ClipRecord.created_at, ClipRecord.id
    if after is not None:
        query = query.where(tuple_(*order) > (after.urgency or 0, after.created_at, after.id))
    return list(session.scalars(query.order_by(*order).limit(limit)))


def count_clips(session: Session, wanted: ClipFilter) -> int:
    return session.execute(filtered(select(func.count(ClipRecord.id)), wanted)).scalar_one()


def delete_clip(session: Session, clip_id: str) -> None:
    """Delete the record with its events, frames and idempotency keys. Its files are the caller's.

    Raises ClipUnknown.
    """
    _known(session.get(ClipRecord, clip_id))
    session.execute(delete(ClipRecord).where(ClipRecord.id == clip_id))


def lock_file(session: Session, file_key: str) -> None:
    """Nobody else begins or ends the use of that file until this writing transaction ends.

    Who adds a clip takes it and then looks whether the file is in the store; who deletes a clip
    takes it and removes the file before the transaction ends, if `file_used` says no.
    """
    lock_name(session, f"file:{file_key}")


def file_used(session: Session, file_key: str) -> bool:
    """Whether any clip has that original; clips of the same content share one."""
    query = select(ClipRecord.id).where(ClipRecord.file_key == file_key).limit(1)
    return session.scalars(query).first() is not None


def add_frames(session: Session, frames: Sequence[ClipFrame]) -> None:
    """Keep the pictures in place of those of an earlier attempt; all of one clip."""
    for clip_id in {frame.clip_id for frame in frames}:
        session.execute(delete(ClipFrame).where(ClipFrame.clip_id == clip_id))
    session.add_all(frames)
    session.flush()


def frames(session: Session, clip_id: str) -> list[ClipFrame]:
    """By their number."""
    query = select(ClipFrame).where(ClipFrame.clip_id == clip_id).order_by(ClipFrame.number)
    return list(session.scalars(query))


def unknown_clip() -> ClipUnknown:
    return ClipUnknown(
        Text("没有这个编号的记录，请核对链接。", "No clip with that id is kept. Check the link.")
    )


def _known(record: ClipRecord | None) -> ClipRecord:
    if record is None:
        raise unknown_clip()
    return record


def filtered(query: Select[T], wanted: ClipFilter) -> Select[T]:
    """The query of clips, limited to those that are asked for."""
    for column, value in (
        (ClipRecord.owner, wanted.owner),
        (ClipRecord.workshop, wanted.workshop),
        (ClipRecord.noise_verdict, wanted.noise_verdict),
        (ClipRecord.damage_verdict, wanted.damage_verdict),
        (ClipRecord.make, wanted.make),
        (ClipRecord.model, wanted.model),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.drives:
        query = query.where(ClipRecord.drive.in_(wanted.drives))
    if wanted.confirmed is not None:
        confirmed = ClipRecord.confirmed_fault.is_not(None)
        query = query.where(confirmed if wanted.confirmed else ~confirmed)
    if wanted.states:
        query = query.where(ClipRecord.state.in_(wanted.states))
    if wanted.since is not None:
        query = query.where(ClipRecord.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(ClipRecord.created_at < wanted.until)
    if wanted.label:
        query = query.where(ClipRecord.label.icontains(wanted.label, autoescape=True))
    return query
