"""A photo is looked at as a whole and in four overlapping tiles, so that thin things show.

Frames of a clip are many and are looked at as a whole alone; a photo is the only look there is. The
tiles are the corners of the picture fitted to a larger square, each a square as the network knows
it, so every cell of a tile's map is a cell of the larger square's.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.vision.geometry import Placement, fit_square
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

TILES: Final = 4
_CELL_PX = 16  # of the network's map: whole cells lie under each other
_LARGER = 5 / 3  # side of the larger square by that of the network's


def larger_px(input_px: int) -> int:
    """Side of the square that the tiles are cut from."""
    return round(input_px * _LARGER / _CELL_PX) * _CELL_PX


def photo_views(rgb: NDArray[np.uint8], input_px: int) -> tuple[NDArray[np.uint8], Placement]:
    """The whole and its tiles, left to right and down: uint8 (1 + 4, side, side, 3), and where the
    picture lies in the larger square, which is where it lies in the joined map."""
    whole, _ = fit_square(rgb, input_px)
    large, placed = fit_square(rgb, larger_px(input_px))
    far = large.shape[0] - input_px
    tiles = [
        large[top : top + input_px, left : left + input_px]
        for top in (0, far) for left in (0, far)
    ]  # fmt: skip
    return np.stack([whole, *tiles]), placed


def join_logits(views: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits (types,) of a photo from those of its views (1 + 4, types).

    Damage: the mean of what the whole says and of the smooth maximum over the tiles, ln of the mean
    of exp: a damage may lie in one of them. `undamaged` and `not_vehicle` are of the whole.
    """
    joined = views[0].astype(np.float64)
    damage = slice(len(VISIBLE_DAMAGES))
    tiles = np.clip(views[1:, damage].astype(np.float64), -30, 30)
    joined[damage] = (joined[damage] + np.log(np.exp(tiles).mean(axis=0))) / 2
    return np.asarray(joined, dtype=np.float32)


def join_maps(views: NDArray[np.float32]) -> NDArray[np.float32]:
    """Map logits (types, larger, larger) of a photo from those of its views (1 + 4, types, cells,
    cells): the mean of the whole's, drawn out, and of the tiles' where they overlap."""
    _, types, cells, _ = views.shape
    larger = larger_px(cells * _CELL_PX) // _CELL_PX
    far = larger - cells
    total = np.zeros((types, larger, larger), np.float32)
    count = np.zeros((larger, larger), np.float32)
    corners = [(top, left) for top in (0, far) for left in (0, far)]
    for tile, (top, left) in zip(views[1:], corners, strict=True):
        total[:, top : top + cells, left : left + cells] += tile
        count[top : top + cells, left : left + cells] += 1
    whole = np.stack([cv2.resize(one, (larger, larger)) for one in views[0].astype(np.float32)])
    return np.asarray((whole + total / count) / 2, dtype=np.float32)
