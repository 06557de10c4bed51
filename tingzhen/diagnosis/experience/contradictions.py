"""Rules that cannot both be right.

Two rules contradict when the conditions of one always include those of the other, they look at
different faults, and what they claim adds up to more than one: "when it squeals, always the belt"
and "when it squeals at a cold start, mostly the alternator". "Often" and "sometimes" can both hold.
"""

from collections.abc import Sequence

from tingzhen.diagnosis.experience.expected import looked_at
from tingzhen.diagnosis.experience.rule import Conditions, LookAt, Rule
from tingzhen.diagnosis.knowledge import KnowledgeBase

_KINDS = ("noises", "damages", "codes", "words", "when", "make", "model", "powertrain")


def contradicts(knowledge: KnowledgeBase, a: Rule, b: Rule, claimed_together: float) -> bool:
    """claimed_together: the sum of the two claimed probabilities."""
    if claimed_together <= 1.0 or a.look_at == b.look_at:
        return False
    if not (implies(a.conditions, b.conditions) or implies(b.conditions, a.conditions)):
        return False
    return _apart(knowledge, a.look_at, b.look_at)


def implies(narrow: Conditions, broad: Conditions) -> bool:
    """Whether the broad conditions hold wherever the narrow ones do."""
    for kind in _KINDS:
        wanted: Sequence[str] = getattr(broad, kind)
        given: Sequence[str] = getattr(narrow, kind)
        if wanted and not (given and set(given) <= set(wanted)):
            return False
    years = (narrow.year, broad.year)
    if years[1] is not None and not (years[0] is not None and years[0].within(years[1])):
        return False
    return all(
        measure in narrow.ranges and narrow.ranges[measure].within(bounds)
        for measure, bounds in broad.ranges.items()
    )


def _apart(knowledge: KnowledgeBase, a: LookAt, b: LookAt) -> bool:
    """Whether the two cannot be the same fault."""
    if "unknown_fault" in (a.kind, b.kind):
        return " ".join(a.name.casefold().split()) != " ".join(b.name.casefold().split())
    rows = looked_at(knowledge, a), looked_at(knowledge, b)
    return bool(rows[0]) and bool(rows[1]) and rows[0].isdisjoint(rows[1])
