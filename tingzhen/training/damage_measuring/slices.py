"""Figures of dark and bright, blurred and sharp pictures, small and large damage, apart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.training.damage_measuring.pictures import PictureFacts
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import BODY, Rows, ScoredPictures
from tingzhen.training.damage_measuring.weighted import (
    Statistic,
    area_under_roc,
    mean_of,
    ratio,
)

PARTS = 3
_FEWEST = 10  # pictures with a type, and without it, that a part needs for its AUC to count


def slice_figures(
    scored: ScoredPictures, facts: Sequence[PictureFacts], how: Resampling
) -> dict[str, Any]:
    """By property (`brightness`, `sharpness`, `largest_box`) three parts with equally many
    pictures, from low to high. Pictures without boxes are in no part of `largest_box`.

    facts: of each picture, in their order.
    """
    largest = [
        max((box.w * box.h for box in picture.boxes), default=np.nan) for picture in scored.pictures
    ]
    properties = {
        "brightness": np.array([one.brightness for one in facts], np.float64),
        "sharpness": np.array([one.sharpness for one in facts], np.float64),
        "largest_box": np.array(largest, np.float64),
    }
    result = {}
    for name, values in properties.items():
        known = np.flatnonzero(np.isfinite(values))
        if len(known) >= PARTS * _FEWEST:
            result[name] = _parts(scored, values, known, how)
    return result


def _parts(
    scored: ScoredPictures, values: NDArray[np.float64], known: Rows, how: Resampling
) -> list[dict[str, Any]]:
    order = known[np.argsort(values[known], kind="stable")]
    parts = [scored.take(rows) for rows in np.array_split(order, PARTS)]
    types = [k for k in BODY if all(_enough(part, k) for part in parts)]
    return [
        {
            "from": round(float(values[rows].min()), 4),
            "to": round(float(values[rows].max()), 4),
            "pictures": len(rows),
            **_of_part(part, types, how),
        }
        for rows, part in zip(np.array_split(order, PARTS), parts, strict=True)
    ]


def _enough(part: ScoredPictures, index: int) -> bool:
    column = part.targets()[:, index]
    return min(int((column == 1).sum()), int((column == 0).sum())) >= _FEWEST


def _of_part(part: ScoredPictures, types: Sequence[int], how: Resampling) -> dict[str, Any]:
    targets, reported = part.targets(), part.reported()
    damage = slice(reported.shape[1])
    present = targets[:, damage] == 1
    said = reported & ~np.isnan(targets[:, damage])
    right = reported & present
    statistics: dict[str, Statistic] = {
        "recall": ratio(right.sum(axis=1), present.sum(axis=1)),
        "precision": ratio(right.sum(axis=1), said.sum(axis=1)),
        "mean_auc": mean_of([_auc(part, targets, k) for k in types]),
    }
    return {name: figure(one, part.groups, how) for name, one in statistics.items()}


def _auc(part: ScoredPictures, targets: NDArray[np.float32], index: int) -> Statistic:
    known = ~np.isnan(targets[:, index])
    of_known = area_under_roc(part.probabilities[known, index], targets[known, index] == 1)
    return lambda weights: of_known(weights[:, known])
