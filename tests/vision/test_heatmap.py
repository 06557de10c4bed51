"""The map of a type laid over its picture."""

import cv2
import numpy as np
import pytest

from tingzhen.vision import DamageFinding, draw_heat, encode_png, heat_layer

HEAT = np.zeros((16, 16), np.float32)
HEAT[4:6, 10:12] = 0.7
FINDING = DamageFinding("dent", 0.7, 0.0, (0.6, 0.25, 0.15, 0.15), heat=HEAT)


def test_the_layer_is_opaque_where_the_type_is_and_clear_elsewhere() -> None:
    layer = heat_layer(FINDING, side_px=64)
    assert layer.shape == (64, 64, 4)
    opacity = layer[..., 3] / 255
    row, column = np.unravel_index(opacity.argmax(), opacity.shape)
    assert (row / 64, column / 64) == pytest.approx((5 / 16, 11 / 16), abs=1 / 16)
    assert 0.5 < opacity.max() < 0.8
    assert (opacity[:, :32] == 0).all()


def test_the_picture_is_left_alone_where_nothing_speaks_for_the_type() -> None:
    grey = np.full((240, 480, 3), 90, np.uint8)
    drawn = draw_heat(grey, FINDING)
    assert drawn.shape == grey.shape
    assert (drawn[:, :240] == 90).all()
    assert np.abs(drawn[75, 330].astype(int) - 90).sum() > 60
    assert draw_heat(np.zeros((2160, 3840, 3), np.uint8), FINDING).shape == (540, 960, 3)


def test_a_png_keeps_colour_and_opacity() -> None:
    layer = heat_layer(FINDING, side_px=32)
    coded = encode_png(layer)
    again = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (cv2.cvtColor(again, cv2.COLOR_BGRA2RGBA) == layer).all()


def test_a_finding_without_a_map_has_no_heat() -> None:
    with pytest.raises(ValueError, match="no heat"):
        heat_layer(DamageFinding("dent", 0.7, 0.0, (0, 0, 1, 1)))


def test_an_even_map_does_not_break() -> None:
    flat = DamageFinding("dent", 0.7, 0.0, (0, 0, 1, 1), heat=np.zeros((16, 16), np.float32))
    assert (draw_heat(np.full((20, 20, 3), 9, np.uint8), flat) == 9).all()
