"""A file of a base while it is put together from rows; every element knows its cell."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files.csv_read import Row
from tingzhen.diagnosis.knowledge_files.csv_sheets import SHEETS, Column
from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import ElementPath, Finding, Place

_ORDER: Final = (
    "id", "for", "kind", "at_least", "name", "component", "damage", "prior", "powertrain", "noises",
    "damages", "when", "ranges", "codes", "words", "tests", "repair", "severity", "drive", "how",
    "tools", "minutes", "cost_cny", "risk", "risk_note", "drives", "runs", "outcomes", "fault",
    "probability", "inputs", "noise", "zh", "en", "reason", "source", "sources",
)  # fmt: skip
"""Keys of an entry as a person would write them; the rest follow."""
_TOP: Final = ("system", "components", "faults", "tests", "events", "gates", "settings")

DraftPath = tuple[str | int, ...]


class Draft:
    """One file: its data so far, the place of each element, entries that lack a bad row."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.data: dict[str, Any] = {}
        self._places: dict[DraftPath, Place] = {(): place}
        self._incomplete: set[DraftPath] = set()

    def put(self, path: DraftPath, value: Any, place: Place) -> None:
        """Set the value at `path`; the mappings on the way are made where they are missing."""
        node: Any = self.data
        for length, part in enumerate(path[:-1], 1):
            if isinstance(node, dict) and part not in node:
                node[part] = {}
                self._places.setdefault(path[:length], place)
            node = node[part]
        node[path[-1]] = value
        self._places[path] = place

    def append(self, path: DraftPath, value: Any, place: Place) -> DraftPath:
        """Add to the list at `path`, which is made where it is missing."""
        node: Any = self.data
        for part in path[:-1]:
            node = node[part]
        listed = node.setdefault(path[-1], [])
        listed.append(value)
        at = (*path, len(listed) - 1)
        self._places.setdefault(path, place)
        self._places[at] = place
        return at

    def first(self, path: DraftPath) -> Place | None:
        """Where the element at exactly this path stands; None where there is none."""
        return self._places.get(path)

    def mark_incomplete(self, at: DraftPath) -> None:
        """The entry at `at` lacks what a bad row said; nobody need be told that it is missing."""
        self._incomplete.add(at)

    def place_of(self, path: ElementPath) -> Place:
        at: DraftPath = tuple(path)
        while at not in self._places:
            at = at[:-1]
        return self._places[at]

    def document(self) -> Document:
        rank = {key: number for number, key in enumerate(_ORDER)}

        def ordered(item: Mapping[str, Any]) -> dict[str, Any]:
            return dict(sorted(item.items(), key=lambda pair: rank.get(pair[0], len(rank))))

        keys = dict.fromkeys(key for key in (*_TOP, *self.data) if key in self.data)
        data = {
            key: [ordered(item) for item in self.data[key]]
            if isinstance(self.data[key], list)
            else self.data[key]
            for key in keys
        }
        return Document(self.name, data, self.place_of, frozenset(self._incomplete))


def put_row(draft: Draft, at: DraftPath, row: Row) -> Iterator[Finding]:
    """Every cell of the row whose column has a path, below `at`."""
    for column in SHEETS[row.sheet]:
        if column.kind == "texts":
            yield from _put_texts(draft, at, row, column)
        elif column.path and column.key in row.values:
            draft.put((*at, *column.path), row.values[column.key], row.place(column.key))


def _put_texts(draft: Draft, at: DraftPath, row: Row, column: Column) -> Iterator[Finding]:
    """Both languages of a list, when its Chinese column comes."""
    name, language = column.path
    languages = [row.values.get(f"{name}_{key}") for key in ("zh", "en")]
    if language != "zh" or languages == [None, None]:
        return
    zh, en = (listed or [] for listed in languages)
    if len(zh) != len(en):
        yield row.finding("cell_invalid", f"{name}_en",
                          f"中文有 {len(zh)} 项，英文有 {len(en)} 项，须一一对应",
                          f"{len(zh)} items in Chinese, {len(en)} in English: they must "
                          "pair")  # fmt: skip
    paired = [{"zh": a, "en": b} for a, b in zip(zh, en, strict=False)]
    draft.put((*at, name), paired, row.place(f"{name}_zh"))
