"""One fault: what speaks for it, what tests say of it, how it is repaired."""

from collections.abc import Iterator
from math import isinf

from tingzhen.audio.vocabulary import NOISE_NAMES
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis.knowledge import Fault, KnowledgeBase, RangeFactor
from tingzhen.diagnosis.knowledge_drawing.node import Node
from tingzhen.diagnosis.knowledge_drawing.phrases import number, percent, said
from tingzhen.language import Language
from tingzhen.vision.vocabulary import DAMAGE_NAMES


def fault_branches(knowledge: KnowledgeBase, fault: Fault, language: Language) -> tuple[Node, ...]:
    """The groups of boxes to the right of the fault; groups without anything are left out."""
    heard = [
        Node("fact", NOISE_NAMES[noise].to(language), edge=percent(p), strength=p)
        for noise, p in fault.noises.items()
    ]
    damages = dict(fault.damages)
    if fault.damage is not None:
        damages[fault.damage] = 1.0
    seen = [
        Node("fact", DAMAGE_NAMES[damage].to(language), edge=percent(p), strength=p)
        for damage, p in damages.items()
    ]
    codes = [Node("fact", code.match, edge=f"× {number(code.factor)}") for code in fault.codes]
    words = " · ".join((*fault.words.zh, *fault.words.en))
    listed = [Node("fact", words, edge=f"× {number(fault.words_factor)}")] if words else []
    groups = {
        "heard": heard, "seen": seen, "situations": list(_situations(fault, language)),
        "codes": codes, "words": listed, "tests": list(_tests(knowledge, fault, language)),
        "repair": [_repair(fault, language)],
    }  # fmt: skip
    return tuple(
        Node("group", said(key, language), children=tuple(nodes))
        for key, nodes in groups.items()
        if nodes
    )


def _situations(fault: Fault, language: Language) -> Iterator[Node]:
    for when, factor in sorted(fault.when.items(), key=lambda pair: -pair[1]):
        yield Node("fact", WHEN_NAMES[when].to(language), edge=f"× {number(factor)}")
    for bounds in fault.ranges:
        yield Node("fact", MEASURES[bounds.measure].to(language).format(_range(bounds)),
                   edge=f"× {number(bounds.factor)}")  # fmt: skip


def _range(bounds: RangeFactor) -> str:
    if isinf(bounds.low):
        return f"< {number(bounds.high)}"
    if isinf(bounds.high):
        return f"≥ {number(bounds.low)}"
    return f"{number(bounds.low)}–{number(bounds.high)}"


def _tests(knowledge: KnowledgeBase, fault: Fault, language: Language) -> Iterator[Node]:
    for test in knowledge.tests:
        given = fault.tests.get(test.id)
        if given is None:
            continue
        outcomes = tuple(
            Node("fact", outcome.text.to(language),
                 said("otherwise", language, percent(outcome.otherwise)),
                 edge=percent(given[outcome.id]), strength=given[outcome.id])
            for outcome in test.outcomes
            if outcome.id in given
        )  # fmt: skip
        yield Node("test", test.name.to(language), said("minutes", language, number(test.minutes)),
                   children=outcomes)  # fmt: skip


def _repair(fault: Fault, language: Language) -> Node:
    repair = fault.repair
    note = said("labour", language, number(repair.labour_min))
    if repair.cost_cny is not None:
        note += f" · {said('cost', language, number(repair.cost_cny))}"
    parts = tuple(Node("fact", part.to(language)) for part in repair.parts)
    return Node("test", repair.steps.to(language), note, children=parts)
