"""A confirmed case as a trial of every rule whose conditions held in it."""

from collections.abc import Iterator, Sequence
from typing import Final

from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.experience.expected import expectations, expected_of, looked_at, row_of
from tingzhen.diagnosis.experience.holding import holding, known
from tingzhen.diagnosis.experience.learning import Trial
from tingzhen.diagnosis.experience.rule import Rule
from tingzhen.diagnosis.experience.situation import situation_of_case
from tingzhen.diagnosis.knowledge import KnowledgeBase

# Under this the case tells next to nothing of the rule.
_LEAST_HELD: Final = 0.05


def trials_of(
    knowledge: KnowledgeBase, rules: Sequence[Rule], case: CaseRecord
) -> Iterator[tuple[Rule, Trial]]:
    """One trial for each rule that the case says something of.

    A case without a confirmed fault (nor "none of these") says nothing. A case whose fault is of
    another group (a dent, where the rule is about a noise) says nothing either: both may be there.
    A rule that looks at a fault that the base does not know is right when the case was none of the
    base's faults.
    """
    row = row_of(knowledge, case.fault)
    if row is None and not case.none_of_these:
        return
    situation = situation_of_case(case)
    group = knowledge.faults[row].damage if row is not None else None
    given = known(knowledge, situation)
    expected = None
    for rule in rules:
        held = holding(rule.conditions, given)
        if held < _LEAST_HELD:
            continue
        if expected is None:
            # Only now: this asks the whole base.
            expected = expectations(knowledge, situation)[group]
        unknown = rule.look_at.kind == "unknown_fault"
        rows = frozenset(
            r for r in looked_at(knowledge, rule.look_at) if knowledge.faults[r].damage == group
        )
        if unknown and group is None:
            expects, right = max(0.0, 1.0 - float(expected.sum())), row is None
        elif rows:
            expects, right = expected_of(expected, rows), row in rows
        else:
            continue
        yield rule, Trial(case.id, case.opened_on, held, expects, right)
