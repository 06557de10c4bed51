"""How the camera moved between the frames of a clip, so that a box can be carried along.

Each frame is linked to the one before it, or to the one before that where the first link fails (one
blurred frame between two sharp ones then costs nothing). A link is a homography between small grey
copies: ORB corners (Rublee et al. 2011), matched in both directions, fitted with MAGSAC (Barath et
al. 2020). It is exact for a plane and for a camera that only turns; a car is neither, so what is
carried is a hint of some percent of the picture and is compared with slack.

Invariants: a link never mirrors, never makes anything more than four times as large or as small,
and keeps the picture's corners a convex quadrangle; what does not meet that is no link. Where there
is no chain of links between two frames nothing is carried: `linked` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.geometry import Box

SIDE_PX = 256
_SMALLEST_PX = 40  # ORB's patch of 31 px and its border do not fit into less
_CORNERS = 200
_CORNER_CONTRAST = 10  # of FAST, grey levels: painted panels have few strong corners
_DISTANCE_BITS = 64  # of 256; random descriptors differ by 128
_FEWEST_INLIERS = 15
_INLIER_SHARE = 0.3
_ERROR_PX = 3.0
_LARGEST_SCALE = 4.0
_BACK = 2  # frames looked back for a link
_SHOWN_SHARE = 0.5  # of a carried box inside the picture, for the frame to show the place
_UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class CameraMotion:
    """to_root: float64 (n, 3, 3), of each frame into the first frame of its part of the clip;
    coordinates are 0..1 of the picture. from_root: the inverses. part: int (n,), frames of one part
    are linked."""

    to_root: NDArray[np.float64]
    part: NDArray[np.int64]
    from_root: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "from_root", np.linalg.inv(self.to_root))

    def linked(self, one: int, other: int) -> bool:
        return bool(self.part[one] == self.part[other])

    def carry(self, box: Box, source: int, target: int) -> Box | None:
        """Where a box of frame `source` lies in frame `target`; None where less than half of it is
        inside that picture. The result is clipped to the picture and parallel to its sides.

        box: x, y, w, h from 0 to 1. Raises ValueError when the frames are not linked.
        """
        if not self.linked(source, target):
            raise ValueError(f"frames {source} and {target} are not linked")
        if source == target:
            return box
        turn = self.from_root[target] @ self.to_root[source]
        x, y, w, h = box
        corners = _moved(_UNIT * (w, h) + (x, y), turn)
        if corners is None or not _is_sane(corners, np.array([w, h])):
            return None
        low, high = corners.min(axis=0), corners.max(axis=0)
        inside_low, inside_high = np.clip(low, 0, 1), np.clip(high, 0, 1)
        inside, whole = np.prod(inside_high - inside_low), np.prod(high - low)
        if whole <= 0 or inside < _SHOWN_SHARE * whole:
            return None
        (left, top), (right, bottom) = inside_low.tolist(), inside_high.tolist()
        return left, top, right - left, bottom - top


def camera_motion(pictures: Sequence[NDArray[np.uint8]]) -> CameraMotion:
    """The motion between pictures in order of time, each uint8 (height, width, 3)."""
    detector = cv2.ORB.create(nfeatures=_CORNERS, fastThreshold=_CORNER_CONTRAST, nlevels=6)
    corners = [_corners(detector, picture) for picture in pictures]
    to_root = np.tile(np.eye(3), (len(pictures), 1, 1))
    part = np.arange(len(pictures))
    for index in range(1, len(pictures)):
        for before in range(index - 1, max(-1, index - 1 - _BACK), -1):
            turn = _link(corners[index], corners[before])
            if turn is not None:
                to_root[index] = to_root[before] @ turn
                part[index] = part[before]
                break
    return CameraMotion(to_root, part)


@dataclass(frozen=True, slots=True, eq=False)
class _Corners:
    """places: float64 (n, 2), 0..1; descriptors: uint8 (n, 32); size_px: width and height."""

    places: NDArray[np.float64]
    descriptors: NDArray[np.uint8] | None
    size_px: tuple[int, int]


def _corners(detector: Any, rgb: NDArray[np.uint8]) -> _Corners:
    height, width = rgb.shape[:2]
    scale = min(1.0, SIDE_PX / max(height, width))
    size_px = max(1, round(width * scale)), max(1, round(height * scale))
    # Green is most of what makes grey, and half of the pixels are enough where twice are too many.
    step = 2 if scale <= 1 / 2 and min(height, width) > 1 else 1
    green = np.ascontiguousarray(rgb[::step, ::step, 1])
    grey = cv2.resize(green, size_px, interpolation=cv2.INTER_AREA)
    if min(size_px) < _SMALLEST_PX:
        return _Corners(np.zeros((0, 2)), None, size_px)
    found, descriptors = detector.detectAndCompute(grey, None)
    places = np.array([corner.pt for corner in found], dtype=np.float64).reshape(-1, 2)
    return _Corners((places + 0.5) / size_px, descriptors, size_px)


def _link(source: _Corners, target: _Corners) -> NDArray[np.float64] | None:
    """The homography from one picture to another, in 0..1 of each; None where none is sure."""
    if source.descriptors is None or target.descriptors is None:
        return None
    pairs = [
        match
        for match in cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(
            source.descriptors, target.descriptors
        )
        if match.distance < _DISTANCE_BITS
    ]
    if len(pairs) < _FEWEST_INLIERS:
        return None
    here = source.places[[match.queryIdx for match in pairs]]
    there = target.places[[match.trainIdx for match in pairs]]
    size = np.array(target.size_px)
    fitted, inliers = cv2.findHomography(
        here * source.size_px, there * size, cv2.USAC_MAGSAC, _ERROR_PX
    )
    if fitted is None or inliers.sum() < max(_FEWEST_INLIERS, _INLIER_SHARE * len(pairs)):
        return None
    turn = np.diag([*(1 / size), 1]) @ fitted @ np.diag([*source.size_px, 1])
    corners = _moved(_UNIT, turn)
    if corners is None or not _is_sane(corners, np.ones(2)):
        return None
    return np.asarray(turn, dtype=np.float64)


def _moved(points: NDArray[np.float64], turn: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Points (n, 2) through a homography; None where one of them goes behind the camera."""
    ahead = np.column_stack([points, np.ones(len(points))]) @ turn.T
    depth = ahead[:, 2] * np.sign(turn[2, 2])
    if (depth <= 1e-6).any():
        return None
    return np.asarray(ahead[:, :2] / ahead[:, 2:], dtype=np.float64)


def _is_sane(corners: NDArray[np.float64], size: NDArray[np.float64]) -> bool:
    """Whether four moved corners of a box of this size are convex, in their old sense of turning,
    and within the scale that a hand-held camera can have between two frames of a clip."""
    edges = np.roll(corners, -1, axis=0) - corners
    after = np.roll(edges, -1, axis=0)
    turning = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    area = float(np.prod(size))
    if (turning <= 0).any() or area <= 0:
        return False
    x, y = corners.T
    moved = 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return 1 / _LARGEST_SCALE**2 <= moved / area <= _LARGEST_SCALE**2
