"""Numbers that cannot hold together: sums, ranges, codes, settings."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from tingzhen.audio.provenance import PROVENANCES
from tingzhen.diagnosis.circumstances import POWERTRAINS
from tingzhen.diagnosis.knowledge import Settings
from tingzhen.diagnosis.knowledge_check.entries import Entries, Entry
from tingzhen.diagnosis.knowledge_files import Finding, Problem
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_CODE: Final = re.compile(r"[PBCU][0-3?][0-9A-F?]{3}")
_TOLERANCE: Final = 1e-6
_KEYED_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "powertrain_share": POWERTRAINS, "noise_weight": PROVENANCES,
    "damage_base_rate": VISIBLE_DAMAGES, "risk_factor": ("none", "low", "medium", "high"),
    "urgency": ("stop", "soon", "ok"),
}  # fmt: skip


def fault_numbers(entries: Entries) -> Iterator[Finding]:
    outcomes = {
        test.id: {outcome["id"] for outcome in test.item["outcomes"]}
        for test in entries.sound["tests"]
    }
    for fault in entries.sound["faults"]:
        item = fault.item
        if "damage" in item and (item.get("noises") or item.get("damages")):
            yield fault.finding("contradiction", ("damage",),
                                "外观损伤的原因不能再带 noises 或 damages",
                                "a fault that explains a visible damage takes no noises or "
                                "damages")  # fmt: skip
        matches = Counter(code["match"] for code in item.get("codes", ()))
        for number, code in enumerate(item.get("codes", ())):
            match = code["match"]
            if not _CODE.fullmatch(match):
                yield fault.finding("code_invalid", ("codes", number, "match"),
                                    f"“{match}”不是故障码，应如 P0301 或 P030?",
                                    f'"{match}" is not a code such as P0301 or P030?')  # fmt: skip
            if matches[match] > 1:
                yield fault.finding("contradiction", ("codes", number, "match"),
                                    f"故障码“{match}”写了 {matches[match]} 次，请只留一次",
                                    f'the code "{match}" stands {matches[match]} times; '
                                    "keep one")  # fmt: skip
        for number, bounds in enumerate(item.get("ranges", ())):
            if not bounds.get("low", float("-inf")) < bounds.get("high", float("inf")):
                yield fault.finding("range_empty", ("ranges", number), "low 须小于 high",
                                    "low must be under high")  # fmt: skip
        for test, results in item.get("tests", {}).items():
            if test in outcomes and set(results) <= outcomes[test]:
                yield from _result_sum(fault, test, results, outcomes[test])


def _result_sum(
    fault: Entry, test: str, results: Mapping[str, float], outcomes: set[str]
) -> Iterator[Finding]:
    total = sum(results.values())
    complete = set(results) == outcomes
    if total > 1 + _TOLERANCE or (complete and abs(total - 1) > _TOLERANCE):
        yield fault.finding("sum_not_one", ("tests", test), f"结果概率之和为 {total:g}，须为 1",
                            f"the outcomes add up to {total:g}, not 1")  # fmt: skip


def test_numbers(entries: Entries) -> Iterator[Finding]:
    for test in entries.sound["tests"]:
        total = sum(outcome["otherwise"] for outcome in test.item["outcomes"])
        if abs(total - 1) > _TOLERANCE:
            yield test.finding("sum_not_one", ("outcomes",), f"otherwise 之和为 {total:g}，须为 1",
                               f'"otherwise" adds up to {total:g}, not 1')  # fmt: skip
        for id_, count in Counter(o["id"] for o in test.item["outcomes"]).items():
            if count > 1:
                yield test.finding("id_twice", ("outcomes",), f"结果编号“{id_}”重复",
                                   f'the outcome id "{id_}" is used twice')  # fmt: skip
        if test.item["risk"] in ("medium", "high") and "risk_note" not in test.item:
            yield test.finding("key_missing", ("risk",), "有风险的检查须写 risk_note",
                               "a test of medium or high risk needs a risk_note")  # fmt: skip


def setting_numbers(entries: Entries) -> Iterator[Finding]:
    blocks = [doc for doc in entries.documents
              if isinstance(doc.data, dict) and "settings" in doc.data]  # fmt: skip
    if len(blocks) != 1 and entries.documents:
        at = blocks[-1] if blocks else entries.documents[0]
        count = len(blocks)
        yield at.finding(
            Problem("setting_wrong", ("settings",),
                    f"整个知识库须恰有一个 settings（现有 {count} 个）",
                    f"a base needs exactly one settings block, this has {count}")
        )  # fmt: skip
    for block in entries.settings:
        yield from _block(block)


def _block(block: Entry) -> Iterator[Finding]:
    settings = block.item
    wanted = {f.name for f in fields(Settings)}
    for name in sorted(wanted - set(settings)):
        yield block.finding("setting_wrong", (), f"缺少设置“{name}”",
                            f'the setting "{name}" is missing')  # fmt: skip
    for name in sorted(set(settings) - wanted):
        yield block.finding("setting_wrong", (name,), f"没有设置“{name}”",
                            f'there is no setting "{name}"')  # fmt: skip
    for name in sorted(wanted & set(settings)):
        wrong = _wrong_value(name, settings[name]["value"])
        if wrong is not None:
            yield block.finding("setting_wrong", (name, "value"), f"“{name}”{wrong[0]}",
                                f'"{name}" {wrong[1]}')  # fmt: skip
    if {"healthy_prior", "other_prior"} <= set(settings):
        values = [settings[name]["value"] for name in ("healthy_prior", "other_prior")]
        if all(isinstance(value, int | float) for value in values) and sum(values) >= 1:
            yield block.finding("setting_wrong", ("other_prior",),
                                "healthy_prior 与 other_prior 之和须小于 1",
                                "healthy_prior and other_prior together must be "
                                "under 1")  # fmt: skip


def _wrong_value(name: str, value: Any) -> tuple[str, str] | None:
    if name in _KEYED_SETTINGS:
        if not isinstance(value, dict) or set(value) != set(_KEYED_SETTINGS[name]):
            listed = ", ".join(_KEYED_SETTINGS[name])
            return f"须恰好包含：{listed}", f"needs exactly: {listed}"
        if not all(0 < x <= 1 for x in value.values()):
            return "须在 0 与 1 之间", "must lie between 0 and 1"
    elif isinstance(value, dict):
        return "须为一个数", "must be one number"
    elif name.endswith("_cap") and value <= 1:
        return "须大于 1", "must be above 1"
    elif ("_prior" in name or "_threshold" in name) and not 0 < value < 1:
        return "须在 0 与 1 之间", "must lie between 0 and 1"
    return None
