"""Findings drawn into pictures, and JPEG."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.vision import VISIBLE_DAMAGES, DamageFinding, draw_findings, encode_jpeg
from tingzhen.vision.lettering import draw_text, ink_on, text_size_px
from tingzhen.vision.overlay import damage_colour
from tingzhen.vision.room import freest, shared_px

BOXES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(
    lambda b: (b[0], b[1], b[2] * (1 - b[0]), b[3] * (1 - b[1]))
)


def test_a_finding_is_drawn_where_it_is_and_not_covered() -> None:
    grey = np.full((400, 600, 3), 90, np.uint8)
    finding = DamageFinding("dent", 0.83, 1.5, (0.25, 0.5, 0.5, 0.25))
    drawn = draw_findings(grey, [finding], language="zh")
    assert drawn.shape == (400, 600, 3)
    assert (drawn[206:294, 156:444] == 90).all()
    left_edge = drawn[270, 145:155].tolist()
    assert list(damage_colour("dent")) in left_edge
    assert (drawn[:150] == 90).all()
    assert (grey == 90).all()


@pytest.mark.parametrize("paint", [0, 90, 255, "colour"])
def test_a_box_stands_out_from_any_paint(paint) -> None:
    colour = damage_colour("scratch") if paint == "colour" else (paint,) * 3
    picture = np.full((400, 600, 3), colour, np.uint8)
    drawn = draw_findings(picture, [DamageFinding("scratch", 0.8, 0.0, (0.3, 0.3, 0.4, 0.4))],
                          language="en")  # fmt: skip
    edge = drawn[200, 170:190].astype(int)
    assert np.abs(edge - np.array(colour)).sum(axis=1).max() > 150


def test_labels_name_the_damage_and_stand_beside_all_boxes() -> None:
    grey = np.full((600, 600, 3), 90, np.uint8)
    upper = DamageFinding("dent", 0.9, 0.0, (0.2, 0.2, 0.4, 0.3))
    lower = DamageFinding("scratch", 0.8, 0.0, (0.2, 0.52, 0.4, 0.3))
    drawn = draw_findings(grey, [upper, lower], language="en")
    for top, bottom in ((126, 294), (318, 486)):
        assert (drawn[top:bottom, 126:354] == 90).all()
    zh = draw_findings(grey, [upper, lower], language="zh")
    assert (zh != drawn).any()


def test_an_experimental_type_has_a_dashed_box() -> None:
    grey = np.full((400, 400, 3), 90, np.uint8)
    box = (0.25, 0.25, 0.5, 0.5)

    def share(name) -> float:
        drawn = draw_findings(grey, [DamageFinding(name, 0.8, 0.0, box)], language="en")
        side = drawn[120:280, 100]
        return float((side == damage_colour(name)).all(axis=1).mean())

    assert share("dent") == 1.0
    assert 0.3 < share("tyre_worn") < 0.7


def test_a_small_damage_is_enlarged_in_a_corner_that_shows_none() -> None:
    picture = np.full((720, 960, 3), 90, np.uint8)
    picture[172:180, 236:244] = (250, 250, 250)
    small = DamageFinding("scratch", 0.8, 0.0, (0.24, 0.23, 0.02, 0.03))
    alone = draw_findings(picture, [small], language="en")
    white = (alone == 250).all(axis=2)
    assert white[160:190, 225:255].sum() == 64  # where it is, untouched
    assert white[480:, 600:].sum() > 4 * 64  # in the corner farthest away
    large = DamageFinding("dent", 0.9, 0.0, (0.0, 0.0, 0.999, 0.999))
    beside = draw_findings(picture, [small, large], language="en")
    assert (beside == 250).all(axis=2)[400:].sum() == 0


def test_words_are_drawn_in_both_languages_and_readable() -> None:
    for text in ("1 轮胎鼓包*", "1 Bulge on a tyre*"):
        width, height = text_size_px(text, 20)
        canvas = np.full((height + 8, width + 8, 3), 90, np.uint8)
        draw_text(canvas, text, (4, 4), 20, (0, 0, 0))
        inked = np.argwhere((canvas != 90).any(axis=2))
        assert len(inked) > 150
        assert (inked.min(axis=0) >= 3).all()
        assert (inked.max(axis=0) <= (height + 4, width + 4)).all()
    for name in VISIBLE_DAMAGES:
        ink, ground = ink_on(damage_colour(name)), damage_colour(name)
        assert contrast(ink, ground) >= 4.5


def contrast(one, other) -> float:
    """WCAG 2.2 contrast ratio, written out."""

    def luminance(colour) -> float:
        parts = [c / 255 for c in colour]
        parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot(parts, (0.2126, 0.7152, 0.0722)))

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PIXEL_BOXES = st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(1, 60)] * 2).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-50, 150), st.integers(-50, 150)), min_size=1, max_size=5),
    st.tuples(st.integers(1, 120), st.integers(1, 120)), st.lists(PIXEL_BOXES, max_size=4),
)  # fmt: skip
def test_room_is_found_inside_the_picture_and_where_least_is_covered(corners, size, taken) -> None:
    place = freest(corners, size, (100, 80), taken)
    left, top, right, bottom = place
    assert 0 <= left < right <= 100
    assert 0 <= top < bottom <= 80

    def covered(box) -> int:
        return sum(shared_px(box, other) for other in taken)

    assert covered(place) == min(covered(freest([corner], size, (100, 80), taken))
                                 for corner in corners)  # fmt: skip


@settings(deadline=None)
@given(PIXEL_BOXES, PIXEL_BOXES)
def test_shared_pixels_by_counting(one, other) -> None:
    canvas = np.zeros((160, 160), int)
    for left, top, right, bottom in (one, other):
        canvas[top:bottom, left:right] += 1
    assert shared_px(one, other) == int((canvas == 2).sum())


def test_large_pictures_shrink_and_small_ones_stay():
    assert draw_findings(np.zeros((2160, 3840, 3), np.uint8), [], language="en").shape == (
        540, 960, 3,
    )  # fmt: skip
    assert draw_findings(np.zeros((1, 1, 3), np.uint8), [], language="en").shape == (1, 1, 3)


@given(
    st.integers(1, 300), st.integers(1, 300),
    BOXES,
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_any_box_can_be_drawn_on_any_picture(height, width, box):
    finding = DamageFinding("scratch", 0.5, 0.0, box)
    drawn = draw_findings(np.zeros((height, width, 3), np.uint8), [finding], language="en")
    assert drawn.shape == (height, width, 3) and drawn.dtype == np.uint8


def test_every_damage_has_a_colour():
    assert len({damage_colour(name) for name in VISIBLE_DAMAGES[:8]}) == 8


def test_jpeg_keeps_red_red():
    red = np.zeros((40, 60, 3), np.uint8)
    red[..., 0] = 200
    coded = encode_jpeg(red)
    assert coded[:2] == b"\xff\xd8"
    again = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert again.shape == (40, 60, 3)
    assert np.abs(again.astype(int) - red).max() < 12
    assert len(encode_jpeg(red, quality=20)) <= len(coded)


def test_the_numbers_follow_the_findings() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    first = DamageFinding("dent", 0.9, 0.0, (0.1, 0.1, 0.3, 0.3))
    second = DamageFinding("dent", 0.8, 0.0, (0.6, 0.6, 0.3, 0.3))
    both = draw_findings(picture, [first, second], language="en")
    turned = draw_findings(picture, [second, first], language="en")
    assert (both != turned).any()
    assert (both == draw_findings(picture, [first, second], language="en")).all()
