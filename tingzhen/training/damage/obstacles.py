"""What stands in front of the car: a pole, a finger or hand at the edge, something flat."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torchvision import tv_tensors
from torchvision.transforms import v2

from tingzhen.training.damage.pixelwise import (
    Rgb,
    drawn_generator,
    happens,
    picture_of,
    pixels,
    to_bytes,
)

_TRIES = 6
_MOST_HIDDEN = 0.35  # of a box: more, and what the picture says would no longer be so


class Obstacle(v2.Transform):
    """One obstacle: a pole 0.02 to 0.08 of the side wide, a finger that reaches 0.1 to 0.35 in
    from an edge, or a patch of 0.1 to 0.3, of one tone with soft shading.

    It hides at most a third of any box, so that a picture still shows what it says; where six
    places drawn hide more, the picture stays as it is. Boxes pass unchanged.
    """

    _transformed_types = (tv_tensors.Image, tv_tensors.BoundingBoxes)

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        if not happens(self.probability):
            return {}
        random = drawn_generator()
        side = next(x.shape[-1] for x in flat_inputs if isinstance(x, tv_tensors.Image))
        boxes = [
            box
            for x in flat_inputs
            if isinstance(x, tv_tensors.BoundingBoxes)
            for box in x.tolist()
        ]
        for _ in range(_TRIES):
            mask = drawn_mask(side, random)
            if all(hidden_share(mask, box) <= _MOST_HIDDEN for box in boxes):
                return {"mask": mask, "random": random}
        return {}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if not params or not isinstance(inpt, tv_tensors.Image):
            return inpt
        return picture_of(_covered(pixels(inpt), params["mask"], params["random"]))


def drawn_mask(side_px: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """uint8 (side, side), 255 where the obstacle is."""
    mask = np.zeros((side_px, side_px), np.uint8)
    kind = random.random()
    if kind < 0.4:
        x = random.uniform(0, 1) * side_px
        lean = random.uniform(-0.15, 0.15) * side_px
        width = max(1, round(random.uniform(0.02, 0.08) * side_px))
        cv2.line(mask, (round(x), -width), (round(x + lean), side_px + width), 255, width)
    elif kind < 0.75:
        # From an edge towards the middle: turned by a whole number of quarters below.
        x, reach = random.uniform(0.1, 0.9) * side_px, random.uniform(0.1, 0.35) * side_px
        width = max(2, round(random.uniform(0.06, 0.15) * side_px))
        tip = (round(x + random.uniform(-0.1, 0.1) * side_px), round(reach))
        cv2.line(mask, (round(x), -width), tip, 255, width)
        mask = np.ascontiguousarray(np.rot90(mask, int(random.integers(4))))
    else:
        size = random.uniform(0.1, 0.3, 2) * side_px
        middle = random.uniform(0, 1, 2) * side_px
        corners = cv2.boxPoints((tuple(middle), tuple(size), random.uniform(0, 90)))
        cv2.fillConvexPoly(mask, np.rint(corners).astype(np.int32), 255)
    return mask


def hidden_share(mask: NDArray[np.uint8], box: list[float]) -> float:
    """Share of the part of a box (left, top, right, bottom in pixels) inside the picture that the
    mask hides; 0 where nothing of it is inside."""
    side = mask.shape[0]
    left, top = (int(np.clip(edge, 0, side)) for edge in box[:2])
    right, bottom = (int(np.clip(np.ceil(edge), 0, side)) for edge in box[2:])
    part = mask[top:bottom, left:right]
    return float(np.count_nonzero(part)) / part.size if part.size else 0.0


def _covered(rgb: Rgb, mask: NDArray[np.uint8], random: np.random.Generator) -> Rgb:
    side = rgb.shape[0]
    skin = random.random() < 0.4
    tone = (
        random.uniform(0.3, 1) * np.array([235, 180, 150])
        if skin
        else random.uniform(20, 200) * random.uniform(0.85, 1.1, 3)
    )
    # Rounded: darker towards the rim, as lit from the camera's side.
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    shading = 0.65 + 0.35 * np.clip(inside / max(1.0, float(inside.max())), 0, 1)
    grain = 1 + 0.05 * cv2.GaussianBlur(
        random.standard_normal(mask.shape).astype(np.float32), (0, 0), 1.2
    )
    look = (shading * grain)[:, :, None] * tone
    cover = cv2.GaussianBlur(mask, (0, 0), 0.003 * side + 0.5).astype(np.float32)[:, :, None] / 255
    return to_bytes(((1 - cover) * rgb + cover * look).astype(np.float32))
