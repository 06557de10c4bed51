"""Events in a spectrogram: a box each, in its seconds and its band, with a numbered tag."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseEvent
from tingzhen.audio.log_mel import hertz_to_mel
from tingzhen.audio.vocabulary import FAULT_NOISES, NoiseType

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
Rectangle = tuple[int, int, int, int]

WHITE = (255, 255, 255)
INK = (60, 45, 40)
FONT = cv2.FONT_HERSHEY_SIMPLEX
TAG_SCALE = 0.5
TAG_HEIGHT_PX = 19
LEAST_BOX_PX = 14
"""Room for the sound itself between the lines of a narrow band."""
DASH_PX = 8
STAR = "*"


@dataclass(frozen=True, slots=True)
class PlotArea:
    """The part of a picture that shows sound: pixels of its corner and size, and what they mean."""

    left: int
    top: int
    width: int
    height: int
    duration_s: float
    low_hz: float
    high_hz: float

    def column(self, at_s: float) -> int:
        share = min(1.0, max(0.0, at_s / self.duration_s))
        return round(self.left + share * (self.width - 1))

    def row(self, hz: float) -> int:
        low, high, here = hertz_to_mel(np.array([self.low_hz, self.high_hz, hz]))
        share = min(1.0, max(0.0, float((here - low) / (high - low))))
        return round(self.top + (1.0 - share) * (self.height - 1))


def event_colour(type_: NoiseType) -> Colour:
    """Colour (blue, green, red) of a type's events, the same in every picture."""
    hues = len(FAULT_NOISES)
    index = FAULT_NOISES.index(type_) if type_ in FAULT_NOISES else hues
    hsv = np.array([[[(index * 67) % 180, 190, 235]]], dtype=np.uint8)
    blue, green, red = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0].tolist()
    return int(blue), int(green), int(red)


def draw_events(
    picture: Picture,
    area: PlotArea,
    events: Sequence[NoiseEvent],
    synthetic: Collection[NoiseType] = (),
) -> None:
    """Draw into the picture; events are numbered from 1. synthetic: types with a dashed box and a
    star. All boxes come first, so that no box crosses a tag."""
    boxes = [_box(area, event) for event in events]
    for event, box in zip(events, boxes, strict=True):
        _draw_box(picture, box, event_colour(event.type), dashed=event.type in synthetic)
    taken: list[Rectangle] = []
    for number, (event, box) in enumerate(zip(events, boxes, strict=True), start=1):
        label = f"{number}{STAR if event.type in synthetic else ''}"
        (text_width, _), _ = cv2.getTextSize(label, FONT, TAG_SCALE, 1)
        taken.append(_place_tag(area, box, text_width + 8, taken))
        _draw_tag(picture, taken[-1], label, event_colour(event.type))


def _box(area: PlotArea, event: NoiseEvent) -> Rectangle:
    """Left, top, right, bottom; over the full height where the event has no band."""
    low_hz = area.low_hz if event.low_hz is None else event.low_hz
    high_hz = area.high_hz if event.high_hz is None else event.high_hz
    top, bottom = area.row(high_hz), area.row(low_hz)
    short = max(0, LEAST_BOX_PX - (bottom - top))
    top = max(area.top, top - short // 2)
    bottom = min(area.top + area.height - 1, max(bottom, top + LEAST_BOX_PX))
    return area.column(event.start_s), top, area.column(event.end_s), bottom


def _draw_box(picture: Picture, box: Rectangle, colour: Colour, *, dashed: bool) -> None:
    left, top, right, bottom = box
    cv2.rectangle(picture, (left, top), (right, bottom), WHITE, 4)
    cv2.rectangle(picture, (left, top), (right, bottom), colour, 2)
    if not dashed:
        return
    for x in range(left + DASH_PX, right, 2 * DASH_PX):
        for y in (top, bottom):
            cv2.line(picture, (x, y), (min(x + DASH_PX, right), y), WHITE, 2)
    for y in range(top + DASH_PX, bottom, 2 * DASH_PX):
        for x in (left, right):
            cv2.line(picture, (x, y), (x, min(y + DASH_PX, bottom)), WHITE, 2)


def _place_tag(area: PlotArea, box: Rectangle, width: int, taken: Sequence[Rectangle]) -> Rectangle:
    """On the upper left corner of the box, moved to the right where another tag is."""
    left = max(area.left, min(box[0] - 1, area.left + area.width - width))
    top, bottom = box[1] - TAG_HEIGHT_PX, box[1]
    for other in sorted(taken):
        beside = left + width < other[0] or other[2] < left
        above_or_below = bottom <= other[1] or other[3] <= top
        if not (beside or above_or_below) and other[2] + 2 + width <= area.left + area.width:
            left = other[2] + 2
    return left, top, left + width, bottom


def _draw_tag(picture: Picture, place: Rectangle, label: str, colour: Colour) -> None:
    cv2.rectangle(picture, place[:2], place[2:], WHITE, 3)
    cv2.rectangle(picture, place[:2], place[2:], colour, -1)
    # Dark on a light tag and light on a dark one.
    bright = 0.114 * colour[0] + 0.587 * colour[1] + 0.299 * colour[2] > 140
    at = (place[0] + 4, place[3] - 5)
    ink = INK if bright else WHITE
    cv2.putText(picture, label, at, FONT, TAG_SCALE, ink, 1, cv2.LINE_AA)
