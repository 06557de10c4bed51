"""A ZIP file made piece by piece, for whoever reads it as it grows: a file, or a client."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import RawIOBase
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from tingzhen.errors import FileMissing
from tingzhen.serving.files import FileStore

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


class _Pieces(RawIOBase):
    """A file that cannot be rewound: what is written to it is taken out again and passed on."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer") -> int:
        piece = bytes(data)
        self._written.append(piece)
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        written, self._written = self._written, []
        yield from written


@dataclass
class ZipPieces:
    """Its methods give what is ready of the file; never a whole clip in memory. entries:
    what was added, by name, with size and SHA-256."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._out = _Pieces()
        self._zip = ZipFile(self._out, "w")

    def add(self, name: str, content: Iterable[bytes], how: int = ZIP_DEFLATED) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        self._zip.compression = how
        with self._zip.open(name, "w", force_zip64=True) as entry:
            for piece in content:
                entry.write(piece)
                digest.update(piece)
                size += len(piece)
                yield from self._out.taken()
        self.entries[name] = {"bytes": size, "sha256": digest.hexdigest()}
        yield from self._out.taken()

    def add_file(self, files: FileStore, name: str, key: str) -> Iterator[bytes]:
        """Nothing of one that is gone."""
        try:
            _, content = files.stream(key)
        except FileMissing:
            return
        yield from self.add(name, content, ZIP_STORED)

    def add_json(self, name: str, value: object) -> Iterator[bytes]:
        yield from self.add(name, [json.dumps(value, ensure_ascii=False, indent=1).encode()])

    def close(self) -> Iterator[bytes]:
        self._zip.close()
        yield from self._out.taken()
