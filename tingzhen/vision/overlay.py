"""Damage drawn into a picture, and pictures as JPEG.

What a damage looks like is never covered: boxes are thin lines around it, labels stand beside all
boxes where there is room, and the close-up of a small damage lies in a corner that shows none.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.language import Language
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.lettering import Colour, draw_text, ink_on, text_size_px
from tingzhen.vision.room import PixelBox, freest, shared_px
from tingzhen.vision.vocabulary import (
    DAMAGE_NAMES,
    EXPERIMENTAL_DAMAGES,
    VISIBLE_DAMAGES,
    DamageType,
)

# Orange, sky blue, vermilion and so on stay apart on paint of any colour and for the colour-blind
# (Okabe and Ito 2008); the number beside each box says the rest.
_COLOURS: tuple[Colour, ...] = (
    (230, 159, 0), (86, 180, 233), (213, 94, 0), (240, 228, 66), (0, 158, 115), (204, 121, 167),
    (255, 80, 80), (0, 114, 178), (230, 159, 0), (86, 180, 233), (213, 94, 0),
)  # fmt: skip
_BLACK: Colour = (0, 0, 0)
_SMALL_SHARE = 0.02  # of the picture: a box under this is hard to make out on a phone
_CLOSE_UPS = 2
_CLOSE_UP_SHARE = 0.34  # of the picture's shorter side
_AROUND = 2.0  # sides of the box that a close-up shows, so that one sees where it is
_MOST_ENLARGED = 4.0  # of the frame's own pixels
_LEAST_ENLARGED = 1.5  # beside the picture as it is drawn


def damage_colour(damage: DamageType) -> Colour:
    """RGB in which a type is drawn, for a legend beside the picture."""
    return _COLOURS[VISIBLE_DAMAGES.index(damage)] if damage in VISIBLE_DAMAGES else (200, 200, 200)


def draw_findings(
    rgb: NDArray[np.uint8],
    findings: Sequence[DamageFinding],
    *,
    language: Language,
    max_side_px: int = 960,
) -> NDArray[np.uint8]:
    """The picture with numbered and named boxes: uint8 RGB, the longer side at most max_side_px.

    findings: 1 is the first. Experimental types have dashed boxes and a star. rgb: uint8 (height,
    width, 3), unchanged.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, max_side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    boxes = [_in_pixels(finding, size) for finding in findings]
    for finding, box in reversed(list(zip(findings, boxes, strict=True))):
        _draw_box(canvas, box, damage_colour(finding.type), dashed=_is_experiment(finding))
    taken = list(boxes)
    for number, (finding, box) in enumerate(zip(findings, boxes, strict=True), start=1):
        taken.append(_draw_label(canvas, _label(number, finding, language), box, taken, finding))
    small = [
        (finding, box)
        for finding, box in zip(findings, boxes, strict=True)
        if finding.box[2] * finding.box[3] < _SMALL_SHARE
    ]
    for finding, box in small[:_CLOSE_UPS]:
        place = _draw_close_up(canvas, rgb, finding, box, taken)
        taken += [place] if place is not None else []
    return canvas


def encode_jpeg(rgb: NDArray[np.uint8], quality: int = 85) -> bytes:
    """JPEG of an RGB picture, uint8 (height, width, 3). quality: 1..100."""
    done, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"a picture of shape {rgb.shape} cannot be coded as JPEG")
    return bytes(coded.tobytes())


def _label(number: int, finding: DamageFinding, language: Language) -> str:
    star = "*" if _is_experiment(finding) else ""
    return f"{number} {DAMAGE_NAMES[finding.type].to(language)}{star}"


def _is_experiment(finding: DamageFinding) -> bool:
    return finding.type in EXPERIMENTAL_DAMAGES


def _in_pixels(finding: DamageFinding, size: tuple[int, int]) -> PixelBox:
    x, y, w, h = finding.box
    left, top = round(x * (size[0] - 1)), round(y * (size[1] - 1))
    right, bottom = round((x + w) * (size[0] - 1)), round((y + h) * (size[1] - 1))
    return left, top, right, bottom


def _line_px(canvas: NDArray[np.uint8]) -> int:
    longer: int = max(canvas.shape[:2])
    return max(1, round(longer / 320))


