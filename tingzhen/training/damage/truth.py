"""What a framing of a picture says: of the whole, and of each place.

What a framing cuts off is not there any more, what it cuts through is not said. Places inside a
box are damaged, the rim of a box is not said, places outside all boxes are free of damage where
the source boxes everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX, DamagePicture
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

ABSENT, PRESENT, UNSAID = 0, 1, 2
_VISIBLE = [TYPE_INDEX[name] for name in VISIBLE_DAMAGES]
_UNDAMAGED, _NOT_VEHICLE = TYPE_INDEX["undamaged"], TYPE_INDEX["not_vehicle"]
_KEPT_SHARE = 0.35  # of a box, for the framing to show that damage
_KEPT_OF_FRAMING = 0.12  # or this much of the framing is filled by it
_GONE_SHARE = 0.02
_LEAST_PICTURE = 0.6  # share of a picture that still shows what is somewhere in it


@dataclass(frozen=True, slots=True)
class SeenBox:
    """A box within a framing. place: left, top, right, bottom in 0..1 of the framing, clipped.
    kept: share of the whole box that is inside, 0..1."""

    type_index: int
    place: tuple[float, float, float, float]
    kept: float

    @property
    def filled(self) -> float:
        left, top, right, bottom = self.place
        return (right - left) * (bottom - top)


def seen_boxes(
    corners: NDArray[np.float32], type_indices: Sequence[int], side_px: float
) -> list[SeenBox]:
    """Boxes that a framing shows at least in part.

    corners: float32 (k, 4), left, top, right, bottom in pixels of the framing, not clipped.
    """
    seen = []
    for box, type_index in zip(corners.tolist(), type_indices, strict=True):
        left, top = max(0.0, box[0]), max(0.0, box[1])
        right, bottom = min(side_px, box[2]), min(side_px, box[3])
        if right > left and bottom > top:
            kept = (right - left) * (bottom - top) / ((box[2] - box[0]) * (box[3] - box[1]))
            place = (left / side_px, top / side_px, right / side_px, bottom / side_px)
            seen.append(SeenBox(type_index, place, kept))
    return seen


def picture_truth(
    picture: DamagePicture, seen: Sequence[SeenBox], shown: float
) -> NDArray[np.float32]:
    """What a framing says of each type: float32 (types,), 1, 0 or NaN for not said.

    seen: the picture's boxes in the framing. shown: share of the picture that it shows, 0..1.
    """
    targets = picture.targets.copy()
    boxed = {box.type_index for box in picture.boxes}
    for index in _VISIBLE:
        if targets[index] != 1:
            continue
        own = [box for box in seen if box.type_index == index]
        if any(box.kept >= _KEPT_SHARE or box.filled >= _KEPT_OF_FRAMING for box in own):
            continue
        if index not in boxed:
            targets[index] = 1.0 if shown >= _LEAST_PICTURE else np.nan
            continue
        gone = picture.boxes_complete and all(box.kept <= _GONE_SHARE for box in own)
        targets[index] = 0.0 if gone else np.nan
    if targets[_UNDAMAGED] == 0 and not (targets[_VISIBLE] == 1).any():
        if picture.boxes_complete and boxed and not seen:
            targets[_UNDAMAGED] = 1.0
            targets[_NOT_VEHICLE] = np.nan  # beside the damage there may be grass and nothing else
        elif targets[_NOT_VEHICLE] != 1:
            # A wreck of which no type is said stays damaged while most of it is in the picture.
            untyped = not (picture.targets[_VISIBLE] == 1).any() and shown >= _LEAST_PICTURE
            targets[_UNDAMAGED] = 0.0 if untyped else np.nan
    return targets


def place_truth(
    picture: DamagePicture, targets: NDArray[np.float32], seen: Sequence[SeenBox], cells: int
) -> NDArray[np.uint8]:
    """What a framing says of each place: uint8 (types, cells, cells), ABSENT, PRESENT or UNSAID.

    targets: of the framing, from picture_truth. A box smaller than a cell is present in the cell
    that holds its middle.
    """
    places = np.full((len(DAMAGE_TYPES), cells, cells), UNSAID, dtype=np.uint8)
    middles = (np.arange(cells) + 0.5) / cells
    half = 0.5 / cells
    for index in _VISIBLE:
        if targets[index] == 0:
            places[index] = ABSENT
            continue
        own = [box for box in seen if box.type_index == index]
        if not own:
            continue
        if picture.boxes_complete:
            places[index] = ABSENT
        for box in own:
            left, top, right, bottom = box.place
            rows = (middles > top - half) & (middles < bottom + half)
            columns = (middles > left - half) & (middles < right + half)
            places[index][np.ix_(rows, columns)] = UNSAID
        for box in own:
            left, top, right, bottom = box.place
            rows = np.abs(middles - (top + bottom) / 2) <= max((bottom - top) / 2, half)
            columns = np.abs(middles - (left + right) / 2) <= max((right - left) / 2, half)
            places[index][np.ix_(rows, columns)] = PRESENT
    return places
