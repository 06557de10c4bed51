"""What was told beside the clip: trouble codes, the owner's words, circumstances."""

from collections.abc import Iterator
from itertools import product
from typing import Final

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType
from tingzhen.diagnosis._complaint import find_words, stands
from tingzhen.diagnosis._context_names import MEASURES, WHEN_NAMES
from tingzhen.diagnosis._perceived import log_noise
from tingzhen.diagnosis.circumstances import Circumstances, When
from tingzhen.diagnosis.knowledge import KnowledgeBase, Measure
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.result import EvidenceKind
from tingzhen.language import Text

_TURNS: Final[frozenset[When]] = frozenset({"turning_left", "turning_right"})


def stored_codes(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
    settings = knowledge.settings
    for code in dict.fromkeys(circumstances.codes):
        best = np.full(len(knowledge.faults), -np.inf)
        for pattern in _patterns(code):
            if pattern in knowledge.tables.codes:
                # Of several patterns that match, the one that says most counts.
                rows, log_factor = knowledge.tables.codes[pattern]
                np.maximum.at(best, rows, log_factor)
        log_ratio = np.where(np.isfinite(best), best, 0.0)
        known = bool(log_ratio.any())
        other = settings.code_if_other if known else settings.unknown_code_if_other
        yield Observation("code", Text(f"存有故障码 {code}", f"Trouble code {code} is stored"),
                          log_ratio, float(np.log(other)))  # fmt: skip


def _patterns(code: str) -> Iterator[str]:
    """Every way of putting ? in place of its signs."""
    return map("".join, product(*((sign, "?") for sign in code)))


def noise_words(
    knowledge: KnowledgeBase, complaint: str, sound: dict[NoiseType, float]
) -> Iterator[Observation]:
    """Words for a noise sharpen (or stand in for) what the recogniser heard of that type."""
    ratios = dict.fromkeys(FAULT_NOISES, 1.0) | sound
    cap = knowledge.settings.noise_cap
    for meaning in knowledge.word_meanings:
        word = find_words(complaint, meaning.words, "noise") if meaning.noises else None
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
    """One for each word that stands in the complaint, about the faults whose first such word it is.

    A word that several faults name is one thing said, and not one for each of them.
    """
    if not complaint:
        return
    stated = [
        (found, indexed)
        for indexed in knowledge.tables.words.candidates(complaint)
        if (found := stands(complaint, indexed.word, chinese=indexed.chinese, about="anything"))
    ]
    faults = len(knowledge.faults)
    first = np.full(faults, np.iinfo(np.intp).max)
    for _, indexed in stated:
        first[indexed.rows] = np.minimum(first[indexed.rows], indexed.rank)
    for found, indexed in stated:
        rows = indexed.rows[indexed.rank == first[indexed.rows]]
        if len(rows):
            log_ratio = np.zeros(faults)
            log_ratio[rows] = knowledge.tables.log_words_factor[rows]
            yield Observation("complaint", _said(found), log_ratio)


def _said(word: str) -> Text:
    return Text(f"车主描述中提到“{word}”", f'The owner\'s words: "{word}"')


def situations(
    knowledge: KnowledgeBase, circumstances: Circumstances, complaint: str
) -> Iterator[Observation]:
    given = dict.fromkeys(circumstances.when)
    for meaning in knowledge.word_meanings:
        if meaning.when and not given.keys() >= set(meaning.when):
            word = find_words(complaint, meaning.words, "situation")
            if word is not None:
                given |= dict.fromkeys(meaning.when)
    both_turns = given.keys() >= _TURNS
    for situation in given:
        name = WHEN_NAMES[situation]
        # Left and right together say "when turning" once, not twice.
        share = 0.5 if both_turns and situation in _TURNS else 1.0
        text = Text(f"出现时机：{name.zh}", f"It is noticed {name.en}")
        yield Observation("circumstance", text, share * knowledge.tables.when[situation])


def measures(knowledge: KnowledgeBase, circumstances: Circumstances) -> Iterator[Observation]:
    values: dict[Measure, float | None] = {
        "speed_kmh": circumstances.speed_kmh, "ambient_c": circumstances.ambient_c,
        "humidity_pct": circumstances.humidity_pct,
        "mileage_km": circumstances.vehicle.mileage_km,
    }  # fmt: skip
    for measure, value in values.items():
        if value is None:
            continue
        log_ratio = knowledge.tables.ranges[measure].log_ratio(value, len(knowledge.faults))
        kind: EvidenceKind = "mileage" if measure == "mileage_km" else "circumstance"
        name = MEASURES[measure]
        shown = f"{value:,.0f}" if measure == "mileage_km" else f"{value:g}"
        text = Text(name.zh.format(shown), name.en.format(shown))
        yield Observation(kind, text, log_ratio)
