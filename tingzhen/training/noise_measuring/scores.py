"""Plain figures of scores: ranking, calibration, balanced accuracy. No intervals here."""

import math

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.noise_measuring.recordings import Rows, Values

BINS = 10


def auc(scores: Values, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks, ties shared (Mann and Whitney 1947); NaN without both."""
    positives, n = int(truth.sum()), len(truth)
    if positives in {0, n}:
        return math.nan
    _, inverse, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[inverse]
    won = rank[truth].sum() - positives * (positives + 1) / 2
    return float(won / (positives * (n - positives)))


def average_precision(scores: Values, truth: NDArray[np.bool_]) -> float:
    """Mean of the precision at each positive, without interpolation; NaN without a positive.

    Equal scores are one step: sum over distinct scores of the gain in recall times the precision
    (Manning, Raghavan and Schütze 2008, section 8.4; as scikit-learn has it).
    """
    positives = int(truth.sum())
    if not positives:
        return math.nan
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(truth[order])[last]
    precision = hits / (last + 1)
    return float(np.sum(np.diff(np.concatenate([[0], hits])) * precision) / positives)


def calibration_bins(confidence: Values) -> Rows:
    """Bin 0..9 of each confidence, 0..1; bins are of equal width and closed below."""
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def calibration_error(confidence: Values, correct: Values) -> float:
    """Expected calibration error over 10 bins of equal width (Guo et al. 2017); NaN of nothing."""
    if not len(confidence):
        return math.nan
    gap = np.bincount(calibration_bins(confidence), weights=confidence - correct, minlength=BINS)
    return float(np.abs(gap).sum() / len(confidence))


def balanced_accuracy(hit: NDArray[np.bool_], truth: Rows) -> float:
    """Mean over the types that occur of the share of their rows that hit; NaN of nothing.

    hit, truth: (n,); truth: 0 or above.
    """
    if not len(truth):
        return math.nan
    total = np.bincount(truth)
    right = np.bincount(truth, weights=hit)
    occurs = total > 0
    return float(np.mean(right[occurs] / total[occurs]))


def confusion(truth: Rows, answer: Rows, types: int) -> Rows:
    """Counts (types, types): rows are the truth, columns the answer."""
    counts = np.bincount(truth * types + answer, minlength=types * types)
    return counts.reshape(types, types).astype(np.int64)
