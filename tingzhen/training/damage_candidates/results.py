"""The figures of a candidate, all from pictures that it never saw."""

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import Box, DamagePicture
from tingzhen.training.damage.calibration import STATED_PRECISION, precise_threshold
from tingzhen.training.damage_candidates.answers import Answers
from tingzhen.training.damage_candidates.protocol import Fitted
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import BODY, UNDAMAGED, fully_labelled_sources
from tingzhen.training.damage_measuring.weighted import (
    Statistic,
    area_under_roc,
    average_precision,
    mean_of,
    share,
)
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_REPEATS = 5


def figures_of(
    pictures: Sequence[DamagePicture], answers: Answers, how: Resampling
) -> dict[str, Any]:
    """JSON-ready; every figure {value, low, high, n}. On the phone photos: `types` with the average
    precision of each body damage, `map`, `mean_auc`, and `place`: of all true pairs of picture and
    type with boxes the share in which the middle of the surest place lies in a true box. On other
    sources' undamaged pictures: `false_alarms`, the share in which a body damage reaches the
    logit at which it has a precision of 0.8 on the phone photos."""
    own = [pictures[row] for row in answers.rows.tolist()]
    targets = np.stack([picture.targets for picture in own])
    sources = set(fully_labelled_sources(pictures))
    phone = np.array([picture.source in sources for picture in own])
    groups = [picture.group for picture, there in zip(own, phone, strict=True) if there]
    types: dict[str, Any] = {}
    precisions: list[Statistic] = []
    aucs: list[Statistic] = []
    alarms = np.zeros(len(own), dtype=bool)
    for index in BODY:
        truth, logits = targets[phone, index] == 1, answers.logits[phone, index]
        if not truth.any() or truth.all():
            continue
        precisions.append(average_precision(logits, truth))
        aucs.append(area_under_roc(logits, truth))
        types[VISIBLE_DAMAGES[index]] = figure(precisions[-1], groups, how)
        alarms |= answers.logits[:, index] >= precise_threshold(logits, truth, STATED_PRECISION)
    healthy = np.flatnonzero(~phone & (targets[:, UNDAMAGED] == 1))
    return {
        "pictures": len(own),
        "map": figure(mean_of(precisions), groups, how),
        "mean_auc": figure(mean_of(aucs), groups, how),
        "types": types,
        "place": _place(own, answers.centres, phone, how),
        "false_alarms": figure(
            share(alarms[healthy]), [own[row].group for row in healthy.tolist()], how
        ),
        "training_s": None if math.isnan(answers.training_s) else round(answers.training_s, 1),
    }


def _place(
    pictures: Sequence[DamagePicture],
    centres: NDArray[np.float32],
    phone: NDArray[np.bool_],
    how: Resampling,
) -> dict[str, Any] | None:
    """None for candidates that name no places."""
    if np.isnan(centres).all():
        return None
    inside, groups = [], []
    for row in np.flatnonzero(phone).tolist():
        boxes = pictures[row].boxes
        for index in {box.type_index for box in boxes} & set(BODY):
            true = [box for box in boxes if box.type_index == index]
            inside.append(_in_a_box(centres[row, index], true))
            groups.append(pictures[row].group)
    return figure(share(np.array(inside, dtype=bool)), groups, how)


def _in_a_box(centre: NDArray[np.float32], boxes: Sequence[Box]) -> bool:
    x, y = centre.tolist()  # NaN lies in no box
    return any(box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h for box in boxes)


def cost_of(fitted: Fitted, square: NDArray[np.uint8]) -> dict[str, float | int]:
    """`parameters`, and `ms`: CPU time of one picture in torch on one thread, the least of five.

    Torch is slower than what is served; between candidates it is an order.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        fitted.one(square)
        taken = []
        for _ in range(_REPEATS):
            began = time.process_time()
            fitted.one(square)
            taken.append(1000 * (time.process_time() - began))
    finally:
        torch.set_num_threads(threads)
    return {"parameters": fitted.parameters(), "ms": round(min(taken), 1)}
