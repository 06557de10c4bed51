"""Which frames are scored, and which can be judged."""

import numpy as np
import pytest

from tests.vision.panels import Shot
from tingzhen.media import quality
from tingzhen.vision import frames
from tingzhen.vision.frames import choose_frames, clear_frames, sharp_frames

GREY = np.full((40, 40, 3), 90, np.uint8)
DARK = np.full((40, 40, 3), 10, np.uint8)


def test_the_sharpest_frame_of_each_stretch_is_scored() -> None:
    shots = [Shot(GREY, time_s=i * 0.5, sharpness=float(i % 3)) for i in range(24)]
    chosen = choose_frames(shots)
    assert len(chosen) == 10
    assert [shot.time_s for shot in chosen] == sorted(shot.time_s for shot in chosen)
    assert all(shot.sharpness >= 1 for shot in chosen)
    assert choose_frames(shots[:3]) == shots[:3]
    assert choose_frames(shots[::-1]) == chosen


def test_frames_are_measured_as_media_measures_recordings() -> None:
    assert (frames.DARK_LUMA, frames.BLURRED_SHARPNESS) == (
        quality.DARK_LUMA, quality.BLURRED_SHARPNESS,
    )  # fmt: skip
    assert set(quality.QUALITY) >= frames.UNUSABLE_QUALITY


def test_each_frame_of_several_is_measured_by_itself() -> None:
    shots = [Shot(GREY), Shot(DARK), Shot(GREY, sharpness=39.0), Shot(GREY, sharpness=40.0)]
    assert clear_frames(shots, ["blurred"]).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("poor", "clear"),
    [((), True), (("wind",), True), (("blurred",), False), (("too_dark",), False)],
)
def test_of_a_lone_frame_the_codes_of_the_recording_decide(poor, clear: bool) -> None:
    assert clear_frames([Shot(DARK, sharpness=0.0)], poor).tolist() == [clear]


def test_a_sharp_frame_is_half_as_sharp_as_the_median_at_least() -> None:
    shots = [Shot(GREY, sharpness=value) for value in (100.0, 60.0, 50.0, 200.0, 49.0)]
    assert sharp_frames(shots).tolist() == [True, True, True, True, True]
    shots[0].sharpness = 24.0
    assert sharp_frames(shots).tolist() == [False, True, True, True, True]
