"""Calibration, thresholds and the limit of the familiar, all from out-of-fold scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX
from tingzhen.vision.decision import Calibration, Limits
from tingzhen.vision.vocabulary import DAMAGE_TYPES, EXPERIMENTAL_DAMAGES, VISIBLE_DAMAGES

STATED_PRECISION = 0.80
"""Of the held-out pictures in which a type reaches its report threshold, this share shows it."""

_FEWEST = 8  # positives and negatives that a calibration needs
_LEAST_REPORT = 0.5  # nothing is reported that is less likely than not
_LEAST_REPORT_EXPERIMENTAL = 0.6
_FALSE_ALARMS = 0.02  # share of a source's undamaged pictures on which one type may be reported
_DOUBTS = 0.05  # share of them that one type may make doubtful
_ENOUGH_OF_A_SOURCE = 40  # undamaged pictures, to count by itself
_FAMILIAR = 0.99  # share of vehicle pictures within the distance limit


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Scores with the truth. scores: float32 (n, types), logits. targets: float32 (n, types), NaN
    for not said. distances: float32 (n,). sources: str (n,); None: all are of one."""

    scores: NDArray[np.float32]
    targets: NDArray[np.float32]
    distances: NDArray[np.float32]
    sources: NDArray[np.str_] | None = None

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Judged":
        sources = None if self.sources is None else self.sources[chosen]
        return Judged(self.scores[chosen], self.targets[chosen], self.distances[chosen], sources)


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
    """Thresholds: the lowest at which a type has the stated precision, raised until few undamaged
    pictures of any source reach it: engine bays are few, and most clips show one."""
    probabilities = calibration.probabilities(judged.scores)
    undamaged = _healthy_sources(judged)
    report = np.empty(len(VISIBLE_DAMAGES), np.float32)
    doubt = np.empty(len(VISIBLE_DAMAGES), np.float32)
    for index, name in enumerate(VISIBLE_DAMAGES):
        known = ~np.isnan(judged.targets[:, index])
        precise = precise_threshold(
            probabilities[known, index], judged.targets[known, index] == 1, STATED_PRECISION
        )
        healthy = [probabilities[rows, index] for rows in undamaged]
        least = _LEAST_REPORT_EXPERIMENTAL if name in EXPERIMENTAL_DAMAGES else _LEAST_REPORT
        alarms = max((_quantile(one, 1 - _FALSE_ALARMS) for one in healthy), default=0.0)
        doubts = max((_quantile(one, 1 - _DOUBTS) for one in healthy), default=0.0)
        report[index] = max(precise, least, alarms)
        doubt[index] = min(report[index], max(report[index] / 2, doubts))
    vehicle = judged.targets[:, TYPE_INDEX["not_vehicle"]] == 0
    distance = _quantile(judged.distances[vehicle], _FAMILIAR) if vehicle.any() else 2.0
    return Limits(report, doubt, 0.5, float(distance))


def _healthy_sources(judged: Judged) -> list[NDArray[np.bool_]]:
    """The undamaged pictures, all and of each source that has enough of them: bool (n,) each."""
    undamaged = judged.targets[:, TYPE_INDEX["undamaged"]] == 1
    found = [undamaged]
    if judged.sources is not None:
        found += [undamaged & (judged.sources == name) for name in np.unique(judged.sources)]
    return [rows for rows in found if rows is undamaged or rows.sum() >= _ENOUGH_OF_A_SOURCE]


def precise_threshold(
    probabilities: NDArray[np.float32], truth: NDArray[np.bool_], precision: float
) -> float:
    """The lowest probability such that of all pictures at or above it at least this share is true.

    0.5 without positives, since nothing can be said; the highest probability where no threshold is
    that precise.
    """
    if not truth.any():
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    share = np.cumsum(truth[order]) / np.arange(1, len(order) + 1)
    # Of equal probabilities all are reported or none.
    last_of_equals = np.append(ranked[1:] != ranked[:-1], True)
    enough = np.flatnonzero((share >= precision) & last_of_equals)
    return float(ranked[enough[-1] if len(enough) else 0])


def stated_precision(judged: Judged, calibration: Calibration, limits: Limits) -> dict[str, Any]:
    """What the thresholds state, for the metadata: the wanted precision, and by type the precision
    and recall on the pictures that chose them; None where nothing is reported or true."""
    probabilities = calibration.probabilities(judged.scores)
    of_types: dict[str, Any] = {}
    for index, name in enumerate(VISIBLE_DAMAGES):
        known = ~np.isnan(judged.targets[:, index])
        truth = judged.targets[known, index] == 1
        reported = probabilities[known, index] >= limits.report[index]
        of_types[name] = {
            "precision": _share(truth[reported]),
            "recall": _share(reported[truth]),
        }
    return {"stated": STATED_PRECISION, "types": of_types}


def decided_by(judged: Judged) -> dict[str, Any]:
    """Calibration, thresholds and the precision that they state, as the metadata hold them."""
    calibration = fit_calibration(judged)
    limits = fit_limits(judged, calibration)
    return {
        "calibration": calibration.to_metadata(),
        "thresholds": limits.to_metadata(),
        "precision": stated_precision(judged, calibration, limits),
    }


def _share(values: NDArray[np.bool_]) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _quantile(values: NDArray[np.float32], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.0


def cross_fitted(
    judged: Judged, folds: NDArray[np.int64]
) -> tuple[NDArray[np.float32], list[Limits], NDArray[np.int64]]:
    """Probabilities and limits of each item from calibrations fitted on the other folds only.

    Returns probabilities float32 (n, types), one Limits for each fold, and for each item the index
    of its Limits, so that a figure at a threshold is not reported on what chose the threshold.
    """
    probabilities = np.zeros_like(judged.scores)
    limits = []
    names = np.unique(folds)
    for fold in names:
        inside = folds == fold
        calibration = fit_calibration(judged.take(~inside))
        probabilities[inside] = calibration.probabilities(judged.scores[inside])
        limits.append(fit_limits(judged.take(~inside), calibration))
    return probabilities, limits, np.searchsorted(names, folds).astype(np.int64)
