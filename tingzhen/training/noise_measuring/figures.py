"""Figures of a noise recogniser on labelled recordings, each with a bootstrap interval.

Every name here is explained in docs/noise-evaluation.md.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.recordings import (
    NAMES,
    NORMAL,
    SEVEN,
    Recordings,
    Rows,
    Scored,
    Values,
    by_recording,
    seven_scores,
)
from tingzhen.training.noise_measuring.scores import (
    BINS,
    auc,
    average_precision,
    balanced_accuracy,
    calibration_bins,
    calibration_error,
    confusion,
)
from tingzhen.training.noise_measuring.selective import selective

__all__ = [
    "NAMES",
    "NORMAL",
    "SEVEN",
    "Scored",
    "auc",
    "by_recording",
    "calibration_error",
    "noise_figures",
    "seven_scores",
]

VERDICTS = ("abnormal", "normal", "cannot_tell")


def noise_figures(
    scored: Scored, *, fold: Rows | None = None, resamples: int = 1000, seed: int = 0
) -> dict[str, Any]:
    """Figures as JSON-ready objects {value, low, high, n}; n counts recordings.

    Over recordings of exactly one of the seven types, weakly labelled ones left out: how often
    the right type comes first or among the first two, ranking and calibration. By verdict: faults
    called abnormal, healthy recordings called abnormal, how often it cannot tell.
    fold: (clips,), given where thresholds may be chosen on other recordings; it adds `selective`.
    """
    r = by_recording(scored)
    over = _Resampled(r, resamples, seed)
    figures: dict[str, Any] = {
        "clips": len(scored.clips),
        "recordings": len(set(r.groups)),
        **_of_the_seven(r, over),
        "verdict": _verdict(r, over),
        "verdicts_by_type": _verdicts_by_type(r),
        "normals_called_abnormal_by_source": _by_source(r, r.sound, over),
        "weak_normals_called_abnormal_by_source": _by_source(r, r.weak, over),
        "negatives_called_abnormal_by_source": _by_source(r, r.negative, over),
    }
    if fold is not None:
        figures["selective"] = selective(scored, fold, resamples=resamples, seed=seed)
    return figures


class _Resampled:
    """Intervals over the recordings of some rows."""

    def __init__(self, recordings: Recordings, resamples: int, seed: int) -> None:
        self._groups = recordings.groups
        self._resamples = resamples
        self._seed = seed

    def interval(self, statistic: Callable[[Rows], float], rows: Rows) -> dict[str, Any]:
        """statistic: of row numbers of the recordings, drawn from `rows`, with repeats."""
        found = bootstrap_interval(
            lambda i: statistic(rows[i]), [self._groups[j] for j in rows],
            resamples=self._resamples, seed=self._seed,
        )  # fmt: skip
        return found.to_json()

    def share(self, values: Values | NDArray[np.bool_], rows: Rows) -> dict[str, Any]:
        return self.interval(lambda i: float(values[i].mean()) if len(i) else math.nan, rows)


def _of_the_seven(r: Recordings, over: _Resampled) -> dict[str, Any]:
    known, truth = r.known, r.truth
    scores = seven_scores(r.probabilities)
    ranked = np.argsort(-scores, axis=1, kind="stable")
    first = ranked[:, 0] == truth
    second = (ranked[:, :2] == truth[:, None]).any(axis=1)
    highest = scores.max(axis=1)
    present: Sequence[int] = sorted(set(truth[known].tolist()))

    def mean_over_types(
        figure: Callable[[Values, NDArray[np.bool_]], float],
    ) -> Callable[[Rows], float]:
        def statistic(i: Rows) -> float:
            each = [figure(scores[i, k], truth[i] == k) for k in present]
            each = [value for value in each if math.isfinite(value)]
            return float(np.mean(each)) if each else math.nan

        return statistic

    def each_type(figure: Callable[[Values, NDArray[np.bool_]], float]) -> dict[str, Any]:
        def of_type(k: int) -> dict[str, Any]:
            found = over.interval(lambda i: figure(scores[i, k], truth[i] == k), known)
            return found | {"n": int((truth[known] == k).sum())}

        return {NAMES[k]: of_type(k) for k in present}

    return {
        "balanced_accuracy": over.interval(lambda i: balanced_accuracy(first[i], truth[i]), known),
        "among_first_two": over.interval(lambda i: balanced_accuracy(second[i], truth[i]), known),
        "macro_auc": over.interval(mean_over_types(auc), known),
        "macro_average_precision": over.interval(mean_over_types(average_precision), known),
        "calibration_error": over.interval(
            lambda i: calibration_error(highest[i], first[i].astype(float)), known
        ),
        "recall": {NAMES[k]: over.share(first, known[truth[known] == k]) for k in present},
        "auc": each_type(auc),
        "average_precision": each_type(average_precision),
        "confusion": {
            "types": list(NAMES),
            "counts": confusion(truth[known], ranked[known, 0], len(NAMES)).tolist(),
        },
        "reliability": _reliability(highest[known], first[known]),
    }


def _reliability(confidence: Values, correct: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """One object a bin that holds something."""
    place = calibration_bins(confidence)
    return [
        {
            "from": b / BINS,
            "to": (b + 1) / BINS,
            "confidence": round(float(confidence[place == b].mean()), 4),
            "accuracy": round(float(correct[place == b].mean()), 4),
            "n": int((place == b).sum()),
        }
        for b in np.unique(place).tolist()
    ]


def _verdict(r: Recordings, over: _Resampled) -> dict[str, Any]:
    def share(values: Values, where: NDArray[np.bool_]) -> dict[str, Any]:
        return over.share(values, np.flatnonzero(where))

    return {
        "faults_called_abnormal": share(r.abnormal, ~r.healthy),
        "faults_cannot_tell": share(r.unclear, ~r.healthy),
        "normals_called_abnormal": share(r.abnormal, r.sound),
        "normals_cannot_tell": share(r.unclear, r.sound),
        "weak_normals_called_abnormal": share(r.abnormal, r.weak),
        "negatives_called_abnormal": share(r.abnormal, r.negative),
        "negatives_without_machinery_called_abnormal": share(r.abnormal, r.negative & ~r.machinery),
        "machinery_called_abnormal": share(r.abnormal, r.machinery),
    }


def _verdicts_by_type(r: Recordings) -> dict[str, dict[str, float]]:
    """How many recordings of each label got which verdict; one cut into clips of different
    verdicts counts in parts."""
    counts: dict[str, dict[str, float]] = {}
    for type_ in NOISE_TYPES:
        rows = [i for i, types in enumerate(r.types) if type_ in types]
        if rows:
            shares = (r.abnormal, r.normal, r.unclear)
            counts[type_] = {
                verdict: round(float(share[rows].sum()), 2)
                for verdict, share in zip(VERDICTS, shares, strict=True)
            } | {"n": len(rows)}
    return counts


def _by_source(r: Recordings, where: NDArray[np.bool_], over: _Resampled) -> dict[str, Any]:
    return {
        source: over.share(r.abnormal, np.flatnonzero(where & (r.sources == source)))
        for source in sorted(set(r.sources[where].tolist()))
    }
