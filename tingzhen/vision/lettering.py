"""Words drawn into pictures, Chinese as well as Latin: OpenCV 5 carries a font that has both."""

import threading

import cv2
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]

_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_local = threading.local()


def _font() -> cv2.FontFace:
    """WenQuanYi Micro Hei, one for each thread: a font keeps the glyphs that it has drawn."""
    if not hasattr(_local, "font"):
        _local.font = cv2.FontFace("uni")
    font: cv2.FontFace = _local.font
    return font


def text_size_px(text: str, size_px: int) -> tuple[int, int]:
    """Width and height that the text needs; the height is that of the tallest letters."""
    _, _, width, _ = cv2.getTextSize((1 << 14, 1 << 14), text, (0, 0), _font(), size_px)
    return int(width), round(size_px * 1.2)


def draw_text(
    canvas: NDArray[np.uint8], text: str, at: tuple[int, int], size_px: int, colour: Colour
) -> None:
    """Text with its upper left corner at x, y; what leaves the canvas is cut off."""
    left, baseline = at[0], at[1] + round(size_px * 0.95)
    end = (0, 1 << 14)  # never wrapped
    cv2.putText(canvas, text, (left, baseline), colour, _font(), size_px, 0, 0, end)


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever is read better on a colour (relative luminance, WCAG 2.2)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return _BLACK if luminance > 0.179 else _WHITE
