"""The entries of all files of a base together, for checks that look across files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tingzhen.diagnosis.knowledge_files import Document, ElementPath, Finding, Problem

KINDS: Final = (
    "components", "faults", "tests", "events", "gates", "words", "dangers", "recordings",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One fault, test, gate ... as plain data. path: where it stands in its document."""

    document: Document
    path: tuple[str | int, ...]
    item: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.item.get("id", ""))

    @property
    def system(self) -> str:
        return str(self.document.data["system"]["id"])

    def finding(self, code: str, path: ElementPath, zh: str, en: str) -> Finding:
        """A finding about the element at `path` of this entry."""
        return self.document.finding(Problem(code, (*self.path, *path), zh, en))


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """sound: by kind, what fits the schema. broken: by kind, what does not; it may still be named.

    settings: every settings block that fits.
    """

    sound: Mapping[str, Sequence[Entry]]
    broken: Mapping[str, Sequence[Entry]]
    settings: Sequence[Entry]
    documents: Sequence[Document]

    def ids(self, kind: str) -> frozenset[str]:
        """Ids of all entries of the kind, broken ones too."""
        return frozenset(entry.id for entry in (*self.sound[kind], *self.broken[kind]))

    def inputs(self) -> dict[str, tuple[str, ...]]:
        """Ids of the inputs of every sound gate."""
        return {gate.id: tuple(gate.item["inputs"]) for gate in self.sound["gates"]}


def collect(documents: Sequence[Document], broken: frozenset[tuple[str, str, int]]) -> Entries:
    """broken: (document, kind, index) of every entry that does not fit the schema."""
    sound: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    unfit: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
    settings: list[Entry] = []
    readable = [document for document in documents if isinstance(document.data, dict)]
    for document in readable:
        for kind, index, item in _items(document.data):
            into = unfit if (document.name, kind, index) in broken else sound
            into[kind].append(Entry(document, (kind, index), item))
        block = document.data.get("settings")
        if isinstance(block, dict) and (document.name, "settings", 0) not in broken:
            settings.append(Entry(document, ("settings",), block))
    return Entries(sound, unfit, settings, documents)


def _items(data: Mapping[str, Any]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for kind in KINDS:
        listed = data.get(kind, ())
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, dict):
                yield kind, index, item
