"""Crops show what they say they show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.damage_measuring.conftest import find, make_picture, make_scored
from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box
from tingzhen.training.damage_measuring.crops import (
    SHOWN,
    SIDES,
    crop_figures,
    cropped,
    cut,
    free_rectangle,
    plan_crops,
)
from tingzhen.training.damage_measuring.place import overlap
from tingzhen.training.damage_measuring.resampling import Resampling

DENT, UNDAMAGED = TYPE_INDEX["dent"], TYPE_INDEX["undamaged"]
BOXES = st.lists(
    st.tuples(*[st.floats(0, 0.6) for _ in range(2)], *[st.floats(0.01, 0.4) for _ in range(2)]),
    min_size=1, max_size=4,
)  # fmt: skip


@given(BOXES, st.integers(0, 99))
@settings(deadline=None)
def test_a_free_crop_touches_no_box_and_lies_in_the_picture(boxes, seed):
    placed = [Box(DENT, *box) for box in boxes]
    free = free_rectangle(placed, np.random.default_rng(seed))
    if free is not None:
        x, y, w, h = free
        assert SIDES[0] <= w <= SIDES[1] and w == h
        assert min(x, y) >= 0 and x + w <= 1 and y + h <= 1
        assert all(overlap(free, box) == 0 for box in placed)


@given(BOXES)
@settings(deadline=None)
def test_pairs_of_crops_differ_in_their_damage_alone(boxes):
    picture = make_picture("dent", boxes=[("dent", *box) for box in boxes])
    crops = plan_crops([picture], at_most=1, seed=3)
    if crops:
        near, free = crops
        assert near.rectangle[2:] == free.rectangle[2:]
        assert free.picture.targets[UNDAMAGED] == 1 and not free.picture.boxes
        assert free.picture.targets[DENT] == 0 and free.picture.labels == {"undamaged"}
        assert near.picture.group == free.picture.group == picture.group


def test_the_boxes_of_a_crop_are_cut_to_it():
    picture = make_picture("dent;scratch", boxes=[("dent", 0.4, 0.4, 0.2, 0.2),
                                                  ("scratch", 0.0, 0.0, 0.1, 0.1)])  # fmt: skip
    shown = cropped(picture, (0.5, 0.3, 0.5, 0.5))
    (box,) = shown.boxes
    assert (box.x, box.y, box.w, box.h) == pytest.approx((0.0, 0.2, 0.2, 0.4))
    assert shown.targets[DENT] == 1 and shown.targets[TYPE_INDEX["scratch"]] == 0
    assert shown.targets[UNDAMAGED] == 0 and shown.labels == {"dent"}


def test_a_sliver_of_a_box_says_nothing():
    picture = make_picture("dent", boxes=[("dent", 0.4, 0.4, 0.2, 0.2)])
    sliver = cropped(picture, (0.6 - 0.2 * SHOWN / 2, 0.3, 0.4, 0.4))
    assert np.isnan(sliver.targets[DENT]) and np.isnan(sliver.targets[UNDAMAGED])
    assert sliver.boxes == () and sliver.labels == frozenset()


def test_pixels_of_a_crop():
    rgb = np.arange(10 * 20 * 3, dtype=np.uint8).reshape(10, 20, 3)
    assert (cut(rgb, (0.5, 0.2, 0.25, 0.5)) == rgb[2:7, 10:15]).all()
    assert cut(rgb, (0.999, 0.999, 0.0001, 0.0001)).shape == (1, 1, 3)


def test_the_plan_is_the_same_again_and_takes_boxed_pictures_only():
    pictures = [make_picture("dent", f"{i}", boxes=[("dent", 0.1, 0.1, 0.2, 0.2)])
                for i in range(9)]  # fmt: skip
    rest = [make_picture("undamaged", "u"), make_picture("dent", "n")]
    one, again = (plan_crops([*pictures, *rest], at_most=4, seed=1) for _ in range(2))
    assert [c.rectangle for c in one] == [c.rectangle for c in again] and len(one) == 8
    assert plan_crops(rest, at_most=4, seed=1) == []


def test_figures_of_crops_by_hand():
    whole = make_picture("dent", boxes=[("dent", 0.1, 0.1, 0.2, 0.2)])
    near, free = cropped(whole, (0.0, 0.0, 0.5, 0.5)), cropped(whole, (0.5, 0.5, 0.5, 0.5))
    unsaid = cropped(whole, (0.28, 0.1, 0.5, 0.5))
    scored = make_scored(
        [near, near, free, free, unsaid],
        [[find("dent", 0.9)], [], [find("scratch", 0.6)], [], [find("dent", 1.0)]],
    )
    found = crop_figures(scored, Resampling(10))
    assert (found["near"], found["free"]) == (2, 2)
    assert found["near_called_damaged"]["value"] == found["free_called_damaged"]["value"] == 0.5
    # 0.9 beats both; 0.05 loses to 0.6 and ties with 0.05.
    assert found["auc"]["value"] == pytest.approx(2.5 / 4)
    assert crop_figures(make_scored([near]), Resampling(10)) == {}
