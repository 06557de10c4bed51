"""Which frames of a clip are scored, and which of those can be judged."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

# Those of the media room for a whole recording (tests/vision/test_frames.py compares them).
DARK_LUMA: Final = 32.0
BLURRED_SHARPNESS: Final = 40.0
UNUSABLE_QUALITY: Final = frozenset({"too_dark", "blurred"})
_SECONDS_A_FRAME = 1.25
_FEWEST_FRAMES, _MOST_FRAMES = 6, 24
_SHARP_SHARE = 0.5  # of the median of the clip


class TimedFrame(Protocol):
    """A picture of a clip: uint8 (height, width, 3) upright RGB, seconds, variance of Laplacian."""

    @property
    def rgb(self) -> NDArray[np.uint8]: ...
    @property
    def time_s(self) -> float: ...
    @property
    def sharpness(self) -> float: ...


def choose_frames(frames: Sequence[TimedFrame]) -> list[TimedFrame]:
    """The frames that are scored: the sharpest of each stretch, in order of time.

    One for each 1.25 s of the clip, at least 6 and at most 24; all where there are fewer. The time
    that the network costs then follows the clip's length and not the number of its keyframes.
    """
    frames = sorted(frames, key=lambda frame: frame.time_s)
    span_s = frames[-1].time_s - frames[0].time_s
    most = int(np.clip(np.ceil(span_s / _SECONDS_A_FRAME), _FEWEST_FRAMES, _MOST_FRAMES))
    if len(frames) <= most:
        return frames
    edges = np.linspace(0, len(frames), most + 1).round().astype(int)
    stretches = [frames[a:b] for a, b in pairwise(edges)]
    return [max(stretch, key=lambda frame: frame.sharpness) for stretch in stretches]


def clear_frames(frames: Sequence[TimedFrame], poor: Sequence[str] = ()) -> NDArray[np.bool_]:
    """Which frames are bright and sharp enough to be judged: bool (n,).

    poor: quality codes of the recording. They are medians over its frames, so of several frames
    each is measured by itself; a lone frame is the recording, and the codes are its measure.
    """
    if len(frames) == 1:
        return np.array([not UNUSABLE_QUALITY & set(poor)])
    return np.array(
        [
            frame.sharpness >= BLURRED_SHARPNESS and float(frame.rgb[::8, ::8].mean()) >= DARK_LUMA
            for frame in frames
        ]
    )


def sharp_frames(frames: Sequence[TimedFrame]) -> NDArray[np.bool_]:
    """Which frames are no less than half as sharp as the median one: bool (n,)."""
    sharpness = np.array([frame.sharpness for frame in frames])
    return np.asarray(sharpness >= _SHARP_SHARE * np.median(sharpness))
