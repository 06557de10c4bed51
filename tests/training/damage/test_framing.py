"""Framings: boxes move with the pixels, and every kind shows what it is meant to show."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision import tv_tensors

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box, DamagePicture, picture_targets
from tingzhen.training.damage.framing import Frame, Framing, draw_framing
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

SIDE, OUT = 128, 96
sides = st.floats(0.4, 1.0)
small = st.floats(-0.05, 0.05)


def inputs(square, boxes):
    image = tv_tensors.Image(torch.from_numpy(square).permute(2, 0, 1))
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return image, tv_tensors.BoundingBoxes(
        corners, format="XYXY", canvas_size=(SIDE, SIDE)
    )  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    sides, sides, st.floats(0, 1), st.floats(0, 1), st.floats(-8, 8),
    st.lists(small, min_size=8, max_size=8), st.integers(24, 88), st.integers(24, 88),
)  # fmt: skip
def test_a_box_moves_with_what_it_holds(  # noqa: PLR0917 - hypothesis names them
    w, h, left, top, tilt, corners, x, y
):
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    square[y : y + 16, x : x + 16] = 255
    rectangle = (left * (1 - w), top * (1 - h), w, h)
    framing = Framing("wide", rectangle, tilt, tuple(corners))
    image, boxes = Frame(framing, OUT)(*inputs(square, [x, y, x + 16, y + 16]))
    lit = np.argwhere(image.numpy().max(axis=0) > 127)
    box = boxes.numpy()[0]
    inside = box[0] >= 1 and box[1] >= 1 and box[2] <= OUT - 1 and box[3] <= OUT - 1
    if not inside:
        return
    found = [lit[:, 1].min(), lit[:, 0].min(), lit[:, 1].max() + 1, lit[:, 0].max() + 1]
    assert np.abs(np.array(found) - box).max() <= 1.0


def test_the_whole_picture_at_its_own_size_is_itself():
    square = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    framing = Framing("whole", (0.0, 0.0, 1.0, 1.0))
    image, boxes = Frame(framing, SIDE)(*inputs(square, [8, 16, 64, 100]))
    assert (image.permute(1, 2, 0).numpy() == square).all()
    assert boxes.tolist() == [[8, 16, 64, 100]] and framing.shown() == 1.0


def test_a_smaller_picture_is_averaged_and_not_sampled():
    stripes = np.zeros((SIDE, SIDE, 3), np.uint8)
    stripes[:, ::2] = 255
    framing = Framing("whole", (0.0, 0.0, 1.0, 1.0))
    image, _ = Frame(framing, SIDE // 4)(*inputs(stripes, []))
    assert np.abs(image.numpy().astype(float) - 127.5).max() < 8


def test_bars_are_grey_and_shown_counts_the_picture_alone():
    square = np.full((SIDE, SIDE, 3), 255, np.uint8)
    framing = Framing("wide", (0.0, -0.5, 1.0, 2.0))
    image, boxes = Frame(framing, OUT)(*inputs(square, [0, 0, SIDE, SIDE]))
    assert (image[:, 0] == 127).all() and (image[:, OUT // 2] == 255).all()
    assert boxes.tolist() == [[0, OUT / 4, OUT, OUT * 3 / 4]] and framing.shown() == 1.0


def picture(labels, boxes, *, complete):
    return DamagePicture(
        Path("none"), "s", "s/g", frozenset(labels),
        picture_targets(frozenset(labels), VISIBLE_DAMAGES), tuple(boxes), complete,
    )  # fmt: skip


def test_framings_of_a_boxed_picture_are_wide_near_and_free():
    box = Box(TYPE_INDEX["dent"], 0.1, 0.1, 0.2, 0.2)
    dented = picture({"dent"}, [box], complete=True)
    drawn = [draw_framing(dented, np.random.default_rng(seed)) for seed in range(300)]
    counts = {kind: sum(one.kind == kind for one in drawn) for kind in ("wide", "near", "free")}
    assert counts["wide"] == pytest.approx(105, abs=30)
    assert counts["free"] == pytest.approx(75, abs=30)
    for one in drawn:
        x, y, w, h = one.rectangle
        if one.kind == "free":
            assert x >= 0.3 or y >= 0.3 or x + w <= 0.1 or y + h <= 0.1
        if one.kind != "wide":
            assert x >= 0 and y >= 0 and x + w <= 1 + 1e-6 and y + h <= 1 + 1e-6
    clean = picture({"undamaged"}, [], complete=False)
    zoomed = [draw_framing(clean, np.random.default_rng(seed)) for seed in range(200)]
    assert {one.kind for one in zoomed} == {"wide", "near"}
    assert min(one.rectangle[2] for one in zoomed) < 0.45, "undamaged ones are seen as near"


def test_the_same_seed_draws_the_same_framing():
    box = Box(TYPE_INDEX["dent"], 0.1, 0.1, 0.2, 0.2)
    dented = picture({"dent"}, [box], complete=True)
    one, same, other = (draw_framing(dented, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one == same != other
    assert cv2.contourArea(one.quad()) > 0
