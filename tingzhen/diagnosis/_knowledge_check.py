"""What a schema cannot see: references, ids twice, sums of probabilities, complete vocabularies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from tingzhen.audio.provenance import PROVENANCES
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis._yaml_lines import YamlDocument, knowledge_problem
from tingzhen.diagnosis.circumstances import POWERTRAINS, WHEN
from tingzhen.diagnosis.knowledge import Settings
from tingzhen.language import Text
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_CODE: Final = re.compile(r"[PBCU][0-3?][0-9A-F?]{3}")
_TOLERANCE: Final = 1e-6
_SCALAR_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "noises": FAULT_NOISES, "damages": VISIBLE_DAMAGES, "when": WHEN,
}  # fmt: skip
_KEYED_SETTINGS: Final[dict[str, tuple[str, ...]]] = {
    "powertrain_share": POWERTRAINS, "noise_weight": PROVENANCES,
    "damage_base_rate": VISIBLE_DAMAGES, "risk_factor": ("none", "low", "medium", "high"),
    "urgency": ("stop", "soon", "ok"),
}  # fmt: skip
_Place = tuple[str | int, ...]
_Problem = tuple[_Place, str, str]


def check_meaning(documents: Sequence[YamlDocument]) -> list[Text]:
    """All problems of a base whose files fit the schema; empty when it can be used."""
    tests = {
        test["id"]: {outcome["id"] for outcome in test["outcomes"]}
        for document in documents
        for test in document.data.get("tests", ())
    }
    problems: list[Text] = []
    seen: dict[tuple[str, str], str] = {}
    for document in documents:
        found = [*_ids_twice(document, seen), *_test_problems(document.data)]
        found += _fault_problems(document.data, tests)
        found += _word_problems(document.data)
        found += _settings_problems(document.data)
        problems += [
            knowledge_problem(document.name, document.line_of(place), zh, en)
            for place, zh, en in found
        ]
    with_settings = [document for document in documents if "settings" in document.data]
    if len(with_settings) != 1:
        name = documents[0].name if not with_settings else with_settings[-1].name
        count = len(with_settings)
        problems.append(
            knowledge_problem(name, 1, f"整个知识库须恰有一个 settings（现有 {count} 个）",
                              f"a base needs exactly one settings block, this has {count}")
        )  # fmt: skip
    return problems


def _ids_twice(document: YamlDocument, seen: dict[tuple[str, str], str]) -> Iterator[_Problem]:
    for kind in ("components", "faults", "tests", "events", "gates", "dangers", "recordings"):
        for index, item in enumerate(document.data.get(kind, ())):
            place: _Place = (kind, index, "id")
            first = seen.setdefault(
                (kind, item["id"]), f"{document.name}:{document.line_of(place)}"
            )
            if first != f"{document.name}:{document.line_of(place)}":
                yield (place, f"编号“{item['id']}”重复，已见于 {first}",
                       f'id "{item["id"]}" was used before, at {first}')  # fmt: skip


def _unknown_keys(item: dict[str, Any], at: _Place) -> Iterator[_Problem]:
    for key, known in _SCALAR_KEYS.items():
        for name in item.get(key, ()):
            if name not in known:
                yield ((*at, key, name), f"{key} 中没有“{name}”",
                       f'"{name}" is not one of the {key}: {", ".join(known)}')  # fmt: skip


def _fault_problems(data: dict[str, Any], tests: dict[str, set[str]]) -> Iterator[_Problem]:
    for index, fault in enumerate(data.get("faults", ())):
        at: _Place = ("faults", index)
        if "prior" not in fault:
            yield (at, "缺少 prior", "the prior is missing")
        yield from _unknown_keys(fault, at)
        if "damage" in fault and fault["damage"] not in VISIBLE_DAMAGES:
            name = fault["damage"]
            yield ((*at, "damage"), f"没有损伤类型“{name}”",
                   f'"{name}" is not a damage type: {", ".join(VISIBLE_DAMAGES)}')  # fmt: skip
        if "damage" in fault and (fault.get("noises") or fault.get("damages")):
            yield ((*at, "damage"), "外观损伤的原因不能再带 noises 或 damages",
                   "a fault that explains a visible damage takes no noises or damages")  # fmt: skip
        if "damage" not in fault and not (
            fault.get("noises") or fault.get("codes") or fault.get("words")
        ):
            yield (at, "没有任何声音、故障码或词语能指向它",
                   "no noise, code or word could ever lead to this fault")  # fmt: skip
        for number, code in enumerate(fault.get("codes", ())):
            if not _CODE.fullmatch(code["match"]):
                yield ((*at, "codes", number, "match"), f"“{code['match']}”不是故障码",
                       f'"{code["match"]}" is not a code such as P0301 or P030?')  # fmt: skip
        for number, bounds in enumerate(fault.get("ranges", ())):
            if not bounds.get("low", float("-inf")) < bounds.get("high", float("inf")):
                yield ((*at, "ranges", number), "low 须小于 high", "low must be under high")
        for name, outcomes in fault.get("tests", {}).items():
            yield from _result_problems((*at, "tests", name), name, outcomes, tests)


def _result_problems(
    place: _Place, name: str, outcomes: dict[str, float], tests: dict[str, set[str]]
) -> Iterator[_Problem]:
    if name not in tests:
        yield (place, f"没有检查项“{name}”", f'there is no test "{name}"')
        return
    for outcome in outcomes:
        if outcome not in tests[name]:
            yield ((*place, outcome), f"检查项“{name}”没有结果“{outcome}”",
                   f'test "{name}" has no outcome "{outcome}"')  # fmt: skip
    total = sum(outcomes.values())
    complete = set(outcomes) >= tests[name]
    if total > 1 + _TOLERANCE or (complete and abs(total - 1) > _TOLERANCE):
        yield (place, f"结果概率之和为 {total:g}", f"the outcomes add up to {total:g}, not 1")


def _test_problems(data: dict[str, Any]) -> Iterator[_Problem]:
    for index, test in enumerate(data.get("tests", ())):
        at: _Place = ("tests", index)
        total = sum(outcome["otherwise"] for outcome in test["outcomes"])
        if abs(total - 1) > _TOLERANCE:
            yield ((*at, "outcomes"), f"otherwise 之和为 {total:g}，应为 1",
                   f'"otherwise" adds up to {total:g}, not 1')  # fmt: skip
        ids = [outcome["id"] for outcome in test["outcomes"]]
        if len(set(ids)) < len(ids):
            yield ((*at, "outcomes"), "结果编号重复", "an outcome id is used twice")
        if test["risk"] in ("medium", "high") and "risk_note" not in test:
            yield ((*at, "risk"), "有风险的检查须写 risk_note",
                   "a test of medium or high risk needs a risk_note")  # fmt: skip


def _word_problems(data: dict[str, Any]) -> Iterator[_Problem]:
    for index, item in enumerate(data.get("words", ())):
        yield from _unknown_keys(item, ("words", index))


def _settings_problems(data: dict[str, Any]) -> Iterator[_Problem]:
    settings = data.get("settings")
    if settings is None:
        return
    wanted = {f.name for f in fields(Settings)}
    for name in sorted(wanted - set(settings)):
        yield (("settings",), f"缺少设置“{name}”", f'the setting "{name}" is missing')
    for name in sorted(set(settings) - wanted):
        yield (("settings", name), f"没有设置“{name}”", f'there is no setting "{name}"')
    for name in sorted(wanted & set(settings)):
        value, place = settings[name]["value"], ("settings", name, "value")
        if name in _KEYED_SETTINGS:
            if not isinstance(value, dict) or set(value) != set(_KEYED_SETTINGS[name]):
                yield (place, f"“{name}”须恰好包含：{', '.join(_KEYED_SETTINGS[name])}",
                       f'"{name}" needs exactly: {", ".join(_KEYED_SETTINGS[name])}')  # fmt: skip
            elif not all(0 < x <= 1 for x in value.values()):
                yield (place, f"“{name}”须在 0 与 1 之间", f'"{name}" must lie between 0 and 1')
        elif isinstance(value, dict):
            yield (place, f"“{name}”须为一个数", f'"{name}" must be one number')
        elif name.endswith("_cap") and value <= 1:
            yield (place, f"“{name}”须大于 1", f'"{name}" must be above 1')
        elif ("_prior" in name or "_threshold" in name) and not 0 < value < 1:
            yield (place, f"“{name}”须在 0 与 1 之间", f'"{name}" must lie between 0 and 1')
    if {"healthy_prior", "other_prior"} <= set(settings):
        values = [settings[name]["value"] for name in ("healthy_prior", "other_prior")]
        if all(isinstance(value, int | float) for value in values) and sum(values) >= 1:
            yield (("settings", "other_prior"), "healthy_prior 与 other_prior 之和须小于 1",
                   "healthy_prior and other_prior together must be under 1")  # fmt: skip
