"""Arrays of different lengths in one file on disk, written in portions and read as a map.

Features of thousands of hearings do not fit into memory next to a network, and a run that was cut
off goes on where it stopped.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class Ragged:
    """Item i is an array (length i, width)."""

    def __init__(self, data: NDArray[np.generic], lengths: Sequence[int]) -> None:
        self.data = data
        self.starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def width(self) -> int:
        return int(self.data.shape[1])

    def __getitem__(self, i: int) -> NDArray[np.float32]:
        return np.asarray(self.data[self.starts[i] : self.starts[i + 1]], np.float32)

    def window(self, i: int, start: int, length: int) -> NDArray[np.float32]:
        """(length, width) from frame `start` on; what is too short is repeated."""
        if self.length(i) < length:
            return np.resize(self[i], (length, self.width))
        first = self.starts[i] + start
        return np.asarray(self.data[first : first + length], np.float32)

    def length(self, i: int) -> int:
        return int(self.starts[i + 1] - self.starts[i])


class RaggedFolder:
    """Several kinds of arrays of the same items, each kind in a file NAME.raw of `folder`."""

    def __init__(self, folder: Path, dtype: str = "float16") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.dtype = folder, np.dtype(dtype)
        self._index = folder / "lengths.json"
        self.lengths: dict[str, list[int]] = {}
        self.widths: dict[str, int] = {}
        if self._index.exists():
            stored = json.loads(self._index.read_text(encoding="utf-8"))
            self.lengths, self.widths = stored["lengths"], stored["widths"]

    @property
    def items(self) -> int:
        return len(next(iter(self.lengths.values()))) if self.lengths else 0

    def append(self, portion: Sequence[Mapping[str, NDArray[np.generic]]]) -> None:
        """Add items; each maps every kind to an array (length, width). Bytes behind what the index
        knows, left by a run that was cut off, are overwritten."""
        for kind in portion[0]:
            width = int(portion[0][kind].shape[1])
            known = self.lengths.setdefault(kind, [])
            self.widths[kind] = width
            size = sum(known) * width * self.dtype.itemsize
            path = self._path(kind)
            with path.open("r+b" if path.exists() else "w+b") as file:
                file.truncate(size)
                file.seek(size)
                for item in portion:
                    file.write(np.ascontiguousarray(item[kind], self.dtype).tobytes())
            known += [len(item[kind]) for item in portion]
        content = json.dumps({"lengths": self.lengths, "widths": self.widths})
        self._index.write_text(content, encoding="utf-8")

    def read(self, kind: str) -> Ragged:
        lengths, width = self.lengths[kind], self.widths[kind]
        data = np.memmap(self._path(kind), self.dtype, "r", shape=(sum(lengths), width))
        return Ragged(data, lengths)

    def _path(self, kind: str) -> Path:
        return self.folder / f"{kind}.raw"
