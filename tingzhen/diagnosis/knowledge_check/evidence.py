"""Causes that nothing leads to, tests and links that tell nothing, entries that nobody uses."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tingzhen.diagnosis.fault_trees import cycles, leaves_under
from tingzhen.diagnosis.knowledge_check.entries import Entries, Entry
from tingzhen.diagnosis.knowledge_files import Finding

LEAST_RATIO: Final = 1.2
"""A result that changes no outcome's probability by this factor tells nothing worth the minutes."""


def unreachable_causes(entries: Entries) -> Iterator[Finding]:
    """Mechanical faults that no noise, code or word speaks for."""
    unrelated = 0.0
    for block in entries.settings:
        value = block.item.get("noise_if_unrelated", {}).get("value", 0.0)
        unrelated = float(value) if isinstance(value, int | float) else 0.0
    for fault in entries.sound["faults"]:
        item = fault.item
        words = item.get("words", {})
        speaks = (
            any(p > unrelated for p in item.get("noises", {}).values())
            or any(code["factor"] > 1 for code in item.get("codes", ()))
            or (words.get("factor", 0) > 1 and (words["zh"] or words["en"]))
        )
        if "damage" not in item and not speaks:
            yield fault.finding("cause_unreachable", (), "没有任何声音、故障码或词语能指向它",
                                "no noise, code or word could ever lead to this fault: "
                                "add one")  # fmt: skip


def untested_causes(entries: Entries) -> Iterator[Finding]:
    """Faults that no test tells from others."""
    tests = _otherwise(entries)
    for fault in entries.sound["faults"]:
        results = fault.item.get("tests", {})
        told = [test not in tests or _tells(results[test], tests[test]) for test in results]
        if not any(told):
            yield fault.finding("cause_untested", (), "没有检查能证实它：请在 tests 中写出一项",
                                "no test can confirm this fault: name one under tests")  # fmt: skip


def silent_tests(entries: Entries) -> Iterator[Finding]:
    """Tests that no fault names, or whose outcomes are the same under all of them."""
    broken = {test for fault in entries.broken["faults"] for test in _mapping(fault, "tests")}
    for test in entries.sound["tests"]:
        otherwise = {outcome["id"]: outcome["otherwise"] for outcome in test.item["outcomes"]}
        stated = [f.item["tests"][test.id] for f in entries.sound["faults"]
                  if test.id in f.item.get("tests", {})]  # fmt: skip
        if test.id in broken:
            continue
        if not stated:
            yield test.finding("test_unused", (), "没有故障用到它：请写入故障的 tests，或删去",
                               "no fault names this test: add it to the tests of a fault, "
                               "or take it out")  # fmt: skip
        elif not any(_tells(results, otherwise) for results in stated):
            yield test.finding("test_tells_nothing", (), "无论什么故障，各结果的概率都一样",
                               "every fault gives the same outcomes: the test tells "
                               "nothing")  # fmt: skip


def silent_links(entries: Entries) -> Iterator[Finding]:
    """Factors of 1, and results that are as they would be otherwise."""
    tests = _otherwise(entries)
    for fault in entries.sound["faults"]:
        item = fault.item
        silent: list[tuple[str | int, ...]] = [
            ("when", name) for name, factor in item.get("when", {}).items() if factor == 1
        ]
        for kind in ("ranges", "codes"):
            silent += [(kind, n) for n, x in enumerate(item.get(kind, ())) if x["factor"] == 1]
        if item.get("words", {}).get("factor") == 1:
            silent.append(("words", "factor"))
        for path in silent:
            yield fault.finding("link_tells_nothing", path, "系数 1 什么也没说：请改写或删去",
                                "a factor of 1 says nothing: change it or take it out")  # fmt: skip
        for test, results in item.get("tests", {}).items():
            if test in tests and not _tells(results, tests[test]):
                yield fault.finding("link_tells_nothing", ("tests", test),
                                    "与没有此故障时一样：请改写或删去",
                                    "the same as without this fault: change it or take it "
                                    "out")  # fmt: skip


def unused_entries(entries: Entries) -> Iterator[Finding]:
    """Components without a fault, events and gates that no top event reaches."""
    faults = [*entries.sound["faults"], *entries.broken["faults"]]
    used = {(f.system, f.item.get("component")) for f in faults}
    for component in entries.sound["components"]:
        if (component.system, component.id) not in used:
            yield component.finding("entry_unused", (), "没有故障属于它：请在故障中写出，或删去",
                                    "no fault is one of this component: name it in a fault, "
                                    "or take it out")  # fmt: skip
    inputs = entries.inputs()
    if any(cycles(inputs)):
        return
    named = {leaf for gate in inputs for leaf in leaves_under(gate, inputs)}
    for event in entries.sound["events"]:
        if event.id not in named:
            yield event.finding("entry_unused", (), "没有门用到它：请作为输入写出，或删去",
                                "no gate has this event as input: add it, or take it "
                                "out")  # fmt: skip


def _mapping(entry: Entry, key: str) -> Mapping[str, Any]:
    value = entry.item.get(key)
    return value if isinstance(value, dict) else {}


def _otherwise(entries: Entries) -> dict[str, dict[str, float]]:
    return {
        test.id: {outcome["id"]: outcome["otherwise"] for outcome in test.item["outcomes"]}
        for test in entries.sound["tests"]
    }


def _tells(results: Mapping[str, float], otherwise: Mapping[str, float]) -> bool:
    """Does a fault change the probability of an outcome by LEAST_RATIO or more?

    What the fault leaves open is shared out as it would be otherwise.
    """
    open_ = {name: p for name, p in otherwise.items() if name not in results}
    left = (1.0 - sum(results.values())) / sum(open_.values()) if open_ else 0.0
    full = {name: left * p for name, p in open_.items()} | dict(results)
    return any(
        max(full[name], p) >= LEAST_RATIO * min(full[name], p) for name, p in otherwise.items()
    )
