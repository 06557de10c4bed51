"""Answering only when sure: balanced accuracy on what is answered, coverage, their curve.

A recording is answered when the score of its first type reaches that type's threshold. Thresholds
for the recordings of a fold are chosen on the other folds alone (cross-fitting), so that what
stands here was not tuned on what is reported. Selective classification after El-Yaniv and Wiener
(2010), "On the Foundations of Noise-free Selective Classification".
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.recordings import (
    NAMES,
    Rows,
    Scored,
    Values,
    by_recording,
    seven_scores,
)
from tingzhen.training.noise_measuring.scores import balanced_accuracy
from tingzhen.training.noise_measuring.threshold_choice import choose_by_fold

COVERAGE = 0.65
"""Share of recordings that is to be answered."""
OF_EACH = 0.5
"""Share of each type's recordings that is to be answered."""
RESERVE = 0.05
"""Thresholds are chosen for this much more than that: on other recordings it comes out lower."""
CURVE = tuple(round(0.55 + 0.025 * i, 3) for i in range(19))
"""Coverages, on the recordings that thresholds are chosen on, of the reported curve."""


def selective(
    scored: Scored, fold: Rows, *, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Balanced accuracy on what is answered, coverage overall and by type, and both curves.

    fold: (clips,); recordings of one fold share thresholds. JSON-ready; points of a curve are
    [coverage, balanced accuracy]. `one_threshold` orders all recordings by their first score;
    `threshold_by_type` is what the figures above it were made with, at other coverages.
    """
    r = by_recording(scored)
    known = r.known
    groups = [r.groups[i] for i in known]
    scores, truth = seven_scores(r.probabilities)[known], r.truth[known]
    first = scores.argmax(axis=1).astype(np.int64)
    confidence, hit = scores.max(axis=1), first == truth
    part = np.array([fold[r.members[i][0]] for i in known], dtype=np.int64)

    choice = choose_by_fold(confidence, first, truth, part, of_each=OF_EACH + RESERVE)
    answered = choice.answered(confidence, first, part, COVERAGE + RESERVE)

    def accurate(rows: Rows) -> float:
        rows = rows[answered[rows]]
        return balanced_accuracy(hit[rows], truth[rows])

    def interval(statistic: Callable[[Rows], float], rows: Rows) -> dict[str, Any]:
        found = bootstrap_interval(
            lambda i: statistic(rows[i]), [groups[j] for j in rows],
            resamples=resamples, seed=seed,
        )  # fmt: skip
        return found.to_json()

    def covered(rows: Rows) -> float:
        return float(answered[rows].mean()) if len(rows) else math.nan

    every = np.arange(len(truth))
    by_type = {NAMES[k]: interval(covered, every[truth == k]) for k in np.unique(truth).tolist()}
    given = [choice.answered(confidence, first, part, coverage) for coverage in CURVE]
    curve = {tuple(_point(one, hit, truth)) for one in given if one.any()}
    return {
        "balanced_accuracy": interval(accurate, every),
        "coverage": interval(covered, every),
        "coverage_by_type": by_type,
        "least_coverage_of_a_type": min((v["value"] for v in by_type.values()), default=None),
        "curves": {
            "one_threshold": one_threshold_curve(confidence, hit, truth),
            "threshold_by_type": [list(point) for point in sorted(curve)],
        },
    }


def one_threshold_curve(
    confidence: Values, hit: NDArray[np.bool_], truth: Rows, *, points: int = 40
) -> list[list[float]]:
    """[coverage, balanced accuracy over the types that are left] at up to `points` thresholds."""
    order = np.argsort(-confidence, kind="stable")
    n = len(order)
    ends = sorted(set(np.linspace(1, n, min(points, n)).astype(int).tolist())) if n else []
    curve = []
    for end in ends:
        given = np.zeros(n, dtype=bool)
        given[order[:end]] = True
        curve.append(_point(given, hit, truth))
    return curve


def _point(given: NDArray[np.bool_], hit: NDArray[np.bool_], truth: Rows) -> list[float]:
    accuracy = balanced_accuracy(hit[given], truth[given])
    return [round(float(given.mean()), 4), round(accuracy, 4)]
