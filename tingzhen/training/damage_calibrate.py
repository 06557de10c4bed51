"""Calibration, thresholds and the limit of the familiar, all from out-of-fold scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX
from tingzhen.vision.decision import Calibration, Limits
from tingzhen.vision.vocabulary import DAMAGE_TYPES, EXPERIMENTAL_DAMAGES, VISIBLE_DAMAGES

_FEWEST = 8  # positives and negatives that a calibration needs
_LEAST_REPORT = 0.5  # nothing is reported that is less likely than not
_LEAST_REPORT_EXPERIMENTAL = 0.6
_FALSE_ALARMS = 0.02  # share of undamaged pictures on which one type may be reported
_DOUBTS = 0.05  # share of undamaged pictures that one type may make doubtful
_FAMILIAR = 0.99  # share of vehicle pictures within the distance limit
_KINDS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Scores with the truth. scores: float32 (n, types), logits, or probabilities where they have
    been calibrated. targets: float32 (n, types), NaN for not said. distances: float32 (n,)."""

    scores: NDArray[np.float32]
    targets: NDArray[np.float32]
    distances: NDArray[np.float32]

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Judged":
        return Judged(self.scores[chosen], self.targets[chosen], self.distances[chosen])


def fit_calibration(judged: Judged) -> Calibration:
    """Platt scaling for each type on what is said of it; the identity where too little is said."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - slow to import

    slope = np.ones(len(DAMAGE_TYPES), np.float32)
    offset = np.zeros(len(DAMAGE_TYPES), np.float32)
    for index in range(len(DAMAGE_TYPES)):
        known = ~np.isnan(judged.targets[:, index])
        truth = judged.targets[known, index] == 1
        if min(truth.sum(), (~truth).sum()) < _FEWEST:
            continue
        model = LogisticRegression(C=10.0).fit(judged.scores[known, index, None], truth)
        # A slope below zero would turn the ranking round: chance on little data, not knowledge.
        slope[index] = max(0.1, float(model.coef_[0, 0]))
        offset[index] = float(model.intercept_[0])
    return Calibration(slope, offset)


def fit_limits(judged: Judged, calibration: Calibration) -> Limits:
    """Thresholds: the best F1 of each type, raised until few undamaged pictures reach it."""
    probabilities = calibration.probabilities(judged.scores)
    undamaged = judged.targets[:, TYPE_INDEX["undamaged"]] == 1
    report = np.empty(len(VISIBLE_DAMAGES), np.float32)
    doubt = np.empty(len(VISIBLE_DAMAGES), np.float32)
    for index, name in enumerate(VISIBLE_DAMAGES):
        known = ~np.isnan(judged.targets[:, index])
        best = best_f1_threshold(
            probabilities[known, index], judged.targets[known, index] == 1, default=0.5
        )
        healthy = probabilities[undamaged, index]
        least = _LEAST_REPORT_EXPERIMENTAL if name in EXPERIMENTAL_DAMAGES else _LEAST_REPORT
        report[index] = max(best, least, _quantile(healthy, 1 - _FALSE_ALARMS))
        doubt[index] = min(report[index], max(report[index] / 2, _quantile(healthy, 1 - _DOUBTS)))
    vehicle = judged.targets[:, TYPE_INDEX["not_vehicle"]] == 0
    distance = _quantile(judged.distances[vehicle], _FAMILIAR) if vehicle.any() else 2.0
    return Limits(report, doubt, 0.5, float(distance))


def best_f1_threshold(
    probabilities: NDArray[np.float32], truth: NDArray[np.bool_], *, default: float
) -> float:
    """The probability at which F1 is largest; `default` without positives."""
    if not truth.any():
        return default
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(truth[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + truth.sum())
    return float(probabilities[order[int(np.argmax(f1))]])


def _quantile(values: NDArray[np.float32], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0


def learned_kinds(
    embeddings: NDArray[np.float32], targets: NDArray[np.float32], *, seed: int
) -> NDArray[np.float32]:
    """Centres of the vehicle pictures by k-means on the unit sphere: float32 (k, 1280), unit
    length; k is 64, or fewer where there are fewer pictures."""
    from sklearn.cluster import KMeans  # noqa: PLC0415

    vehicles = unit(embeddings[targets[:, TYPE_INDEX["not_vehicle"]] == 0])
    if len(vehicles) == 0:
        vehicles = unit(embeddings)
    count = min(_KINDS, len(vehicles))
    centres = KMeans(count, n_init=1, random_state=seed).fit(vehicles).cluster_centers_
    return unit(centres.astype(np.float32))


def distance_to_kinds(
    embeddings: NDArray[np.float32], kinds: NDArray[np.float32]
) -> NDArray[np.float32]:
    """float32 (n,): 1 - cosine to the nearest kind."""
    return np.asarray(1 - (unit(embeddings) @ kinds.T).max(axis=1), dtype=np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)


def cross_fitted(
    judged: Judged, folds: NDArray[np.int64]
) -> tuple[NDArray[np.float32], Sequence[Limits], NDArray[np.int64]]:
    """Probabilities and limits of each item from calibrations fitted on the other folds only.

    Returns probabilities float32 (n, types), one Limits for each fold, and for each item the index
    of its Limits, so that a figure at a threshold is not reported on what chose the threshold.
    """
    probabilities = np.zeros_like(judged.scores)
    limits = []
    names = np.unique(folds)
    which = np.searchsorted(names, folds)
    for fold in names:
        inside = folds == fold
        calibration = fit_calibration(judged.take(~inside))
        probabilities[inside] = calibration.probabilities(judged.scores[inside])
        limits.append(fit_limits(judged.take(~inside), calibration))
    return probabilities, limits, which.astype(np.int64)
