"""Work orders as separated values (CSV): each record with the bytes that it takes.

A record that cannot be read costs itself only. A quote that is never closed would swallow the rest
of the file; so a record may take 50 lines, and where it does not close by then, its first line
alone is bad and reading goes on with the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from tingzhen.diagnosis.cases.work_orders.encoding import UTF8_BOM, Encoding, find_encoding
from tingzhen.diagnosis.cases.work_orders.entries import Entry
from tingzhen.errors import OrdersError
from tingzhen.language import Text

SEPARATORS: Final = (",", "\t", ";", "|")
_QUOTE: Final = '"'
_MOST_LINES: Final = 50
_MOST_BYTES: Final = 1 << 20


class _Lines:
    """Lines of a file with a way back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ahead: deque[bytes] = deque()

    def take(self) -> bytes:
        """The next line with its end; b"" at the end. A longer one than 1 MiB comes in parts."""
        return self._ahead.popleft() if self._ahead else self._file.readline(_MOST_BYTES)

    def put_back(self, lines: list[bytes]) -> None:
        self._ahead.extendleft(reversed(lines))


class SeparatedFile:
    """A CSV file with a header. Raises OrdersError when it has none, and OSError."""

    def __init__(
        self, path: Path, *, encoding: Encoding | None = None, separator: str | None = None
    ) -> None:
        self._path = path
        self.encoding = encoding or find_encoding(path)
        self.size = path.stat().st_size
        with path.open("rb") as file:
            content = _record(_Lines(file))
        self._header_bytes = sum(map(len, content))
        text = b"".join(content).removeprefix(UTF8_BOM)
        try:
            header = text.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise _no_header(path) from error
        self.separator = separator or max(SEPARATORS, key=header.count)
        try:
            names = next(csv.reader([header], delimiter=self.separator, strict=True), [])
        except csv.Error as error:
            raise _no_header(path) from error
        if not any(name.strip() for name in names):
            raise _no_header(path)
        self.columns: tuple[str, ...] = _each_once(names)

    def entries(self) -> Iterator[Entry]:
        with self._path.open("rb") as file:
            file.seek(self._header_bytes)
            lines = _Lines(file)
            start, number = self._header_bytes, 0
            line = 1 + _line_ends(self._path, self._header_bytes)
            while content := _record(lines):
                size = sum(map(len, content))
                if b"".join(content).strip():
                    number += 1
                    entry = self._entry(number, line, start, start + size, content)
                    if entry.fields is None and len(content) > 1:
                        # What follows the first line may be good by itself.
                        lines.put_back(content[1:])
                        content, size = content[:1], len(content[0])
                        entry = Entry(number, line, start, start + size, None, entry.problem)
                    yield entry
                start, line = start + size, line + len(content)

    def write_rejected(self, spans: list[tuple[int, int]], path: Path) -> None:
        with self._path.open("rb") as source, path.open("wb") as target:
            target.write(source.read(self._header_bytes))
            for start, end in spans:
                source.seek(start)
                content = source.read(end - start)
                target.write(content if content.endswith(b"\n") else content + b"\n")

    def _entry(self, number: int, line: int, start: int, end: int, content: list[bytes]) -> Entry:
        problem: Text | None = None
        values: list[str] = []
        try:
            text = b"".join(content).decode(self.encoding)
            values = next(csv.reader([text], delimiter=self.separator, strict=True))
        except UnicodeDecodeError:
            problem = Text(f"不是有效的 {self.encoding.upper()} 文字",
                           f"is not valid {self.encoding.upper()}")  # fmt: skip
        except csv.Error:
            problem = Text("引号没有正确闭合", "has a quote that is not closed as it should be")
        else:
            if "\x00" in text:
                problem = Text("含有空字符（NUL）", "holds a NUL character")
            elif len(values) != len(self.columns):
                problem = Text(
                    f"有 {len(values)} 列，表头有 {len(self.columns)} 列",
                    f"has {len(values)} fields where the header has {len(self.columns)}",
                )
        fields = None if problem else dict(zip(self.columns, values, strict=True))
        return Entry(number, line, start, end, fields, problem)


def _record(lines: _Lines) -> list[bytes]:
    """The lines of the next record: more than one where a quoted field has line ends in it."""
    first = lines.take()
    if first.count(b'"') % 2 == 0:
        return [first] if first else []
    content, quotes, size = [first], first.count(b'"'), len(first)
    while quotes % 2 and len(content) < _MOST_LINES and size < _MOST_BYTES:
        line = lines.take()
        if not line:
            break
        content.append(line)
        quotes += line.count(b'"')
        size += len(line)
    if quotes % 2 == 0:
        return content
    lines.put_back(content[1:])
    return content[:1]


def _line_ends(path: Path, size: int) -> int:
    with path.open("rb") as file:
        return file.read(size).count(b"\n")


def _each_once(names: list[str]) -> tuple[str, ...]:
    """The names without blanks around them; a second one of the same name gets a number."""
    seen: dict[str, int] = {}
    result = []
    for raw in names:
        name = raw.strip()
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}.{seen[name]}")
    return tuple(result)


def _no_header(path: Path) -> OrdersError:
    return OrdersError(
        Text(f"{path.name} 没有可读的表头行。第一行须为列名。",
             f"{path.name} has no header that can be read. Its first line must name the columns.")
    )  # fmt: skip
