"""Figures of rows that each count a number of times: all resamples of a bootstrap at once.

`weights` is float64 (k, n): how often each of n rows was drawn in each of k resamples; a result is
float64 (k,), NaN where the drawn rows do not define it. Weights of one everywhere give the plain
figure.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Weights = NDArray[np.float64]
Mask = NDArray[np.bool_]
Statistic = Callable[[Weights], Values]

BINS = 10


def share(values: NDArray[np.generic]) -> Statistic:
    """Mean of values (n,): a share where they are bool."""
    numbers = values.astype(np.float64)
    return ratio(numbers, np.ones_like(numbers))


def ratio(numerators: NDArray[np.generic], denominators: NDArray[np.generic]) -> Statistic:
    """Sum over rows of one by sum over rows of the other, both (n,)."""
    above, below = numerators.astype(np.float64), denominators.astype(np.float64)
    return lambda weights: _divided(weights @ above, weights @ below)


def average_precision(scores: NDArray[np.floating], truth: Mask) -> Statistic:
    """Sum of precision over recall steps; ties are one step, as in scikit-learn (Manning, Raghavan
    and Schütze 2008, section 8.4). scores, truth: (n,). NaN without positives."""
    order = np.argsort(-scores, kind="stable")
    last = _last_of_ties(scores[order])
    positive = truth[order].astype(np.float64)

    def statistic(weights: Weights) -> Values:
        drawn = weights[:, order]
        hits = np.cumsum(drawn * positive, axis=1)[:, last]
        ranked = np.cumsum(drawn, axis=1)[:, last]
        precision = hits / np.where(ranked > 0, ranked, 1.0)
        gained = np.diff(hits, axis=1, prepend=0.0)
        total = hits[:, -1] if hits.shape[1] else np.zeros(len(weights))
        return _divided((gained * precision).sum(axis=1), total)

    return statistic


def area_under_roc(scores: NDArray[np.floating], truth: Mask) -> Statistic:
    """Probability that a positive scores above a negative, ties counted half (Mann and Whitney
    1947). scores, truth: (n,). NaN without positives or without negatives."""
    order = np.argsort(scores, kind="stable")
    last = _last_of_ties(scores[order])
    positive = truth[order].astype(np.float64)

    def statistic(weights: Weights) -> Values:
        drawn = weights[:, order]
        positives = np.cumsum(drawn * positive, axis=1)[:, last]
        negatives = np.cumsum(drawn * (1 - positive), axis=1)[:, last]
        if not positives.shape[1]:
            return np.full(len(weights), np.nan)
        below = negatives - np.diff(negatives, axis=1, prepend=0.0) / 2
        won = (np.diff(positives, axis=1, prepend=0.0) * below).sum(axis=1)
        return _divided(won, positives[:, -1] * negatives[:, -1])

    return statistic


def calibration_error(stated: NDArray[np.floating], truth: Mask, known: Mask) -> Statistic:
    """Expected calibration error over ten bins of equal width (Naeini et al. 2015).

    stated, truth, known: (n, types); pairs of a row and a type that are known are pooled.
    """
    which = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    gap = np.where(known, truth.astype(np.float64) - np.where(known, stated, 0.0), 0.0)
    by_bin = np.stack([np.where(which == b, gap, 0.0).sum(axis=1) for b in range(BINS)], axis=1)
    pairs = known.sum(axis=1).astype(np.float64)
    return lambda weights: _divided(np.abs(weights @ by_bin).sum(axis=1), weights @ pairs)


def passing_at_kept(unlikeness: NDArray[np.floating], known: Mask, kept: float) -> Statistic:
    """Share of unknown rows at or below the limit that keeps a share of the known ones.

    unlikeness: (n,), larger is stranger. known: (n,). kept: 0..1; the limit is the smallest known
    value that at least this share of the known rows do not exceed. NaN without known or unknown.
    """
    order = np.argsort(unlikeness, kind="stable")
    last = _last_of_ties(unlikeness[order])
    of_known = known[order].astype(np.float64)

    def statistic(weights: Weights) -> Values:
        drawn = weights[:, order]
        inside = np.cumsum(drawn * of_known, axis=1)[:, last]
        passing = np.cumsum(drawn * (1 - of_known), axis=1)[:, last]
        if not inside.shape[1]:
            return np.full(len(weights), np.nan)
        total = inside[:, -1:]
        limit = np.argmax(inside >= kept * total - 1e-9, axis=1)
        found = passing[np.arange(len(weights)), limit]
        return np.where(total[:, 0] > 0, _divided(found, passing[:, -1]), np.nan)

    return statistic


def mean_of(statistics: list[Statistic]) -> Statistic:
    """Their mean; NaN where one of them is: a mean over fewer types is another figure."""
    if not statistics:
        return lambda weights: np.full(len(weights), np.nan)
    return lambda weights: np.mean([one(weights) for one in statistics], axis=0)


def _last_of_ties(ordered: NDArray[np.floating]) -> NDArray[np.int64]:
    if not len(ordered):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.append(np.diff(ordered) != 0, True))


def _divided(above: Values, below: Values) -> Values:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
