"""JSON in and out: read strictly (RFC 8259) together with its places."""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import Finding, Place
from tingzhen.language import Text

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?")
_INTEGER_DIGITS: Final = 19
"""Of the longest integer that stays one."""

_LITERALS: Final = {"true": True, "false": False, "null": None}
_Path = tuple[str | int, ...]


class _Unusable(Exception):
    def __init__(self, at: int, zh: str, en: str) -> None:
        super().__init__(en)
        self.at, self.text = at, Text(zh, en)


def read_json(path: Path) -> Document | Finding:
    """Read one JSON file; "file_unreadable" when it is no UTF-8 JSON or has a key twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return Finding("file_unreadable", Place(path.name, 1, 1),
                       Text("无法以 UTF-8 读取", "cannot be read as UTF-8"))  # fmt: skip
    places: dict[_Path, int] = {}
    place = _place_in(path.name, text)
    try:
        data = _whole(text, places)
    except _Unusable as error:
        return Finding("file_unreadable", place(error.at),
                       Text(f"不是有效的 JSON：{error.text.zh}",
                            f"not valid JSON: {error.text.en}"))  # fmt: skip
    except RecursionError:
        return Finding("file_unreadable", place(0),
                       Text("嵌套过深", "nested too deeply"))  # fmt: skip

    def place_of(wanted: Any) -> Place:
        found: _Path = tuple(wanted)
        while found not in places:
            found = found[:-1]
        return place(places[found])

    return Document(path.name, data, place_of)


def write_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _place_in(name: str, text: str) -> Callable[[int], Place]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(at: int) -> Place:
        row = bisect_right(starts, at)
        return Place(name, row, at - starts[row - 1] + 1)

    return place


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return at if space is None else space.end()


def _whole(text: str, places: dict[_Path, int]) -> Any:
    data, end = _value(text, 0, (), places)
    end = _skip(text, end)
    if end < len(text):
        raise _Unusable(end, "多余的内容", "something follows the end")
    return data


def _value(text: str, at: int, path: _Path, places: dict[_Path, int]) -> tuple[Any, int]:
    at = _skip(text, at)
    places.setdefault(path, at)
    first = text[at : at + 1]
    if first == "{":
        return _mapping(text, at, path, places)
    if first == "[":
        return _sequence(text, at, path, places)
    if first == '"':
        return _string(text, at)
    for literal, value in _LITERALS.items():
        if text.startswith(literal, at):
            return value, at + len(literal)
    number = _NUMBER.match(text, at)
    if number is None:
        raise _Unusable(at, "此处须有一个值", "a value is missing here")
    whole, fraction, exponent = number.groups()
    if fraction is None and exponent is None and len(whole.removeprefix("-")) <= _INTEGER_DIGITS:
        return int(whole), number.end()
    if not math.isfinite(float(number.group())):
        raise _Unusable(at, "数字过大", "the number is too large")
    return float(number.group()), number.end()


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = scanstring(text, at + 1, True)
    except json.JSONDecodeError as error:
        raise _Unusable(error.pos, "字符串有误", error.msg) from error
    return str(value), int(end)


def _mapping(text: str, at: int, path: _Path, places: dict[_Path, int]) -> tuple[Any, int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if found:
            at = _skip(text, _expect(text, at, ","))
        if text[at : at + 1] != '"':
            raise _Unusable(at, "此处须有带引号的键", "a key in quotes is missing here")
        start = at
        key, at = _string(text, at)
        if key in found:
            raise _Unusable(start, f"键“{key}”重复", f'key "{key}" twice')
        places[*path, key] = start
        found[key], at = _value(text, _expect(text, _skip(text, at), ":"), (*path, key), places)
        at = _skip(text, at)
    return found, at + 1


def _sequence(text: str, at: int, path: _Path, places: dict[_Path, int]) -> tuple[Any, int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        if found:
            at = _skip(text, _expect(text, at, ","))
        item, at = _value(text, at, (*path, len(found)), places)
        found.append(item)
        at = _skip(text, at)
    return found, at + 1


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise _Unusable(at, f"此处须为“{sign}”", f'"{sign}" is missing here')
    return at + 1
