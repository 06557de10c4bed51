"""Views of a picture: which part is looked at, how it is spoiled, and what each place then says.

Undamaged pictures come from other sources than damaged ones and are framed wider, so the framing
alone would separate them. Views undo that: damaged pictures are also seen close, undamaged ones
zoomed in, and parts of damaged pictures that lie outside all boxes are undamaged ones of the same
source and the same zoom.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import BODY_DAMAGES, TYPE_INDEX, Box, DamagePicture
from tingzhen.vision.geometry import fit_square
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

# whole: as it is; free: a clean crop outside all boxes; near: a clean crop of the same sizes with
# damage in it; wide and zoom: spoiled as phones and the net spoil pictures.
ViewKind = Literal["whole", "free", "near", "wide", "zoom"]
CLEAN_KINDS: frozenset[ViewKind] = frozenset({"whole", "free", "near"})

ABSENT, PRESENT, UNSAID = 0, 1, 2
_VISIBLE = [TYPE_INDEX[name] for name in VISIBLE_DAMAGES]
_KEPT_SHARE = 0.35  # of a box, for the crop to show that damage
_KEPT_OF_CROP = 0.12  # or this much of the crop is filled by it
_GONE_SHARE = 0.02
_CROP_SIDES = (0.32, 0.7)


@dataclass(frozen=True, slots=True)
class View:
    """picture: index into the pictures. rect: x, y, w, h in 0..1. seed: of what is drawn."""

    picture: int
    kind: ViewKind
    rect: tuple[float, float, float, float]
    seed: int


def plan_views(pictures: Sequence[DamagePicture], *, seed: int) -> list[View]:
    """The views of all pictures; the same for the same pictures and seed."""
    views = []
    for index, picture in enumerate(pictures):
        random = np.random.default_rng([seed, index])
        views.append(View(index, "whole", (0.0, 0.0, 1.0, 1.0), 0))
        boxed_body = picture.boxes_complete and bool(picture.labels & set(BODY_DAMAGES))
        if boxed_body:
            free = _free_rect(picture.boxes, random)
            if free is not None:
                views.append(View(index, "free", free, 0))
                views.append(View(index, "near", _near_rect(picture.boxes, free[2], random), 0))
        for _ in range(2 if boxed_body else 1):
            views.append(View(index, "zoom", _zoom_rect(picture, random), _draw_seed(random)))
        views.append(View(index, "wide", _random_rect(random, 0.75, 1.0), _draw_seed(random)))
    return views


def _draw_seed(random: np.random.Generator) -> int:
    return int(random.integers(1, 2**31))


def _random_rect(
    random: np.random.Generator, smallest: float, largest: float
) -> tuple[float, float, float, float]:
    side = random.uniform(smallest, largest)
    stretch = np.sqrt(random.uniform(0.75, 1.33))
    w, h = min(1.0, side * stretch), min(1.0, side / stretch)
    return random.uniform(0, 1 - w), random.uniform(0, 1 - h), w, h


def _around(
    x: float, y: float, side: float, random: np.random.Generator
) -> tuple[float, float, float, float]:
    """A square crop of that side with the point somewhere in its middle half."""
    left = x - side * random.uniform(0.25, 0.75)
    top = y - side * random.uniform(0.25, 0.75)
    return float(np.clip(left, 0, 1 - side)), float(np.clip(top, 0, 1 - side)), side, side


def _near_rect(
    boxes: Sequence[Box], side: float, random: np.random.Generator
) -> tuple[float, float, float, float]:
    box = boxes[int(random.integers(len(boxes)))]
    return _around(box.x + box.w / 2, box.y + box.h / 2, side, random)


def _zoom_rect(
    picture: DamagePicture, random: np.random.Generator
) -> tuple[float, float, float, float]:
    if picture.boxes and random.random() < 0.7:
        return _near_rect(picture.boxes, random.uniform(*_CROP_SIDES), random)
    return _random_rect(random, _CROP_SIDES[0], 0.85)


def _free_rect(
    boxes: Sequence[Box], random: np.random.Generator
) -> tuple[float, float, float, float] | None:
    """The largest of some drawn crops that touch no box; None when none of them is free."""
    best = None
    for _ in range(60):
        side = random.uniform(*_CROP_SIDES)
        x, y = random.uniform(0, 1 - side, 2)
        touched = any(
            x < b.x + b.w and b.x < x + side and y < b.y + b.h and b.y < y + side for b in boxes
        )
        if not touched and (best is None or side > best[2]):
            best = (float(x), float(y), float(side), float(side))
    return best


def view_boxes(
    boxes: Sequence[Box], rect: tuple[float, float, float, float]
) -> list[tuple[Box, float, float]]:
    """Boxes cut to a crop and in its 0..1, each with the share of the box that is left and the
    share of the crop that it fills."""
    left, top, width, height = rect
    cut = []
    for box in boxes:
        x0, y0 = max(box.x, left), max(box.y, top)
        x1, y1 = min(box.x + box.w, left + width), min(box.y + box.h, top + height)
        if x1 <= x0 or y1 <= y0:
            continue
        inside = Box(
            box.type_index,
            (x0 - left) / width, (y0 - top) / height, (x1 - x0) / width, (y1 - y0) / height,
        )  # fmt: skip
        kept = (x1 - x0) * (y1 - y0) / (box.w * box.h)
        cut.append((inside, kept, inside.w * inside.h))
    return cut


def view_targets(
    picture: DamagePicture, view: View, cells: int
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """What a view says: float32 (types,) with NaN for not said, and uint8 (types, cells, cells)
    of ABSENT, PRESENT, UNSAID for each place."""
    targets = picture.targets.copy()
    cut = view_boxes(picture.boxes, view.rect)
    if view.rect[2] * view.rect[3] < 0.95:
        _cut_targets(picture, cut, targets)
    places = np.full((len(DAMAGE_TYPES), cells, cells), UNSAID, dtype=np.uint8)
    middles = (np.arange(cells) + 0.5) / cells
    half = 0.5 / cells
    for index in _VISIBLE:
        if targets[index] == 0:
            places[index] = ABSENT
            continue
        own = [box for box, _, _ in cut if box.type_index == index]
        if not own:
            continue
        if picture.boxes_complete:
            places[index] = ABSENT
        for box in own:  # the rim of a box is unsaid: half of it is damage at best
            rows = (middles > box.y - half) & (middles < box.y + box.h + half)
            columns = (middles > box.x - half) & (middles < box.x + box.w + half)
            places[index][np.ix_(rows, columns)] = UNSAID
        for box in own:
            rows = np.abs(middles - (box.y + box.h / 2)) <= max(box.h / 2, half)
            columns = np.abs(middles - (box.x + box.w / 2)) <= max(box.w / 2, half)
            places[index][np.ix_(rows, columns)] = PRESENT
    return targets, places


def _cut_targets(
    picture: DamagePicture,
    cut: Sequence[tuple[Box, float, float]],
    targets: NDArray[np.float32],
) -> None:
    """Change the targets of a whole picture, in place, to those of a crop."""
    present = [index for index in _VISIBLE if targets[index] == 1]
    boxed = {box.type_index for box in picture.boxes}
    for index in present:
        left = [(kept, filled) for box, kept, filled in cut if box.type_index == index]
        if any(kept >= _KEPT_SHARE or filled >= _KEPT_OF_CROP for kept, filled in left):
            continue
        gone = all(kept <= _GONE_SHARE for kept, _ in left)
        sure = picture.boxes_complete and index in boxed and gone
        targets[index] = 0.0 if sure else np.nan
    undamaged = TYPE_INDEX["undamaged"]
    if targets[undamaged] == 0 and not (targets[_VISIBLE] == 1).any():
        if picture.boxes_complete and not cut and boxed:
            targets[undamaged] = 1.0
        elif targets[TYPE_INDEX["not_vehicle"]] != 1:
            targets[undamaged] = np.nan


def render_view(rgb: NDArray[np.uint8], view: View, side_px: int) -> NDArray[np.uint8]:
    """uint8 (side, side, 3) of a view of the picture."""
    height, width = rgb.shape[:2]
    x, y, w, h = view.rect
    x0, y0 = int(x * width), int(y * height)
    x1, y1 = max(x0 + 1, round((x + w) * width)), max(y0 + 1, round((y + h) * height))
    part = np.ascontiguousarray(rgb[y0:y1, x0:x1])
    if view.kind in CLEAN_KINDS:
        return fit_square(part, side_px)[0]
    random = np.random.default_rng(view.seed)
    if random.random() < 0.5:  # the source must not be readable from its resolution
        side = int(random.uniform(0.45, 1.0) * side_px)
        part = fit_square(part, max(8, side))[0]
    square = fit_square(part, side_px)[0]
    return _spoil(square, random)


def _spoil(square: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Exposure, colour, blur, sensor noise and JPEG, each within what phones do."""
    picture = square.astype(np.float32) / 255.0
    picture = picture ** np.float32(np.exp(random.uniform(-0.4, 0.4)))
    grey = picture.mean(axis=2, keepdims=True)
    picture = grey + (picture - grey) * np.float32(random.uniform(0.5, 1.4))
    picture = (picture - 0.5) * np.float32(random.uniform(0.75, 1.25)) + 0.5
    picture = picture * random.uniform(0.9, 1.1, 3).astype(np.float32)
    picture = picture + np.float32(random.uniform(-0.1, 0.1))
    if random.random() < 0.25:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.5, 1.6))
    if random.random() < 0.3:
        picture = picture + random.normal(0, random.uniform(0.01, 0.04), picture.shape).astype(
            np.float32
        )
    spoiled = (np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if random.random() < 0.5:
        quality = int(random.uniform(30, 90))
        _, coded = cv2.imencode(".jpg", spoiled, [cv2.IMWRITE_JPEG_QUALITY, quality])
        spoiled = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return spoiled
