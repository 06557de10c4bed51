"""How many uploads one sender may have open: nobody fills the disk or the line alone."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tingzhen.errors import TooManyUploads
from tingzhen.language import Text
from tingzhen.serving.records import Upload, reading
from tingzhen.serving.service import Service

_RETRY_AFTER_S: Final = 10.0


class OpenUploads:
    """Uploads that this process is receiving whole, and resumable ones that are unfinished."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._most = service.settings.open_uploads
        self._receiving: Counter[str] = Counter()
        self._lock = Lock()

    def require_room(self, owner: str) -> None:
        """Blocking. Raises TooManyUploads."""
        with reading(self._service.records) as session:
            unfinished = count_unfinished(session, owner)
        if unfinished + self._receiving[owner] >= self._most:
            too_many = TooManyUploads(
                Text(f"您有 {self._most} 个未完成的上传，已达上限。请先完成或取消其中一个。",
                     f"{self._most} of your uploads are unfinished, which is the limit. Finish or "
                     "end one of them first.")
            )  # fmt: skip
            too_many.retry_after_s = _RETRY_AFTER_S
            raise too_many

    @contextmanager
    def receiving(self, owner: str) -> Iterator[None]:
        """Count one more while it is received."""
        with self._lock:
            self._receiving[owner] += 1
        try:
            yield
        finally:
            with self._lock:
                self._receiving[owner] -= 1
                if not self._receiving[owner]:
                    del self._receiving[owner]


def count_unfinished(session: Session, owner: str) -> int:
    """Resumable uploads of the owner that can still be gone on with."""
    query = select(func.count(Upload.id)).where(
        Upload.owner == owner, Upload.offset_bytes < Upload.size_bytes,
        Upload.expires_at > datetime.now(UTC),
    )  # fmt: skip
    return session.execute(query).scalar_one()
