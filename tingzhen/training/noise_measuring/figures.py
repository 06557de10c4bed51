"""Figures of a noise recogniser on labelled recordings, each with a bootstrap interval."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.intervals import Interval, bootstrap_interval

SEVEN: tuple[tuple[str, ...], ...] = (
    ("knock",), ("squeal",), ("whine", "rumble"), ("clunk",), ("exhaust_blow",),
    ("start_failure",), ("normal",),
)  # fmt: skip
"""The types with enough recordings to be compared; whine and rumble count as one."""
NAMES = tuple("+".join(names) for names in SEVEN)
NORMAL = len(SEVEN) - 1
BINS = 10

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """clips with their probabilities (clips, 14) and, where a verdict was made, verdicts."""

    clips: Sequence[NoiseClip]
    probabilities: Values
    verdicts: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class _Recordings:
    """One row a recording and label: mean over its clips. truth: index into SEVEN, -1 for others;
    verdict shares: (n, 2), how much of it was called abnormal and cannot_tell."""

    groups: list[str]
    sources: list[str]
    probabilities: Values
    truth: NDArray[np.int64]
    healthy: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    weak: NDArray[np.bool_]
    abnormal: Values
    unclear: Values


def by_recording(scored: Scored) -> _Recordings:
    """Mean over the clips of a recording that carry the same label."""
    members: dict[tuple[str, str, bool], list[int]] = {}
    for i, clip in enumerate(scored.clips):
        key = (clip.group, "|".join(sorted(clip.types)), clip.negative)
        members.setdefault(key, []).append(i)
    rows = list(members.values())
    first = [scored.clips[row[0]] for row in rows]
    verdicts = np.array(scored.verdicts, dtype=object)
    return _Recordings(
        [clip.group for clip in first],
        [clip.source for clip in first],
        np.array([scored.probabilities[row].mean(axis=0) for row in rows]).reshape(-1, 14),
        np.array([_seven(clip) for clip in first], dtype=np.int64),
        np.array([not clip.faulty for clip in first], dtype=bool),
        np.array([clip.negative for clip in first], dtype=bool),
        np.array([clip.weak for clip in first], dtype=bool),
        np.array([float((verdicts[row] == "abnormal").mean()) for row in rows]),
        np.array([float((verdicts[row] == "cannot_tell").mean()) for row in rows]),
    )


def _seven(clip: NoiseClip) -> int:
    if clip.negative or clip.weak:
        return -1
    holds = [k for k, names in enumerate(SEVEN) if clip.types & set(names)]
    return holds[0] if len(holds) == 1 else -1


def seven_scores(probabilities: Values) -> Values:
    """(n, 14) to (n, 7)."""
    columns = [[NOISE_TYPES.index(name) for name in names] for names in SEVEN]
    return np.stack([probabilities[:, c].max(axis=1) for c in columns], axis=1)


def auc(scores: Values, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks, ties shared (Mann and Whitney 1947); NaN without both."""
    positives, n = int(truth.sum()), len(truth)
    if positives in {0, n}:
        return math.nan
    _, inverse, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    won = rank[truth].sum() - positives * (positives + 1) / 2
    return float(won / (positives * (n - positives)))


def calibration_error(confidence: Values, correct: Values) -> float:
    """Expected calibration error over 10 bins of equal width (Guo et al. 2017)."""
    if not len(confidence):
        return math.nan
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gap = [abs((confidence - correct)[place == b].sum()) for b in range(BINS)]
    return float(sum(gap) / len(confidence))


def noise_figures(scored: Scored, *, resamples: int = 1000, seed: int = 0) -> dict[str, Any]:
    """Figures as JSON-ready objects {value, low, high, n}; n counts recordings.

    Over recordings of exactly one of the seven types, weakly labelled ones left out: balanced
    accuracy, the right type among the first two, macro AUC, recall by type, calibration error of
    the first type. By verdict: faults called abnormal, healthy recordings called abnormal (normal
    by source, weakly labelled, negatives), and how often it cannot tell.
    """
    r = by_recording(scored)
    known = np.flatnonzero(r.truth >= 0)
    scores, truth = seven_scores(r.probabilities)[known], r.truth[known]
    ranked = np.argsort(-scores, axis=1, kind="stable")
    first, second = ranked[:, 0] == truth, (ranked[:, :2] == truth[:, None]).any(axis=1)
    present = sorted(set(truth.tolist()))

    def interval(statistic: Callable[[NDArray[np.int64]], float], rows: Any) -> dict[str, Any]:
        groups = [r.groups[i] for i in rows]
        result: Interval = bootstrap_interval(statistic, groups, resamples=resamples, seed=seed)
        return result.to_json()

    def share_of(picked: Values, rows: NDArray[np.int64]) -> dict[str, Any]:
        return interval(lambda i: float(picked[i].mean()) if len(i) else math.nan, rows)

    def share(values: Values, rows: NDArray[np.int64]) -> dict[str, Any]:
        return share_of(values[rows], rows)

    def balanced(hit: NDArray[np.bool_]) -> Callable[[NDArray[np.int64]], float]:
        def statistic(i: NDArray[np.int64]) -> float:
            means = [hit[i][truth[i] == k].mean() for k in present if (truth[i] == k).any()]
            return float(np.mean(means)) if means else math.nan

        return statistic

    def macro_auc(i: NDArray[np.int64]) -> float:
        each = [auc(scores[i, k], truth[i] == k) for k in present]
        each = [value for value in each if math.isfinite(value)]
        return float(np.mean(each)) if each else math.nan

    highest = scores.max(axis=1) if len(scores) else np.empty(0)
    healthy_normal = r.healthy & ~r.negative & ~r.weak
    figures: dict[str, Any] = {
        "clips": len(scored.clips),
        "recordings": len(set(r.groups)),
        "balanced_accuracy": interval(balanced(first), known),
        "among_first_two": interval(balanced(second), known),
        "macro_auc": interval(macro_auc, known),
        "calibration_error": interval(
            lambda i: calibration_error(highest[i], first[i].astype(float)), known
        ),
        "recall": {
            NAMES[k]: share_of(first[truth == k].astype(float), known[truth == k]) for k in present
        },
        "verdict": {
            "faults_called_abnormal": share(r.abnormal, np.flatnonzero(~r.healthy)),
            "faults_cannot_tell": share(r.unclear, np.flatnonzero(~r.healthy)),
            "normals_called_abnormal": share(r.abnormal, np.flatnonzero(healthy_normal)),
            "normals_cannot_tell": share(r.unclear, np.flatnonzero(healthy_normal)),
            "weak_normals_called_abnormal": share(r.abnormal, np.flatnonzero(r.weak)),
            "negatives_called_abnormal": share(r.abnormal, np.flatnonzero(r.negative)),
        },
        "normals_called_abnormal_by_source": {
            source: share(
                r.abnormal, np.flatnonzero(healthy_normal & (np.array(r.sources) == source))
            )
            for source in sorted(set(np.array(r.sources)[healthy_normal].tolist()))
        },
    }
    return figures
