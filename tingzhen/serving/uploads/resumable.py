"""Resumable uploads on disk: what was acknowledged is there after any stop, of line or machine.

The record's offset is what is safe; what the file holds beyond it was never acknowledged and is
cut off before the upload goes on. When all of it is there it becomes the clip of the same id, and
its file goes: while the file is there, that is still to be done.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select

from tingzhen.errors import UploadExpired, UploadUnknown
from tingzhen.language import Text
from tingzhen.serving.files import sync
from tingzhen.serving.records import Upload, reading, writing
from tingzhen.serving.service import Service
from tingzhen.serving.uploads.incoming import check_kind, require_room, storage_errors, too_large

_FOLDER: Final = "uploads"


def begin(service: Service, owner: str, size_bytes: int, details: Mapping[str, str]) -> Upload:
    """A new upload, on disk. Raises TooLarge, EmptyFile, StorageFull, RecordsUnavailable."""
    settings = service.settings
    if size_bytes > settings.max_bytes:
        raise too_large(settings.max_bytes)
    if size_bytes == 0:
        check_kind(b"")
    upload_id = uuid.uuid4().hex
    folder = settings.data_dir / _FOLDER
    path = folder / upload_id
    with storage_errors():
        folder.mkdir(parents=True, exist_ok=True)
        require_room(folder, size_bytes)
        path.touch(mode=0o600, exist_ok=False)
        sync(folder)
    upload = Upload(
        id=upload_id, owner=owner, size_bytes=size_bytes, details=dict(details),
        expires_at=expiry(service), path=str(path),
    )  # fmt: skip
    try:
        with writing(service.records) as session:
            session.add(upload)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def find(service: Service, upload_id: str) -> Upload:
    """Raises UploadUnknown, also where its file is on another machine, and UploadExpired."""
    upload = _recorded(service, upload_id)
    if not (is_finished(upload) or Path(upload.path).is_file()):
        upload = _recorded(service, upload_id)  # finished since, perhaps: that removes the file
        if not is_finished(upload):
            raise unknown()
    if not is_finished(upload) and upload.expires_at <= datetime.now(UTC):
        raise UploadExpired(
            Text("这次上传已过期。请重新开始上传。", "This upload has expired. Begin a new one.")
        )
    return upload


def _recorded(service: Service, upload_id: str) -> Upload:
    with reading(service.records) as session:
        upload = session.get(Upload, upload_id)
    if upload is None:
        raise unknown()
    return upload


def is_finished(upload: Upload) -> bool:
    """Whether all bytes of it are safe."""
    return upload.offset_bytes == upload.size_bytes


def end(service: Service, upload_id: str) -> None:
    """Remove an upload with its bytes; the clip that it may have become stays."""
    with writing(service.records) as session:
        upload = session.get(Upload, upload_id)
        if upload is None:
            return
        path = Path(upload.path)
        session.delete(upload)
    path.unlink(missing_ok=True)


def end_expired(service: Service) -> int:
    """Remove what nobody went on with in time. Returns how many."""
    with writing(service.records) as session:
        expired = session.execute(
            delete(Upload).where(Upload.expires_at <= datetime.now(UTC)).returning(Upload.path)
        ).scalars().all()  # fmt: skip
    for path in expired:
        Path(path).unlink(missing_ok=True)
    return len(expired)


def clear_unrecorded(service: Service) -> int:
    """Remove files of uploads that a stop cut short before anybody was told of them. At start,
    before uploads are taken. Returns how many."""
    folder = service.settings.data_dir / _FOLDER
    if not folder.is_dir():
        return 0
    with reading(service.records) as session:
        recorded = set(session.scalars(select(Upload.path)))
    left_over = [path for path in folder.iterdir() if str(path) not in recorded]
    for path in left_over:
        path.unlink(missing_ok=True)
    return len(left_over)


def unknown() -> UploadUnknown:
    return UploadUnknown(
        Text("没有这个编号的上传，请重新开始上传。",
             "No upload with that id is open. Begin a new one.")
    )  # fmt: skip


def expiry(service: Service) -> datetime:
    """Of an upload that is gone on with now."""
    return datetime.now(UTC) + timedelta(seconds=service.settings.upload_expiry_s)