def _draw_box(canvas: NDArray[np.uint8], box: PixelBox, colour: Colour, *, dashed: bool) -> None:
    """A coloured line between two dark ones, so that it stands out from any paint."""
    left, top, right, bottom = box
    line = _line_px(canvas)
    cv2.rectangle(canvas, (left, top), (right, bottom), _BLACK, line + 2)
    if not dashed:
        cv2.rectangle(canvas, (left, top), (right, bottom), colour, line)
        return
    step = 6 * line
    for start in range(left, right, 2 * step):
        for y in (top, bottom):
            cv2.line(canvas, (start, y), (min(start + step, right), y), colour, line)
    for start in range(top, bottom, 2 * step):
        for x in (left, right):
            cv2.line(canvas, (x, start), (x, min(start + step, bottom)), colour, line)


def _draw_label(
    canvas: NDArray[np.uint8],
    text: str,
    box: PixelBox,
    taken: Sequence[PixelBox],
    finding: DamageFinding,
) -> PixelBox:
    """Beside its box, where it covers least of all boxes and labels; the place that it took."""
    height, width = canvas.shape[:2]
    size_px = max(11, round(max(height, width) / 38))
    (text_w, text_h), margin = text_size_px(text, size_px), max(2, size_px // 5)
    w, h = text_w + 2 * margin, text_h + margin
    left, top, right, bottom = box
    places = [
        (left, top - h), (left, bottom + 1), (right - w, top - h), (right - w, bottom + 1),
        (right + 1, top), (left - w, top), (right + 1, bottom - h), (left - w, bottom - h),
        (left, top),
    ]  # fmt: skip
    x, y, x_end, y_end = freest(places, (w, h), (width, height), taken)
    colour = damage_colour(finding.type)
    cv2.rectangle(canvas, (x, y), (x_end - 1, y_end - 1), colour, cv2.FILLED)
    draw_text(canvas, text, (x + margin, y + margin // 2), size_px, ink_on(colour))
    return x, y, x_end, y_end


def _draw_close_up(
    canvas: NDArray[np.uint8],
    rgb: NDArray[np.uint8],
    finding: DamageFinding,
    box: PixelBox,
    taken: Sequence[PixelBox],
) -> PixelBox | None:
    """The damage enlarged, in a corner that covers no box and no label, with a line to its box.

    None, and nothing drawn, where there is no such corner or it would hardly be larger.
    """
    height, width = canvas.shape[:2]
    crop = _around(rgb, finding)
    grow = min(_CLOSE_UP_SHARE * min(height, width) / max(crop.shape[:2]), _MOST_ENLARGED)
    w, h = (max(1, round(edge * grow)) for edge in (crop.shape[1], crop.shape[0]))
    if grow * rgb.shape[1] < _LEAST_ENLARGED * width:
        return None
    line = _line_px(canvas)
    gap = 3 * line
    middle = (box[0] + box[2]) // 2, (box[1] + box[3]) // 2
    corners = [(x, y) for y in (gap, height - h - gap) for x in (gap, width - w - gap)]
    corners.sort(key=lambda at: -abs(at[0] + w // 2 - middle[0]) - abs(at[1] + h // 2 - middle[1]))
    place = freest(corners, (w, h), (width, height), taken)
    if any(shared_px(place, other) for other in taken):
        return None
    left, top, right, bottom = place
    colour = damage_colour(finding.type)
    start = _nearest(box, ((left + right) // 2, (top + bottom) // 2))
    for thick, shade in ((line + 2, _BLACK), (line, colour)):
        cv2.line(canvas, start, _nearest(place, start), shade, thick, cv2.LINE_AA)
    how = cv2.INTER_CUBIC if grow > 1 else cv2.INTER_AREA
    canvas[top:bottom, left:right] = cv2.resize(
        crop, (right - left, bottom - top), interpolation=how
    )
    _draw_box(canvas, (left, top, right - 1, bottom - 1), colour, dashed=False)
    return place


def _around(rgb: NDArray[np.uint8], finding: DamageFinding) -> NDArray[np.uint8]:
    """The damage with what lies around it, a square where the picture allows."""
    height, width = rgb.shape[:2]
    x, y, w, h = finding.box
    half = max(4.0, _AROUND * max(w * width, h * height) / 2)
    middle_x, middle_y = (x + w / 2) * width, (y + h / 2) * height
    left, right = (round(min(max(middle_x + d, 0), width)) for d in (-half, half))
    top, bottom = (round(min(max(middle_y + d, 0), height)) for d in (-half, half))
    return rgb[top : max(bottom, top + 1), left : max(right, left + 1)]


def _nearest(box: PixelBox, point: tuple[int, int]) -> tuple[int, int]:
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])
