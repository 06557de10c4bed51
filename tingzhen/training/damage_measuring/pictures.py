"""Pictures of a manifest as pixels, and what can be measured of them without any model."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.datasets.near_duplicates import PerceptualHash, perceptual_hash
from tingzhen.errors import ManifestError
from tingzhen.language import Text
from tingzhen.media.picture import grey_small, sharpness


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """brightness: mean of the small grey picture, 0..1. sharpness: variance of its Laplacian, as
    media measures a frame. hash: None where there is no contrast."""

    brightness: float
    sharpness: float
    hash: PerceptualHash | None


def read_picture(picture: DamagePicture) -> NDArray[np.uint8]:
    """uint8 (height, width, 3) RGB. Raises ManifestError when the file is no picture."""
    rgb = cv2.imread(str(picture.path), cv2.IMREAD_COLOR_RGB)
    if rgb is None:
        raise ManifestError(
            Text(f"图片 {picture.path} 无法解码。",
                 f"The picture {picture.path} cannot be decoded.")
        )  # fmt: skip
    return np.asarray(rgb, dtype=np.uint8)


def facts_of(rgb: NDArray[np.uint8]) -> PictureFacts:
    """Facts of an RGB picture, uint8 (height, width, 3)."""
    grey = grey_small(rgb)
    return PictureFacts(float(grey.mean()) / 255, sharpness(grey), perceptual_hash(rgb))
