"""Views: what a crop shows, what each place says, and that pixels are what they should be."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture, picture_targets
from tingzhen.training.damage_views import (
    ABSENT,
    PRESENT,
    UNSAID,
    View,
    plan_views,
    render_view,
    view_boxes,
    view_targets,
)
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

DENT, SCRATCH = TYPE_INDEX["dent"], TYPE_INDEX["scratch"]
UNDAMAGED = TYPE_INDEX["undamaged"]
WHOLE = (0.0, 0.0, 1.0, 1.0)


def picture(labels, boxes=(), *, complete=True, looked_for=VISIBLE_DAMAGES, group="s/g"):
    return DamagePicture(
        Path("none"), "s", group, frozenset(labels),
        picture_targets(frozenset(labels), looked_for), tuple(boxes), complete,
    )  # fmt: skip


DENTED = picture({"dent"}, [Box(DENT, 0.5, 0.5, 0.25, 0.25)])


def test_places_inside_a_box_are_damaged_and_outside_all_boxes_not():
    targets, places = view_targets(DENTED, View(0, "whole", WHOLE, 0), 8)
    assert targets[DENT] == 1
    assert (places[DENT, 4:6, 4:6] == PRESENT).all()
    assert (places[DENT] == PRESENT).sum() == 4
    assert (places[DENT, :3] == ABSENT).all()
    assert (places[SCRATCH] == ABSENT).all()
    assert (places[UNDAMAGED] == UNSAID).all()


def test_places_of_types_that_are_not_said_teach_nothing():
    only = picture({"dent"}, [Box(DENT, 0.5, 0.5, 0.2, 0.2)], complete=False, looked_for=())
    targets, places = view_targets(only, View(0, "whole", WHOLE, 0), 8)
    assert np.isnan(targets[SCRATCH]) and (places[SCRATCH] == UNSAID).all()
    assert (places[DENT] == PRESENT).any() and not (places[DENT] == ABSENT).any()


def test_a_crop_outside_all_boxes_is_undamaged_and_one_that_cuts_a_box_is_unsure():
    free = View(0, "free", (0.0, 0.0, 0.45, 0.45), 0)
    targets, places = view_targets(DENTED, free, 8)
    assert targets[DENT] == 0 and targets[UNDAMAGED] == 1
    assert (places[DENT] == ABSENT).all()
    cutting = View(0, "zoom", (0.0, 0.0, 0.55, 0.55), 0)
    targets, _ = view_targets(DENTED, cutting, 8)
    assert np.isnan(targets[DENT]) and np.isnan(targets[UNDAMAGED])
    near = View(0, "near", (0.45, 0.45, 0.35, 0.35), 0)
    assert view_targets(DENTED, near, 8)[0][DENT] == 1


def test_a_crop_of_an_untyped_wreck_claims_nothing():
    wreck = picture({"wreck_untyped"}, complete=False, looked_for=())
    targets, _ = view_targets(wreck, View(0, "zoom", (0.1, 0.1, 0.4, 0.4), 0), 8)
    assert np.isnan(targets[UNDAMAGED]) and not (targets == 1).any()


def test_a_crop_of_an_undamaged_car_is_undamaged():
    targets, places = view_targets(
        picture({"undamaged"}), View(0, "zoom", (0.3, 0.3, 0.3, 0.3), 0), 8
    )
    assert targets[UNDAMAGED] == 1 and (places[DENT] == ABSENT).all()


def test_a_damage_smaller_than_a_place_still_has_one():
    tiny = picture({"dent"}, [Box(DENT, 0.51, 0.51, 0.01, 0.01)])
    _, places = view_targets(tiny, View(0, "whole", WHOLE, 0), 8)
    assert (places[DENT] == PRESENT).any()


EDGE = st.floats(0.01, 0.99)


@given(st.lists(st.tuples(EDGE, EDGE, EDGE, EDGE), max_size=4), st.tuples(EDGE, EDGE, EDGE, EDGE))
def test_boxes_of_a_crop_stay_in_it(boxes, rect):
    own = [Box(DENT, x, y, w * (1 - x), h * (1 - y)) for x, y, w, h in boxes]
    x, y, w, h = rect
    for box, kept, filled in view_boxes(own, (x, y, w * (1 - x), h * (1 - y))):
        assert box.x >= -1e-9 and box.y >= -1e-9
        assert box.x + box.w <= 1 + 1e-6 and box.y + box.h <= 1 + 1e-6
        assert 0 <= kept <= 1 + 1e-6 and 0 <= filled <= 1 + 1e-6


def test_planned_views_repeat_and_free_crops_touch_no_box():
    pictures = [DENTED, picture({"undamaged"}), picture({"not_vehicle"})]
    views = plan_views(pictures, seed=3)
    assert views == plan_views(pictures, seed=3)
    assert {view.picture for view in views if view.kind == "whole"} == {0, 1, 2}
    free = [view for view in views if view.kind == "free"]
    assert len(free) == 1 and not view_boxes(DENTED.boxes, free[0].rect)
    for view in views:
        x, y, w, h = view.rect
        assert x >= 0 and y >= 0 and x + w <= 1 + 1e-9 and y + h <= 1 + 1e-9


def test_a_clean_view_is_the_part_it_names_and_a_spoiled_one_repeats():
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[50:, 50:] = 200
    clean = render_view(rgb, View(0, "near", (0.5, 0.5, 0.5, 0.5), 0), 32)
    assert clean.shape == (32, 32, 3) and (clean == 200).all()
    view = View(0, "zoom", (0.2, 0.2, 0.6, 0.6), 77)
    spoiled = render_view(rgb, view, 32)
    assert (spoiled == render_view(rgb, view, 32)).all() and spoiled.dtype == np.uint8
    assert spoiled[-4:, -4:].mean() > spoiled[:4, :4].mean()
    assert render_view(rgb[:1, :1], view, 32) == pytest.approx(render_view(rgb[:1, :1], view, 32))
