"""Files that belong to no clip: a stop came between a file and its record, or between a record's
end and its file's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import select

from tingzhen.serving.files import StoredFile
from tingzhen.serving.logs import log
from tingzhen.serving.records import ClipRecord, file_used, lock_file, reading, writing
from tingzhen.serving.service import Service

GRACE: Final = timedelta(days=1)
"""A younger file may belong to an upload that is about to be recorded."""

_AT_ONCE: Final = 500
_OF_CLIPS: Final = ("originals/", "clips/")


def remove_left_overs(service: Service, *, now: datetime) -> int:
    """Remove them once they are older than GRACE; how many there were. Whoever records a clip with
    such a file at the same moment finds it gone and puts it there again (uploads/accept.py).

    Raises RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    old = (
        file
        for prefix in _OF_CLIPS
        for file in service.files.files(prefix)
        if file.changed_at < now - GRACE
    )
    removed = 0
    while page := list(islice(old, _AT_ONCE)):
        for file in _without_clip(service, page):
            removed += _remove(service, file.key)
    if removed:
        log.info("files of no clip removed", extra={"files": removed})
    return removed


def _without_clip(service: Service, page: list[StoredFile]) -> Iterator[StoredFile]:
    keys, ids = [file.key for file in page], {_clip_of(file.key) for file in page}
    with reading(service.records) as session:
        used = set(
            session.scalars(select(ClipRecord.file_key).where(ClipRecord.file_key.in_(keys)))
        )
        there = set(session.scalars(select(ClipRecord.id).where(ClipRecord.id.in_(ids))))
    for file in page:
        if file.key not in used and _clip_of(file.key) not in there:
            yield file


def _remove(service: Service, key: str) -> bool:
    with writing(service.records) as session:
        lock_file(session, key)
        if file_used(session, key) or session.get(ClipRecord, _clip_of(key)) is not None:
            return False
        service.files.delete(key)
    return True


def _clip_of(key: str) -> str:
    """The id of the clip that a file was made of; none of an original."""
    first, _, rest = key.partition("/")
    return rest.split("/")[0] if first == "clips" else ""
