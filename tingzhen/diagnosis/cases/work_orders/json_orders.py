"""Work orders as JSON: an object a line (JSON Lines), or one array of objects, read in parts."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.cases.work_orders.encoding import UTF8_BOM
from tingzhen.diagnosis.cases.work_orders.entries import Entry
from tingzhen.language import Text

_PART_BYTES: Final = 1 << 20
_MOST_CHARACTERS: Final = 8 << 20
_BETWEEN: Final = " \t\r\n,"


class JsonLinesFile:
    """UTF-8, one object a line. Raises OSError."""

    columns: tuple[str, ...] | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def entries(self) -> Iterator[Entry]:
        start, number = 0, 0
        with self._path.open("rb") as file:
            for line, content in enumerate(file, start=1):
                end = start + len(content)
                text = content.removeprefix(UTF8_BOM) if line == 1 else content
                if text.strip():
                    number += 1
                    fields, problem = _object(text)
                    yield Entry(number, line, start, end, fields, problem)
                start = end

    def write_rejected(self, spans: list[tuple[int, int]], path: Path) -> None:
        with self._path.open("rb") as source, path.open("wb") as target:
            for start, end in spans:
                source.seek(start)
                target.write(source.read(end - start).rstrip(b"\r\n") + b"\n")


class JsonArrayFile:
    """UTF-8, one array of objects. Where it is no JSON any more, the rest of the file is one entry
    that cannot be read. Raises OSError."""

    columns: tuple[str, ...] | None = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def entries(self) -> Iterator[Entry]:
        decoder = json.JSONDecoder()
        with self._path.open("rb") as file:
            text_of = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
            text, at, start, line, number = "", 0, 0, 1, 0
            if file.read(3) == UTF8_BOM:
                start = 3
            file.seek(0)
            over = opened = False
            while True:
                # Skip what stands between elements; the array's bracket once.
                while at < len(text) and (text[at] in _BETWEEN or (text[at] == "[" and not opened)):
                    opened |= text[at] == "["
                    line += text[at] == "\n"
                    start += 1
                    at += 1
                if at < len(text) and text[at] == "]":
                    return
                try:
                    value, after = decoder.raw_decode(text, at)
                except (ValueError, RecursionError):
                    if over or len(text) - at > _MOST_CHARACTERS:
                        if at < len(text) or not over:
                            problem = Text(
                                "从这里起不是有效的 JSON", "is no valid JSON from here on"
                            )
                            yield Entry(number + 1, line, start, self.size, None, problem)
                        return
                    part = file.read(_PART_BYTES)
                    over = not part
                    text, at = text[at:] + text_of.decode(part, over), 0
                    continue
                content = text[at:after]
                end = start + len(content.encode("utf-8", "surrogateescape"))
                number += 1
                fields, problem_ = _fields(value)
                yield Entry(number, line, start, end, fields, problem_)
                line, start, at = line + content.count("\n"), end, after

    def write_rejected(self, spans: list[tuple[int, int]], path: Path) -> None:
        with self._path.open("rb") as source, path.open("wb") as target:
            target.write(b"[\n")
            for number, (start, end) in enumerate(spans):
                source.seek(start)
                target.write((b",\n" if number else b"") + source.read(end - start))
            target.write(b"\n]\n")


def _object(content: bytes) -> tuple[dict[str, Any] | None, Text | None]:
    try:
        return _fields(json.loads(content))
    except (ValueError, RecursionError):
        return None, Text("不是有效的 JSON", "is not valid JSON")


def _fields(value: Any) -> tuple[dict[str, Any] | None, Text | None]:
    if not isinstance(value, dict):
        return None, Text("不是 JSON 对象", "is not a JSON object")
    return value, None
