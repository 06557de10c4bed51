"""How probable it is that the conditions of a rule hold in a situation.

Soft where the situation is only heard or seen: a noise counts with its probability, not as a fact.
Of the entries of one kind the most probable counts; the kinds are multiplied. What is not known
of a situation (no temperature, no model) does not hold.
"""

import math
from collections.abc import Iterator
from typing import Final

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import NoiseType
from tingzhen.diagnosis._complaint import find_words, normal_complaint
from tingzhen.diagnosis.circumstances import Circumstances, When
from tingzhen.diagnosis.experience.rule import Conditions
from tingzhen.diagnosis.experience.situation import Situation
from tingzhen.diagnosis.knowledge import KnowledgeBase, Measure, Words
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import DamageType

_SURE: Final = 0.999
_UNHEARD_BASE_RATE: Final = 1.0 / 14.0


def holding(knowledge: KnowledgeBase, conditions: Conditions, situation: Situation) -> float:
    """Probability, 0..1, that all conditions hold."""
    total = 1.0
    for probability in _kinds(knowledge, conditions, situation):
        total *= probability
        if total == 0.0:
            break
    return total


def _kinds(
    knowledge: KnowledgeBase, conditions: Conditions, situation: Situation
) -> Iterator[float]:
    """One probability for each kind that is given, the cheap ones first."""
    circumstances, vehicle = situation.circumstances, situation.circumstances.vehicle
    for wanted, found in ((conditions.make, vehicle.make), (conditions.model, vehicle.model)):
        if wanted:
            yield float(found is not None and " ".join(found.casefold().split()) in wanted)
    if conditions.powertrain:
        yield float(vehicle.powertrain in conditions.powertrain)
    if conditions.year is not None:
        yield float(
            vehicle.year is not None
            and (conditions.year.low is None or conditions.year.low <= vehicle.year)
            and (conditions.year.high is None or vehicle.year <= conditions.year.high)
        )
    for measure, bounds in conditions.ranges.items():
        value = _measured(circumstances, measure)
        yield float(value is not None and value in bounds)
    if conditions.codes:
        yield float(
            any(_matches(p, code) for p in conditions.codes for code in circumstances.codes)
        )
    complaint = normal_complaint(circumstances.complaint or "")
    if conditions.words:
        yield float(find_words(complaint, _as_words(conditions.words)) is not None)
    if conditions.when:
        given = {*circumstances.when, *_said_when(knowledge, complaint)}
        yield float("always" in given or not given.isdisjoint(conditions.when))
    if conditions.noises:
        heard = (_heard(knowledge, situation.noise, complaint, t) for t in conditions.noises)
        yield max(heard)
    if conditions.damages:
        yield max(_seen(situation.damage, t) for t in conditions.damages)


def _measured(circumstances: Circumstances, measure: Measure) -> float | None:
    if measure == "mileage_km":
        return circumstances.vehicle.mileage_km
    value: float | None = getattr(circumstances, measure)
    return value


def _matches(pattern: str, code: str) -> bool:
    return all(a in ("?", b) for a, b in zip(pattern, code, strict=True))


def _as_words(words: tuple[str, ...]) -> Words:
    return Words(
        zh=tuple(w for w in words if not w.isascii()), en=tuple(w for w in words if w.isascii())
    )


def _said_when(knowledge: KnowledgeBase, complaint: str) -> set[When]:
    if not complaint:
        return set()
    return {
        when for meaning in knowledge.word_meanings
        if meaning.when and find_words(complaint, meaning.words) for when in meaning.when
    }  # fmt: skip


def _heard(
    knowledge: KnowledgeBase, noise: NoiseFindings, complaint: str, type_: NoiseType
) -> float:
    """P(noise): its score, shrunk as far as its provenance asks for, and the owner's words for it.

    Scores are shrunk as the engine does (docs/diagnosis.md, "What a type was learned from").
    """
    score = next((s.probability for s in noise.types if s.type == type_), None)
    learned = type_ in noise.provenance and noise.verdict in ("abnormal", "normal")
    base = noise.base_rates.get(type_, _UNHEARD_BASE_RATE)
    log_odds = math.log(base / (1.0 - base))
    heard = score is not None and learned
    if score is not None and learned:
        score = min(max(score, 1.0 - _SURE), _SURE)
        weight = knowledge.settings.noise_weight[noise.provenance[type_]]
        log_odds += weight * (math.log(score / (1.0 - score)) - log_odds)
    factors = [
        meaning.noises[type_] for meaning in knowledge.word_meanings
        if complaint and type_ in meaning.noises and find_words(complaint, meaning.words)
    ]  # fmt: skip
    if not factors and not heard:
        return 0.0
    log_odds += math.log(max(factors, default=1.0))
    return 1.0 / (1.0 + math.exp(-log_odds))


def _seen(damage: DamageFindings, type_: DamageType) -> float:
    if damage.verdict not in ("damaged", "undamaged"):
        return 0.0
    return next((s.probability for s in damage.types if s.type == type_), 0.0)
