"""What a framing shows, and what each place then says."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture, picture_targets
from tingzhen.training.damage.truth import (
    ABSENT,
    PRESENT,
    UNSAID,
    picture_truth,
    place_truth,
    seen_boxes,
)
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

DENT, SCRATCH = TYPE_INDEX["dent"], TYPE_INDEX["scratch"]
UNDAMAGED, NOT_VEHICLE = TYPE_INDEX["undamaged"], TYPE_INDEX["not_vehicle"]


def picture(labels, boxes=(), *, complete=True, looked_for=VISIBLE_DAMAGES):
    return DamagePicture(
        Path("none"), "s", "s/g", frozenset(labels),
        picture_targets(frozenset(labels), looked_for), tuple(boxes), complete,
    )  # fmt: skip


DENTED = picture({"dent"}, [Box(DENT, 0.5, 0.5, 0.25, 0.25)])


def seen(*corners, types=None, side=100.0):
    boxes = np.array(corners, np.float32).reshape(-1, 4)
    return seen_boxes(boxes, types or [DENT] * len(boxes), side)


def test_a_box_is_clipped_and_says_how_much_of_it_is_left():
    (box,) = seen((50, 50, 150, 100))
    assert box.place == (0.5, 0.5, 1.0, 1.0) and box.kept == 0.5 and box.filled == 0.25
    assert seen((100, 0, 150, 50)) == []


def test_places_inside_a_box_are_damaged_its_rim_unsaid_and_the_rest_not():
    whole = seen((50, 50, 75, 75))
    targets = picture_truth(DENTED, whole, 1.0)
    places = place_truth(DENTED, targets, whole, 8)
    assert targets[DENT] == 1 and targets[UNDAMAGED] == 0
    assert (places[DENT, 4:6, 4:6] == PRESENT).all() and (places[DENT] == PRESENT).sum() == 4
    assert (places[DENT, :3] == ABSENT).all() and (places[SCRATCH] == ABSENT).all()
    assert (places[UNDAMAGED] == UNSAID).all() and (places[NOT_VEHICLE] == UNSAID).all()
    off = seen((55, 55, 80, 80))
    assert (place_truth(DENTED, targets, off, 8)[DENT, 6, 4:7] == UNSAID).all()


def test_a_framing_beside_the_damage_is_undamaged_and_one_through_it_unsure():
    free = picture_truth(DENTED, [], 0.2)
    assert free[DENT] == 0 and free[UNDAMAGED] == 1
    assert np.isnan(free[NOT_VEHICLE]), "beside a car there may be grass alone"
    through = picture_truth(DENTED, seen((90, 90, 140, 140)), 0.3)
    assert np.isnan(through[DENT]) and np.isnan(through[UNDAMAGED])
    filled = picture_truth(DENTED, seen((-100, -100, 100, 50)), 0.1)
    assert filled[DENT] == 1, "a third of a box, or enough of the framing"


def test_what_a_source_does_not_say_stays_unsaid():
    only = picture({"dent"}, [Box(DENT, 0.5, 0.5, 0.2, 0.2)], complete=False, looked_for=())
    whole = seen((50, 50, 70, 70))
    targets = picture_truth(only, whole, 1.0)
    places = place_truth(only, targets, whole, 8)
    assert np.isnan(targets[SCRATCH]) and (places[SCRATCH] == UNSAID).all()
    assert (places[DENT] == PRESENT).any() and not (places[DENT] == ABSENT).any()
    assert np.isnan(picture_truth(only, [], 0.3)[UNDAMAGED])


def test_a_label_without_a_box_holds_for_most_of_its_picture_only():
    unboxed = picture({"dent"}, complete=False, looked_for=())
    assert picture_truth(unboxed, [], 0.8)[DENT] == 1
    assert np.isnan(picture_truth(unboxed, [], 0.3)[DENT])
    wreck = picture({"wreck_untyped"}, complete=False, looked_for=())
    assert picture_truth(wreck, [], 0.8)[UNDAMAGED] == 0
    assert np.isnan(picture_truth(wreck, [], 0.3)[UNDAMAGED])


@pytest.mark.parametrize(
    ("label", "index"), [("undamaged", UNDAMAGED), ("not_vehicle", NOT_VEHICLE)]
)
def test_a_part_of_nothing_to_report_is_nothing_to_report(label, index):
    one = picture({label}, complete=False)
    assert (picture_truth(one, [], 0.1) == one.targets).all()
    assert picture_truth(one, [], 0.1)[index] == 1


edges = st.floats(-50, 150).map(lambda x: round(x, 2))


@given(edges, edges, st.floats(1, 80), st.floats(1, 80), st.integers(2, 24))
def test_every_place_agrees_with_the_box_it_was_made_of(left, top, width, height, cells):
    shown = seen((left, top, left + width, top + height))
    places = place_truth(DENTED, np.where(np.arange(13) == DENT, 1, 0.0), shown, cells)
    present = np.argwhere(places[DENT] == PRESENT)
    if not shown:
        assert not len(present)
        return
    assert len(present), "a box that is seen is present somewhere"
    x0, y0, x1, y1 = shown[0].place
    half = 0.5 / cells + 1e-6
    for row, column in present:
        x, y = (column + 0.5) / cells, (row + 0.5) / cells
        assert x0 - half <= x <= x1 + half and y0 - half <= y <= y1 + half
