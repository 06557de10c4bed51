"""Faces in a picture, by CenterFace (MIT), https://github.com/Star-Clouds/CenterFace.

A map of where a face's middle is, with its size and the offset of its middle within four pixels
(Xu and others, CenterFace, 2019).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.boxes import Box, apart
from tingzhen.serving.privacy.networks import network

THRESHOLD: Final = 0.4
LONGER_SIDE_PX: Final = 480
_STEP_PX: Final = 4
_GRID_PX: Final = 32
_OVERLAP: Final = 0.3


def find_faces(rgb: NDArray[np.uint8]) -> list[Box]:
    """Boxes in pixels. rgb: uint8 (height, width, 3)."""
    height, width = rgb.shape[:2]
    scale = LONGER_SIDE_PX / max(height, width)
    wide, high = (max(1, round(side * scale / _GRID_PX)) * _GRID_PX for side in (width, height))
    small = cv2.resize(rgb, (wide, high), interpolation=cv2.INTER_AREA)
    middle, size, offset = network("faces").run(
        ["537", "538", "539"],
        {"input.1": np.ascontiguousarray(small.transpose(2, 0, 1)[None], dtype=np.float32)},
    )
    row, column = np.nonzero(middle[0, 0] > THRESHOLD)
    tall, broad = np.exp(size[0, :, row, column]).T * _STEP_PX
    y = (row + offset[0, 0, row, column] + 0.5) * _STEP_PX - tall / 2
    x = (column + offset[0, 1, row, column] + 0.5) * _STEP_PX - broad / 2
    to_x, to_y = width / wide, height / high
    boxes = np.stack([x * to_x, y * to_y, broad * to_x, tall * to_y], axis=1)
    return apart(boxes, middle[0, 0, row, column], _OVERLAP)
