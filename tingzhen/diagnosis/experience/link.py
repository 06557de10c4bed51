"""A rule with its statements and its record: a weighted link from conditions to faults."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from tingzhen.diagnosis.experience.contradictions import contradicts
from tingzhen.diagnosis.experience.expected import expected_of_conditions, looked_at
from tingzhen.diagnosis.experience.learning import Trial, Weight, claimed_log_odds, learn
from tingzhen.diagnosis.experience.rule import CLAIMED_PROBABILITY, TRUST, Rule, Statement
from tingzhen.diagnosis.knowledge import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Link:
    """statements: of the same rule, one or more, oldest first. trials: its record."""

    rule: Rule
    statements: tuple[Statement, ...]
    trials: tuple[Trial, ...] = ()
    retired: bool = False

    @property
    def voices(self) -> list[Statement]:
        """The latest statement of each author, the most trusted role first."""
        latest: dict[str, Statement] = {}
        for statement in sorted(self.statements, key=lambda s: s.stated_on):
            latest[statement.author] = statement
        return sorted(latest.values(), key=lambda s: (-TRUST[s.role], s.stated_on, s.author))

    @property
    def stated_on(self) -> date:
        return max(statement.stated_on for statement in self.statements)

    @property
    def trust(self) -> float:
        """That of the most trusted author: who repeats a rule often has it from the same source,
        so voices are not multiplied like independent evidence."""
        return max(TRUST[statement.role] for statement in self.voices)

    @property
    def claimed_probability(self) -> float:
        """The mean of what the authors claim, weighed with the trust in their role."""
        trust = [TRUST[s.role] for s in self.voices]
        claims = [CLAIMED_PROBABILITY[s.strength] for s in self.voices]
        return float(np.average(claims, weights=trust))


def weight_of(knowledge: KnowledgeBase, link: Link, today: date) -> Weight:
    """What the link weighs on a day: nothing where the base does not hold what it looks at.

    Asks the base what it expects by itself: some milliseconds.
    """
    base = expected_of_conditions(knowledge, link.rule)
    claimed = claimed_log_odds(link.claimed_probability, base)
    weight = learn(
        link.trials, trust=link.trust, claimed=claimed, stated_on=link.stated_on, today=today
    )
    known = bool(looked_at(knowledge, link.rule.look_at))
    return weight if known else replace(weight, log_ratio=0.0)


def by_rule(
    statements: Sequence[Statement],
    trials: Mapping[str, Sequence[Trial]],
    retired: frozenset[str] = frozenset(),
) -> list[Link]:
    """Statements of the same rule as one link each, in the order in which rules were first said."""
    grouped: dict[str, list[Statement]] = {}
    for statement in statements:
        grouped.setdefault(statement.rule.id, []).append(statement)
    return [
        Link(group[0].rule, tuple(sorted(group, key=lambda s: s.stated_on)),
             tuple(trials.get(rule_id, ())), rule_id in retired)
        for rule_id, group in grouped.items()
    ]  # fmt: skip


def opposing(knowledge: KnowledgeBase, links: Sequence[Link]) -> dict[str, list[str]]:
    """For each rule that has any, the rules that contradict it; retired ones are left out."""
    found: dict[str, list[str]] = {}
    current = [(link.rule, link.claimed_probability) for link in links if not link.retired]
    for one, claimed in current:
        for other, other_claimed in current:
            if contradicts(knowledge, one, other, claimed + other_claimed):
                found.setdefault(one.id, []).append(other.id)
    return found
