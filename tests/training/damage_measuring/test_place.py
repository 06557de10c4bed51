"""Places against counted points, and pairs of a picture and a type by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.damage_measuring.conftest import find, make_picture, make_scored
from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box
from tingzhen.training.damage_measuring.place import (
    best_finding,
    covered_share,
    overlap,
    pairs_of,
    place_figures,
    place_is_right,
    true_boxes_of,
)
from tingzhen.training.damage_measuring.resampling import Resampling

SIDE = 24
CELLS = st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(1, 9), st.integers(1, 9)).map(
    lambda cells: tuple(cell / SIDE for cell in cells)
)


def mask(box):
    """The cells of a grid that a box on its lines covers."""
    grid = np.zeros((SIDE, SIDE), bool)
    x, y, w, h = (round(edge * SIDE) for edge in box)
    grid[y : y + h, x : x + w] = True
    return grid


@given(CELLS, CELLS)
@settings(deadline=None)
def test_overlap_is_counted_area(one, other):
    a, b = mask(one), mask(other)
    expected = (a & b).sum() / (a | b).sum()
    assert overlap(one, Box(0, *other)) == pytest.approx(expected)
    assert overlap(one, Box(0, *other)) == pytest.approx(overlap(other, Box(0, *one)))


@given(st.lists(CELLS, min_size=1, max_size=4))
@settings(deadline=None)
def test_chance_is_the_area_of_all_boxes_together(boxes):
    together = np.any([mask(box) for box in boxes], axis=0).mean()
    assert covered_share([Box(0, *box) for box in boxes]) == pytest.approx(together, abs=0.06)


def test_a_centre_on_the_edge_is_inside():
    truth = [Box(1, 0.5, 0.0, 0.5, 0.5), Box(1, 0.1, 0.8, 0.1, 0.1)]
    assert place_is_right((0.4, 0.1, 0.2, 0.2), truth)
    assert not place_is_right((0.38, 0.1, 0.2, 0.2), truth)
    assert overlap((0.1, 0.1, 0.0, 0.0), Box(0, 0.1, 0.1, 0.0, 0.0)) == 0.0


def test_the_most_probable_finding_counts():
    findings = [find("dent", 0.6), find("scratch", 0.9), find("dent", 0.8)]
    assert best_finding(findings, TYPE_INDEX["dent"]) is findings[2]
    assert best_finding(findings, TYPE_INDEX["tyre_worn"]) is None


def test_pairs_and_boxes_of_a_hand_counted_case():
    here, there = (0.1, 0.1, 0.2, 0.2), (0.6, 0.6, 0.2, 0.2)
    pictures = [
        make_picture("dent", "a", boxes=[("dent", *here), ("dent", *there)]),
        make_picture("dent;scratch", "b", boxes=[("dent", *here), ("scratch", *there)]),
        make_picture("undamaged", "c"),
    ]
    scored = make_scored(
        pictures,
        [
            [find("dent", 0.9, here), find("dent", 0.6, (0.6, 0.6, 0.1, 0.1))],
            [find("dent", 0.9, there), find("dent", 0.7, here)],
            [find("dent", 0.9, here)],
        ],
    )
    pairs, boxes = pairs_of(scored), true_boxes_of(scored)
    assert pairs.rows.tolist() == [0, 1, 1]
    assert [TYPE_INDEX["dent"], TYPE_INDEX["scratch"], TYPE_INDEX["dent"]] == pairs.types.tolist()
    assert pairs.found.tolist() == [True, False, True]
    assert pairs.inside.tolist() == [True, False, False]
    assert pairs.chance.tolist() == pytest.approx([0.08, 0.04, 0.04], abs=0.01)
    # The second dent of the first picture is overlapped by a quarter, below 0.3.
    assert boxes.hit.tolist() == [True, False, True, False]
    figures = place_figures(scored.groups, pairs, boxes, Resampling(10))
    assert figures["place"]["value"] == 0.5 and figures["place"]["n"] == 2
    assert figures["found_in_place"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["box_recall"]["value"] == 0.5 and figures["boxes"] == 4
    scratch = place_figures(scored.groups, pairs, boxes, Resampling(10), only=TYPE_INDEX["scratch"])
    assert scratch["place"]["value"] is None and scratch["place_by_chance"] is None
    assert scratch["found_in_place"]["value"] == 0.0
    assert place_figures(scored.groups, pairs, boxes, Resampling(10), only=10) == {}
