"""When is it heard: the listener's training, its thresholds, and what it is worth.

Mixtures with known truth are dealt by the recording of their bed: half of the recordings teach the
listener, a quarter chooses its thresholds, and the last quarter is what is reported.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.events import EventRule, find_events
from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.fit import mixture_weights
from tingzhen.training.noise.hearings import MIXTURE_S
from tingzhen.training.noise.listener import Listener, ListenerSettings, listen, train_listener
from tingzhen.training.noise.material import Material, Mixtures
from tingzhen.training.noise.network import STEP_S
from tingzhen.training.noise_measuring.events import ClipEvents, event_figures

LEAVE_RATIOS = (0.4, 0.55, 0.7, 0.85)
MERGE_GAP_S = 0.35
"""Synthetic hits closer than this are one event in the truth as well."""
THRESHOLDS = np.linspace(0.1, 0.9, 17)
LEVEL_STEP_DB = 6.0
Probabilities = NDArray[np.float32]


def quarter(clip: NoiseClip) -> int:
    """0 to 3, the same for all clips of a recording, whatever else is in the data."""
    return int(hashlib.sha256(f"{clip.source}/{clip.group}/when".encode()).hexdigest()[:8], 16) % 4


def learned_mixtures(material: Material, clips: Sequence[NoiseClip]) -> Mixtures:
    """Scenes, and beds of the recordings that teach the listener."""
    beds = material.beds.rows(_of(material, clips, (0, 1)))
    scenes = material.scenes
    if not len(beds) or not len(scenes):
        return beds if len(beds) else scenes
    return scenes.joined(beds)


def fit_listener(
    material: Material,
    clips: Sequence[NoiseClip],
    settings: ListenerSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> Listener:
    """The listener on everything that may teach it."""
    mixtures = learned_mixtures(material, clips)
    weight = mixture_weights(mixtures.types)
    return train_listener(
        mixtures.steps, mixtures.truth, weight, settings, seed=seed, advance=advance
    )  # fmt: skip


def choose_rule(listener: Listener, material: Material, clips: Sequence[NoiseClip]) -> EventRule:
    """For each type the threshold, and for all the leave ratio, with the highest F1 over steps, on
    beds that the listener never heard. Without such beds every threshold is 0.5."""
    mixtures = material.beds.rows(_of(material, clips, (2,)))
    if not len(mixtures):
        return EventRule(
            STEP_S, merge_gap_s=MERGE_GAP_S, thresholds=dict.fromkeys(FAULT_NOISES, 0.5)
        )
    heard, truth = listen(listener, mixtures.steps), mixtures.truth > 0
    thresholds = {}
    for i, type_ in enumerate(FAULT_NOISES):
        scores = [_f1(heard[..., i] >= t, truth[..., i]) for t in THRESHOLDS]
        thresholds[type_] = float(THRESHOLDS[int(np.argmax(scores))])
    rules = [EventRule(STEP_S, ratio, MERGE_GAP_S, thresholds=thresholds) for ratio in LEAVE_RATIOS]
    return max(rules, key=lambda rule: _rule_f1(rule, heard, truth))


def events_measured(
    listener: Listener,
    rule: EventRule,
    material: Material,
    clips: Sequence[NoiseClip],
    *,
    seed: int,
) -> dict[str, Any]:
    """Segment figures on the quarter of the recordings that nothing was chosen on."""
    mixtures = material.beds.rows(_of(material, clips, (3,)))
    heard = listen(listener, mixtures.steps) if len(mixtures) else np.empty((0, 1, 12), np.float32)
    found = []
    for row, events, bed in zip(heard, mixtures.events, mixtures.bed, strict=True):
        clip = clips[int(bed)]
        level = np.floor(events[0].level_db / LEVEL_STEP_DB) * LEVEL_STEP_DB if events else None
        found.append(
            ClipEvents(f"{clip.source}/{clip.group}", MIXTURE_S, events, heard_events(row, rule),
                       level_db=None if level is None else float(level))
        )  # fmt: skip
    return event_figures(found, seed=seed)


def heard_events(heard: Probabilities, rule: EventRule) -> list[NoiseEvent]:
    """Events of every fault that reaches its threshold in some step; heard: (T, 12)."""
    return [
        event
        for i, type_ in enumerate(FAULT_NOISES)
        if heard[:, i].max(initial=0.0) >= rule.thresholds[type_]
        for event in find_events(type_, heard[:, i], rule.thresholds[type_], rule, MIXTURE_S)
    ]


def _of(
    material: Material, clips: Sequence[NoiseClip], quarters: tuple[int, ...]
) -> NDArray[np.bool_]:
    wanted = np.array([quarter(clip) in quarters for clip in clips], dtype=bool)
    return wanted[material.beds.bed] if len(material.beds) else np.empty(0, dtype=bool)


def _f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    both = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / both if both else 0.0


def _rule_f1(rule: EventRule, heard: Probabilities, truth: NDArray[np.bool_]) -> float:
    """Mean over types of the F1 over steps of the events that the rule finds."""
    middle_s = (np.arange(heard.shape[1]) + 0.5) * STEP_S
    found = np.zeros(truth.shape, dtype=bool)
    for number, row in enumerate(heard):
        for event in heard_events(row, rule):
            inside = (middle_s >= event.start_s) & (middle_s <= event.end_s)
            found[number, inside, FAULT_NOISES.index(event.type)] = True
    return float(np.mean([_f1(found[..., i], truth[..., i]) for i in range(len(FAULT_NOISES))]))
