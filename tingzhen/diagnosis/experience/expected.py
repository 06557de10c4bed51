"""What the base expects by itself, without any rule of experience.

A confirmed case has a fault, or none that the base knows; "nothing is wrong" is ruled out. So the
share of a fault is taken given that something is wrong in its group, with a pair of faults counted
half for each: P(this is the one that the workshop confirms).
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.experience.rule import LookAt, Rule
from tingzhen.diagnosis.experience.situation import Situation, typical_situations
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.weighing import weigh
from tingzhen.vision.vocabulary import DamageType

# A test confirms a fault if one of its results is so much likelier under it than otherwise.
_CONFIRMS: Final = 2.0


@lru_cache(maxsize=4)
def _rows(knowledge: KnowledgeBase) -> dict[str, int]:
    return {fault.id: row for row, fault in enumerate(knowledge.faults)}


def row_of(knowledge: KnowledgeBase, fault: str | None) -> int | None:
    """Index of a fault of the base; None for any other."""
    return None if fault is None else _rows(knowledge).get(fault)


@lru_cache(maxsize=4096)
def looked_at(knowledge: KnowledgeBase, look_at: LookAt) -> frozenset[int]:
    """Indices of the faults that a rule speaks for; none where the base does not know its fault.

    A rule that says "do this test first" speaks for the faults that the test can confirm.
    """
    if look_at.kind == "fault":
        row = row_of(knowledge, look_at.name)
        return frozenset() if row is None else frozenset({row})
    test = next((t for t in knowledge.tests if t.id == look_at.name), None)
    if look_at.kind == "unknown_fault" or test is None:
        return frozenset()
    otherwise = {outcome.id: outcome.otherwise for outcome in test.outcomes}
    return frozenset(
        index
        for index, fault in enumerate(knowledge.faults)
        if any(p >= _CONFIRMS * otherwise[o] for o, p in fault.tests.get(test.id, {}).items())
    )


def group_of(knowledge: KnowledgeBase, rows: frozenset[int]) -> DamageType | None:
    """The group that a rule is about: the mechanical one (None) if it speaks of any of it."""
    groups = {knowledge.faults[row].damage for row in rows}
    return None if None in groups or not groups else sorted(g for g in groups if g)[0]


def expectations(
    knowledge: KnowledgeBase, situation: Situation
) -> dict[DamageType | None, NDArray[np.float64]]:
    """By group, (F,) float64: P(fault | something is wrong in the group); 0 outside the group."""
    weighing = weigh(knowledge, situation.noise, situation.damage, situation.circumstances)
    found = {}
    for group in weighing.groups:
        found[group.damage] = np.zeros(len(knowledge.faults))
        found[group.damage][group.rows] = group.share / max(1.0 - group.nothing, 1e-12)
    return found


def expected_of(expected: NDArray[np.float64], rows: frozenset[int]) -> float:
    """0..1, the sum over the faults that a rule speaks for."""
    return float(min(1.0, sum(expected[row] for row in rows)))


@lru_cache(maxsize=4096)
def expected_of_conditions(knowledge: KnowledgeBase, rule: Rule) -> float:
    """P(what the rule looks at | its conditions and nothing else), as the base has it; the largest
    where one entry of several is enough, so that nobody is credited for what the base knows."""
    rows = looked_at(knowledge, rule.look_at)
    group = group_of(knowledge, rows)
    return max(
        expected_of(expectations(knowledge, situation)[group], rows)
        for situation in typical_situations(rule.conditions)
    )
