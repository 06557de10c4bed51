"""Ids that are used twice, and names that name nothing."""

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.circumstances import WHEN
from tingzhen.diagnosis.knowledge_check.entries import Entries, Entry
from tingzhen.diagnosis.knowledge_files import ElementPath, Finding
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_VOCABULARIES: Final[dict[str, tuple[str, ...]]] = {
    "noises": FAULT_NOISES, "damages": VISIBLE_DAMAGES, "when": WHEN,
}  # fmt: skip
# A gate names its inputs by id alone, so these three must not share ids.
_ID_SPACES: Final = (
    ("components",), ("faults", "events", "gates"), ("tests",), ("dangers",), ("recordings",),
)  # fmt: skip


def ids_twice(entries: Entries) -> Iterator[Finding]:
    for space in _ID_SPACES:
        seen: dict[str, Entry] = {}
        for kind in space:
            for entry in entries.sound[kind]:
                first = seen.setdefault(entry.id, entry)
                if first is not entry:
                    at = first.document.place_of((*first.path, "id"))
                    yield entry.finding("id_twice", ("id",), f"编号“{entry.id}”重复，已见于 {at}",
                                        f'id "{entry.id}" was used before, at {at}')  # fmt: skip


def unknown_references(entries: Entries) -> Iterator[Finding]:
    for kind in ("faults", "words"):
        for entry in entries.sound[kind]:
            for key, known in _VOCABULARIES.items():
                for name in entry.item.get(key, ()):
                    yield from _unless_known(entry, (key, name), name, known, key)
    yield from _of_faults(entries)
    yield from _of_gates(entries)


def _of_faults(entries: Entries) -> Iterator[Finding]:
    outcomes = {
        test.id: [outcome["id"] for outcome in test.item["outcomes"]]
        for test in entries.sound["tests"]
    }
    tests = entries.ids("tests")
    components: dict[str, set[str]] = {}
    for component in (*entries.sound["components"], *entries.broken["components"]):
        components.setdefault(component.system, set()).add(component.id)
    for fault in entries.sound["faults"]:
        if "damage" in fault.item:
            yield from _unless_known(fault, ("damage",), fault.item["damage"], VISIBLE_DAMAGES,
                                     "damages")  # fmt: skip
        for test, results in fault.item.get("tests", {}).items():
            yield from _unless_known(fault, ("tests", test), test, tests, "tests")
            for outcome in results if test in outcomes else ():
                yield from _unless_known(fault, ("tests", test, outcome), outcome, outcomes[test],
                                         f"outcomes of {test}")  # fmt: skip
        if "component" in fault.item:
            yield from _unless_known(fault, ("component",), fault.item["component"],
                                     components.get(fault.system, set()),
                                     f"components of {fault.system}")  # fmt: skip


def _of_gates(entries: Entries) -> Iterator[Finding]:
    faults = entries.ids("faults")
    known = faults | entries.ids("events") | entries.ids("gates")
    for gate in entries.sound["gates"]:
        for index, name in enumerate(gate.item["inputs"]):
            yield from _unless_known(gate, ("inputs", index), name, known,
                                     "gates, events or faults")  # fmt: skip
        if "noise" in gate.item:
            yield from _unless_known(gate, ("noise",), gate.item["noise"], FAULT_NOISES, "noises")
    for event in entries.sound["events"]:
        if "fault" in event.item:
            yield from _unless_known(event, ("fault",), event.item["fault"], faults, "faults")


def _unless_known(
    entry: Entry, path: ElementPath, name: str, known: Collection[str], kind: str
) -> Iterator[Finding]:
    if name in known:
        return
    near = difflib.get_close_matches(name, list(known), n=1)
    zh = f"，是否指 {near[0]}？" if near else _listed("。可用：", known)
    en = f"; do you mean {near[0]}?" if near else _listed(". Known: ", known)
    yield entry.finding("reference_unknown", path, f"{kind} 中没有“{name}”{zh}",
                        f'"{name}" is not one of the {kind}{en}')  # fmt: skip


def _listed(lead: str, known: Iterable[str]) -> str:
    names = sorted(known)
    return f"{lead}{', '.join(names)}" if 0 < len(names) <= 20 else ""
