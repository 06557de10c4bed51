"""A picture as training sees it: framed, mirrored, and spoiled as phones and the net spoil it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision import tv_tensors
from torchvision.transforms import v2

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage.framing import Frame, Framing, draw_framing
from tingzhen.training.damage.lens import Defocus, Dirt, Drops, MotionBlur
from tingzhen.training.damage.light import Colour, Exposure, Glare, Streak
from tingzhen.training.damage.obstacles import Obstacle
from tingzhen.training.damage.pixelwise import pixels
from tingzhen.training.damage.sensor import Jpeg, Resolution, SensorNoise
from tingzhen.training.damage.truth import SeenBox, picture_truth, place_truth, seen_boxes


def spoiling() -> v2.Transform:
    """What befalls a framed picture, in the order of the light's way: scene, lens, sensor, file."""
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(0.5),
            Streak(0.08),
            Obstacle(0.1),
            Glare(0.1),
            Dirt(0.08),
            Drops(0.06),
            Exposure(0.8),
            Colour(0.5),
            v2.RandomApply([v2.RandomChoice([Defocus(1.0), MotionBlur(1.0)])], 0.25),
            Resolution(0.5),
            SensorNoise(0.25),
            Jpeg(0.4),
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One training picture with all that it says.

    rgb: uint8 (side, side, 3). targets: float32 (types,), 1, 0 or NaN. places: uint8 (types,
    cells, cells), ABSENT, PRESENT or UNSAID. boxes: those that are visible, in 0..1.
    """

    rgb: NDArray[np.uint8]
    targets: NDArray[np.float32]
    places: NDArray[np.uint8]
    boxes: tuple[SeenBox, ...]
    framing: Framing


def see(
    picture: DamagePicture,
    square: NDArray[np.uint8],
    side_px: int,
    cells: int,
    seed: int,
    *,
    spoil: v2.Transform | None = None,
) -> Seen:
    """A drawn framing of a picture, spoiled; the same for the same seed.

    square: uint8 (s, s, 3), the whole picture stretched to a square. Torch's global generator is
    left as it was.
    """
    framing = draw_framing(picture, np.random.default_rng(seed))
    side = square.shape[0]
    corners = [[b.x * side, b.y * side, (b.x + b.w) * side, (b.y + b.h) * side]
               for b in picture.boxes]  # fmt: skip
    boxes = tv_tensors.BoundingBoxes(
        torch.tensor(corners, dtype=torch.float32).reshape(-1, 4),
        format="XYXY", canvas_size=(side, side),
    )  # fmt: skip
    image = tv_tensors.Image(torch.from_numpy(np.array(square)).permute(2, 0, 1))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        image, boxes = Frame(framing, side_px)(image, boxes)
        image, boxes = (spoil or spoiling())(image, boxes)
    seen = seen_boxes(boxes.numpy(), [box.type_index for box in picture.boxes], side_px)
    targets = picture_truth(picture, seen, framing.shown())
    return Seen(
        pixels(image), targets, place_truth(picture, targets, seen, cells), tuple(seen), framing
    )
