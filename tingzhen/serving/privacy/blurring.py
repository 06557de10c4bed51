"""Places of a picture made unreadable: a few coloured squares, smoothed.

Not a plain Gaussian blur, which can be undone for text of known type: what is averaged away first
is gone (Hill and others, On the (In)effectiveness of Mosaicing and Blurring, PoPETs 2016, find
mosaics of few squares a word the harder; a plate keeps four squares across, a face six).
"""

from collections.abc import Iterable
from math import ceil, floor
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.people import Hidden

SQUARES: Final = {"face": 6, "plate": 4}


def blur(rgb: NDArray[np.uint8], places: Iterable[Hidden]) -> NDArray[np.uint8]:
    """A copy with these places blurred. rgb: uint8 (height, width, 3)."""
    result = rgb.copy()
    height, width = rgb.shape[:2]
    for place in places:
        x, y, across, down = place.box
        left, top = floor(x * width), floor(y * height)
        right, bottom = ceil((x + across) * width), ceil((y + down) * height)
        part = result[max(0, top) : bottom, max(0, left) : right]
        if part.size == 0:
            continue
        squares = SQUARES[place.what]
        rows = max(1, round(squares * part.shape[0] / part.shape[1]))
        few = cv2.resize(part, (squares, rows), interpolation=cv2.INTER_AREA)
        size = part.shape[1], part.shape[0]
        part[:] = cv2.resize(few, size, interpolation=cv2.INTER_LINEAR)
    return result
