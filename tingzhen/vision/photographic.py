"""Whether a picture can have come out of a camera at all.

A network that learned from photographs is as sure of a page of text or of noise as of a car: such
pictures lie nearer to what it learned than many cars do. Two plain statistics tell them apart:
neighbouring pixels of a photograph resemble each other, and it has more than a handful of colours.
The limits lie beyond every one of the 5,301 development photographs
(tests/vision/test_real_photographs.py).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE_PX: Final = 256
_SAMPLES: Final = 200  # pixels along a side that colours are counted on
_MOST_OF_THEM: Final = 0.9
_NOISE: Final = 0.35
_DRAWING_COLOURS: Final = 7
_LETTERED: Final = 0.7
_LETTERED_COLOURS: Final = 14


def is_photographic(rgb: NDArray[np.uint8]) -> bool:
    """False for noise (neighbours correlate below 0.35), drawings (nine tenths of the pixels in
    fewer than 7 colours) and pages of text (below 0.7, and fewer than 14 colours).

    rgb: uint8 (height, width, 3). A picture of one colour is no photograph either.
    """
    alike, colours = neighbour_correlation(rgb), colours_of_most(rgb)
    lettered = alike < _LETTERED and colours < _LETTERED_COLOURS
    return not (alike < _NOISE or colours < _DRAWING_COLOURS or lettered)


def neighbour_correlation(rgb: NDArray[np.uint8]) -> float:
    """Autocorrelation of the brightness at one pixel to the right or down, whichever is less, of a
    coarse copy whose longer side is 256 px; 0 for one colour."""
    if max(rgb.shape[:2]) > 2 * _SIDE_PX:
        # Every n-th pixel first: averaging all of a 1080p frame would cost more than all the rest.
        rgb = _resized(rgb, 2 * _SIDE_PX, cv2.INTER_NEAREST)
    small = _resized(rgb, _SIDE_PX, cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    centred = grey.astype(np.float32) - float(grey.mean())
    power = float((centred * centred).mean())
    if power == 0.0:
        return 0.0
    right = float((centred[:, 1:] * centred[:, :-1]).mean())
    down = float((centred[1:] * centred[:-1]).mean())
    return min(right, down) / power


def colours_of_most(rgb: NDArray[np.uint8]) -> int:
    """How many colours, of 32 steps a channel, nine tenths of the pixels share, at least 1."""
    height, width = rgb.shape[:2]
    steps = rgb[:: max(1, height // _SAMPLES), :: max(1, width // _SAMPLES)].astype(np.int32) >> 3
    named = (steps[..., 0] * 32 + steps[..., 1]) * 32 + steps[..., 2]
    counts = np.bincount(named.ravel())
    shares = np.sort(counts[counts > 0])[::-1].cumsum() / named.size
    return int((shares < _MOST_OF_THEM - 1e-9).sum()) + 1


def _resized(rgb: NDArray[np.uint8], side_px: int, way: int) -> NDArray[np.uint8]:
    """The longer side made side_px; enlarged linearly where it is shorter."""
    height, width = rgb.shape[:2]
    scale = side_px / max(height, width)
    size = max(2, round(width * scale)), max(2, round(height * scale))
    way = cv2.INTER_LINEAR if scale > 1 else way
    return np.asarray(cv2.resize(rgb, size, interpolation=way), np.uint8)
