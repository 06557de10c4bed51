"""Damage drawn into a picture, and pictures as JPEG."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.language import Language
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

# Orange, magenta, cyan and so on stay apart on paint of any colour and for the colour-blind
# (Okabe and Ito 2008); the number beside each box says the rest.
_COLOURS: tuple[tuple[int, int, int], ...] = (
    (230, 159, 0), (86, 180, 233), (213, 94, 0), (240, 228, 66), (0, 158, 115), (204, 121, 167),
    (255, 80, 80), (0, 114, 178), (230, 159, 0), (86, 180, 233), (213, 94, 0),
)  # fmt: skip


def damage_colour(damage: DamageType) -> tuple[int, int, int]:
    """RGB in which a type is drawn, for a legend beside the picture."""
    return _COLOURS[VISIBLE_DAMAGES.index(damage)] if damage in VISIBLE_DAMAGES else (200, 200, 200)


def draw_findings(
    rgb: NDArray[np.uint8],
    findings: Sequence[DamageFinding],
    *,
    language: Language,
    max_side_px: int = 960,
) -> NDArray[np.uint8]:
    """The picture with numbered boxes, 1 for the first finding: uint8 RGB, at most max_side_px.

    language: "en" adds the percentage after the number as "1: 83%"; "zh" the same, because the
    fonts of OpenCV hold no Chinese: names stand in the legend beside the picture.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, max_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    line = max(2, round(max(size) / 320))
    for number, finding in reversed(list(enumerate(findings, start=1))):
        colour = damage_colour(finding.type)
        x, y, w, h = finding.box
        left, top = round(x * (size[0] - 1)), round(y * (size[1] - 1))
        right, bottom = round((x + w) * (size[0] - 1)), round((y + h) * (size[1] - 1))
        cv2.rectangle(canvas, (left, top), (right, bottom), (0, 0, 0), line + 2)
        cv2.rectangle(canvas, (left, top), (right, bottom), colour, line)
        _tag(canvas, f"{number}: {finding.probability:.0%}", left, top, colour)
    return np.asarray(canvas, dtype=np.uint8)


def _tag(
    canvas: NDArray[np.uint8], text: str, left: int, top: int, colour: tuple[int, int, int]
) -> None:
    """A label at the upper left corner of a box, moved so that it stays in the picture."""
    scale = max(0.4, max(canvas.shape[:2]) / 1400)
    font = cv2.FONT_HERSHEY_SIMPLEX
    (w, h), below = cv2.getTextSize(text, font, scale, 1)
    x = int(np.clip(left, 0, max(0, canvas.shape[1] - w - 6)))
    y = int(np.clip(top, 0, max(0, canvas.shape[0] - h - below - 4)))
    cv2.rectangle(canvas, (x, y), (x + w + 6, y + h + below + 4), colour, cv2.FILLED)
    cv2.putText(canvas, text, (x + 3, y + h + 2), font, scale, (0, 0, 0), 1, cv2.LINE_AA)


def encode_jpeg(rgb: NDArray[np.uint8], quality: int = 85) -> bytes:
    """JPEG of an RGB picture, uint8 (height, width, 3). quality: 1..100."""
    done, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} cannot be coded as JPEG")
    return bytes(coded.tobytes())
