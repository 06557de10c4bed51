"""The frozen trunk's output for every view, computed once and kept on disk.

On two cores the trunk costs more than all that is learned behind it, so each view goes through it
once (in ONNX Runtime) and every epoch and fold reads float16 features from a memory map.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage_network import (
    DEEP_CHANNELS,
    DEEP_STRIDE,
    EMBEDDING_SIZE,
    MIDDLE_CHANNELS,
    MIDDLE_STRIDE,
    FrozenStart,
)
from tingzhen.training.damage_views import View, render_view, view_targets

_BATCH = 16


@dataclass(frozen=True, slots=True, eq=False)
class FeatureStore:
    """middle: float16 (views, 112, cells, cells). deep: float16 (views, 192, cells/2, cells/2).
    embeddings: float16 (views, 1280), of the ImageNet weights, before training. targets: float32
    (views, types), NaN for not said. places: uint8 (views, types, cells, cells).
    """

    middle: NDArray[np.float16]
    deep: NDArray[np.float16]
    embeddings: NDArray[np.float16]
    targets: NDArray[np.float32]
    places: NDArray[np.uint8]


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """A picture as uint8 (height, width, 3) RGB. Raises TrainingError when it is none."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise TrainingError(
            Text(f"图片 {path} 无法解码。", f"The picture {path} cannot be decoded.")
        )
    return np.asarray(picture, dtype=np.uint8)


def frozen_session(start: FrozenStart, side_px: int, threads: int | None) -> ort.InferenceSession:
    """The frozen part in ONNX Runtime: uint8 (n, 3, side, side) in."""
    example = torch.zeros(2, 3, side_px, side_px, dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            start.eval(), (example,), dynamo=True, opset_version=18, verbose=False,
            dynamic_shapes=({0: torch.export.Dim("n")},), input_names=["pictures"],
        )  # fmt: skip
    graph = program.model_proto.SerializeToString()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def compute_features(
    pictures: Sequence[DamagePicture],
    views: Sequence[View],
    frozen: FrozenStart,
    side_px: int,
    folder: Path,
    *,
    threads: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> FeatureStore:
    """Features and targets of all views. A cut-off run goes on where it stopped.

    folder: keeps the memory map; one that was made for other views or pictures is replaced.
    """
    cells, deep_cells = side_px // MIDDLE_STRIDE, side_px // DEEP_STRIDE
    said = [view_targets(pictures[view.picture], view, cells) for view in views]
    folder.mkdir(parents=True, exist_ok=True)
    digest = _digest(pictures, views, frozen, side_px)
    state = folder / "features.json"
    done = 0
    if state.exists():
        kept = json.loads(state.read_text())
        done = kept["done"] if kept["digest"] == digest else 0
    mode: Literal["r+", "w+"] = "r+" if done else "w+"
    middle = np.memmap(
        folder / "middle.f16", np.float16, mode, shape=(len(views), MIDDLE_CHANNELS, cells, cells)
    )
    deep = np.memmap(
        folder / "deep.f16", np.float16, mode,
        shape=(len(views), DEEP_CHANNELS, deep_cells, deep_cells),
    )  # fmt: skip
    embeddings = np.memmap(
        folder / "embeddings.f16", np.float16, mode, shape=(len(views), EMBEDDING_SIZE)
    )
    kept_on_disk = (middle, deep, embeddings)
    if done < len(views):
        session = frozen_session(frozen, side_px, threads)
        with ThreadPoolExecutor(1) as ahead:

            def load(start: int) -> NDArray[np.uint8]:
                return _pixels(pictures, views[start : start + _BATCH], side_px)

            waiting = ahead.submit(load, done)
            for start in range(done, len(views), _BATCH):
                batch = waiting.result()
                waiting = ahead.submit(load, min(start + _BATCH, len(views) - 1))
                rows = slice(start, start + len(batch))
                middle[rows], deep[rows], embeddings[rows] = session.run(None, {"pictures": batch})
                progress(start + len(batch))
                if start // _BATCH % 50 == 49:
                    for values in kept_on_disk:
                        values.flush()
                    state.write_text(json.dumps({"digest": digest, "done": start + len(batch)}))
        for values in kept_on_disk:
            values.flush()
        state.write_text(json.dumps({"digest": digest, "done": len(views)}))
    return FeatureStore(
        *kept_on_disk, np.stack([s[0] for s in said]), np.stack([s[1] for s in said])
    )


def _pixels(
    pictures: Sequence[DamagePicture], views: Sequence[View], side_px: int
) -> NDArray[np.uint8]:
    loaded: dict[int, NDArray[np.uint8]] = {}
    squares = []
    for view in views:
        if view.picture not in loaded:
            loaded[view.picture] = read_rgb(pictures[view.picture].path)
        squares.append(render_view(loaded[view.picture], view, side_px).transpose(2, 0, 1))
    return np.ascontiguousarray(np.stack(squares))


def _digest(
    pictures: Sequence[DamagePicture], views: Sequence[View], frozen: FrozenStart, side_px: int
) -> str:
    digest = hashlib.sha256(json.dumps([side_px, [asdict(view) for view in views]]).encode())
    for picture in pictures:
        digest.update(str(picture.path).encode())
    for parameter in [*frozen.trunk.parameters(), *frozen.tail.deep.parameters()]:
        digest.update(parameter.detach().numpy().tobytes())
    return digest.hexdigest()
