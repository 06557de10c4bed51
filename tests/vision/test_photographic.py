"""What is no photograph is told apart; a picture of a car is not."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.media.sample_picture import damaged_car_side
from tingzhen.training.damage_measuring.odd_pictures import odd_pictures
from tingzhen.vision.photographic import (
    colours_of_most,
    is_photographic,
    neighbour_correlation,
)

DRAWN = {"noise", "stripes", "checks", "text", "shapes", "black", "white", "grey"}


@pytest.mark.parametrize("seed", range(3))
def test_noise_drawings_and_pages_are_no_photographs(seed):
    for kind, rgb in odd_pictures(seed=seed):
        if kind in DRAWN:
            assert not is_photographic(rgb), kind


@pytest.mark.parametrize("quality", [20, 60, 95])
def test_a_car_is_photographic_however_it_was_sent(quality):
    rgb = damaged_car_side(np.random.default_rng(quality))
    _, coded = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    sent = cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB)
    for picture in (rgb, sent, cv2.resize(sent, (224, 224)), np.rot90(sent)):
        assert is_photographic(np.ascontiguousarray(picture))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 255))
def test_any_size_of_one_colour_is_none(height, width, value):
    rgb = np.full((height, width, 3), value, np.uint8)
    assert neighbour_correlation(rgb) == 0.0 and colours_of_most(rgb) == 1
    assert not is_photographic(rgb)


def test_the_statistics_are_what_they_say():
    random = np.random.default_rng(0)
    grey = random.integers(0, 256, (256, 256), np.uint8)
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    flat = grey.astype(float) - grey.mean()
    right = np.corrcoef(grey[:, 1:].ravel(), grey[:, :-1].ravel())[0, 1]
    down = np.corrcoef(grey[1:].ravel(), grey[:-1].ravel())[0, 1]
    assert flat.std() > 0
    assert neighbour_correlation(rgb) == pytest.approx(min(right, down), abs=0.01)
    few = np.zeros((100, 100, 3), np.uint8)
    few[:50], few[50:89], few[89:] = 8, 64, 200
    assert colours_of_most(few) == 3, "0.50 and 0.39 are not yet nine tenths"
    few[:52] = 8
    few[52:91] = 64
    assert colours_of_most(few) == 2
