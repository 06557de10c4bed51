"""Boxes in a picture: x, y of the upper left corner, width, height, in pixels."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]


def resized(rgb: NDArray[np.uint8], longer_side_px: int) -> tuple[NDArray[np.uint8], float]:
    """The picture with that longer side, and by what it was multiplied. rgb: uint8 (h, w, 3)."""
    height, width = rgb.shape[:2]
    scale = longer_side_px / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, size, interpolation=how), dtype=np.uint8), scale


def apart(boxes: NDArray[Any], scores: NDArray[Any], overlap: float) -> list[Box]:
    """The best of those that overlap by more than a share (non-maximum suppression), best first.
    boxes: (n, 4); scores: (n,)."""
    if not len(boxes):
        return []
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.astype(float).tolist(), 0.0, overlap)
    return [_box(boxes[index]) for index in np.asarray(kept).ravel()]


def grown(box: Box, share: float, height_px: int, width_px: int) -> Box:
    """The box larger by a share of its sides on each side, within the picture."""
    x, y, width, height = box
    left, top = max(0.0, x - share * width), max(0.0, y - share * height)
    right = min(float(width_px), x + width * (1 + share))
    bottom = min(float(height_px), y + height * (1 + share))
    return left, top, max(0.0, right - left), max(0.0, bottom - top)


def overlap(one: Box, other: Box) -> bool:
    """Whether they share any area."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def _box(values: NDArray[Any]) -> Box:
    x, y, width, height = (float(value) for value in values)
    return x, y, width, height
