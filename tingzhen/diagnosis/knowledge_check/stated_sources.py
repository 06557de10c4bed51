"""Numbers whose source is not said, or is said of something that is not there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tingzhen.diagnosis.knowledge_check.entries import Entries, Entry
from tingzhen.diagnosis.knowledge_files import Finding

_VAGUE: Final = re.compile(
    r"\W*((to ?do|tbd|tba|fix ?me|unknown|none|nothing|n/?a|x{3,})\b"
    r"|待定|待补|未知|不详|暂无|无来源).*",
    re.IGNORECASE | re.DOTALL,
)


def vague_sources(entries: Entries) -> Iterator[Finding]:
    """ "todo" and the like in place of a source."""
    for kind in ("faults", "tests", "events", "gates", "words"):
        for entry in entries.sound[kind]:
            yield from _vague(entry, ("source",), entry.item["source"])
            for field, source in entry.item.get("sources", {}).items():
                yield from _vague(entry, ("sources", field), source)
    for block in entries.settings:
        for name, setting in block.item.items():
            yield from _vague(block, (name, "source"), setting["source"])


def _vague(entry: Entry, path: tuple[str, ...], source: str) -> Iterator[Finding]:
    if _VAGUE.fullmatch(source) or not re.search(r"\w", source):
        yield entry.finding("source_vague", path, f"“{source}”不是来源：请写明，或 expert prior",
                            f'"{source}" is no source: name one or "expert prior"')  # fmt: skip


def sources_of_nothing(entries: Entries) -> Iterator[Finding]:
    """A source for a field that the entry does not have."""
    for kind in ("faults", "tests", "events", "gates"):
        for entry in entries.sound[kind]:
            if "sources" in entry.item:
                known = sourced_fields(entry.item)
                for field in entry.item["sources"]:
                    if field not in known:
                        yield entry.finding("reference_unknown", ("sources", field),
                                            f"此条目没有“{field}”这一项",
                                            f'this entry has no number at "{field}"')  # fmt: skip


def sourced_fields(item: Mapping[str, Any]) -> set[str]:
    """Every field of an entry of which a source can speak: "noises", "noises.knock", ..."""
    found: set[str] = set()
    _collect(item, "", found)
    return {field for field in found if field.split(".")[0] not in ("name", "source", "sources")}


def _collect(node: Mapping[str, Any], prefix: str, found: set[str]) -> None:
    for key, value in node.items():
        field = f"{prefix}{key}"
        if isinstance(value, dict):
            found.add(field)
            _collect(value, f"{field}.", found)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.add(field)
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
            found.add(field)
            names = [part.get("match") or part.get("measure") or part.get("id") for part in value]
            found |= {f"{field}.{name}" for name in names if name}
