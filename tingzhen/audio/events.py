"""Scores over time → events: stretches in which a fault noise is heard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.vocabulary import NoiseType


@dataclass(frozen=True, slots=True)
class EventRule:
    """step_s: one score each. leave_ratio: an event that began at the threshold goes on while the
    score stays above this share of it. merge_gap_s: events closer than this are one."""

    step_s: float
    leave_ratio: float = 0.7
    merge_gap_s: float = 0.64


def find_events(
    type_: NoiseType,
    probabilities: NDArray[np.floating],
    threshold: float,
    rule: EventRule,
    duration_s: float,
) -> tuple[NoiseEvent, ...]:
    """Events of one type that the clip was found to hold, in order of time.

    probabilities: (steps,), 0..1; step i stands for the time from i to i + 1 times step_s, the
    last one for all that is left of duration_s. Hysteresis: a stretch is kept where it reaches
    the threshold; where no step does, because the type shows only over the whole clip, the
    highest step takes its place. An event's probability is the highest in it.
    """
    if len(probabilities) == 0 or duration_s <= 0:
        return ()
    probabilities = probabilities.astype(np.float64)
    enter = min(threshold, float(probabilities.max()))
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
    return tuple(events)


def in_order(events: Sequence[NoiseEvent]) -> tuple[NoiseEvent, ...]:
    """By start, then the more probable first."""
    return tuple(sorted(events, key=lambda event: (event.start_s, -event.probability)))
