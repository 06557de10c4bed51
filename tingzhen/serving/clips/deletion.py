"""Deleting a clip for good: record, events, job, session, and every file that no other clip has."""

from pathlib import Path
from typing import Protocol

from tingzhen.serving.case_of_clip import case_id_of
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.records import (
    ClipRecord,
    Upload,
    delete_clip,
    file_used,
    lock_clip,
    lock_file,
    writing,
)
from tingzhen.serving.service import Service


class SessionsOfClips(Protocol):
    """Guided sessions, as far as they are about clips."""

    def delete_of_clip(self, clip_id: str) -> None: ...

    def forget_words(self, case_id: str) -> None: ...


def delete_for_good(service: Service, sessions: SessionsOfClips, record: ClipRecord) -> None:
    """Nothing of the clip is left when this returns; where it fails it can be asked for again.

    A case that was confirmed stays among the cases, without the owner's words. Raises ClipUnknown,
    RecordsUnavailable, FilesUnavailable, SessionUnavailable, CasesUnavailable.
    """
    service.jobs.cancel(record.id)
    service.jobs.forget(record.id)
    sessions.delete_of_clip(record.id)
    if record.confirmed_fault is not None:
        sessions.forget_words(record.case_id or case_id_of(record))
    upload_path = None
    with writing(service.records) as session:
        lock_file(session, record.file_key)
        lock_clip(session, record.id)
        delete_clip(session, record.id)
        upload = session.get(Upload, record.id)
        if upload is not None:
            upload_path = Path(upload.path)
            session.delete(upload)
        # The files go before the record does: if that fails, the record is still there to ask with.
        service.files.delete_all(clip_prefix(record.id))
        if not file_used(session, record.file_key):
            service.files.delete(record.file_key)
    if upload_path is not None:
        upload_path.unlink(missing_ok=True)
