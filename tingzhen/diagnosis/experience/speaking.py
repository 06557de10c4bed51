"""What experience says of one vehicle: the rules whose conditions hold, as observations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from tingzhen.diagnosis.experience.contradictions import contradicts
from tingzhen.diagnosis.experience.expected import looked_at
from tingzhen.diagnosis.experience.holding import holding, known
from tingzhen.diagnosis.experience.learning import SMALLEST, Weight, shown_log_ratio
from tingzhen.diagnosis.experience.link import Link, weight_of
from tingzhen.diagnosis.experience.rule import ROLE_NAMES
from tingzhen.diagnosis.experience.sentence import rule_sentence
from tingzhen.diagnosis.experience.situation import Situation
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.language import Text

_AUTHORS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Weighed:
    """A link that speaks in a situation. held: 0..1, how far its conditions hold there. rows: the
    faults that it speaks for. log_ratio: what it says there, >= 0."""

    link: Link
    weight: Weight
    held: float
    rows: frozenset[int]
    log_ratio: float


def speaking(
    knowledge: KnowledgeBase,
    links: Sequence[Link],
    situation: Situation,
    today: date,
    weights: dict[str, Weight] | None = None,
) -> list[Weighed]:
    """The links, not retired, that say something there, the weightiest first.

    weights: by rule id, of the same base, links and day; those that are missing are put into it.
    """
    weights = {} if weights is None else weights
    given = known(knowledge, situation)
    found = []
    for link in links:
        if link.retired or link.rule.look_at.kind == "unknown_fault":
            continue
        held = holding(link.rule.conditions, given)
        rows = looked_at(knowledge, link.rule.look_at) if held > 0.0 else frozenset()
        if not rows:
            continue
        if link.rule.id not in weights:
            weights[link.rule.id] = weight_of(knowledge, link, today)
        weight = weights[link.rule.id]
        log_ratio = shown_log_ratio(weight.log_ratio, held)
        if log_ratio >= SMALLEST:
            found.append(Weighed(link, weight, held, rows, log_ratio))
    return sorted(found, key=lambda w: (-w.log_ratio, w.link.rule.id))


def learned_observations(
    knowledge: KnowledgeBase,
    links: Sequence[Link],
    situation: Situation,
    today: date,
    weights: dict[str, Weight] | None = None,
) -> list[Observation]:
    """What experience says of a situation, for `diagnose(..., learned=...)`.

    Rules that speak for the same fault overlap (one is often a special case of another), so of
    these the weightiest counts for it and not their sum.
    """
    spoken = speaking(knowledge, links, situation, today, weights)
    taken: set[int] = set()
    observed = []
    for weighed in spoken:
        rows = weighed.rows - taken
        if not rows:
            continue
        taken |= rows
        log_ratio = np.zeros(len(knowledge.faults))
        log_ratio[sorted(rows)] = weighed.log_ratio
        against = [
            other.link.rule.id
            for other in spoken
            if contradicts(
                knowledge, weighed.link.rule, other.link.rule,
                weighed.link.claimed_probability + other.link.claimed_probability,
            )
        ]  # fmt: skip
        text = evidence_text(knowledge, weighed, against)
        observed.append(Observation("experience", text, log_ratio))
    return observed


def evidence_text(knowledge: KnowledgeBase, weighed: Weighed, against: Sequence[str] = ()) -> Text:
    """The rule in words, who says so and when, its record, and which rules say otherwise."""
    link, weight = weighed.link, weighed.weight
    voices = link.voices[:_AUTHORS_SHOWN]
    sentence = rule_sentence(knowledge, link.rule, voices[0].strength)
    more = len(link.voices) - len(voices)
    who_zh = "、".join(f"{ROLE_NAMES[s.role].zh} {s.author}，{s.stated_on}" for s in voices)
    who_en = ", ".join(f"{ROLE_NAMES[s.role].en} {s.author}, {s.stated_on}" for s in voices)
    if more:
        who_zh, who_en = f"{who_zh}等 {len(link.voices)} 人", f"{who_en} and {more} more"
    zh = f"经验 {link.rule.id}：{sentence.zh.rstrip('。')}（{who_zh}"
    en = f"Experience {link.rule.id}: {sentence.en.rstrip('.')} ({who_en}"
    record = record_text(weight)
    zh += f"；{record.zh}"
    en += f"; {record.en}"
    if against:
        zh += f"；与 {'、'.join(against)} 相反"
        en += f"; {', '.join(against)} says otherwise"
    return Text(zh + "）", en + ")")


def record_text(weight: Weight) -> Text:
    """ "right in 18.0 of 20.0 cases (3.1 expected without it)"."""
    if weight.held == 0.0:
        return Text("尚无记录", "no record yet")
    return Text(
        f"{weight.held:.1f} 例中对 {weight.right:.1f} 例（没有它也会有 {weight.expected:.1f} 例）",
        f"right in {weight.right:.1f} of {weight.held:.1f} cases "
        f"({weight.expected:.1f} expected without it)",
    )
