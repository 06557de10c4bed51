"""A photo's whole and tiles: cut where they belong, joined as a brute calculation says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.vision.geometry import fit_square
from tingzhen.vision.tiles import TILES, join_logits, join_maps, larger_px, photo_views
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES


@pytest.mark.parametrize("input_px", [64, 96, 256, 384, 512])
def test_tiles_are_the_corners_of_the_larger_square_and_cover_it(input_px):
    side = larger_px(input_px)
    assert side % 16 == 0 and input_px < side <= 2 * input_px, "tiles overlap or touch"
    rgb = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    views, placed = photo_views(rgb, input_px)
    assert views.shape == (1 + TILES, input_px, input_px, 3) and views.dtype == np.uint8
    large, wanted = fit_square(rgb, side)
    assert placed == wanted
    assert (views[0] == fit_square(rgb, input_px)[0]).all()
    assert (views[1] == large[:input_px, :input_px]).all()
    assert (views[2] == large[:input_px, -input_px:]).all()
    assert (views[3] == large[-input_px:, :input_px]).all()
    assert (views[4] == large[-input_px:, -input_px:]).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (3000, 40), (17, 23)])
def test_any_picture_has_views(shape):
    views, placed = photo_views(np.full((*shape, 3), 200, np.uint8), 64)
    assert views.shape == (5, 64, 64, 3) and placed.w > 0 and placed.h > 0


@given(st.integers(0, 2**32 - 1))
def test_logits_are_joined_as_said(seed):
    views = np.random.default_rng(seed).normal(0, 4, (5, len(DAMAGE_TYPES))).astype(np.float32)
    joined = join_logits(views)
    for index in range(len(DAMAGE_TYPES)):
        own = [float(view[index]) for view in views]
        wanted = own[0]
        if index < len(VISIBLE_DAMAGES):
            wanted = (own[0] + np.log(sum(np.exp(tile) for tile in own[1:]) / 4)) / 2
        assert joined[index] == pytest.approx(wanted, abs=1e-4)
    same = join_logits(np.repeat(views[:1], 5, axis=0))
    assert same == pytest.approx(views[0], abs=1e-4), "five times the same word is that word"


@given(st.integers(0, 3), st.integers(0, 23), st.integers(0, 23))
def test_what_a_tile_shows_lies_there_in_the_joined_map(tile, row, column):
    views = np.full((5, 1, 24, 24), -6.0, np.float32)
    views[1 + tile, 0, row, column] = 6.0
    joined = join_maps(views)[0]
    assert joined.shape == (40, 40)
    top, left = (tile // 2) * 16 + row, (tile % 2) * 16 + column
    assert np.unravel_index(joined.argmax(), joined.shape) == (top, left)
    others = joined.copy()
    others[top, left] = -6.0
    assert others == pytest.approx(-6.0, abs=1e-5), "nothing else moves"


def test_a_flat_map_stays_flat():
    assert join_maps(np.full((5, 2, 24, 24), 1.5, np.float32)) == pytest.approx(1.5)
