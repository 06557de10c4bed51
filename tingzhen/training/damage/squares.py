"""Pictures decoded once, as squares of one size in one file.

Decoding a picture costs as much as all that augmentation does to it, and each picture is seen many
times. Every picture is stretched to fill its square, so its boxes in 0..1 hold for the square too.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage_measuring.pictures import read_picture

_KEEP_EVERY = 500  # pictures between two notes of how far it came


def stretched(rgb: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """uint8 (side, side, 3) of a picture uint8 (height, width, 3), whatever its proportions."""
    shrinking = min(rgb.shape[:2]) >= side_px
    way = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(rgb, (side_px, side_px), interpolation=way), dtype=np.uint8)


def decode_squares(
    pictures: Sequence[DamagePicture],
    side_px: int,
    folder: Path,
    *,
    threads: int = 1,
    advance: Callable[[int], None] = lambda done: None,
) -> NDArray[np.uint8]:
    """uint8 (pictures, side, side, 3), RGB, a read-only memory map in `folder`.

    What lies there for the same pictures is taken up; for others it is replaced. advance: called
    with the number of pictures that are done. Raises ManifestError when a picture is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state, path = folder / "squares.json", folder / "squares.u8"
    shape = (len(pictures), side_px, side_px, 3)
    digest = _digest(pictures, side_px)
    done = 0
    if state.exists() and path.exists():
        kept = json.loads(state.read_text())
        done = kept["done"] if kept["digest"] == digest else 0
    if done < len(pictures):
        squares = np.memmap(path, np.uint8, "r+" if done else "w+", shape=shape)

        def decode(index: int) -> None:
            squares[index] = stretched(read_picture(pictures[index]), side_px)

        with ThreadPoolExecutor(threads) as pool:
            for start in range(done, len(pictures), _KEEP_EVERY):
                end = min(start + _KEEP_EVERY, len(pictures))
                list(pool.map(decode, range(start, end)))
                squares.flush()
                state.write_text(json.dumps({"digest": digest, "done": end}))
                advance(end)
        del squares
    return np.memmap(path, np.uint8, "r", shape=shape)


def _digest(pictures: Sequence[DamagePicture], side_px: int) -> str:
    digest = hashlib.sha256(str(side_px).encode())
    for picture in pictures:
        facts = picture.path.stat()
        digest.update(f"{picture.path}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
    return digest.hexdigest()
