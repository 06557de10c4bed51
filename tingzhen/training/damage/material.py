"""What every part of a run needs of the pictures, computed once and kept in OUT/cache.

    squares.u8       every picture, decoded and stretched to one size
    facts.json       size, brightness, sharpness and perceptual hash of every picture
    embeddings_*.npy the ImageNet embedding of every picture

It may be deleted when the run is done.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.datasets.near_duplicates import PerceptualHash
from tingzhen.training.damage.device import DeviceName
from tingzhen.training.damage.embeddings import imagenet_embeddings
from tingzhen.training.damage.fit import FitMaterial
from tingzhen.training.damage.network import NetworkSettings
from tingzhen.training.damage.squares import decode_squares
from tingzhen.training.damage_measuring.pictures import PictureFacts, facts_of, read_picture

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]

_ROOM = 2  # side of a kept square by that of the network: crops are enlarged less
_MOST_PX = 512


def square_px(input_px: int) -> int:
    """Side of the kept squares: twice what the network sees, at most 512 px, which is what
    phone photos with boxes have, and never less than it sees."""
    return max(input_px, min(_MOST_PX, round(input_px * _ROOM)))


def make_material(
    pictures: Sequence[DamagePicture],
    network: NetworkSettings,
    folder: Path,
    *,
    threads: int,
    device: DeviceName = "cpu",
    progress: Progress,
) -> FitMaterial:
    """What networks learn from. What lies in `folder` for these pictures is taken up.

    Raises ManifestError when a picture cannot be decoded.
    """
    with progress("decode", len(pictures)) as advance:
        squares = decode_squares(
            pictures, square_px(network.input_px), folder, threads=threads, advance=advance
        )

    def embeddings() -> NDArray[np.float32]:
        with progress("embeddings", len(pictures)) as advance:
            return imagenet_embeddings(
                squares, network.backbone, network.input_px, folder,
                threads=threads, device=device, advance=advance,
            )  # fmt: skip

    return FitMaterial(pictures, squares, embeddings)


@dataclass(frozen=True, slots=True)
class Looked:
    """facts: see measuring. size: width and height in pixels."""

    facts: PictureFacts
    size: tuple[int, int]


def look_at(
    pictures: Sequence[DamagePicture], folder: Path, *, threads: int = 1, progress: Progress
) -> list[Looked]:
    """Facts and size of every picture; kept in `folder`, by the paths of the pictures."""
    path = folder / "facts.json"
    names = [str(picture.path) for picture in pictures]
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["paths"] == names:
            return [_looked(one) for one in kept["looked"]]
    looked = []
    with progress("facts", len(pictures)) as advance, ThreadPoolExecutor(threads) as pool:
        for one in pool.map(_look, pictures):
            looked.append(one)
            advance(len(looked))
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    kept = {"paths": names, "looked": [asdict(one) for one in looked]}
    part.write_text(json.dumps(kept), encoding="utf-8")
    part.replace(path)
    return looked


def _look(picture: DamagePicture) -> Looked:
    rgb = read_picture(picture)
    return Looked(facts_of(rgb), (rgb.shape[1], rgb.shape[0]))


def _looked(kept: dict[str, Any]) -> Looked:
    facts = kept["facts"]
    hashed = None if facts["hash"] is None else PerceptualHash(**facts["hash"])
    width, height = kept["size"]
    return Looked(PictureFacts(facts["brightness"], facts["sharpness"], hashed), (width, height))
