"""Between a picture and the network's square: there and back, and never outside."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.vision.geometry import (
    Placement,
    boxes_of_map,
    fit_square,
    map_of_picture,
    overlap,
    peak_inside,
    placement,
)

SIDES = st.integers(1, 5000)
UNIT = st.floats(0, 1)
BOXES = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(
    lambda b: (b[0], b[1], b[2] * (1 - b[0]), b[3] * (1 - b[1]))
)


@settings(deadline=None)
@given(SIDES, SIDES)
def test_a_picture_lies_inside_the_square_and_fills_one_side(width, height):
    place = placement(width, height)
    assert place.x >= 0 and place.y >= 0
    assert place.x + place.w <= 1 + 1e-9 and place.y + place.h <= 1 + 1e-9
    assert max(place.w, place.h) == 1.0


@settings(deadline=None)
@given(SIDES, SIDES, BOXES)
def test_a_box_goes_to_the_square_and_back(width, height, box):
    place = placement(width, height)
    assert place.to_picture(place.to_square(box)) == pytest.approx(box, abs=1e-6)


@settings(deadline=None)
@given(SIDES, SIDES, BOXES)
def test_boxes_of_the_square_stay_within_the_picture(width, height, box):
    left, top, wide, high = placement(width, height).to_picture(box)
    assert 0 <= left <= 1 and 0 <= top <= 1 and wide >= 0 and high >= 0
    assert left + wide <= 1 + 1e-9 and top + high <= 1 + 1e-9


@given(st.integers(1, 400), st.integers(1, 400))
@settings(deadline=None, max_examples=40)
def test_the_square_holds_the_picture_where_the_placement_says(width, height):
    picture = np.full((height, width, 3), 255, dtype=np.uint8)
    square, place = fit_square(picture, 64)
    assert square.shape == (64, 64, 3)
    left, right = round(place.x * 64), round((place.x + place.w) * 64)
    top, bottom = round(place.y * 64), round((place.y + place.h) * 64)
    assert (square[top:bottom, left:right] == 255).all()
    assert int((square == 255).all(axis=2).sum()) == (right - left) * (bottom - top)


def test_the_long_side_of_a_phone_picture_is_stretched_and_a_panorama_padded():
    assert placement(1920, 1080).h == 1.0
    assert placement(1080, 1920).w == 1.0
    assert placement(4000, 1000).h == pytest.approx((16 / 9) / 4)


@settings(deadline=None)
@given(st.lists(UNIT, min_size=36, max_size=36), st.floats(0.05, 1.0), st.integers(1, 5))
def test_boxes_of_a_map_hold_its_peak_and_stay_in_it(values, threshold, most):
    scores = np.array(values, dtype=np.float32).reshape(6, 6)
    found = boxes_of_map(scores, threshold, most=most)
    assert len(found) <= most
    assert bool(found) == bool((scores >= threshold).any())
    for peak, (x, y, w, h) in found:
        assert x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= 1 + 1e-9 and y + h <= 1 + 1e-9
        part = scores[round(y * 6) : round((y + h) * 6), round(x * 6) : round((x + w) * 6)]
        assert peak in part
    if found:
        assert found[0][0] == scores.max()


def test_two_places_of_a_map_are_told_apart():
    scores = np.zeros((8, 8), dtype=np.float32)
    scores[1:3, 1:4] = 0.9
    scores[6, 6] = 0.7
    assert boxes_of_map(scores, 0.5) == [
        (pytest.approx(0.9), (1 / 8, 1 / 8, 3 / 8, 2 / 8)),
        (pytest.approx(0.7), (6 / 8, 6 / 8, 1 / 8, 1 / 8)),
    ]


@settings(deadline=None)
@given(BOXES, BOXES, st.floats(0, 0.1))
def test_overlap_is_shared_by_both_boxes(one, other, slack: float) -> None:
    share = overlap(one, other, slack=slack)
    assert 0 <= share <= 1 + 1e-9
    assert share == pytest.approx(overlap(other, one, slack=slack))
    if one[2] * one[3] > 1e-6:
        assert overlap(one, one, slack=slack) == pytest.approx(1.0)


def test_overlap_by_hand() -> None:
    assert overlap((0, 0, 0.4, 0.4), (0.2, 0.2, 0.4, 0.4)) == pytest.approx(0.25)
    assert overlap((0, 0, 0.8, 0.8), (0.1, 0.1, 0.1, 0.1)) == pytest.approx(1.0)
    assert overlap((0, 0, 0.1, 0.1), (0.2, 0, 0.1, 0.1)) == 0.0
    assert overlap((0, 0, 0.1, 0.1), (0.2, 0, 0.1, 0.1), slack=0.05) == pytest.approx(0.0)


@settings(deadline=None)
@given(st.lists(UNIT, min_size=36, max_size=36), BOXES)
def test_the_peak_inside_a_box_is_that_of_the_cells_it_touches(values, box) -> None:
    scores = np.array(values, dtype=np.float32).reshape(6, 6)
    peak = peak_inside(scores, box)
    x, y, w, h = box
    inside = [
        scores[row, column]
        for row in range(6)
        for column in range(6)
        if x < (column + 1) / 6 and x + w > column / 6 and y < (row + 1) / 6 and y + h > row / 6
    ]
    assert peak in scores
    assert peak >= max(inside, default=0) - 1e-6


def test_the_map_of_a_picture_leaves_the_padding_out() -> None:
    scores = np.zeros((8, 8), dtype=np.float32)
    scores[2:6] = np.linspace(0.1, 0.8, 8)  # the picture fills the middle half
    scores[:2] = scores[6:] = 0.99
    own = map_of_picture(scores, Placement(0.0, 0.25, 1.0, 0.5))
    assert own.shape == (8, 8)
    assert own[1:7] == pytest.approx(np.tile(scores[3], (6, 1)))
    whole = map_of_picture(scores, Placement(0.0, 0.0, 1.0, 1.0))
    assert whole == pytest.approx(scores)
