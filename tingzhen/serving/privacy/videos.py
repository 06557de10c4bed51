"""Which clips get a small copy of their video, and when: one that somebody asked for at once, one
that a workshop may look at when nothing else is to be done.

Any worker makes them, one at a time; a clip that a worker began with is left to it for a while.
"""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from tingzhen.errors import ClipError, ClipFileUnknown, ClipUnknown, FileMissing, TingzhenError
from tingzhen.language import Text
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.logs import log
from tingzhen.serving.privacy.video import read_for_video, shown_video
from tingzhen.serving.records import (
    ORIGINAL_REMOVED,
    ClipFilter,
    ClipRecord,
    ClipVideo,
    count_clips,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.service import Service

_LEFT_FOR: Final = timedelta(minutes=5)
_YOUNG: Final = timedelta(days=1)
"""Older clips get their video when somebody asks."""
_NICE: Final = 10
_NOTHING_SEEN: Final = "nothing_to_analyse"


def video_of(service: Service, record: ClipRecord) -> bytes | None:
    """MP4; None where a worker makes it now. Raises ClipFileUnknown where there is none: no report
    yet, no pictures, the original gone before it was made."""
    if record.report_en is None or record.kind != "video":
        raise _no_video()
    with writing(service.records) as session:
        lock_clip(session, record.id)
        kept = session.get(ClipVideo, record.id)
        if kept is None:
            kept = ClipVideo(clip_id=record.id)
            session.add(kept)
        if kept.file_key is None:
            if kept.error_code is not None or record.file_key == ORIGINAL_REMOVED:
                raise _no_video()
            kept.asked_at = kept.asked_at or datetime.now(UTC)
        key = kept.file_key
    return None if key is None else service.files.read(key)


def make_next(service: Service, *, ahead: bool = True) -> bool:
    """Make one video; False where none is wanted. ahead: also one that nobody asked for.

    Raises RecordsUnavailable, FilesUnavailable, StorageFull; the video is then made later."""
    record = _claimed(service, ahead=ahead)
    if record is None:
        return False
    error_code, content = None, b""
    try:
        with service.files.open_local(record.file_key) as path:
            clip = read_for_video(path, service.settings.limits())
        if clip.frames:
            content = shown_video(clip)
        else:
            error_code = _NOTHING_SEEN
    except (ClipError, FileMissing) as error:
        error_code = error.code
    key = f"{clip_prefix(record.id)}video.mp4"
    if content:
        service.files.put_bytes(key, content)
    try:
        with writing(service.records) as session:
            lock_clip(session, record.id)
            kept = session.get_one(ClipVideo, record.id)
            kept.asked_at, kept.error_code = None, error_code
            if content:
                kept.file_key, kept.size_bytes = key, len(content)
    except ClipUnknown:
        service.files.delete_all(clip_prefix(record.id))
    return True


class Videos:
    """Makes them in a thread of its own, at a low priority. busy: whether the worker has clips to
    analyse, which come first. resting: whether it has had nothing to do for a while; videos that
    nobody asked for wait for that."""

    def __init__(
        self, service: Service, busy: Callable[[], bool], resting: Callable[[], bool]
    ) -> None:
        self._service = service
        self._busy = busy
        self._resting = resting
        self._one = threading.Lock()

    def begin(self) -> None:
        """Returns at once; does nothing while it is at one."""
        if not self._busy() and self._one.acquire(blocking=False):
            threading.Thread(target=self._run, name="videos", daemon=True).start()

    def _run(self) -> None:
        try:
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
            while not self._busy() and make_next(self._service, ahead=self._resting()):
                pass
        except TingzhenError as error:
            log.warning("a video is made later", extra={"code": error.code})
        finally:
            self._one.release()


def _claimed(service: Service, *, ahead: bool = True) -> ClipRecord | None:
    """The next clip to make one for, which nobody else begins with for a while."""
    ahead = ahead and service.settings.workshop_videos == "ahead"
    now = datetime.now(UTC)
    with reading(service.records) as session:
        asked = (
            select(ClipVideo.clip_id)
            .where(
                ClipVideo.asked_at.is_not(None),
                or_(ClipVideo.begun_at.is_(None), ClipVideo.begun_at < now - _LEFT_FOR),
            )
            .order_by(ClipVideo.asked_at)
        )
        wanted = session.scalars(asked.limit(1)).first()
        busy = ahead and count_clips(session, ClipFilter(states=["waiting", "running"]))
        if wanted is None and ahead and not busy:
            unasked = select(ClipRecord.id).where(
                ClipRecord.state == "done", ClipRecord.kind == "video",
                ClipRecord.workshop.is_not(None), ClipRecord.created_at > now - _YOUNG,
                ClipRecord.file_key != ORIGINAL_REMOVED,
                ~select(ClipVideo).where(ClipVideo.clip_id == ClipRecord.id).exists(),
            )  # fmt: skip
            newest = unasked.order_by(ClipRecord.created_at.desc())
            wanted = session.scalars(newest.limit(1)).first()
    if wanted is None:
        return None
    with suppress(ClipUnknown), writing(service.records) as session:
        record = lock_clip(session, wanted)
        kept = session.get(ClipVideo, wanted)
        if kept is None:
            kept = ClipVideo(clip_id=wanted)
            session.add(kept)
        elif kept.begun_at is not None and kept.begun_at >= now - _LEFT_FOR:
            return None  # another worker was faster
        kept.begun_at = now
        return record
    return None


def _no_video() -> ClipFileUnknown:
    return ClipFileUnknown(
        Text("这段记录没有可供观看的视频。", "The clip has no video that could be shown.")
    )
