"""The base of transforms that change what a picture looks like and leave its geometry alone."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision import tv_tensors
from torchvision.transforms import v2

Rgb = NDArray[np.uint8]


class Pixelwise(v2.Transform, ABC):
    """Alters an Image uint8 (3, h, w) with a probability; boxes pass unchanged.

    Everything is drawn from torch's global generator, as in torchvision's own transforms.
    """

    _transformed_types = (tv_tensors.Image,)

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.probability = probability

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        return {"random": drawn_generator()} if happens(self.probability) else {}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        if not params:
            return inpt
        return picture_of(self.alter(pixels(inpt), params["random"]))

    @abstractmethod
    def alter(self, rgb: Rgb, random: np.random.Generator) -> Rgb:
        """The picture, altered: uint8 (h, w, 3) RGB of the same size. May change `rgb`."""


def happens(probability: float) -> bool:
    return float(torch.rand(())) < probability


def drawn_generator() -> np.random.Generator:
    """A numpy generator seeded from torch's global one."""
    return np.random.default_rng(int(torch.randint(0, 2**62, ())))


def pixels(image: Any) -> Rgb:
    """uint8 (h, w, 3) of an Image uint8 (3, h, w); its own copy."""
    return np.array(image.permute(1, 2, 0).numpy(), dtype=np.uint8, order="C")


def picture_of(rgb: Rgb) -> Any:
    """An Image uint8 (3, h, w) of uint8 (h, w, 3)."""
    return tv_tensors.Image(torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1))


def to_bytes(picture: NDArray[np.float32]) -> Rgb:
    """float 0..255, rounded and clipped."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)
