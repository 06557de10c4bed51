"""Damage told from no damage where neither source nor framing can help.

From a picture that has all its damage boxed two crops of one size are cut: one with damage in it
and one outside all boxes. Undamaged cars are photographed by others, from farther away; these two
are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import BODY_DAMAGES, Box, DamagePicture
from tingzhen.training.damage_measuring.place import Rectangle
from tingzhen.training.damage_measuring.resampling import Resampling, figure
from tingzhen.training.damage_measuring.scored import BODY, UNDAMAGED, ScoredPictures
from tingzhen.training.damage_measuring.weighted import area_under_roc, share
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

SIDES = (0.32, 0.7)
SHOWN = 0.35
"""Share of a box that a crop has to hold for it to show that damage."""
GONE = 0.02
_DRAWS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """picture: the crop as a picture of its own, with its targets and boxes, in its group; its
    path is that of the whole. rectangle: what was cut out, 0..1 of the whole."""

    picture: DamagePicture
    rectangle: Rectangle


def plan_crops(pictures: Sequence[DamagePicture], *, at_most: int, seed: int) -> list[Crop]:
    """Two crops, with and without damage, of each of at most so many pictures; the same for the
    same pictures and seed."""
    boxed = [p for p in pictures if p.boxes_complete and p.labels & set(BODY_DAMAGES) and p.boxes]
    order = np.random.default_rng(seed).permutation(len(boxed))
    crops: list[Crop] = []
    for index in order.tolist():
        if len(crops) >= 2 * at_most:
            break
        picture, random = boxed[index], np.random.default_rng([seed, index])
        free = free_rectangle(picture.boxes, random)
        if free is not None:
            near = _near_rectangle(picture.boxes, free[2], random)
            crops += [Crop(cropped(picture, one), one) for one in (near, free)]
    return crops


def cut(rgb: NDArray[np.uint8], rectangle: Rectangle) -> NDArray[np.uint8]:
    """The pixels of a crop: uint8 (height, width, 3), at least one pixel."""
    height, width = rgb.shape[:2]
    x, y, w, h = rectangle
    left, top = int(x * width), int(y * height)
    right, bottom = max(left + 1, round((x + w) * width)), max(top + 1, round((y + h) * height))
    return np.ascontiguousarray(rgb[top:bottom, left:right])


def free_rectangle(boxes: Sequence[Box], random: np.random.Generator) -> Rectangle | None:
    """The largest of 60 drawn squares (of the picture's 0..1) that touch no box; None without."""
    best: Rectangle | None = None
    for _ in range(_DRAWS):
        side = random.uniform(*SIDES)
        x, y = random.uniform(0, 1 - side, 2)
        touched = any(
            x < b.x + b.w and b.x < x + side and y < b.y + b.h and b.y < y + side for b in boxes
        )
        if not touched and (best is None or side > best[2]):
            best = (float(x), float(y), float(side), float(side))
    return best


def _near_rectangle(boxes: Sequence[Box], side: float, random: np.random.Generator) -> Rectangle:
    """A square of that side with the middle of a drawn box in its middle half."""
    box = boxes[int(random.integers(len(boxes)))]
    left = box.x + box.w / 2 - side * random.uniform(0.25, 0.75)
    top = box.y + box.h / 2 - side * random.uniform(0.25, 0.75)
    return float(np.clip(left, 0, 1 - side)), float(np.clip(top, 0, 1 - side)), side, side


def cropped(picture: DamagePicture, rectangle: Rectangle) -> DamagePicture:
    """The crop as a picture: a type is present where a third of one of its boxes is left, absent
    where nothing of them is, and else not said."""
    left, top, width, height = rectangle
    inside, kept = [], dict[int, float]()
    for box in picture.boxes:
        x0, y0 = max(box.x, left), max(box.y, top)
        x1, y1 = min(box.x + box.w, left + width), min(box.y + box.h, top + height)
        share_left = max(0.0, x1 - x0) * max(0.0, y1 - y0) / (box.w * box.h)
        kept[box.type_index] = max(kept.get(box.type_index, 0.0), share_left)
        if share_left >= SHOWN:
            place = (x0 - left) / width, (y0 - top) / height, (x1 - x0) / width, (y1 - y0) / height
            inside.append(Box(box.type_index, *place))
    targets = picture.targets.copy()
    for index, most in kept.items():
        targets[index] = 1.0 if most >= SHOWN else 0.0 if most <= GONE else np.nan
    nothing = all(most <= GONE for most in kept.values())
    targets[UNDAMAGED] = 1.0 if nothing else 0.0 if inside else np.nan
    labels = frozenset(
        name for index, name in enumerate(VISIBLE_DAMAGES) if targets[index] == 1
    ) or frozenset({"undamaged"} if nothing else ())
    return replace(picture, targets=targets, boxes=tuple(inside), labels=labels)


def crop_figures(scored: ScoredPictures, how: Resampling) -> dict[str, Any]:
    """`near`, `free`: how many crops with and without body damage; `auc` of the largest probability
    of a body damage; `near_called_damaged`, `free_called_damaged`: shares. Empty without both.

    scored: crops as pictures; those of which neither is said do not count.
    """
    targets = scored.targets()
    near = (targets[:, BODY] == 1).any(axis=1)
    free = (targets[:, UNDAMAGED] == 1) & ~near
    if not near.any() or not free.any():
        return {}
    called = np.array([verdict == "damaged" for verdict in scored.verdicts])
    groups = np.array(scored.groups, dtype=object)
    both = near | free
    highest = scored.probabilities[:, BODY].max(axis=1)
    return {
        "near": int(near.sum()),
        "free": int(free.sum()),
        "auc": figure(area_under_roc(highest[both], near[both]), groups[both].tolist(), how),
        "near_called_damaged": figure(share(called[near]), groups[near].tolist(), how),
        "free_called_damaged": figure(share(called[free]), groups[free].tolist(), how),
    }
