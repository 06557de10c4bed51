"""Texts in the wrong language, names given twice, advice that does not fit the severity."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tingzhen.diagnosis.knowledge_check.entries import KINDS, Entries, Entry
from tingzhen.diagnosis.knowledge_files import Finding

_CHINESE: Final = re.compile("[\u3400-\u9fff]")
# What is written alike in both languages: ABS, OBD-II, 12 V.
_ALIKE: Final = re.compile(r"[A-Z0-9 .,/+()Ω°%-]+")
_NAMED: Final = ("components", "faults", "tests", "events", "gates", "recordings")
_COMBUSTION: Final = {"petrol", "diesel"}


def doubtful_translations(entries: Entries) -> Iterator[Finding]:
    """English with Chinese in it, Chinese without any, words in one language only."""
    for kind in KINDS:
        for entry in entries.sound[kind]:
            for path, node in _mappings(entry.item, ()):
                zh, en = node.get("zh"), node.get("en")
                if isinstance(zh, str) and isinstance(en, str):
                    yield from _of_text(entry, path, zh, en)
                elif isinstance(zh, list) and isinstance(en, list):
                    yield from _of_words(entry, path, zh, en)


def _of_text(entry: Entry, path: tuple[str | int, ...], zh: str, en: str) -> Iterator[Finding]:
    if _CHINESE.search(en):
        yield entry.finding("translation_doubtful", (*path, "en"), f"英文中有汉字：{en[:40]}",
                            f"Chinese in the English text: {en[:40]}")  # fmt: skip
    if not _CHINESE.search(zh) and not _ALIKE.fullmatch(zh):
        yield entry.finding("translation_doubtful", (*path, "zh"), f"中文未翻译：{zh[:40]}",
                            f"no Chinese in the Chinese text: {zh[:40]}")  # fmt: skip


def _of_words(
    entry: Entry, path: tuple[str | int, ...], zh: list[str], en: list[str]
) -> Iterator[Finding]:
    for index, word in enumerate(en):
        if _CHINESE.search(word):
            yield entry.finding("translation_doubtful", (*path, "en", index),
                                f"英文词语中有汉字：{word}",
                                f"Chinese among the English words: {word}")  # fmt: skip
    if entry.path[0] == "words":
        return  # what a noise is called in one language often has no single match in the other
    for language, own, other in (("zh", zh, en), ("en", en, zh)):
        if other and not own:
            yield entry.finding("translation_doubtful", (*path, language),
                                f"只有一种语言的词语，请补上 {language}",
                                f"words in one language only: add some in {language}")  # fmt: skip


def _mappings(node: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in pairs:
        if isinstance(child, dict | list):
            yield from _mappings(child, (*path, key))


def names_twice(entries: Entries) -> Iterator[Finding]:
    """Two faults, tests or gates that a person cannot tell apart by name."""
    for kind in _NAMED:
        seen: dict[tuple[str, str], Entry] = {}
        for entry in entries.sound[kind]:
            for language in ("zh", "en"):
                name = str(entry.item["name"][language])
                first = seen.setdefault((language, name.casefold()), entry)
                if first is not entry:
                    yield entry.finding("name_twice", ("name", language),
                                        f"名称“{name}”与“{first.id}”相同，请加以区别",
                                        f'the name "{name}" is also that of "{first.id}": '
                                        "tell them apart")  # fmt: skip


def implausible_advice(entries: Entries) -> Iterator[Finding]:
    """Advice that does not fit the severity, and charging a vehicle that has no plug."""
    for fault in entries.sound["faults"]:
        severity, advice = fault.item["severity"], fault.item["drive"]["advice"]
        if advice == "ok" and severity != "minor":
            yield fault.finding("implausible", ("drive", "advice"),
                                f"severity 为 {severity}，却说可以继续行驶",
                                f"advice ok with severity {severity}: only what is minor can be "
                                "driven on with")  # fmt: skip
        if advice == "stop" and severity != "dangerous":
            yield fault.finding("implausible", ("drive", "advice"),
                                f"advice 为 stop，severity 却只是 {severity}",
                                f"advice stop with severity {severity}: what must be stopped for "
                                "is dangerous")  # fmt: skip
        powertrains = set(fault.item.get("powertrain", ()))
        charging = fault.item.get("when", {}).get("charging", 0)
        if powertrains and powertrains <= _COMBUSTION and charging > 1:
            yield fault.finding("implausible", ("when", "charging"), "燃油车不会在充电时出现",
                                "a combustion vehicle is not charged: take it out")  # fmt: skip
