"""What was told beside the clip: trouble codes, the owner's words, circumstances."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._complaint import find_words
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis._perceived import log_noise
from tingzhen.diagnosis.circumstances import Circumstances, When
from tingzhen.diagnosis.knowledge import CodeFactor, KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.result import EvidenceKind
from tingzhen.language import Text

_TURNS: Final[frozenset[When]] = frozenset({"turning_left", "turning_right"})


def stored_codes(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
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


def noise_words(
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
            before, other_before = log_noise(knowledge, noise_type, ratios[noise_type])
            ratios[noise_type] = min(ratios[noise_type] * factor, max(cap, ratios[noise_type]))
            after, other_after = log_noise(knowledge, noise_type, ratios[noise_type])
            total, total_other = total + after - before, total_other + other_after - other_before
        yield Observation("complaint", _said(word), total, total_other)


def fault_words(knowledge: KnowledgeBase, complaint: str) -> Iterator[Observation]:
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


def situations(
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


def measures(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
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
