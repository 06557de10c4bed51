"""Framing: which part of a picture is seen, from where and how, in one change of perspective.

Undamaged pictures come from other sources than damaged ones and are framed wider, so the framing
alone would separate them. Each picture is therefore seen in several framings: damaged ones close
to their damage and beside it, undamaged ones zoomed in to the same sides, all of them stretched
and tilted alike. No damage is pasted into another car: a patch brings its own light, edge and
compression, and what would be learned are patches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torchvision import tv_tensors
from torchvision.transforms import v2

from tingzhen.datasets.damage_manifest import BODY_DAMAGES, Box, DamagePicture
from tingzhen.training.damage_measuring.crops import SIDES, free_rectangle
from tingzhen.vision.geometry import PADDING_GREY

Rectangle = tuple[float, float, float, float]
FramingKind = Literal["whole", "wide", "near", "free"]

_WIDE_SIDES = (0.75, 1.0)
_STRETCH = (0.75, 1.33)  # of width by height: a phone's 4:3 upright and lying
_TILT_DEGREES = 8.0
_PERSPECTIVE = 0.06  # of the framing's side, how far each corner moves
_BARS = 0.1  # share of wide framings with grey bars, as very long pictures get them
_BAR_SIDE = (0.6, 0.9)
_SHRUNK = 1.5  # pixels of the picture for one of the framing, from which they are averaged


@dataclass(frozen=True, slots=True)
class Framing:
    """rectangle: x, y, w, h in 0..1 of the picture, beyond it for bars. tilt_degrees: clockwise.
    corners: of the framing's side, how far left-top, right-top, right-bottom and left-bottom are
    moved in x and y."""

    kind: FramingKind
    rectangle: Rectangle
    tilt_degrees: float = 0.0
    corners: tuple[float, ...] = (0.0,) * 8

    def quad(self) -> NDArray[np.float32]:
        """The four corners in 0..1 of the picture: float32 (4, 2)."""
        x, y, w, h = self.rectangle
        unit = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
        unit = unit + np.array(self.corners).reshape(4, 2)
        turn = np.deg2rad(self.tilt_degrees)
        cos, sin = np.cos(turn), np.sin(turn)
        turned = unit @ np.array([[cos, sin], [-sin, cos]])
        return (turned * [w, h] + [x + w / 2, y + h / 2]).astype(np.float32)

    def shown(self) -> float:
        """Share of the picture that the rectangle shows, 0..1."""
        x, y, w, h = self.rectangle
        return max(0.0, min(1.0, x + w) - max(0.0, x)) * max(0.0, min(1.0, y + h) - max(0.0, y))


def draw_framing(picture: DamagePicture, random: np.random.Generator) -> Framing:
    """A framing for training.

    Of a picture with all its body damage boxed: 35 % wide (sides 0.75 to 1), 40 % near (sides 0.32
    to 0.7, seven of ten around a box), 25 % free of all boxes, at the sides of near, where such a
    place is found. Of any other: 45 % wide, 55 % near, around a box where there is one.
    """
    boxed_body = picture.boxes_complete and bool(picture.labels & set(BODY_DAMAGES))
    chance = random.random()
    kind: FramingKind = "wide" if chance < (0.35 if boxed_body else 0.45) else "near"
    rectangle: Rectangle | None = None
    if boxed_body and chance >= 0.75:
        rectangle = free_rectangle(picture.boxes, random)
        kind = "near" if rectangle is None else "free"
    if kind == "wide":
        rectangle = _wide(random)
    elif rectangle is None:
        rectangle = _near(picture.boxes, random)
    tilt = float(random.uniform(-_TILT_DEGREES, _TILT_DEGREES)) if random.random() < 0.5 else 0.0
    reach = _PERSPECTIVE * random.random()
    corners = random.uniform(-reach, reach, 8) if random.random() < 0.5 else np.zeros(8)
    return Framing(kind, rectangle, tilt, tuple(corners.tolist()))


def _wide(random: np.random.Generator) -> Rectangle:
    if random.random() < _BARS:
        share = random.uniform(*_BAR_SIDE)
        side = 1 / share
        lying = random.random() < 0.5
        return (0.0, (1 - side) / 2, 1.0, side) if lying else ((1 - side) / 2, 0.0, side, 1.0)
    return _stretched(random, *_WIDE_SIDES)


def _near(boxes: Sequence[Box], random: np.random.Generator) -> Rectangle:
    if not boxes or random.random() >= 0.7:
        return _stretched(random, SIDES[0], 0.85)
    box = boxes[int(random.integers(len(boxes)))]
    _, _, w, h = _stretched(random, *SIDES)
    left = box.x + box.w / 2 - w * random.uniform(0.25, 0.75)
    top = box.y + box.h / 2 - h * random.uniform(0.25, 0.75)
    return float(np.clip(left, 0, 1 - w)), float(np.clip(top, 0, 1 - h)), w, h


def _stretched(random: np.random.Generator, smallest: float, largest: float) -> Rectangle:
    side = random.uniform(smallest, largest)
    stretch = np.sqrt(random.uniform(*_STRETCH))
    w, h = min(1.0, side * stretch), min(1.0, side / stretch)
    return float(random.uniform(0, 1 - w)), float(random.uniform(0, 1 - h)), float(w), float(h)


class Frame(v2.Transform):
    """A framing of a square picture, resampled once, with the boxes that move along.

    Takes tv_tensors.Image uint8 (3, s, s) and tv_tensors.BoundingBoxes (k, 4) XYXY in pixels of s;
    gives an Image of side_px and boxes in its pixels, each the hull of its four moved corners and
    not clipped. What lies beyond the picture is grey for bars, else its edge drawn out.
    """

    def __init__(self, framing: Framing, side_px: int) -> None:
        super().__init__()
        self.framing, self.side_px = framing, side_px

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        side = next(x.shape[-1] for x in flat_inputs if isinstance(x, tv_tensors.Image))
        out = self.side_px
        target = np.array([[0, 0], [out, 0], [out, out], [0, out]], np.float32)
        return {"matrix": cv2.getPerspectiveTransform(self.framing.quad() * side, target)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if isinstance(inpt, tv_tensors.BoundingBoxes):
            return self._boxes(inpt, params["matrix"])
        if isinstance(inpt, tv_tensors.Image):
            return self._pixels(inpt, params["matrix"])
        return inpt

    def _boxes(self, boxes: Any, matrix: NDArray[np.float64]) -> Any:
        moved = np.zeros((0, 4), np.float32)
        if len(boxes):
            left, top, right, bottom = boxes.numpy().astype(np.float64).T
            corners = np.stack(
                [np.stack([x, y], 1) for x, y in
                 ((left, top), (right, top), (right, bottom), (left, bottom))], 1
            )  # fmt: skip
            points = cv2.perspectiveTransform(corners.reshape(1, -1, 2), matrix).reshape(-1, 4, 2)
            moved = np.concatenate([points.min(axis=1), points.max(axis=1)], 1).astype(np.float32)
        return tv_tensors.BoundingBoxes(
            torch.from_numpy(moved), format="XYXY", canvas_size=(self.side_px, self.side_px)
        )

    def _pixels(self, image: Any, matrix: NDArray[np.float64]) -> Any:
        rgb = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        side = rgb.shape[0]
        step = min(self.framing.rectangle[2:]) * side / self.side_px
        if step > _SHRUNK:
            # A pixel of the framing stands for several of the picture: average them beforehand.
            smaller = max(1, round(side / step))
            rgb = np.asarray(cv2.resize(rgb, (smaller, smaller), interpolation=cv2.INTER_AREA))
            matrix = matrix @ np.diag([side / smaller, side / smaller, 1.0])
        bars = max(self.framing.rectangle[2:]) > 1
        # Corners of pixels are at whole numbers in boxes, their middles are to OpenCV.
        half, back = np.eye(3), np.eye(3)
        half[:2, 2], back[:2, 2] = 0.5, -0.5
        framed = cv2.warpPerspective(
            rgb, back @ matrix @ half, (self.side_px, self.side_px), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT if bars else cv2.BORDER_REPLICATE,
            borderValue=(PADDING_GREY,) * 3,
        )  # fmt: skip
        return tv_tensors.Image(torch.from_numpy(framed).permute(2, 0, 1))
