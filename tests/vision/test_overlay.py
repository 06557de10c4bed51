"""Findings drawn into pictures, and JPEG."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.vision import VISIBLE_DAMAGES, DamageFinding, draw_findings, encode_jpeg
from tingzhen.vision.overlay import damage_colour

BOXES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(
    lambda b: (b[0], b[1], b[2] * (1 - b[0]), b[3] * (1 - b[1]))
)


def test_a_finding_is_drawn_where_it_is():
    grey = np.full((400, 600, 3), 90, np.uint8)
    finding = DamageFinding("dent", 0.83, 1.5, (0.25, 0.5, 0.5, 0.25))
    drawn = draw_findings(grey, [finding], language="zh")
    assert drawn.shape == (400, 600, 3)
    assert tuple(drawn[250, 400]) == (90, 90, 90)
    left_edge = drawn[270, 145:155].tolist()
    assert list(damage_colour("dent")) in left_edge
    assert (drawn[:180] == 90).all()
    assert (grey == 90).all()


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


def test_the_legend_numbers_follow_the_findings():
    picture = np.zeros((300, 300, 3), np.uint8)
    first = DamageFinding("dent", 0.9, 0.0, (0.1, 0.1, 0.3, 0.3))
    second = DamageFinding("scratch", 0.8, 0.0, (0.6, 0.6, 0.3, 0.3))
    both = draw_findings(picture, [first, second], language="en")
    turned = draw_findings(picture, [second, first], language="en")
    assert (both != turned).any()
    assert both == pytest.approx(draw_findings(picture, [first, second], language="en"))
