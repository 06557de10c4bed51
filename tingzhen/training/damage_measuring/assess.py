"""Scores with their truth, ready for figures: out of fold in training, or from a bundle."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture
from tingzhen.training.damage_calibrate import Judged
from tingzhen.training.damage_measuring.figures import Assessed, covered_share, place_is_right
from tingzhen.training.damage_views import View, view_boxes
from tingzhen.vision.decision import Limits, clip_probabilities, decide, sigmoid
from tingzhen.vision.geometry import Placement
from tingzhen.vision.recogniser import DamageRecogniser, best_places
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

_WHOLE = Placement(0.0, 0.0, 1.0, 1.0)
_SHOWN_SHARE = 0.35  # of a box, for a crop to show it


def assess(
    pictures: Sequence[DamagePicture],
    views: Sequence[View],
    judged: Judged,
    place_logits: NDArray[np.float32],
    limits: Callable[[int], Limits],
) -> Assessed:
    """What the recogniser would have said of each view, beside what is true.

    judged: with calibrated probabilities. place_logits: float32 (n, types, rows, columns).
    limits: those that apply to a view, by its position.
    """
    probabilities = judged.scores
    reported = np.zeros((len(views), len(VISIBLE_DAMAGES)), dtype=bool)
    verdicts, places = [], []
    for row, view in enumerate(views):
        limit = limits(row)
        verdict, _ = decide(
            clip_probabilities(probabilities[row : row + 1]), float(judged.distances[row]), limit
        )
        verdicts.append(verdict)
        if verdict == "damaged":
            reported[row] = probabilities[row, : len(VISIBLE_DAMAGES)] >= limit.report
        cut = view_boxes(pictures[view.picture].boxes, view.rect)
        places.append(
            [
                _place(int(index), place_logits[row, index], [b for b, _, _ in cut])
                for index in np.flatnonzero(reported[row])
                if any(b.type_index == index and kept >= _SHOWN_SHARE for b, kept, _ in cut)
            ]
        )
    owners = [pictures[view.picture] for view in views]
    return Assessed(
        probabilities, judged.targets, reported, verdicts,
        [owner.group for owner in owners], [owner.source for owner in owners], places,
    )  # fmt: skip


def _place(
    index: int, logits: NDArray[np.float32], boxes: Sequence[Box]
) -> tuple[int, bool, float]:
    own = [box for box in boxes if box.type_index == index]
    _, best = best_places(sigmoid(logits), _WHOLE)[0]
    return index, place_is_right(best, own), covered_share(own)


def assess_bundle(
    recogniser: DamageRecogniser,
    pictures: Sequence[DamagePicture],
    read: Callable[[DamagePicture], NDArray[np.uint8]],
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> Assessed:
    """Each picture as a photo of its own through the recogniser."""
    probabilities = np.zeros((len(pictures), len(TYPE_INDEX)), np.float32)
    reported = np.zeros((len(pictures), len(VISIBLE_DAMAGES)), dtype=bool)
    verdicts, places = [], []
    for row, picture in enumerate(pictures):
        found = recogniser.recognise([_Photo(read(picture))])
        for score in found.types:
            probabilities[row, TYPE_INDEX[score.type]] = score.probability
        verdicts.append(found.verdict)
        best: dict[int, tuple[float, float, float, float]] = {}
        for finding in found.findings:
            best.setdefault(TYPE_INDEX[finding.type], finding.box)
        reported[row, list(best)] = True
        own = {i: [box for box in picture.boxes if box.type_index == i] for i in best}
        places.append(
            [
                (index, place_is_right(box, own[index]), covered_share(own[index]))
                for index, box in best.items()
                if own[index]
            ]
        )
        progress(row + 1)
    return Assessed(
        probabilities, np.stack([picture.targets for picture in pictures]), reported, verdicts,
        [picture.group for picture in pictures], [picture.source for picture in pictures], places,
    )  # fmt: skip


class _Photo:
    time_s = 0.0
    sharpness = 0.0

    def __init__(self, rgb: NDArray[np.uint8]) -> None:
        self.rgb = rgb
