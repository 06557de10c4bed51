"""What the recognisers heard and saw, as evidence.

A recogniser's score s for type t is evidence, not a fact. It is calibrated for a base rate b, so
the likelihood ratio of what was heard, for "t is there" against "t is not there", is

    lambda_t = (s / (1 - s)) / (b / (1 - b))

(virtual evidence: Pearl 1988, Probabilistic Reasoning in Intelligent Systems, 2.2.2; it gives the
same as Jeffrey's rule when b is the probability before). Under hypothesis h, which shows t with
P(t | h), the likelihood of what was heard is then P(t | h) lambda_t + 1 - P(t | h).

A type that was learned from synthetic sound, or from one source, is calibrated on what it will not
meet: on other recordings its scores are too extreme. Its lambda is raised to a power w below 1,
which shrinks it towards 1 (a likelihood tempered for a model that is known to be wrong: Grünwald
2012, The safe Bayesian; in logistic terms a calibration slope w: Cox 1958, Biometrika 45).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.audio.provenance import SYNTHETIC_MARK
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_NAMES, NoiseType
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFinding, DamageFindings
from tingzhen.vision.vocabulary import (
    DAMAGE_NAMES,
    EXPERIMENTAL_DAMAGES,
    EXPERIMENTAL_MARK,
    VISIBLE_DAMAGES,
    DamageType,
)

# Scores of exactly 0 or 1 would rule out everything else; no recogniser is that sure.
_SURE: Final = 0.999


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


def sound_ratios(knowledge: KnowledgeBase, noise: NoiseFindings) -> dict[NoiseType, float]:
    """lambda by type that the recogniser learned, shrunk as far as its provenance asks for.

    Empty when the recogniser could not tell: then it says nothing at all.
    """
    if noise.verdict not in ("abnormal", "normal"):
        return {}
    return {
        score.type: _learned_ratio(knowledge, noise, score)
        for score in noise.types
        if score.type in FAULT_NOISES and score.type in noise.provenance
    }


def _learned_ratio(knowledge: KnowledgeBase, noise: NoiseFindings, score: NoiseScore) -> float:
    settings = knowledge.settings
    ratio = score_ratio(score.probability, noise.base_rates[score.type], settings.noise_cap)
    return float(ratio ** settings.noise_weight[noise.provenance[score.type]])


def trusted(noise: NoiseFindings) -> NoiseFindings:
    """The same findings, every type weighed as if it had been learned from recordings."""
    return replace(noise, provenance=dict.fromkeys(noise.provenance, "recordings"))


def log_noise(
    knowledge: KnowledgeBase, noise_type: NoiseType, ratio: float
) -> tuple[NDArray[np.float64], float]:
    """ln of P(sound | h) / P(sound | nothing wrong), for every fault and for an unknown one."""
    settings = knowledge.settings
    healthy = settings.noise_if_healthy * (ratio - 1.0) + 1.0
    other = settings.noise_if_other * (ratio - 1.0) + 1.0
    stated = knowledge.tables.noises[noise_type]
    log_ratio = stated.log_ratio(ratio, healthy, len(knowledge.faults))
    return log_ratio, float(np.log(other / healthy))


def heard_noises(
    knowledge: KnowledgeBase, noise: NoiseFindings, sound: dict[NoiseType, float]
) -> Iterator[Observation]:
    scores = {score.type: score.probability for score in noise.types}
    for noise_type, ratio in sound.items():
        log_ratio, other = log_noise(knowledge, noise_type, ratio)
        name, percent = NOISE_NAMES[noise_type], f"{scores[noise_type]:.0%}"
        mark = ("", "")
        if noise.provenance.get(noise_type) == "synthetic":
            mark = (f"，{SYNTHETIC_MARK.zh}", f", {SYNTHETIC_MARK.en}")
        events = [event for event in noise.events if event.type == noise_type]
        event = max(events, key=lambda e: e.probability, default=None)
        if scores[noise_type] >= 0.5:
            text = Text(f"录音中听到{name.zh}（概率 {percent}{mark[0]}）",
                        f"{name.en} is heard in the recording "
                        f"(probability {percent}{mark[1]})")  # fmt: skip
        elif ratio >= 1.0:
            text = Text(f"录音中可能有{name.zh}（概率 {percent}{mark[0]}）",
                        f"{name.en} may be in the recording "
                        f"(probability {percent}{mark[1]})")  # fmt: skip
        else:
            text = Text(f"录音中未听到{name.zh}（概率 {percent}{mark[0]}）",
                        f"No {name.en.lower()} is heard "
                        f"(probability {percent}{mark[1]})")  # fmt: skip
        yield Observation(
            "noise", text, log_ratio, other,
            start_s=event.start_s if event else None, end_s=event.end_s if event else None,
            absent=ratio < 1.0,
        )  # fmt: skip


def heard_normal(knowledge: KnowledgeBase, noise: NoiseFindings) -> Iterator[Observation]:
    """How normal it sounds: the only word of the recogniser on noises that it never learned.

    It overlaps with the scores of the noises, so its ratio is bounded by two probabilities that
    are not far apart (normal_if_healthy, normal_if_faulty).
    """
    score = next((s for s in noise.types if s.type == "normal"), None)
    learned = "normal" in noise.provenance
    if score is None or not learned or noise.verdict not in ("abnormal", "normal"):
        return
    settings = knowledge.settings
    ratio = _learned_ratio(knowledge, noise, score)
    healthy = settings.normal_if_healthy * (ratio - 1.0) + 1.0
    faulty = float(np.log((settings.normal_if_faulty * (ratio - 1.0) + 1.0) / healthy))
    log_ratio = np.where(knowledge.tables.makes_noise, faulty, 0.0)
    sounds = "正常" if ratio >= 1.0 else "不像正常"
    like = "sounds" if ratio >= 1.0 else "does not sound"
    yield Observation(
        "noise",
        Text(f"整体声音{sounds}（正常的概率 {score.probability:.0%}）",
             f"On the whole it {like} normal (probability {score.probability:.0%})"),
        log_ratio, faulty, absent=True,
    )  # fmt: skip


def seen_damages(knowledge: KnowledgeBase, damage: DamageFindings) -> Iterator[Observation]:
    if damage.verdict not in ("damaged", "undamaged"):
        return
    settings = knowledge.settings
    for score in damage.types:
        if score.type not in VISIBLE_DAMAGES:
            continue
        base_rate, name = settings.damage_base_rate[score.type], DAMAGE_NAMES[score.type]
        ratio = score_ratio(score.probability, base_rate, settings.damage_cap)
        given = knowledge.tables.damage_given[:, VISIBLE_DAMAGES.index(score.type)]
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
        mark = ("", "")
        if score.type in EXPERIMENTAL_DAMAGES:
            mark = (f"，{EXPERIMENTAL_MARK.zh}", f", {EXPERIMENTAL_MARK.en}")
        yield Observation(
            "damage",
            Text(f"画面中{'看到' if seen else '未见'}：{name.zh}（概率 {percent}{mark[0]}）",
                 f"{name.en} {'is' if seen else 'is not'} seen in the picture "
                 f"(probability {percent}{mark[1]})"),
            log_ratio,
            time_s=place.time_s if place else None, box=place.box if place else None,
            absent=not seen,
        )  # fmt: skip
