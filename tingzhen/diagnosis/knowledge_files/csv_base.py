"""Rows of sheets to the files of a base."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tingzhen.diagnosis.knowledge_files.csv_children import (
    put_link,
    put_noises,
    put_outcome,
    put_repair,
    put_setting,
    put_source,
    put_words,
    unused_cells,
)
from tingzhen.diagnosis.knowledge_files.csv_draft import Draft, DraftPath, put_row
from tingzhen.diagnosis.knowledge_files.csv_read import Row, read_sheets
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import Finding
from tingzhen.diagnosis.knowledge_files.json_base import FILE_NAME, bad_file_name

_ENTRIES: Final = {
    "components.csv": "components", "faults.csv": "faults", "tests.csv": "tests",
    "recordings.csv": "recordings", "gates.csv": "gates",
}  # fmt: skip
_SOURCED: Final = {"fault": "faults", "test": "tests", "event": "events", "gate": "gates"}
_PutChild = Callable[[Draft, DraftPath, Row], Iterator[Finding]]
_CHILDREN: Final[tuple[tuple[str, str, str, _PutChild], ...]] = (
    ("links.csv", "faults", "fault", put_link),
    ("repairs.csv", "faults", "fault", put_repair),
    ("outcomes.csv", "tests", "test", put_outcome),
)
"""Sheet, the kind of entry that its rows belong to, the column that names it, where they go."""


def read_csv_base(folder: Path) -> tuple[list[Document], list[Finding]]:
    """The files that the sheets describe, and every cell and row that cannot be used."""
    rows, findings = read_sheets(folder)
    assembly = _Assembly()
    findings += assembly.fill(rows)
    drafts = sorted(assembly.drafts.values(), key=lambda draft: draft.name)
    return [draft.document() for draft in drafts], findings


class _Assembly:
    def __init__(self) -> None:
        self.drafts: dict[str, Draft] = {}
        # Where each entry stands, by kind and id; None for one whose file nobody knows.
        self.entries: dict[tuple[str, str], tuple[Draft, DraftPath] | None] = {}

    def fill(self, rows: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
        """Everything that does not fit together. Entries come before what belongs to them."""
        for row in rows["systems.csv"]:
            yield from self._system(row)
        for sheet, kind in _ENTRIES.items():
            for row in rows[sheet]:
                event = sheet == "gates.csv" and row.values.get("kind") == "event"
                yield from self._entry(row, "events" if event else kind)
        for row in rows["words.csv"]:
            yield from self._words(row)
        for sheet, kind, key, put in _CHILDREN:
            for row in rows[sheet]:
                yield from self._child(row, kind, key, put)
        for row in rows["sources.csv"]:
            yield from self._source(row)
        for row in rows["settings.csv"]:
            yield from self._setting(row)

    def _system(self, row: Row) -> Iterator[Finding]:
        name = row.values.get("file")
        if name is None:
            return
        if not FILE_NAME.fullmatch(name):
            yield bad_file_name(name, row.place("file"))
        elif name in self.drafts:
            yield row.finding("id_twice", "file", f"文件“{name}”已有一行",
                              f'the file "{name}" has a row already')  # fmt: skip
        else:
            draft = self.drafts[name] = Draft(name, row.place())
            draft.put(("system",), {}, row.place())
            yield from put_row(draft, ("system",), row)
            if not row.usable:
                draft.mark_incomplete(("system", 0))

    def _draft(self, row: Row) -> Iterator[Finding | Draft]:
        """The file that the row names, or that there is none."""
        name = row.values.get("file")
        if name in self.drafts:
            yield self.drafts[name]
        elif name is not None:
            yield row.finding("reference_unknown", "file", f"systems.csv 中没有文件“{name}”",
                              f'there is no file "{name}" in systems.csv')  # fmt: skip

    def _entry(self, row: Row, kind: str) -> Iterator[Finding]:
        key = kind, str(row.values.get("id", ""))
        self.entries.setdefault(key, None)
        for draft in self._draft(row):
            if isinstance(draft, Finding):
                yield draft
                continue
            at = draft.append((kind,), {}, row.place())
            if self.entries[key] is None:
                self.entries[key] = draft, at
            yield from put_row(draft, at, row)
            if kind == "gates" and "kind" in row.values:
                draft.put((*at, "kind"), row.values["kind"], row.place("kind"))
            if not row.usable:
                draft.mark_incomplete(at)

    def _child(self, row: Row, kind: str, key: str, put: _PutChild) -> Iterator[Finding]:
        """A row that belongs to an entry of another sheet."""
        name = row.values.get(key)
        if name is None:
            return
        if (kind, name) not in self.entries:
            yield row.finding("reference_unknown", key, f"没有“{name}”", f'there is no "{name}"')
            return
        entry = self.entries[kind, name]
        if entry is None:
            return
        wrong = list(put(*entry, row)) if row.usable else []
        if wrong or not row.usable:
            entry[0].mark_incomplete(entry[1])
        yield from wrong

    def _source(self, row: Row) -> Iterator[Finding]:
        of = row.values.get("of")
        if of in _SOURCED:
            yield from self._child(row, _SOURCED[of], "id", put_source)
        elif of is not None:
            yield row.finding("cell_invalid", "of", f"须为 {'、'.join(_SOURCED)}",
                              f"must be {', '.join(_SOURCED)}")  # fmt: skip

    def _setting(self, row: Row) -> Iterator[Finding]:
        for draft in self._draft(row):
            if isinstance(draft, Finding):
                yield draft
            elif row.usable:
                yield from put_setting(draft, row)
            else:
                draft.mark_incomplete(("settings", 0))

    def _words(self, row: Row) -> Iterator[Finding]:
        use = row.values.get("use")
        if use == "fault":
            if "id" not in row.values:
                yield row.finding("cell_invalid", "id", "须写明故障编号", "name the fault")
            yield from self._child(row, "faults", "id", put_words)
        elif use in ("meaning", "danger"):
            for draft in self._draft(row):
                if isinstance(draft, Finding):
                    yield draft
                    continue
                kind = "words" if use == "meaning" else "dangers"
                at = draft.append((kind,), {}, row.place())
                if "id" in row.values:
                    draft.put((*at, "id"), row.values["id"], row.place("id"))
                yield from put_row(draft, at, row)
                yield from put_noises(draft, at, row)
                yield from unused_cells(row, ("factor",))
                if not row.usable:
                    draft.mark_incomplete(at)
        elif use is not None:
            yield row.finding("cell_invalid", "use", "须为 fault、meaning 或 danger",
                              "must be fault, meaning or danger")  # fmt: skip
