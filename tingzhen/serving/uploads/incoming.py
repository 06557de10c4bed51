"""A file on its way in: bytes go to the disk as they come, never a whole clip in memory."""

import errno
import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tingzhen.errors import EmptyFile, StorageFull, TooLarge, UnknownFormat
from tingzhen.language import Text
from tingzhen.media.sniff import SNIFF_BYTES, sniff

BLOCK_BYTES: Final = 1 << 20
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Received:
    """A file that arrived whole. path: ours, to be moved or removed. sha256: hexadecimal."""

    path: Path
    sha256: str
    size_bytes: int


class Incoming:
    """One file being received under a name of ours; used by one thread at a time, blocking.

    It is locked while it is open, so that clearing left-overs never takes it from a living sender.
    """

    def __init__(self, folder: Path, *, most_bytes: int, announced_bytes: int = 0) -> None:
        """announced_bytes: what is about to come, where that is known. Raises TooLarge and
        StorageFull before a byte of it is read, so that nobody sends in vain."""
        self._most = most_bytes
        self._size = 0
        self._hash = hashlib.sha256()
        self._head = b""
        if announced_bytes > most_bytes:
            raise too_large(most_bytes)
        with storage_errors():
            require_room(folder, announced_bytes)
            self.path = folder / uuid.uuid4().hex
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._fd, fcntl.LOCK_EX)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Raises TooLarge and StorageFull."""
        if self._size + len(data) > self._most:
            raise too_large(self._most)
        with storage_errors():
            write_all(self._fd, data)
        if len(self._head) < SNIFF_BYTES:
            self._head += bytes(data[: SNIFF_BYTES - len(self._head)])
        self._size += len(data)
        self._hash.update(data)

    def finish(self) -> Received:
        """On disk when this returns. Raises EmptyFile, UnknownFormat and StorageFull."""
        check_kind(self._head)
        with storage_errors():
            os.fsync(self._fd)
        self._close()
        return Received(self.path, self._hash.hexdigest(), self._size)

    def discard(self) -> None:
        """Remove what there is of it; nothing where it was moved or removed already."""
        self._close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def write_all(fd: int, data: bytes | bytearray | memoryview) -> None:
    """Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def check_kind(head: bytes) -> None:
    """Whether a file that begins with `head` can be a clip at all; the decoder says the rest.

    Raises EmptyFile and UnknownFormat.
    """
    if not head:
        raise EmptyFile(
            Text("文件是空的。请重新录制或重新上传。",
                 "The file is empty. Record or send it again.")
        )  # fmt: skip
    if sniff(head) is None:
        raise UnknownFormat(
            Text("这不是可接受的视频、音频或照片。请发送手机录制的原文件。",
                 "This is none of the accepted videos, audio files or photos. "
                 "Send the file as the phone recorded it.")
        )  # fmt: skip


def too_large(most_bytes: int) -> TooLarge:
    megabytes = most_bytes / 1e6
    return TooLarge(
        Text(f"文件超过 {megabytes:g} MB 上限。请截取较短的一段，或以较低分辨率录制。",
             f"The file is larger than {megabytes:g} MB. Cut out a shorter part or record at a "
             "lower resolution.")
    )  # fmt: skip


def require_room(folder: Path, size_bytes: int) -> None:
    """Raises StorageFull where the disk has no room for so many bytes, OSError."""
    if shutil.disk_usage(folder).free < size_bytes:
        raise _full()


@contextmanager
def storage_errors() -> Iterator[None]:
    """A disk without room becomes StorageFull; other errors of the system stay what they are."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _full() from error
        raise


def clear_left_overs(folder: Path) -> int:
    """Remove files that a stop cut short: those that nobody holds. Returns how many."""
    removed = 0
    for path in folder.iterdir():
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            removed += 1
    return removed


def _full() -> StorageFull:
    full = StorageFull(
        Text("服务的磁盘已满，这次上传没有保存。请稍后再试；管理员请清理磁盘。",
             "The disk of the service is full, so this upload was not kept. Try again later; "
             "whoever runs the service has to make room.")
    )  # fmt: skip
    full.retry_after_s = 60.0
    return full
