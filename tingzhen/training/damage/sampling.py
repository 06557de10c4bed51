"""Which pictures a step sees, and how much a positive weighs."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.truth import PRESENT, UNSAID, SeenBox, place_truth
from tingzhen.training.damage_measuring.scored import fully_labelled_sources

_SOURCE_POWER = 0.75  # draws from a source grow with its size to this power
_HEAVIEST = 6.0
_CELLS = 16


def draw_weights(pictures: Sequence[DamagePicture], *, boxed_share: float) -> NDArray[np.float64]:
    """How often each picture is drawn: float64 (n,), sums to 1.

    Sources that box all their body damage are drawn in `boxed_share` of all cases, since they alone
    say where damage is and is not. Beside that, larger sources more often, but less than in
    proportion; within a source all pictures of a group together as the root of their number, and
    pictures of a rare label more often, by the root of its rarity.
    """
    sources = np.array([picture.source for picture in pictures])
    weights = np.zeros(len(pictures))
    for source in np.unique(sources):
        rows = np.flatnonzero(sources == source)
        own = [pictures[row] for row in rows.tolist()]
        of_group = Counter(picture.group for picture in own)
        of_label = Counter(label for picture in own for label in picture.labels)
        share = np.array(
            [
                max(len(own) / of_label[label] for label in picture.labels) ** 0.5
                / of_group[picture.group] ** 0.5
                for picture in own
            ]
        )  # fmt: skip
        weights[rows] = share / share.sum() * len(rows) ** _SOURCE_POWER
    boxed = set(fully_labelled_sources(pictures))
    first = np.array([source in boxed for source in sources])
    if first.any() and not first.all():
        weights[first] *= boxed_share / weights[first].sum()
        weights[~first] *= (1 - boxed_share) / weights[~first].sum()
    return weights / weights.sum()


def positive_weights(
    pictures: Sequence[DamagePicture],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight of a positive for pictures and for places, each float32 (types,): root of the
    imbalance, 1 to 6."""
    targets = np.stack([picture.targets for picture in pictures])
    present = np.zeros(targets.shape[1])
    said = np.zeros(targets.shape[1])
    for picture in pictures:
        whole = [
            SeenBox(box.type_index, (box.x, box.y, box.x + box.w, box.y + box.h), 1.0)
            for box in picture.boxes
        ]
        places = place_truth(picture, picture.targets, whole, _CELLS)
        present += (places == PRESENT).sum(axis=(1, 2))
        said += (places != UNSAID).sum(axis=(1, 2))
    known = (~np.isnan(targets)).sum(axis=0)
    return _weight(np.nansum(targets, axis=0, dtype=float), known), _weight(present, said)


def _weight(positive: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float32]:
    odds = (known - positive) / np.maximum(positive, 1)
    return np.clip(np.sqrt(np.maximum(odds, 1)), 1, _HEAVIEST).astype(np.float32)
