"""The ImageNet embedding of every picture, before any training, kept beside the squares."""

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tingzhen.training.damage.backbone import (
    Backbone,
    BackboneName,
    load_imagenet,
    package_of,
)
from tingzhen.training.damage.device import DeviceName
from tingzhen.training.damage.graph import open_graph, run_graph, to_onnx
from tingzhen.training.damage.squares import stretched

Pooling = Literal["embedding", "rich"]
_GPU_BATCH = 64


class PooledFeatures(nn.Module):
    """uint8 (n, 3, s, s) -> the embedding (n, 1280), or `rich`: with mean and maximum of the middle
    and deep features beside it (n, 1280 + 2 (middle + deep) channels)."""

    def __init__(self, name: BackboneName, pooling: Pooling) -> None:
        super().__init__()
        self.backbone = Backbone(name)
        self.pooling = pooling
        load_imagenet(self.backbone, name)

    def forward(self, pictures: Tensor) -> Tensor:
        middle, deep, embedding = self.backbone(pictures)
        if self.pooling == "embedding":
            return embedding
        pooled = [f(x) for x in (middle, deep) for f in (_mean, _maximum)]
        return torch.cat([embedding, *pooled], dim=1)


def _mean(x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3))


def _maximum(x: Tensor) -> Tensor:
    return x.amax(dim=(2, 3))


def imagenet_embeddings(
    squares: NDArray[np.uint8],
    name: BackboneName,
    input_px: int,
    folder: Path,
    *,
    pooling: Pooling = "embedding",
    threads: int = 1,
    device: DeviceName = "cpu",
    advance: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float32]:
    """float32 (pictures, features); computed once and kept in `folder`, by what they were made of.

    squares: uint8 (pictures, s, s, 3), of decode_squares in the same folder.
    """
    made_of = f"{(folder / 'squares.json').read_text()} {package_of(name)} {input_px} {pooling}"
    mark = hashlib.sha256(made_of.encode()).hexdigest()[:16]
    path = folder / f"embeddings_{mark}.npy"
    if path.exists():
        return np.asarray(np.load(path), dtype=np.float32)
    fitted = (stretched(square, input_px) for square in squares)
    network = PooledFeatures(name, pooling).eval()
    if device == "cuda":
        found = _on_gpu(network, fitted, advance)
    else:
        # ONNX Runtime is two to three times as fast as torch on a CPU.
        session = open_graph(to_onnx(network, input_px, ["embedding"]).SerializeToString(), threads)
        found = run_graph(session, fitted, ["embedding"], advance=advance)[0]
    part = path.with_suffix(".part.npy")
    np.save(part, found)
    part.replace(path)
    return found


def _on_gpu(
    network: PooledFeatures, squares: Iterator[NDArray[np.uint8]], advance: Callable[[int], None]
) -> NDArray[np.float32]:
    network.to("cuda")
    found: list[NDArray[np.float32]] = []
    done = 0
    with torch.inference_mode():
        while batch := list(islice(squares, _GPU_BATCH)):
            pictures = torch.from_numpy(np.stack(batch)).permute(0, 3, 1, 2)
            found.append(network(pictures.to("cuda")).cpu().numpy())
            done += len(batch)
            advance(done)
    return np.concatenate(found)
