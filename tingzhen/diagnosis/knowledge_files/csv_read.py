"""Sheets to rows of values with places; every bad cell is named by file, line and column."""

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files.csv_cells import (
    CellInvalid,
    flag_of,
    list_of,
    number_of,
    text_of,
)
from tingzhen.diagnosis.knowledge_files.csv_sheets import SHEETS, CellKind, Column
from tingzhen.diagnosis.knowledge_files.finding import Finding, Place
from tingzhen.language import Text

_DELIMITERS: Final = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """values: by column key; an empty cell has none. usable: no cell of it was bad."""

    sheet: str
    line: int
    values: Mapping[str, Any]
    columns: Mapping[str, int]
    usable: bool

    def place(self, key: str = "") -> Place:
        """Where the cell of that column stands; the row's first cell without one."""
        return Place(self.sheet, self.line, self.columns.get(key, 1))

    def finding(self, code: str, key: str, zh: str, en: str) -> Finding:
        return Finding(code, self.place(key), Text(f"{key}：{zh}", f"{key}: {en}"))


class _BadCsv(Exception):
    def __init__(self, said: str, line: int) -> None:
        super().__init__(said)
        self.line = line


def read_sheets(folder: Path) -> tuple[dict[str, list[Row]], list[Finding]]:
    """The rows of every sheet, bad ones too, and everything that is wrong with them."""
    rows: dict[str, list[Row]] = {name: [] for name in SHEETS}
    findings: list[Finding] = []
    for file in sorted(folder.glob("*.csv")):
        if file.name not in SHEETS:
            near = difflib.get_close_matches(file.name, SHEETS, n=1)
            known = near[0] if near else ", ".join(SHEETS)
            said = Text(f"没有这张表；可用：{known}", f"there is no such sheet; known: {known}")
            findings.append(Finding("sheet_unknown", Place(file.name, 1, 1), said))
            continue
        try:
            text = file.read_bytes().decode("utf-8-sig")
            rows[file.name], wrong = _rows(file.name, text)
        except (OSError, UnicodeDecodeError):
            wrong = [Finding("file_unreadable", Place(file.name, 1, 1), Text(
                "无法以 UTF-8 读取：请另存为“CSV UTF-8”",
                'cannot be read as UTF-8: save it as "CSV UTF-8"'))]  # fmt: skip
        except _BadCsv as error:
            wrong = [Finding("file_unreadable", Place(file.name, error.line, 1), Text(
                f"不是有效的 CSV：{error}", f"not valid CSV: {error}"))]  # fmt: skip
        findings += wrong
    return rows, findings


def _rows(sheet: str, text: str) -> tuple[list[Row], list[Finding]]:
    columns = SHEETS[sheet]
    lines = iter(_records(text, columns))
    header_line, header = next(lines, (1, []))
    places, findings = _header(sheet, header_line, header, columns)
    rows = []
    for line, cells in lines:
        if any(cell.strip() for cell in cells):
            row, wrong = _row(sheet, line, cells, columns, places)
            rows.append(row)
            findings += wrong
    return rows, findings


def _records(text: str, columns: Sequence[Column]) -> list[tuple[int, list[str]]]:
    """Records with the line on which they begin. Spreadsheets of some countries write ; for ,."""
    first = text.split("\n", 1)[0]
    known = {name for column in columns for name in (column.key, column.zh)}
    counts = {sign: sum(_plain(c) in known for c in first.split(sign)) for sign in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda sign: counts[sign])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, start = [], 1
    try:
        for cells in reader:
            records.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise _BadCsv(str(error), start) from error
    return records


def _plain(name: str) -> str:
    return name.strip().strip('"').strip()


def _header(
    sheet: str, line: int, header: Sequence[str], columns: Sequence[Column]
) -> tuple[dict[str, int], list[Finding]]:
    """Column number, from 1, by key."""
    names = {name.casefold(): c.key for c in columns for name in (c.key, c.zh)}
    places: dict[str, int] = {}
    findings = []
    for number, written in enumerate(header, 1):
        if not written.strip():
            continue
        key = names.get(_plain(written).casefold())
        if key is None or key in places:
            why = ("重复", "stands twice") if key else ("不认识", "is not known here")
            near = ", ".join(column.key for column in columns if column.key not in places)
            findings.append(Finding("column_unknown", Place(sheet, line, number), Text(
                f"列“{written[:40]}”{why[0]}；可用：{near}",
                f'the column "{written[:40]}" {why[1]}; known: {near}')))  # fmt: skip
        else:
            places[key] = number
    findings += [
        Finding("key_missing", Place(sheet, line, 1), Text(
            f"缺少列“{column.zh}”（{column.key}）", f'the column "{column.key}" is missing'))
        for column in columns if column.required and column.key not in places
    ]  # fmt: skip
    return places, findings


def _row(
    sheet: str,
    line: int,
    cells: Sequence[str],
    columns: Sequence[Column],
    places: Mapping[str, int],
) -> tuple[Row, list[Finding]]:
    values: dict[str, Any] = {}
    findings = []
    for column in columns:
        number = places.get(column.key)
        if number is None:
            continue
        cell = cells[number - 1] if number <= len(cells) else ""
        zh, en = "", ""
        try:
            value = _value(column.kind, cell)
        except CellInvalid as error:
            zh, en = error.zh, error.en
        else:
            if value is not None and (value != [] or column.keep_empty):
                values[column.key] = value
            elif column.required:
                zh, en = "此格不能为空", "this cell must not be empty"
        if zh:
            findings.append(Finding("cell_invalid", Place(sheet, line, number), Text(
                f"{column.key}：{zh}", f"{column.key}: {en}")))  # fmt: skip
    for number, cell in enumerate(cells, 1):
        if cell.strip() and number not in places.values():
            findings.append(Finding("cell_invalid", Place(sheet, line, number), Text(
                "此格不在任何列下", "this cell is under no column")))  # fmt: skip
    return Row(sheet, line, values, places, not findings), findings


def _value(kind: CellKind, cell: str) -> Any:
    """None for an empty cell, but an empty list is one. Raises CellInvalid."""
    if kind in ("list", "texts"):
        return list_of(cell)
    if kind == "text":
        return text_of(cell) or None
    if not cell.strip():
        return None
    if kind == "number":
        return number_of(cell)
    return flag_of(cell) if kind == "flag" else text_of(cell).strip()
