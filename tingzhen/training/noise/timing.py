"""When is it heard: the listener's training, its thresholds, and what it is worth.

Mixtures with known truth are dealt into two halves by the recording of their bed. A listener that
learned from one half hears the other: so every bed is heard by one that never met its recording.
What is reported of a half rests on thresholds that were chosen on the other; the shipped listener
learns from both halves, and its thresholds are chosen on all that was so heard.
"""

import hashlib
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.events import EventRule, find_events
from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.fit import mixture_weights
from tingzhen.training.noise.hearings import MIXTURE_S, Event
from tingzhen.training.noise.listener import Listener, ListenerSettings, listen, train_listener
from tingzhen.training.noise.material import Material, Mixtures
from tingzhen.training.noise.network import STEP_S
from tingzhen.training.noise_measuring.events import ClipEvents, event_figures
from tingzhen.training.runs import not_told

LEAVE_RATIOS = (0.4, 0.55, 0.7, 0.85)
MERGE_GAP_S = 0.35
"""Synthetic hits closer than this are one event in the truth as well."""
THRESHOLDS = np.linspace(0.1, 0.9, 17)
LEVEL_STEP_DB = 6.0
AT_MOST = 4000
"""Mixtures that the leave ratio is chosen on."""
Probabilities = NDArray[np.float32]


def half(clip: NoiseClip) -> int:
    """0 or 1, the same for all clips of a recording, whatever else is in the data."""
    return int(hashlib.sha256(f"{clip.source}/{clip.group}/when".encode()).hexdigest()[:8], 16) % 2


def learned_mixtures(
    material: Material, clips: Sequence[NoiseClip], halves: Collection[int]
) -> Mixtures:
    """Scenes, and beds of the recordings in `halves`."""
    beds = material.beds.rows(np.isin(_halves(material, clips), list(halves)))
    scenes = material.scenes
    if not len(beds) or not len(scenes):
        return beds if len(beds) else scenes
    return scenes.joined(beds)


def fit_listener(
    material: Material,
    clips: Sequence[NoiseClip],
    settings: ListenerSettings,
    *,
    halves: Collection[int],
    seed: int,
    advance: Callable[[], None] = lambda: None,
    told: Callable[[int, float], None] = not_told,
) -> Listener:
    """The listener on everything of these halves that may teach it."""
    mixtures = learned_mixtures(material, clips, halves)
    weight = mixture_weights(mixtures.types)
    return train_listener(
        mixtures.steps, mixtures.truth, weight, settings, seed=seed, advance=advance,
        told=told,
    )  # fmt: skip


def hear_unheard(
    of_half: Mapping[int, Listener], material: Material, clips: Sequence[NoiseClip]
) -> Probabilities:
    """(beds, T, 12): each bed as the listener of the other half hears it. of_half: by the half that
    each learned from."""
    halves, beds = _halves(material, clips), material.beds
    heard = np.zeros(beds.truth.shape, dtype=np.float32)
    for learned, listener in of_half.items():
        rows = np.flatnonzero(halves != learned)
        if len(rows):
            heard[rows] = listen(listener, beds.steps[rows])
    return heard


def choose_rule(heard: Probabilities, mixtures: Mixtures) -> EventRule:
    """For each type the threshold, and for all the leave ratio, with the highest F1 over steps of
    mixtures that hold a fault at 0 dB and above. Without any every threshold is 0.5.

    heard: (mixtures, T, 12), by listeners that never met their recordings."""
    loud = np.array([_level_db(events) >= 0 for events in mixtures.events], dtype=bool)
    if not loud.any():
        return EventRule(
            STEP_S, merge_gap_s=MERGE_GAP_S, thresholds=dict.fromkeys(FAULT_NOISES, 0.5)
        )
    heard, truth = heard[loud], mixtures.truth[loud] > 0
    thresholds = {}
    for i, type_ in enumerate(FAULT_NOISES):
        scores = [_f1(heard[..., i] >= t, truth[..., i]) for t in THRESHOLDS]
        thresholds[type_] = float(THRESHOLDS[int(np.argmax(scores))])
    some = np.linspace(0, len(heard) - 1, min(len(heard), AT_MOST)).astype(int)
    rules = [EventRule(STEP_S, ratio, MERGE_GAP_S, thresholds=thresholds) for ratio in LEAVE_RATIOS]
    return max(rules, key=lambda rule: _rule_f1(rule, heard[some], truth[some]))


def events_measured(
    heard: Probabilities, material: Material, clips: Sequence[NoiseClip], *, seed: int
) -> dict[str, Any]:
    """Segment figures of every bed, by the rule that was chosen on the other half.

    heard: (beds, T, 12), from `hear_unheard`."""
    halves, mixtures = _halves(material, clips), material.beds
    rule = {k: choose_rule(heard[halves != k], mixtures.rows(halves != k)) for k in (0, 1)}
    found = []
    for row, events, bed, k in zip(
        heard, mixtures.events, mixtures.bed, halves.tolist(), strict=True
    ):
        clip = clips[int(bed)]
        level = np.floor(_level_db(events) / LEVEL_STEP_DB) * LEVEL_STEP_DB if events else None
        found.append(
            ClipEvents(f"{clip.source}/{clip.group}", MIXTURE_S, events,
                       heard_events(row, rule[k]),
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


def _halves(material: Material, clips: Sequence[NoiseClip]) -> NDArray[np.int64]:
    """(beds,): the half of each bed's recording."""
    of_clip = np.array([half(clip) for clip in clips], dtype=np.int64)
    return of_clip[material.beds.bed] if len(material.beds) else np.empty(0, dtype=np.int64)


def _level_db(events: Sequence[Event]) -> float:
    """Of the fault over its bed; minus infinity without one."""
    return events[0].level_db if events else -math.inf


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
