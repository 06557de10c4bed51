"""One part of a resumable upload on its way to the disk."""

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from tingzhen.errors import UploadLocked, UploadOffsetWrong
from tingzhen.language import Text
from tingzhen.media.sniff import SNIFF_BYTES
from tingzhen.serving.records import Upload, reading, writing
from tingzhen.serving.service import Service
from tingzhen.serving.uploads.digests import Checksum, new_hash
from tingzhen.serving.uploads.incoming import (
    BLOCK_BYTES,
    Received,
    check_kind,
    storage_errors,
    too_large,
    write_all,
)
from tingzhen.serving.uploads.resumable import expiry, unknown


class PartWriter:
    """Writes one part; blocking, one thread at a time. Close it, whatever happens."""

    def __init__(
        self, service: Service, upload: Upload, offset: int, checksum: Checksum | None
    ) -> None:
        """Raises UploadOffsetWrong, UploadLocked, UploadUnknown."""
        self._service = service
        self._id = upload.id
        self._size = upload.size_bytes or 0
        self._path = Path(upload.path)
        self._checksum = checksum
        self._part_hash = new_hash(checksum)
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError as error:
            self._due(offset)  # another request has just sent the last part
            raise unknown() from error
        try:
            self._lock()
            self.offset = self._start = self._due(offset)
            os.ftruncate(self._fd, offset)
            os.lseek(self._fd, offset, os.SEEK_SET)
        except BaseException:
            self.close()
            raise
        # A file that comes in one part needs not be read again for its hash.
        self._whole_hash = hashlib.sha256() if offset == 0 else None

    @property
    def whole(self) -> bool:
        return self.offset == self._size

    def write(self, data: bytes | bytearray) -> None:
        """Raises TooLarge beyond the announced size, StorageFull."""
        if self.offset + len(data) > self._size:
            raise too_large(self._size)
        with storage_errors():
            write_all(self._fd, data)
        self.offset += len(data)
        for hashing in (self._part_hash, self._whole_hash):
            if hashing is not None:
                hashing.update(data)

    def keep(self, *, cut_short: bool = False) -> None:
        """Acknowledge what was written: on disk, then in the record, when this returns.

        cut_short: the line broke; a part with a checksum, which cannot be checked then, is thrown
        away. Raises ChecksumMismatch, StorageFull; the part is thrown away then.
        """
        if self._checksum is not None and self._part_hash is not None:
            if cut_short:
                self.offset = self._start
                return
            self._checksum.check(self._part_hash.digest())
        with storage_errors():
            os.fsync(self._fd)
        with writing(self._service.records) as session:
            upload = session.get(Upload, self._id)
            if upload is None:
                raise unknown()
            upload.offset_bytes = self.offset
            upload.expires_at = expiry(self._service)

    def received(self) -> Received:
        """The whole file, kept before. Raises UnknownFormat where it can be no clip."""
        os.lseek(self._fd, 0, os.SEEK_SET)
        check_kind(os.pread(self._fd, SNIFF_BYTES, 0))
        hashing = self._whole_hash
        if hashing is None:
            hashing = hashlib.sha256()
            while block := os.read(self._fd, BLOCK_BYTES):
                hashing.update(block)
        return Received(self._path, hashing.hexdigest(), self._size)

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadLocked(
                Text("这次上传正由另一个请求写入。请稍后再试。",
                     "Another request is writing this upload. Try again.")
            ) from error  # fmt: skip

    def _due(self, offset: int) -> int:
        """The offset, read again under the lock. Raises UploadOffsetWrong, UploadUnknown."""
        with reading(self._service.records) as session:
            upload = session.get(Upload, self._id)
        if upload is None:
            raise unknown()
        if upload.offset_bytes != offset:
            raise UploadOffsetWrong(
                Text(f"应从第 {upload.offset_bytes} 字节继续，而不是 {offset}。请先用 HEAD 查询。",
                     f"The upload goes on at byte {upload.offset_bytes}, not {offset}. Ask with "
                     "HEAD first.")
            )  # fmt: skip
        return offset
