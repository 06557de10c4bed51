"""Files of the service under keys: originals by their content, and what was made of each clip.

The same calls for a local folder and for S3 (obstore). Blocking; call them in worker threads.
"""

import contextlib
import errno
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from tingzhen.errors import FileMissing, FilesUnavailable, StorageFull
from tingzhen.language import Text
from tingzhen.serving.files.durable import (
    make_folder,
    place_bytes,
    place_file,
    remove_empty,
    remove_file,
)

if TYPE_CHECKING:
    from obstore import GetResult

_STAGING: Final = ".staging"
_STAGED_AT_MOST_S: Final = 86_400
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of the store."""

    key: str
    size_bytes: int
    changed_at: datetime


def original_key(sha256: str) -> str:
    """Key of a clip's original: the same content has the same key, and is kept once."""
    return f"originals/{sha256[:2]}/{sha256}"


def clip_prefix(clip_id: str) -> str:
    """Beginning of the keys of what was made of a clip; ends with a slash."""
    return f"clips/{clip_id}/"


class FileStore:
    """Files under keys; safe to use from several threads and processes.

    All methods raise FilesUnavailable when the store cannot be reached or refuses, and StorageFull
    when it has no room.
    """

    def __init__(self, store: ObjectStore, url: str, folder: Path | None) -> None:
        """url: for people, without secrets. folder: of a local store."""
        self.url = url
        self._store = store
        self._folder = folder
        if folder is not None:
            with reported_files(url):
                make_folder(folder)
                _clear(folder / _STAGING)

    def put(self, key: str, path: Path) -> None:
        """Keep a file under a key, in place of what is there; durable when it returns. The store
        may link the file instead of copying it: write nothing to it afterwards."""
        with reported_files(self.url):
            if self._folder is not None:
                place_file(path, self._local(key), self._folder / _STAGING)
            else:
                obstore.put(self._store, key, path)

    def put_bytes(self, key: str, content: bytes) -> None:
        """Keep some bytes under a key, in place of what is there; durable when it returns."""
        with reported_files(self.url):
            if self._folder is not None:
                place_bytes(content, self._local(key), self._folder / _STAGING)
            else:
                obstore.put(self._store, key, content)

    def keep_original(self, path: Path, sha256: str) -> str:
        """Keep a clip's file under the key of its content, which is returned; nothing is written
        when it is there. sha256: of the file, 64 hexadecimal digits. See `put`."""
        key = original_key(sha256)
        if self._size_bytes(key) != path.stat().st_size:
            self.put(key, path)
        return key

    def read(self, key: str) -> bytes:
        """All of a file, for small ones. Raises FileMissing."""
        with reported_files(self.url, key):
            return bytes(obstore.get(self._store, key).bytes())

    def stream(self, key: str) -> tuple[int, Iterator[bytes]]:
        """A file's size in bytes, and its content piece by piece, about 1 MiB each: of one version
        of it, whatever is put or deleted meanwhile. Raises FileMissing."""
        with reported_files(self.url, key):
            found = obstore.get(self._store, key)
            return found.meta["size"], self._pieces(key, found)

    def _pieces(self, key: str, found: "GetResult") -> Iterator[bytes]:
        with reported_files(self.url, key):
            for piece in found.stream(min_chunk_size=_CHUNK_BYTES):
                yield bytes(piece)

    @contextmanager
    def open_local(self, key: str) -> Iterator[Path]:
        """A path on this machine at which the file can be read while the context is open: the
        file itself, or a copy that is fetched. Do not write to it. Raises FileMissing."""
        if self._folder is not None:
            path = self._local(key)
            if not path.is_file():
                raise _missing(key)
            yield path
            return
        with tempfile.NamedTemporaryFile(prefix="tingzhen-") as copy:
            for chunk in self.stream(key)[1]:
                with reported_files(self.url):
                    copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def exists(self, key: str) -> bool:
        return self._size_bytes(key) is not None

    def size_bytes(self, key: str) -> int:
        """Raises FileMissing."""
        size = self._size_bytes(key)
        if size is None:
            raise _missing(key)
        return size

    def files(self, prefix: str = "") -> Iterator[StoredFile]:
        """The files whose keys begin with a prefix that is empty or ends with a slash."""
        with reported_files(self.url):
            for page in obstore.list(self._store, prefix or None):
                for found in page:
                    if not found["path"].startswith(f"{_STAGING}/"):
                        yield StoredFile(found["path"], found["size"], found["last_modified"])

    def delete(self, key: str) -> None:
        """Remove a file for good; one that is not there is fine."""
        with reported_files(self.url):
            if self._folder is not None:
                remove_file(self._local(key))
            else:
                with contextlib.suppress(FileNotFoundError):
                    obstore.delete(self._store, key)

    def delete_all(self, prefix: str) -> None:
        """Remove every file whose key begins with a prefix that ends with a slash."""
        for file in list(self.files(prefix)):
            self.delete(file.key)
        if self._folder is not None:
            remove_empty(self._local(prefix.removesuffix("/")))

    def check(self) -> None:
        """Whether the store answers: a file is written, read and removed."""
        key = f"checks/{time.time_ns()}"
        self.put_bytes(key, b"ok")
        self.read(key)
        self.delete(key)

    def _local(self, key: str) -> Path:
        assert self._folder is not None  # noqa: S101 - asked for local stores alone
        parts = key.split("/")
        if not all(parts) or {".", ".."} & set(parts):
            raise ValueError(f"not a key: {key!r}")
        return self._folder.joinpath(*parts)

    def _size_bytes(self, key: str) -> int | None:
        with reported_files(self.url):
            try:
                return obstore.head(self._store, key)["size"]
            except FileNotFoundError:
                return None


@contextmanager
def reported_files(url: str, key: str | None = None) -> Iterator[None]:
    """Errors of the store as errors for people; key: of a file that should be there."""
    try:
        yield
    except (BaseError, OSError) as error:
        if isinstance(error, FileNotFoundError) and key is not None:
            raise _missing(key) from error
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                Text(f"文件存储 {url} 已满。请腾出空间后重试。",
                     f"The file store {url} is full. Make room and try again.")
            ) from error  # fmt: skip
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise FilesUnavailable(
            Text(f"文件存储 {url} 无法使用：{reason}。请检查 TINGZHEN_FILES_URL 及其权限。",
                 f"The file store {url} cannot be used: {reason}. Check TINGZHEN_FILES_URL and "
                 "what it permits.")
        ) from error  # fmt: skip


def _missing(key: str) -> FileMissing:
    return FileMissing(
        Text(f"文件 {key} 已不在存储中。请恢复备份，或重新上传。",
             f"The file {key} is not in the store any more. Restore a backup, or upload again.")
    )  # fmt: skip


def _clear(staging: Path) -> None:
    """Remove what a stop left behind long ago; what is younger may still be written."""
    if not staging.is_dir():
        return
    for file in staging.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > _STAGED_AT_MOST_S:
                file.unlink()
