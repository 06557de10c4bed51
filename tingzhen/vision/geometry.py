"""Between a picture and the square that the network sees, and from a coarse map to boxes."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Phones film in 16:9; up to this ratio a picture is stretched, because the phone photos that the
# network learned from are stretched to a square too. Longer ones are padded.
WIDEST_STRETCH = 16 / 9
PADDING_GREY = 127

Box = tuple[float, float, float, float]  # x, y, width, height, 0..1


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies in the square: left, top, width, height from 0 to 1 of its side."""

    x: float
    y: float
    w: float
    h: float

    def to_picture(self, box: Box) -> Box:
        """A box x, y, w, h of the square, in 0..1 of the picture; clipped to the picture."""
        left, right = (_clip01((edge - self.x) / self.w) for edge in (box[0], box[0] + box[2]))
        top, bottom = (_clip01((edge - self.y) / self.h) for edge in (box[1], box[1] + box[3]))
        return left, top, right - left, bottom - top

    def to_square(self, box: Box) -> Box:
        """A box x, y, w, h of the picture, in 0..1 of the square."""
        x, y, w, h = box
        return self.x + x * self.w, self.y + y * self.h, w * self.w, h * self.h


def _clip01(number: float) -> float:
    return min(1.0, max(0.0, number))


def placement(width: int, height: int) -> Placement:
    """Placement of a picture of width x height pixels, both at least 1."""
    if width > height * WIDEST_STRETCH:
        share = height * WIDEST_STRETCH / width
        return Placement(0.0, (1 - share) / 2, 1.0, share)
    if height > width * WIDEST_STRETCH:
        share = width * WIDEST_STRETCH / height
        return Placement((1 - share) / 2, 0.0, share, 1.0)
    return Placement(0.0, 0.0, 1.0, 1.0)


def fit_square(rgb: NDArray[np.uint8], side_px: int) -> tuple[NDArray[np.uint8], Placement]:
    """The picture as the network sees it: uint8 (side, side, 3), and where the picture lies in it.

    rgb: uint8 (height, width, 3), at least 1 x 1. The placement is that of whole pixels.
    """
    height, width = rgb.shape[:2]
    wanted = placement(width, height)
    w_px = max(1, round(wanted.w * side_px))
    h_px = max(1, round(wanted.h * side_px))
    while width >= 2 * w_px and height >= 2 * h_px and (width > 2 * w_px or height > 2 * h_px):
        # Halving is many times as fast as averaging over any other share, and the same in effect.
        rgb = np.asarray(
            cv2.resize(rgb, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
        height, width = rgb.shape[:2]
    shrinking = width >= w_px and height >= h_px
    resized = cv2.resize(
        rgb, (w_px, h_px), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    )
    if (w_px, h_px) == (side_px, side_px):
        return np.asarray(resized, dtype=np.uint8), Placement(0.0, 0.0, 1.0, 1.0)
    x_px, y_px = (side_px - w_px) // 2, (side_px - h_px) // 2
    square = np.full((side_px, side_px, 3), PADDING_GREY, dtype=np.uint8)
    square[y_px : y_px + h_px, x_px : x_px + w_px] = resized
    return square, Placement(x_px / side_px, y_px / side_px, w_px / side_px, h_px / side_px)


def boxes_of_map(
    scores: NDArray[np.float32], threshold: float, *, most: int = 3
) -> list[tuple[float, Box]]:
    """Connected places of a map above a threshold, best first: (peak, box x, y, w, h in 0..1).

    scores: float32 (rows, columns), probabilities. When nothing reaches the threshold the list is
    empty. Neighbours touch by an edge or a corner.
    """
    rows, columns = scores.shape
    above = (scores >= threshold).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(above, connectivity=8)
    found = []
    for index in range(1, count):
        x, y, w, h = (int(stats[index, column]) for column in range(4))
        peak = float(scores[labels == index].max())
        found.append((peak, (x / columns, y / rows, w / columns, h / rows)))
    found.sort(key=lambda place: -place[0])
    return found[:most]


def map_of_picture(scores: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """A map over the square as one over the picture alone: float32 of the same shape.

    Cell centres of the picture are read from the square's map, linearly between its cells.
    """
    rows, columns = scores.shape
    across = placement.x + (np.arange(columns) + 0.5) / columns * placement.w
    down = placement.y + (np.arange(rows) + 0.5) / rows * placement.h
    xs, ys = np.meshgrid(across * columns - 0.5, down * rows - 0.5)
    read = cv2.remap(
        scores, xs.astype(np.float32), ys.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(read, dtype=np.float32)


def peak_inside(scores: NDArray[np.float32], box: Box) -> float:
    """The highest value of a map (rows, columns) in the cells that a box of 0..1 touches."""
    return float(scores[_touched(scores.shape, box)].max())


def without_bars(scores: NDArray[np.float32], placement: Placement) -> NDArray[np.float32]:
    """A map (rows, columns) with 0 in the cells that hold none of the picture: what the network
    says of grey bars is about no place of it."""
    inside = _touched(scores.shape, placement.to_square((0.0, 0.0, 1.0, 1.0)))
    kept = np.zeros_like(scores)
    kept[inside] = scores[inside]
    return kept


def _touched(shape: tuple[int, ...], box: Box) -> tuple[slice, slice]:
    """The cells of a map that a box of 0..1 touches, at least one."""
    rows, columns = shape
    x, y, w, h = box
    left, top = min(int(x * columns), columns - 1), min(int(y * rows), rows - 1)
    right = max(left + 1, int(np.ceil((x + w) * columns - 1e-9)))
    bottom = max(top + 1, int(np.ceil((y + h) * rows - 1e-9)))
    return slice(top, bottom), slice(left, right)


def overlap(one: Box, other: Box, *, slack: float = 0.0) -> float:
    """Intersection over the smaller box, 0..1, each made larger by slack on every side."""
    share, areas = 1.0, []
    for low, size in ((0, 2), (1, 3)):
        spans = [(b[low] - slack, b[low] + b[size] + slack) for b in (one, other)]
        share *= max(0.0, min(spans[0][1], spans[1][1]) - max(spans[0][0], spans[1][0]))
        areas.append([high - start for start, high in spans])
    smaller = min(areas[0][0] * areas[1][0], areas[0][1] * areas[1][1])
    return share / smaller if smaller > 0 else 0.0
