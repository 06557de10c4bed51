"""Events against known truth: segment-based F1 (Mesaros, Heittola and Virtanen 2016, "Metrics for
Polyphonic Sound Event Detection", section 3.1).

A clip is cut into segments of 0.25 s; a type is active in a segment that one of its events
touches. Segments are counted over all clips of a type before anything is divided, as sed_eval
does; a segment without the type in truth or in what was found counts nowhere.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.recordings import Rows, Values

SEGMENT_S = 0.25


class Span(Protocol):
    """A stretch in which a type is heard; NoiseEvent is one."""

    @property
    def type(self) -> str: ...
    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class ClipEvents:
    """truth and found: events of one clip. group: recording or scene, the unit of resampling.

    level_db: of the fault over the rest of the clip, where it was mixed and is known.
    A clip without truth holds no fault: what is found in it is a false alarm.
    """

    group: str
    duration_s: float
    truth: Sequence[Span]
    found: Sequence[Span]
    level_db: float | None = None


def active_segments(
    events: Iterable[Span], type_: str, segments: int, *, segment_s: float = SEGMENT_S
) -> NDArray[np.bool_]:
    """(segments,): whether an event of the type touches the segment."""
    active = np.zeros(segments, dtype=bool)
    for event in events:
        if event.type == type_ and event.end_s > event.start_s:
            first, last = _outer(event.start_s, event.end_s, segment_s)
            active[max(0, first) : last] = True
    return active


def _outer(start_s: float, end_s: float, segment_s: float) -> tuple[int, int]:
    """First segment and the one after the last; a millionth of a segment is rounding, no sound."""
    return math.floor(start_s / segment_s + 1e-6), math.ceil(end_s / segment_s - 1e-6)


def segment_counts(
    clip: ClipEvents, type_: str, *, segment_s: float = SEGMENT_S
) -> tuple[int, int, int]:
    """True positives, false positives, false negatives of a type in segments of a clip."""
    last = max([clip.duration_s, *(e.end_s for e in (*clip.truth, *clip.found))])
    segments = _outer(0.0, last, segment_s)[1]
    true = active_segments(clip.truth, type_, segments, segment_s=segment_s)
    found = active_segments(clip.found, type_, segments, segment_s=segment_s)
    return int((true & found).sum()), int((~true & found).sum()), int((true & ~found).sum())


def f1(counts: Values) -> float:
    """2 TP / (2 TP + FP + FN); counts: (3,). NaN where nothing is true and nothing found."""
    whole = 2 * counts[0] + counts[1] + counts[2]
    return float(2 * counts[0] / whole) if whole else math.nan


def event_figures(
    clips: Sequence[ClipEvents],
    *,
    segment_s: float = SEGMENT_S,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """F1, precision and recall by type and over all types (micro), with intervals by group.

    `by_type` and `all_types` hold clips with a fault of unknown level or of 0 dB and above;
    `by_level` holds the F1 of all types for each level. `whole_clip` is the F1 of marking the whole
    of every clip that holds the type: what a recogniser of clips would reach without any sense of
    time. `without_fault` counts what is found where nothing is to be found: how often that happens
    says more than an F1 that depends on how many such clips there are.
    """
    types = sorted({e.type for clip in clips for e in (*clip.truth, *clip.found)})
    counts = {
        t: np.array([segment_counts(c, t, segment_s=segment_s) for c in clips]).reshape(-1, 3)
        for t in types
    }
    whole = [_marked_whole(clip) for clip in clips]
    baseline = {
        t: np.array([segment_counts(c, t, segment_s=segment_s) for c in whole]).reshape(-1, 3)
        for t in types
    }
    faulty = np.array([bool(c.truth) for c in clips], dtype=bool)
    loud = faulty & np.array([c.level_db is None or c.level_db >= 0 for c in clips], dtype=bool)

    def interval(statistic: Callable[[Values], float], of: Values, rows: Rows) -> dict[str, Any]:
        result = bootstrap_interval(
            lambda i: statistic(of[rows[i]].sum(axis=0)), [clips[int(j)].group for j in rows],
            resamples=resamples, seed=seed,
        )  # fmt: skip
        return result.to_json()

    def figures(of: Values, plain: Values, rows: Rows) -> dict[str, Any]:
        return {
            "f1": interval(f1, of, rows),
            "precision": interval(lambda c: _share(c[0], c[0] + c[1]), of, rows),
            "recall": interval(lambda c: _share(c[0], c[0] + c[2]), of, rows),
            "whole_clip": interval(f1, plain, rows),
        }

    def total(of: Mapping[str, Values]) -> Values:
        return np.sum([of[t] for t in types], axis=0) if types else np.zeros((len(clips), 3))

    alarms = np.array([bool(c.found) for c in clips], dtype=float)
    minutes = np.array([c.duration_s / 60 for c in clips])
    events = np.array([float(len(c.found)) for c in clips])

    def mean_over(values: Values, by: Values) -> dict[str, Any]:
        rows = np.flatnonzero(~faulty)
        result = bootstrap_interval(
            lambda i: _share(float(values[rows[i]].sum()), float(by[rows[i]].sum())),
            [clips[int(j)].group for j in rows], resamples=resamples, seed=seed,
        )  # fmt: skip
        return result.to_json()

    levels = sorted({clip.level_db for clip in clips if clip.level_db is not None})
    return {
        "segment_s": segment_s,
        "clips": len(clips),
        "by_type": {
            t: figures(counts[t], baseline[t], np.flatnonzero(loud & _holds(clips, t)))
            for t in types
        },
        "all_types": figures(total(counts), total(baseline), np.flatnonzero(loud)),
        "by_level": {
            f"{level:g}": interval(
                f1, total(counts), np.flatnonzero([clip.level_db == level for clip in clips])
            )
            for level in levels
        },
        "without_fault": {
            "clips_with_an_event": mean_over(alarms, np.ones(len(clips))),
            "events_per_minute": mean_over(events, minutes),
        },
    }


def _holds(clips: Sequence[ClipEvents], type_: str) -> NDArray[np.bool_]:
    """Clips that have a say on a type: resampling the others would only make n look large."""
    return np.array([any(e.type == type_ for e in (*c.truth, *c.found)) for c in clips], dtype=bool)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else math.nan


@dataclass(frozen=True, slots=True)
class _Marked:
    type: str
    start_s: float
    end_s: float


def _marked_whole(clip: ClipEvents) -> ClipEvents:
    types = sorted({event.type for event in clip.truth})
    found = [_Marked(type_, 0.0, clip.duration_s) for type_ in types]
    return ClipEvents(clip.group, clip.duration_s, clip.truth, found, clip.level_db)
