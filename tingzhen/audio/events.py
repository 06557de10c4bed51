"""Scores over time → events: stretches in which a fault noise is heard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.vocabulary import NOISE_TYPES, NoiseType

LEAVE_RATIO = 0.7
MERGE_GAP_S = 0.64


@dataclass(frozen=True, slots=True)
class EventRule:
    """step_s: one score each. leave_ratio: an event that began at the threshold goes on while the
    score stays above this share of it. merge_gap_s: events closer than this are one. min_s: a
    shorter one is left out, unless it is all there is. thresholds: for scores over time, which may
    differ from those of the whole clip; a type without one takes that of the clip."""

    step_s: float
    leave_ratio: float = LEAVE_RATIO
    merge_gap_s: float = MERGE_GAP_S
    min_s: float = 0.0
    thresholds: Mapping[NoiseType, float] = field(default_factory=dict)

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, Any], step_s: float) -> "EventRule":
        """The bundle's `events`; the rule of the clip without them. Raises as float() does."""
        given = metadata.get("events") or {}
        thresholds = given.get("thresholds") or {}
        return cls(
            step_s,
            leave_ratio=float(given.get("leave_ratio", LEAVE_RATIO)),
            merge_gap_s=float(given.get("merge_gap_s", MERGE_GAP_S)),
            min_s=float(given.get("min_s", 0.0)),
            thresholds={t: float(thresholds[t]) for t in NOISE_TYPES if t in thresholds},
        )


def find_events(
    type_: NoiseType,
    probabilities: NDArray[np.floating],
    threshold: float,
    rule: EventRule,
    duration_s: float,
) -> tuple[NoiseEvent, ...]:
    """Events of one type that the clip was found to hold, in order of time.

    probabilities: (steps,), 0..1; step i stands for the time from i to i + 1 times step_s, the
    last one for all that is left of duration_s. threshold: of the whole clip, where the rule has
    none of its own for the type. Hysteresis: a stretch is kept where it reaches
    the threshold; where no step does, because the type shows only over the whole clip, the
    highest step takes its place. An event's probability is the highest in it.
    """
    if len(probabilities) == 0 or duration_s <= 0:
        return ()
    probabilities = probabilities.astype(np.float64)
    enter = min(rule.thresholds.get(type_, threshold), float(probabilities.max()))
    active = probabilities >= enter * rule.leave_ratio
    changes = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    stretches = [
        (int(first), int(last))
        for first, last in zip(changes[::2], changes[1::2], strict=True)
        if probabilities[first:last].max() >= enter
    ]
    merged: list[tuple[int, int]] = []
    for first, last in stretches:
        if merged and (first - merged[-1][1]) * rule.step_s < rule.merge_gap_s:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    events = []
    for first, last in merged:
        start_s = first * rule.step_s
        end_s = duration_s if last == len(probabilities) else min(duration_s, last * rule.step_s)
        if end_s > start_s:
            probability = float(probabilities[first:last].max())
            events.append(NoiseEvent(type_, round(start_s, 3), round(end_s, 3), probability))
    long = [event for event in events if event.end_s - event.start_s >= rule.min_s]
    return tuple(long or sorted(events, key=lambda e: e.start_s - e.end_s)[:1])


def in_order(events: Sequence[NoiseEvent]) -> tuple[NoiseEvent, ...]:
    """By start, then the more probable first."""
    return tuple(sorted(events, key=lambda event: (event.start_s, -event.probability)))
