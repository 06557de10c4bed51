"""Cells of a sheet: to text that a spreadsheet cannot take for a formula, and back without loss."""

import math
import re
from collections.abc import Sequence
from typing import Final

# What Excel, LibreOffice and their kin take for the start of a formula (OWASP, CSV Injection).
_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_WHOLE: Final = re.compile(r"[-+]?\d{1,18}")
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")
_FLAGS: Final = {"true": True, "yes": True, "1": True, "是": True,
                 "false": False, "no": False, "0": False, "否": False}  # fmt: skip
_BETWEEN: Final = " | "


class CellInvalid(ValueError):
    """What stands in a cell cannot be read; zh and en say what should."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def text_cell(text: str) -> str:
    """The text, with ' in front where a spreadsheet would begin to calculate."""
    return "'" + text if _FORMULA.match(text) else text


def text_of(cell: str) -> str:
    """The text of a cell: the inverse of `text_cell`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def number_cell(number: float) -> str:
    return repr(number)


def number_of(cell: str) -> float:
    """A whole or a decimal number with a point. Raises CellInvalid."""
    cell = cell.strip()
    if _WHOLE.fullmatch(cell):
        return int(cell)
    if _NUMBER.fullmatch(cell) and math.isfinite(float(cell)):
        return float(cell)
    raise CellInvalid(f"“{cell[:40]}”不是数字（小数点用 .）",
                      f'"{cell[:40]}" is no number (decimals take a point)')  # fmt: skip


def flag_cell(flag: bool) -> str:
    return "true" if flag else "false"


def flag_of(cell: str) -> bool:
    """true, yes, 1, 是, or false, no, 0, 否. Raises CellInvalid."""
    flag = _FLAGS.get(cell.strip().casefold())
    if flag is None:
        raise CellInvalid(f"“{cell[:40]}”须为 true 或 false（是、否）",
                          f'"{cell[:40]}" must be true or false')  # fmt: skip
    return flag


def list_cell(items: Sequence[str]) -> str:
    r"""a | b | c; a bar, a backslash, or a blank at an end of an item has a backslash in front."""
    escaped = (re.sub(r"[\\|]|^\s|\s$", lambda sign: "\\" + sign.group(), item) for item in items)
    return text_cell(_BETWEEN.join(escaped))


def list_of(cell: str) -> list[str]:
    """The items of a cell that `list_cell` or a person has written; empty for an empty cell."""
    text = text_of(cell)
    items: list[str] = []
    # Each sign of the item with whether it was written with a backslash.
    item: list[tuple[str, bool]] = []
    signs = iter(text)
    for sign in signs:
        if sign == "\\":
            item.append((next(signs, "\\"), True))
        elif sign == "|":
            items.append(_stripped(item))
            item = []
        else:
            item.append((sign, False))
    items.append(_stripped(item))
    return [] if items == [""] and not text.strip() else items


def _stripped(item: list[tuple[str, bool]]) -> str:
    start, end = 0, len(item)
    while start < end and item[start][0].isspace() and not item[start][1]:
        start += 1
    while end > start and item[end - 1][0].isspace() and not item[end - 1][1]:
        end -= 1
    return "".join(sign for sign, _ in item[start:end])
