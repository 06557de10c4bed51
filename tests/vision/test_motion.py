"""Boxes carried along with the camera, against homographies that are known."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.vision.panels import panel, seen_through, turn_of
from tingzhen.vision.motion import camera_motion

SCENE = panel(seed=3)
BOX = (0.4, 0.4, 0.15, 0.2)
TURNS = st.builds(
    turn_of,
    shift=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    degrees=st.floats(-12, 12),
    scale=st.floats(0.75, 1.4),
    tilt=st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)),
)


def through(turn: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Left, top, right, bottom of a moved box, point by point."""
    x, y, w, h = box
    corners = np.array([[x, y], [x + w, y], [x, y + h], [x + w, y + h]])
    moved = cv2.perspectiveTransform(corners[None], turn)[0]
    return np.concatenate([moved.min(axis=0), moved.max(axis=0)])


def sides(box: tuple[float, float, float, float] | None) -> np.ndarray:
    assert box is not None
    return np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]])


@settings(max_examples=25, deadline=None)
@given(TURNS)
def test_a_box_is_carried_by_a_known_motion_and_back(turn: np.ndarray) -> None:
    true = through(turn, BOX)
    assume((true > 0.02).all() and (true < 0.98).all())
    motion = camera_motion([SCENE, seen_through(SCENE, turn)])
    assert motion.linked(0, 1)
    carried = motion.carry(BOX, 0, 1)
    assert sides(carried) == pytest.approx(true, abs=0.02)
    again = motion.carry((true[0], true[1], true[2] - true[0], true[3] - true[1]), 1, 0)
    # Two times the box around a turned box: larger, about the same middle.
    middle = sides(again)[:2] / 2 + sides(again)[2:] / 2
    assert middle == pytest.approx([BOX[0] + BOX[2] / 2, BOX[1] + BOX[3] / 2], abs=0.03)


def test_steps_add_up_over_a_clip_and_a_blurred_frame_is_stepped_over() -> None:
    steps = [turn_of(shift=(-0.06 * i, 0.01 * i), degrees=1.5 * i) for i in range(7)]
    frames = [seen_through(SCENE, step) for step in steps]
    frames[3] = cv2.GaussianBlur(frames[3], (0, 0), 25)
    motion = camera_motion(frames)
    assert [motion.linked(0, i) for i in range(7)] == [True, True, True, False, True, True, True]
    carried = sides(motion.carry((0.6, 0.5, 0.1, 0.1), 0, 6))
    assert carried == pytest.approx(through(steps[6], (0.6, 0.5, 0.1, 0.1)), abs=0.03)


def test_a_place_that_has_left_the_picture_is_in_no_frame() -> None:
    motion = camera_motion([SCENE, seen_through(SCENE, turn_of(shift=(-0.4, 0.0)))])
    assert motion.linked(0, 1)
    assert motion.carry((0.05, 0.4, 0.2, 0.2), 0, 1) is None
    half = motion.carry((0.32, 0.4, 0.2, 0.2), 0, 1)
    assert sides(half) == pytest.approx([0.0, 0.4, 0.12, 0.6], abs=0.02)


@pytest.mark.parametrize(
    "other",
    [
        panel(seed=99),
        np.full_like(SCENE, 128),
        SCENE[:, ::-1].copy(),
        cv2.GaussianBlur(SCENE, (0, 0), 25),
        np.zeros((1, 1, 3), np.uint8),
    ],
    ids=["another panel", "grey", "mirrored", "blurred", "1x1"],
)
def test_what_does_not_fit_is_no_link(other: np.ndarray) -> None:
    motion = camera_motion([SCENE, other])
    assert not motion.linked(0, 1)
    with pytest.raises(ValueError, match="not linked"):
        motion.carry(BOX, 0, 1)


def test_pictures_of_other_sizes_are_linked() -> None:
    small = cv2.resize(SCENE, (320, 240), interpolation=cv2.INTER_AREA)
    motion = camera_motion([SCENE, small])
    assert sides(motion.carry(BOX, 0, 1)) == pytest.approx(sides(BOX), abs=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (4, 3000), (39, 39), (40, 40), (41, 960), (960, 41)])
def test_any_size_can_be_asked(shape: tuple[int, int]) -> None:
    small = cv2.resize(SCENE, shape[::-1], interpolation=cv2.INTER_AREA)
    assert camera_motion([small, small]).linked(0, 0)


def test_one_picture_and_none() -> None:
    assert camera_motion([SCENE]).carry(BOX, 0, 0) == BOX
    assert len(camera_motion([]).part) == 0
