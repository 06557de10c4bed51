"""Figures of each damage type on some pictures: ranking, operating point, calibration, place."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.damage_measuring.place import pairs_of, place_figures, true_boxes_of
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import BODY, Mask, ScoredPictures
from tingzhen.training.damage_measuring.weighted import (
    BINS,
    Statistic,
    area_under_roc,
    average_precision,
    calibration_error,
    mean_of,
    share,
)
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

CURVE_POINTS = 60


def type_figures(scored: ScoredPictures, how: Resampling) -> dict[str, Any]:
    """`types`, and over the body damages `map`, `mean_auc` and the calibration errors, as far as
    something is said; place over all types. See docs/damage-evaluation.md."""
    targets, reported = scored.targets(), scored.reported()
    pairs, boxes = pairs_of(scored), true_boxes_of(scored)
    known = ~np.isnan(targets)
    types, scoreable = {}, []
    for index, name in enumerate(VISIBLE_DAMAGES):
        truth = targets[:, index] == 1
        if not truth.any():
            continue
        if (known[:, index] & ~truth).any():
            scoreable.append(index)
        types[name] = _of_type(scored, index, known[:, index], truth, reported[:, index], how=how)
        types[name] |= place_figures(scored.groups, pairs, boxes, how, only=index)
    result: dict[str, Any] = {}
    body = [index for index in scoreable if index in BODY]
    if body:
        result |= _over_types(scored, targets, known, body, how)
    if types:
        result["types"] = types
    return result | place_figures(scored.groups, pairs, boxes, how)


def _of_type(
    scored: ScoredPictures, index: int, known: Mask, truth: Mask, reported: Mask, *, how: Resampling
) -> dict[str, Any]:
    p, groups = scored.probabilities[:, index], scored.groups

    def of(statistic: Statistic, rows: Mask) -> dict[str, Any]:
        return figure(statistic, [groups[i] for i in np.flatnonzero(rows)], how)

    said = known & reported
    thresholds = scored.thresholds[:, index]
    only = np.ones((int(known.sum()), 1), bool)
    stated = p[known][:, None]
    return {
        "positives": int(truth.sum()),
        "negatives": int((known & ~truth).sum()),
        "average_precision": of(average_precision(p[known], truth[known]), known),
        "auc": of(area_under_roc(p[known], truth[known]), known),
        "thresholds": [round(float(thresholds.min()), 4), round(float(thresholds.max()), 4)],
        "precision": of(share(truth[said]), said),
        "recall": of(share(reported[truth]), truth),
        "calibration_error": of(calibration_error(stated, truth[known][:, None], only), known),
        "reliability": reliability(p[known], truth[known]),
        "curve": precision_recall_curve(p[known], truth[known]),
    }


def _over_types(
    scored: ScoredPictures,
    targets: NDArray[np.float32],
    known: Mask,
    body: list[int],
    how: Resampling,
) -> dict[str, Any]:
    truth = targets == 1

    # Types whose truth is said of other pictures share one resample: rows that say nothing of a
    # type count for nothing in it.
    def each(kind: Any) -> list[Statistic]:
        return [
            _where(known[:, k], kind(scored.probabilities[known[:, k], k], truth[known[:, k], k]))
            for k in body
        ]

    def error(k: int) -> Statistic:
        columns = slice(k, k + 1)
        return calibration_error(
            scored.probabilities[:, columns], truth[:, columns], known[:, columns]
        )

    pooled = calibration_error(scored.probabilities[:, body], truth[:, body], known[:, body])
    groups = scored.groups
    return {
        "map": figure(mean_of(each(average_precision)), groups, how),
        "mean_auc": figure(mean_of(each(area_under_roc)), groups, how),
        "calibration_error": figure(pooled, groups, how),
        "mean_calibration_error": figure(mean_of([error(k) for k in body]), groups, how),
    }


def _where(rows: Mask, statistic: Statistic) -> Statistic:
    return lambda weights: statistic(weights[:, rows])


def reliability(stated: NDArray[np.float32], truth: Mask) -> list[dict[str, Any]]:
    """One object for each of ten bins that holds something: from, to, mean stated probability
    (`said`), share that is true (`true`), number of pictures (`pictures`)."""
    which = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    return [
        {
            "from": b / BINS,
            "to": (b + 1) / BINS,
            "said": round(float(stated[which == b].mean()), 4),
            "true": round(float(truth[which == b].mean()), 4),
            "pictures": int((which == b).sum()),
        }
        for b in np.unique(which).tolist()
    ]


def precision_recall_curve(scores: NDArray[np.float32], truth: Mask) -> list[list[float]]:
    """Points [recall, precision] from the highest score down, ties one step; at most 60 of them,
    spread evenly over recall. Empty without positives."""
    total = int(truth.sum())
    if not total:
        return []
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    hits = np.cumsum(truth[order])[last]
    recall, precision = hits / total, hits / (last + 1)
    wanted = np.linspace(0, 1, CURVE_POINTS)
    chosen = np.unique(np.minimum(np.searchsorted(recall, wanted), len(recall) - 1))
    return [[round(float(recall[i]), 4), round(float(precision[i]), 4)] for i in chosen]
