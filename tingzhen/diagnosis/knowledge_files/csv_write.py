"""A base as sheets for people who live in spreadsheets."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files.csv_cells import (
    flag_cell,
    list_cell,
    number_cell,
    text_cell,
)
from tingzhen.diagnosis.knowledge_files.csv_sheets import SHEETS, Column
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.language import Language

# Excel takes a CSV file for UTF-8 only when it begins so.
_BOM: Final = "\ufeff"
_Item = Mapping[str, Any]
_Row = Mapping[str, Any]
_LINKS: Final = {"noises": "noise", "damages": "damage", "when": "when"}


def write_csv_base(documents: Sequence[Document], language: Language) -> dict[str, str]:
    """File name to text of every sheet, with headers in the language. The base must be usable.

    Optional parts that are empty (noises: {}, codes: []) are left out: they say nothing.
    """
    rows: dict[str, list[_Row]] = {name: [] for name in SHEETS}
    for document in documents:
        for sheet, row in _rows(document.name, document.data):
            rows[sheet].append(row)
    return {name: _sheet(SHEETS[name], listed, language) for name, listed in rows.items()}


def _sheet(columns: Sequence[Column], rows: Sequence[_Row], language: Language) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.zh if language == "zh" else column.key for column in columns])
    for row in rows:
        writer.writerow([_cell(column, row) for column in columns])
    return _BOM + out.getvalue()


def _cell(column: Column, row: _Row) -> str:
    value = row.get(column.key)
    if value is None:
        return ""
    if column.kind == "number":
        return number_cell(value)
    if column.kind == "flag":
        return flag_cell(value)
    return list_cell(value) if column.kind in ("list", "texts") else text_cell(value)


def _rows(file: str, data: _Item) -> Iterator[tuple[str, _Row]]:
    yield "systems.csv", {"file": file, **_flat("systems.csv", data["system"])}
    for kind in ("components", "recordings"):
        for item in data.get(kind, ()):
            yield f"{kind}.csv", {"file": file, **_flat(f"{kind}.csv", item)}
    for fault in data.get("faults", ()):
        yield from _fault(file, fault)
    for test in data.get("tests", ()):
        yield "tests.csv", {"file": file, **_flat("tests.csv", test)}
        for outcome in test["outcomes"]:
            yield "outcomes.csv", {"test": test["id"], **_flat("outcomes.csv", outcome)}
        yield from _sources("test", test)
    for event in data.get("events", ()):
        yield "gates.csv", {"file": file, "kind": "event", **_flat("gates.csv", event)}
        yield from _sources("event", event)
    for gate in data.get("gates", ()):
        yield "gates.csv", {"file": file, "kind": gate["kind"], **_flat("gates.csv", gate)}
        yield from _sources("gate", gate)
    yield from _words(file, data)
    yield from _settings(file, data.get("settings", {}))


def _fault(file: str, fault: _Item) -> Iterator[tuple[str, _Row]]:
    yield "faults.csv", {"file": file, **_flat("faults.csv", fault)}
    yield "repairs.csv", {"fault": fault["id"], **_flat("repairs.csv", fault["repair"])}
    for link in _links(fault):
        yield "links.csv", {"fault": fault["id"], **link}
    if "words" in fault:
        words = fault["words"]
        yield "words.csv", {"file": file, "use": "fault", "id": fault["id"],
                            **_flat("words.csv", words), "factor": words["factor"]}  # fmt: skip
    yield from _sources("fault", fault)


def _words(file: str, data: _Item) -> Iterator[tuple[str, _Row]]:
    for words in data.get("words", ()):
        noises = [f"{noise}: {number_cell(p)}" for noise, p in words.get("noises", {}).items()]
        yield "words.csv", {"file": file, "use": "meaning", **_flat("words.csv", words),
                            "noises": noises or None}  # fmt: skip
    for danger in data.get("dangers", ()):
        yield "words.csv", {"file": file, "use": "danger", "id": danger["id"],
                            **_flat("words.csv", danger)}  # fmt: skip


def _settings(file: str, settings: _Item) -> Iterator[tuple[str, _Row]]:
    for name, setting in settings.items():
        value = setting["value"]
        for key, number in value.items() if isinstance(value, dict) else ((None, value),):
            yield "settings.csv", {"file": file, "setting": name, "key": key, "value": number,
                                   "source": setting["source"]}  # fmt: skip


def _flat(sheet: str, item: _Item) -> _Row:
    """What the columns of the sheet say of an entry."""
    row: dict[str, Any] = {}
    for column in SHEETS[sheet]:
        if column.kind == "texts":
            row[column.key] = [text[column.path[-1]] for text in item[column.path[0]]]
        elif column.path:
            value: Any = item
            for part in column.path:
                value = value.get(part) if isinstance(value, dict) else None
            row[column.key] = None if value == [] else value
    return row


def _links(fault: _Item) -> Iterator[_Row]:
    for key, kind in _LINKS.items():
        for what, value in fault.get(key, {}).items():
            yield {"kind": kind, "what": what, "value": value}
    for bounds in fault.get("ranges", ()):
        yield {"kind": "range", "what": bounds["measure"], "low": bounds.get("low"),
               "high": bounds.get("high"), "value": bounds["factor"]}  # fmt: skip
    for code in fault.get("codes", ()):
        yield {"kind": "code", "what": code["match"], "value": code["factor"]}
    for test, results in fault.get("tests", {}).items():
        for outcome, p in results.items():
            yield {"kind": "test", "what": test, "outcome": outcome, "value": p}


def _sources(of: str, item: _Item) -> Iterator[tuple[str, _Row]]:
    for field, source in item.get("sources", {}).items():
        yield "sources.csv", {"of": of, "id": item["id"], "field": field, "source": source}
