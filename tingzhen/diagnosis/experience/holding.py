"""How probable it is that the conditions of a rule hold in a situation.

Soft where the situation is only heard or seen: a noise counts with its probability, not as a fact.
Of the entries of one kind the most probable counts; the kinds are multiplied. What is not known
of a situation (no temperature, no model) does not hold.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._complaint import complaint_of, find_words
from tingzhen.diagnosis.circumstances import Powertrain, When
from tingzhen.diagnosis.experience.rule import Conditions
from tingzhen.diagnosis.experience.situation import Situation
from tingzhen.diagnosis.knowledge import KnowledgeBase, Measure, Words
from tingzhen.vision.findings import DamageFindings
from tingzhen.vision.vocabulary import DamageType

_SURE: Final = 0.999
_UNHEARD_BASE_RATE: Final = 1.0 / 14.0


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a situation, worked out once for all rules.

    noises, damages: probability, 0..1, by type. when: situations given or said. complaint:
    normalised. make, model: in lower case.
    """

    noises: Mapping[NoiseType, float]
    damages: Mapping[DamageType, float]
    codes: tuple[str, ...]
    complaint: str
    when: frozenset[When]
    make: str | None
    model: str | None
    powertrain: Powertrain | None
    year: int | None
    measures: Mapping[Measure, float]


def known(knowledge: KnowledgeBase, situation: Situation) -> Known:
    circumstances, vehicle = situation.circumstances, situation.circumstances.vehicle
    complaint = complaint_of(knowledge, circumstances)
    factors: dict[NoiseType, float] = {}
    when = set(circumstances.when)
    for meaning in knowledge.word_meanings if complaint else ():
        if meaning.noises and find_words(complaint, meaning.words, "noise"):
            for type_, factor in meaning.noises.items():
                factors[type_] = max(factor, factors.get(type_, 1.0))
        if meaning.when and find_words(complaint, meaning.words, "situation"):
            when |= set(meaning.when)
    measures: dict[Measure, float | None] = {
        "speed_kmh": circumstances.speed_kmh, "ambient_c": circumstances.ambient_c,
        "humidity_pct": circumstances.humidity_pct, "mileage_km": vehicle.mileage_km,
    }  # fmt: skip
    return Known(
        noises=_heard(knowledge, situation.noise, factors),
        damages=_seen(situation.damage),
        codes=circumstances.codes,
        complaint=complaint,
        when=frozenset(when),
        make=_folded(vehicle.make),
        model=_folded(vehicle.model),
        powertrain=vehicle.powertrain,
        year=vehicle.year,
        measures={m: value for m, value in measures.items() if value is not None},
    )


def holding(conditions: Conditions, given: Known) -> float:
    """Probability, 0..1, that all conditions hold."""
    total = 1.0
    for probability in _kinds(conditions, given):
        total *= probability
        if total == 0.0:
            break
    return total


def _kinds(conditions: Conditions, given: Known) -> Iterator[float]:
    """One probability for each kind that is conditioned on, the cheap ones first."""
    if conditions.noises:
        yield max(given.noises.get(t, 0.0) for t in conditions.noises)
    if conditions.damages:
        yield max(given.damages.get(t, 0.0) for t in conditions.damages)
    if conditions.make:
        yield float(given.make in conditions.make)
    if conditions.model:
        yield float(given.model in conditions.model)
    if conditions.powertrain:
        yield float(given.powertrain in conditions.powertrain)
    if conditions.when:
        yield float("always" in given.when or not given.when.isdisjoint(conditions.when))
    if conditions.year is not None:
        low, high = conditions.year.low, conditions.year.high
        yield float(
            given.year is not None
            and (low is None or low <= given.year)
            and (high is None or given.year <= high)
        )
    for measure, bounds in conditions.ranges.items():
        yield float(measure in given.measures and given.measures[measure] in bounds)
    if conditions.codes:
        yield float(any(_matches(p, code) for p in conditions.codes for code in given.codes))
    if conditions.words:
        yield float(bool(given.complaint) and _says(given.complaint, conditions.words))


def _folded(name: str | None) -> str | None:
    return None if name is None else " ".join(name.casefold().split())


def _matches(pattern: str, code: str) -> bool:
    return all(a in ("?", b) for a, b in zip(pattern, code, strict=True))


def _says(complaint: str, words: tuple[str, ...]) -> bool:
    parted = Words(
        zh=tuple(w for w in words if not w.isascii()), en=tuple(w for w in words if w.isascii())
    )
    return find_words(complaint, parted) is not None


def _heard(
    knowledge: KnowledgeBase, noise: NoiseFindings, said: Mapping[NoiseType, float]
) -> dict[NoiseType, float]:
    """P(noise): its score, shrunk as far as its provenance asks for, and the owner's words for it.

    said: likelihood ratio of the owner's words. Scores are shrunk as the engine does
    (docs/diagnosis.md, "What a type was learned from").
    """
    log_odds: dict[NoiseType, float] = {}
    if noise.verdict in ("abnormal", "normal"):
        for found in noise.types:
            if found.type in FAULT_NOISES and found.type in noise.provenance:
                base = _log_odds(noise.base_rates.get(found.type, _UNHEARD_BASE_RATE))
                weight = knowledge.settings.noise_weight[noise.provenance[found.type]]
                score = min(max(found.probability, 1.0 - _SURE), _SURE)
                log_odds[found.type] = base + weight * (_log_odds(score) - base)
    for type_, factor in said.items():
        base = _log_odds(noise.base_rates.get(type_, _UNHEARD_BASE_RATE))
        log_odds[type_] = log_odds.get(type_, base) + math.log(factor)
    return {type_: 1.0 / (1.0 + math.exp(-odds)) for type_, odds in log_odds.items()}


def _log_odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _seen(damage: DamageFindings) -> dict[DamageType, float]:
    if damage.verdict not in ("damaged", "undamaged"):
        return {}
    return {score.type: score.probability for score in damage.types}
