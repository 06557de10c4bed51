"""Places of a map lie in the picture, whatever the network says of the bars beside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.vision.geometry import fit_square, placement
from tingzhen.vision.places import TypeMaps, best_places

SIDES = st.integers(1, 3000)


@given(SIDES, SIDES, st.integers(4, 40), st.integers(0, 10_000))
def test_every_picture_has_a_place_for_its_peak(width, height, cells, seed):
    scores = np.random.default_rng(seed).random((cells, cells)).astype(np.float32)
    found = best_places(scores, placement(width, height))
    assert 1 <= len(found) <= 2
    for share, (x, y, w, h) in found:
        assert 0 < share <= 1 and w > 0 and h > 0
        assert x >= 0 and x + w <= 1 + 1e-9 and y >= 0 and y + h <= 1 + 1e-9
    assert found[0][0] == 1.0


def test_a_peak_in_a_bar_is_no_place():
    """A tall picture lies in the middle columns; the map peaks at the left edge, outside it."""
    _, where = fit_square(np.zeros((200, 60, 3), np.uint8), 256)
    scores = np.full((16, 16), 0.01, np.float32)
    scores[8, 0], scores[4, 8] = 0.9, 0.4
    [(share, (x, y, w, h))] = best_places(scores, where)
    assert share == 1.0
    assert x <= (8.5 / 16 - where.x) / where.w <= x + w and y <= 4.5 / 16 <= y + h
    maps = TypeMaps(np.array([0.6], np.float32), scores[None], (where,))
    assert maps.sightings(0.5)[0].probability == np.float32(0.6)
    assert maps.strength(0, (0.0, 0.0, 1.0, 1.0)) == np.float32(0.6)
