"""Everything that was observed, each with the likelihood ratio it has under every fault.

A recogniser's score s for type t is evidence, not a fact. It is calibrated for a base rate b, so
the likelihood ratio of what was heard, for "t is there" against "t is not there", is

    lambda_t = (s / (1 - s)) / (b / (1 - b))

(virtual evidence: Pearl 1988, Probabilistic Reasoning in Intelligent Systems, 2.2.2; it gives the
same as Jeffrey's rule when b is the probability before). Under hypothesis h, which shows t with
P(t | h), the likelihood of what was heard is then P(t | h) lambda_t + 1 - P(t | h).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseFindings
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES, NoiseType
from tingzhen.diagnosis._complaint import find_words, normal_complaint
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis.circumstances import Circumstances, When
from tingzhen.diagnosis.knowledge import CodeFactor, KnowledgeBase
from tingzhen.diagnosis.result import Box, EvidenceKind
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFinding, DamageFindings
from tingzhen.vision.vocabulary import DAMAGE_NAMES, VISIBLE_DAMAGES, DamageType

# Scores of exactly 0 or 1 would rule out everything else; no recogniser is that sure.
_SURE: Final = 0.999
_TURNS: Final[frozenset[When]] = frozenset({"turning_left", "turning_right"})


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """One thing observed.

    log_ratio: float64 (F,), natural log of P(observed | fault) / P(observed | nothing wrong).
    log_ratio_other: the same for "a fault that is not in this base".
    absent: it was looked for and not perceived; a pair of faults then fits as badly as the worse
    of the two, otherwise as well as the better.
    """

    kind: EvidenceKind
    text: Text
    log_ratio: NDArray[np.float64]
    log_ratio_other: float = 0.0
    start_s: float | None = None
    end_s: float | None = None
    time_s: float | None = None
    box: Box | None = None
    absent: bool = False


def observe(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
) -> list[Observation]:
    """All observations, the ratios of each kind capped as the settings say."""
    settings = knowledge.settings
    complaint = normal_complaint(circumstances.complaint or "")
    sound = _sound_ratios(knowledge, noise)
    observed = [*_noise(knowledge, noise, sound), *_normal(knowledge, noise)]
    observed += _damage(knowledge, damage)
    observed += _capped(list(_codes(knowledge, circumstances)), settings.code_cap)
    said = [*_noise_words(knowledge, complaint, sound), *_fault_words(knowledge, complaint)]
    observed += _capped(said, settings.complaint_cap)
    around = [*_when(knowledge, circumstances, complaint), *_measures(knowledge, circumstances)]
    observed += _capped(around, settings.circumstance_cap)
    return observed


def claimed_damages(damage: DamageFindings) -> frozenset[DamageType]:
    """The damages that the recogniser stands up for; other scores are only hints."""
    if damage.verdict != "damaged":
        return frozenset()
    return frozenset(finding.type for finding in damage.findings)


def score_ratio(score: float, base_rate: float, cap: float) -> float:
    """lambda of a calibrated score, kept between 1 / cap and cap."""
    score = min(max(score, 1.0 - _SURE), _SURE)
    ratio = score / (1.0 - score) * (1.0 - base_rate) / base_rate
    return min(max(ratio, 1.0 / cap), cap)


def _capped(observed: list[Observation], cap: float) -> list[Observation]:
    """Scale the observations of one kind so that together they stay within ±ln(cap)."""
    if not observed:
        return []
    limit = float(np.log(cap))
    total = np.abs(np.sum([o.log_ratio for o in observed], axis=0))
    scale = limit / np.maximum(total, limit)
    total_other = abs(sum(o.log_ratio_other for o in observed))
    scale_other = limit / max(total_other, limit)
    return [
        Observation(o.kind, o.text, o.log_ratio * scale, o.log_ratio_other * scale_other,
                    o.start_s, o.end_s, o.time_s, o.box, o.absent)
        for o in observed
    ]  # fmt: skip


def _sound_ratios(knowledge: KnowledgeBase, noise: NoiseFindings) -> dict[NoiseType, float]:
    """lambda by type; empty when the recogniser could not tell: then it says nothing at all."""
    if noise.verdict not in ("abnormal", "normal"):
        return {}
    settings = knowledge.settings
    return {
        score.type: score_ratio(score.probability, settings.noise_base_rate[score.type],
                                settings.noise_cap)
        for score in noise.types if score.type in FAULT_NOISES
    }  # fmt: skip


def _log_noise(
    knowledge: KnowledgeBase, noise_type: NoiseType, ratio: float
) -> tuple[NDArray[np.float64], float]:
    """ln of P(sound | h) / P(sound | nothing wrong), for every fault and for an unknown one."""
    settings = knowledge.settings
    given = knowledge.noise_given[:, FAULT_NOISES.index(noise_type)].copy()
    for rows in knowledge.visible.values():
        given[rows] = settings.noise_if_healthy  # a scratch makes no sound, and hides none
    healthy = settings.noise_if_healthy * (ratio - 1.0) + 1.0
    other = settings.noise_if_other * (ratio - 1.0) + 1.0
    return np.log((given * (ratio - 1.0) + 1.0) / healthy), float(np.log(other / healthy))


def _noise(
    knowledge: KnowledgeBase, noise: NoiseFindings, sound: dict[NoiseType, float]
) -> Iterator[Observation]:
    scores = {score.type: score.probability for score in noise.types}
    for noise_type, ratio in sound.items():
        log_ratio, other = _log_noise(knowledge, noise_type, ratio)
        name, percent = NOISE_NAMES[noise_type], f"{scores[noise_type]:.0%}"
        events = [event for event in noise.events if event.type == noise_type]
        event = max(events, key=lambda e: e.probability, default=None)
        if scores[noise_type] >= 0.5:
            text = Text(f"录音中听到{name.zh}（概率 {percent}）",
                        f"{name.en} is heard in the recording (probability {percent})")  # fmt: skip
        elif ratio >= 1.0:
            text = Text(f"录音中可能有{name.zh}（概率 {percent}）",
                        f"{name.en} may be in the recording (probability {percent})")  # fmt: skip
        else:
            text = Text(f"录音中未听到{name.zh}（概率 {percent}）",
                        f"No {name.en.lower()} is heard (probability {percent})")  # fmt: skip
        yield Observation(
            "noise", text, log_ratio, other,
            start_s=event.start_s if event else None, end_s=event.end_s if event else None,
            absent=ratio < 1.0,
        )  # fmt: skip


def _normal(knowledge: KnowledgeBase, noise: NoiseFindings) -> Iterator[Observation]:
    """How normal it sounds: the only word of the recogniser on noises that it never learned.

    It overlaps with the scores of the noises, so its ratio is bounded by two probabilities that
    are not far apart (normal_if_healthy, normal_if_faulty).
    """
    score = next((s.probability for s in noise.types if s.type == "normal"), None)
    if score is None or noise.verdict not in ("abnormal", "normal"):
        return
    settings = knowledge.settings
    ratio = score_ratio(score, settings.noise_base_rate["normal"], settings.noise_cap)
    healthy = settings.normal_if_healthy * (ratio - 1.0) + 1.0
    faulty = float(np.log((settings.normal_if_faulty * (ratio - 1.0) + 1.0) / healthy))
    log_ratio = np.array([faulty if fault.noises else 0.0 for fault in knowledge.faults])
    sounds = "正常" if ratio >= 1.0 else "不像正常"
    like = "sounds" if ratio >= 1.0 else "does not sound"
    yield Observation(
        "noise",
        Text(f"整体声音{sounds}（正常的概率 {score:.0%}）",
             f"On the whole it {like} normal (probability {score:.0%})"),
        log_ratio, faulty, absent=True,
    )  # fmt: skip


def _damage(knowledge: KnowledgeBase, damage: DamageFindings) -> Iterator[Observation]:
    if damage.verdict not in ("damaged", "undamaged"):
        return
    settings = knowledge.settings
    for score in damage.types:
        if score.type not in VISIBLE_DAMAGES:
            continue
        base_rate, name = settings.damage_base_rate[score.type], DAMAGE_NAMES[score.type]
        ratio = score_ratio(score.probability, base_rate, settings.damage_cap)
        given = knowledge.damage_given[:, VISIBLE_DAMAGES.index(score.type)]
        unrelated = settings.damage_if_unrelated * (ratio - 1.0) + 1.0
        log_ratio = np.log((given * (ratio - 1.0) + 1.0) / unrelated)
        for rows in knowledge.visible.values():
            log_ratio[rows] = 0.0
        if score.type in claimed_damages(damage):
            # For what explains this very damage the score itself is the evidence, uncapped.
            log_ratio[knowledge.visible[score.type]] = np.log(
                score_ratio(score.probability, base_rate, np.inf)
            )
        places = [finding for finding in damage.findings if finding.type == score.type]
        place: DamageFinding | None = max(places, key=lambda f: f.probability, default=None)
        percent, seen = f"{score.probability:.0%}", ratio >= 1.0
        yield Observation(
            "damage",
            Text(f"画面中{'看到' if seen else '未见'}：{name.zh}（概率 {percent}）",
                 f"{name.en} {'is' if seen else 'is not'} seen in the picture "
                 f"(probability {percent})"),
            log_ratio,
            time_s=place.time_s if place else None, box=place.box if place else None,
            absent=not seen,
        )  # fmt: skip


def _codes(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
    settings = knowledge.settings
    for code in dict.fromkeys(circumstances.codes):
        factors = np.array([_code_factor(fault.codes, code) for fault in knowledge.faults])
        known = bool((factors != 1.0).any())
        other = settings.code_if_other if known else settings.unknown_code_if_other
        yield Observation("code", Text(f"存有故障码 {code}", f"Trouble code {code} is stored"),
                          np.log(factors), float(np.log(other)))  # fmt: skip


def _code_factor(patterns: tuple[CodeFactor, ...], code: str) -> float:
    matching = [
        pattern.factor for pattern in patterns
        if all(a in ("?", b) for a, b in zip(pattern.match, code, strict=True))
    ]  # fmt: skip
    return max(matching, default=1.0)


def _noise_words(
    knowledge: KnowledgeBase, complaint: str, sound: dict[NoiseType, float]
) -> Iterator[Observation]:
    """Words for a noise sharpen (or stand in for) what the recogniser heard of that type."""
    ratios = dict.fromkeys(FAULT_NOISES, 1.0) | sound
    cap = knowledge.settings.noise_cap
    for meaning in knowledge.word_meanings:
        word = find_words(complaint, meaning.words) if meaning.noises else None
        if word is None:
            continue
        total, total_other = np.zeros(len(knowledge.faults)), 0.0
        for noise_type, factor in meaning.noises.items():
            before, other_before = _log_noise(knowledge, noise_type, ratios[noise_type])
            ratios[noise_type] = min(ratios[noise_type] * factor, max(cap, ratios[noise_type]))
            after, other_after = _log_noise(knowledge, noise_type, ratios[noise_type])
            total, total_other = total + after - before, total_other + other_after - other_before
        yield Observation("complaint", _said(word), total, total_other)


def _fault_words(knowledge: KnowledgeBase, complaint: str) -> Iterator[Observation]:
    if not complaint:
        return
    for row, fault in enumerate(knowledge.faults):
        word = find_words(complaint, fault.words)
        if word is not None:
            log_ratio = np.zeros(len(knowledge.faults))
            log_ratio[row] = np.log(fault.words_factor)
            yield Observation("complaint", _said(word), log_ratio)


def _said(word: str) -> Text:
    return Text(f"车主描述中提到“{word}”", f'The owner\'s words: "{word}"')


def _when(
    knowledge: KnowledgeBase, circumstances: Circumstances, complaint: str
) -> Iterator[Observation]:
    given = dict.fromkeys(circumstances.when)
    for meaning in knowledge.word_meanings:
        if meaning.when and not given.keys() >= set(meaning.when):
            word = find_words(complaint, meaning.words)
            if word is not None:
                given |= dict.fromkeys(meaning.when)
    both_turns = given.keys() >= _TURNS
    for situation in given:
        name = WHEN_NAMES[situation]
        factors = np.array([fault.when.get(situation, 1.0) for fault in knowledge.faults])
        # Left and right together say "when turning" once, not twice.
        share = 0.5 if both_turns and situation in _TURNS else 1.0
        text = Text(f"出现时机：{name.zh}", f"It is noticed {name.en}")
        yield Observation("circumstance", text, share * np.log(factors))


def _measures(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
    values = {
        "speed_kmh": circumstances.speed_kmh, "ambient_c": circumstances.ambient_c,
        "humidity_pct": circumstances.humidity_pct,
        "mileage_km": circumstances.vehicle.mileage_km,
    }  # fmt: skip
    for measure, value in values.items():
        if value is None:
            continue
        factors = np.ones(len(knowledge.faults))
        for row, fault in enumerate(knowledge.faults):
            for bounds in fault.ranges:
                if bounds.measure == measure and bounds.low <= value < bounds.high:
                    factors[row] *= bounds.factor
        kind: EvidenceKind = "mileage" if measure == "mileage_km" else "circumstance"
        name = MEASURES[measure]
        shown = f"{value:,.0f}" if measure == "mileage_km" else f"{value:g}"
        text = Text(name.zh.format(shown), name.en.format(shown))
        yield Observation(kind, text, np.log(factors))
