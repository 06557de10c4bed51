"""The file of a backup: a tar archive whose last entry lists all others with their hashes.

data/...                   small files of the data folder
files/<key>                files of the store
records/<table>.jsonl      rows, one JSON object a line; cases/<table>.jsonl likewise
manifest.json              the list: whoever reads it has read an archive that was finished
"""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tingzhen.errors import BackupInvalid
from tingzhen.language import Text

MANIFEST: Final = "manifest.json"
_CHUNK_BYTES: Final = 1 << 20
_LONGEST_MANIFEST_BYTES: Final = 1 << 30


class Entry(BaseModel):
    """What the archive must hold under a name."""

    model_config = ConfigDict(extra="forbid")
    size_bytes: int
    sha256: str


class Manifest(BaseModel):
    """revisions: of the tables when the backup was made; None where there were none."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    schema_: Literal["tingzhen.backup/1"]
    version: str
    made_at: datetime
    revisions: dict[str, str | None]
    entries: dict[str, Entry]


class ArchiveWriter:
    """Adds entries one after another, and the list at the end."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.entries: dict[str, Entry] = {}

    def add(self, name: str, size_bytes: int, chunks: Iterable[bytes]) -> None:
        """Raises OSError, also where there are fewer bytes than were announced."""
        reader = _Hashing(chunks)
        info = tarfile.TarInfo(name)
        info.size = size_bytes
        self._tar.addfile(info, reader)
        self.entries[name] = Entry(size_bytes=size_bytes, sha256=reader.digest.hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """Raises OSError."""
        with path.open("rb") as file:
            self.add(name, path.stat().st_size, iter(lambda: file.read(_CHUNK_BYTES), b""))

    def finish(self, version: str, made_at: datetime, revisions: dict[str, str | None]) -> None:
        """Write the list; nothing can be added after it. Raises OSError."""
        manifest = Manifest(
            schema_="tingzhen.backup/1", version=version, made_at=made_at,
            revisions=revisions, entries=self.entries,
        )  # fmt: skip
        content = manifest.model_dump_json(indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


@contextmanager
def writing_archive(path: Path) -> Iterator[ArchiveWriter]:
    """A new file that its owner alone may read. Raises OSError, FileExistsError."""
    path.touch(mode=0o600, exist_ok=False)
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        yield ArchiveWriter(tar)


def check_archive(path: Path) -> Manifest:
    """Read all of an archive and compare it with its list. Raises BackupInvalid."""
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    with archive_errors(path):
        for name, file, size_bytes in _members(path):
            if manifest is not None:
                raise _damaged(path, "there is more after its list")
            if name == MANIFEST:
                manifest = _parse(path, file.read(_LONGEST_MANIFEST_BYTES))
                continue
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
            found[name] = Entry(size_bytes=size_bytes, sha256=digest.hexdigest())
    if manifest is None:
        raise _damaged(path, "its list is missing, as when writing it was cut short")
    for name in sorted(found.keys() | manifest.entries.keys()):
        if found.get(name) != manifest.entries.get(name):
            raise _damaged(path, f"{name} is not as it was written")
    return manifest


def read_entries(path: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, IO[bytes]]]:
    """The entries with those names, in the archive's order; read each before the next. See
    `archive_errors` for what reading raises."""
    for name, file, _ in _members(path):
        if name != MANIFEST and wanted(name):
            yield name, file


@contextmanager
def archive_errors(path: Path) -> Iterator[None]:
    """Errors of reading an archive as BackupInvalid."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise BackupInvalid(
            Text(f"无法读取备份 {path}：{error.strerror or error}。请检查路径。",
                 f"The backup {path} cannot be read: {error.strerror or error}. Check the path.")
        ) from error  # fmt: skip


def _members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with tarfile.open(path, "r:") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is None:
                raise _damaged(path, f"{member.name} is no file")
            with file:
                yield member.name, file, member.size


def _parse(path: Path, content: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise _damaged(path, "its list cannot be read, or is of a newer version") from error


def _damaged(path: Path, reason: str) -> BackupInvalid:
    return BackupInvalid(
        Text(f"备份 {path} 已损坏（{reason}），没有恢复任何内容。请使用另一份备份。",
             f"The backup {path} is damaged ({reason}); nothing was restored. Use another backup.")
    )  # fmt: skip


class _Hashing(io.RawIOBase):
    """Chunks as a file, hashed on their way."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._left += chunk
        end = len(self._left) if size < 0 else size
        part, self._left = self._left[:end], self._left[end:]
        self.digest.update(part)
        return part
