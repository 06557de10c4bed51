"""How long things are kept: originals, then whole clips; once a day files that belong to no clip.
Workers remove what is due.

Doing it twice, or in two workers at once, does no harm. What else has its time is removed where it
is kept: unfinished uploads, the log of who did what, jobs that have ended.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock, Thread
from typing import Final

from sqlalchemy import Select, select

from tingzhen.errors import ClipError, ClipUnknown, FileMissing, TingzhenError
from tingzhen.serving.clips.deletion import SessionsOfClips, delete_for_good
from tingzhen.serving.clips.files import ensure_shown
from tingzhen.serving.logs import log
from tingzhen.serving.privacy.left_overs import remove_left_overs
from tingzhen.serving.privacy.sessions import opened_sessions
from tingzhen.serving.records import (
    ENDED,
    ORIGINAL_REMOVED,
    ClipRecord,
    file_used,
    lock_clip,
    lock_file,
    reading,
    writing,
)
from tingzhen.serving.service import Service

_AT_ONCE: Final = 200
_LOOK_EVERY: Final = timedelta(days=1)
"""A store of a million files takes a thousand requests to list."""


@dataclass(frozen=True, slots=True)
class Removed:
    """How many were removed."""

    originals: int
    clips: int


def remove_due(service: Service, sessions: SessionsOfClips, *, now: datetime) -> Removed:
    """Remove what was kept long enough; at most _AT_ONCE of each, the oldest first.

    Raises RecordsUnavailable, FilesUnavailable, SessionUnavailable, StorageFull; then the rest is
    still there and goes the next time.
    """
    settings = service.settings
    clips = originals = 0
    ended = select(ClipRecord).where(ClipRecord.state.in_(ENDED))
    if settings.keep_clips_days:
        before = now - timedelta(days=settings.keep_clips_days)
        for record in _page(service, ended.where(ClipRecord.created_at < before)):
            with suppress(ClipUnknown):
                delete_for_good(service, sessions, record)
                clips += 1
    if settings.keep_original_days:
        before = now - timedelta(days=settings.keep_original_days)
        due = ended.where(ClipRecord.finished_at < before, ClipRecord.file_key != ORIGINAL_REMOVED)
        for record in _page(service, due):
            originals += _remove_original(service, record)
    if clips or originals:
        log.info("kept long enough", extra={"clips": clips, "originals": originals})
    return Removed(originals, clips)


class Retention:
    """Runs `remove_due` in a thread of its own, one at a time."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._one = Lock()
        self._looked_at: datetime | None = None

    def begin(self) -> None:
        """Returns at once; does nothing while the last one is not through."""
        if self._one.acquire(blocking=False):
            Thread(target=self._run, name="retention", daemon=True).start()

    def _run(self) -> None:
        now = datetime.now(UTC)
        try:
            with opened_sessions(self._service.settings) as sessions:
                remove_due(self._service, sessions, now=now)
            if self._looked_at is None or not timedelta(0) < now - self._looked_at < _LOOK_EVERY:
                remove_left_overs(self._service, now=now)
                self._looked_at = now
        except TingzhenError as error:
            log.warning("removed later what is due", extra={"code": error.code})
        finally:
            self._one.release()


def _page(service: Service, due: Select[ClipRecord]) -> list[ClipRecord]:
    with reading(service.records) as session:
        oldest = due.order_by(ClipRecord.created_at, ClipRecord.id).limit(_AT_ONCE)
        return list(session.scalars(oldest))


def _remove_original(service: Service, record: ClipRecord) -> bool:
    """Remove it once the copies that may be shown are made; False where the clip has gone on."""
    if record.report_en is not None:
        try:
            ensure_shown(service, record)
        except (ClipError, FileMissing) as error:
            # Nothing can be made of it any more, and it must not be kept for that.
            log.warning("no copies", extra={"clip_id": record.id, "code": error.code})
    with suppress(ClipUnknown), writing(service.records) as session:
        lock_file(session, record.file_key)
        now = lock_clip(session, record.id)
        if now.state not in ENDED or now.file_key != record.file_key:
            return False
        now.file_key = ORIGINAL_REMOVED
        session.flush()
        if not file_used(session, record.file_key):
            service.files.delete(record.file_key)
        return True
    return False
