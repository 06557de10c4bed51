"""What a network says of pictures that it never saw, in every form that it may be shipped in."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from tingzhen.datasets.damage_manifest import TYPE_INDEX, DamagePicture
from tingzhen.training.damage.backbone import EMBEDDING_SIZE
from tingzhen.training.damage.fit import FitMaterial
from tingzhen.training.damage.graph import open_graph, run_graph
from tingzhen.training.damage.network import DamageNetwork, NetworkSettings
from tingzhen.training.damage.novelty import KINDS, learned_kinds
from tingzhen.training.damage.quantise import FORMS, Form, in_form
from tingzhen.training.damage.served import ServedNetwork, export, put_weights
from tingzhen.training.damage.squares import stretched
from tingzhen.training.damage_measuring.crops import cut
from tingzhen.training.damage_measuring.pictures import read_picture
from tingzhen.training.damage_measuring.place import Rectangle
from tingzhen.vision.geometry import fit_square
from tingzhen.vision.tiles import join_logits, join_maps, photo_views

CALIBRATION_PICTURES = 96
"""Learned pictures whose activations set the ranges of int8."""

_KIND_PICTURES = 1500  # learned pictures that the kinds are centres of, at most
_BATCH = 8
_NOT_VEHICLE = TYPE_INDEX["not_vehicle"]
_OUTPUTS = ("scores", "map", "distance")

Look = Form | Literal["photo"]
"""Whole pictures, by a form of the network; or photos with their tiles, by the chosen form."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture to score, or a part of it. rectangle: x, y, w, h in 0..1; None for all of it."""

    picture: DamagePicture
    rectangle: Rectangle | None = None

    def square(self, side_px: int) -> NDArray[np.uint8]:
        """What the recogniser would make of it: uint8 (side, side, 3)."""
        return fit_square(self.rgb(), side_px)[0]

    def rgb(self) -> NDArray[np.uint8]:
        """uint8 (height, width, 3)."""
        rgb = read_picture(self.picture)
        return rgb if self.rectangle is None else cut(rgb, self.rectangle)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one form of a network says of n pictures. logits: float32 (n, types). places: float32
    (n, types, cells, cells), logits. distances: float32 (n,). ms: CPU time a picture, one thread.
    """

    logits: NDArray[np.float32]
    places: NDArray[np.float32]
    distances: NDArray[np.float32]
    ms: float

    def save(self, path: Path) -> None:
        """Atomically; places as float16, which holds logits to a hundredth."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(
            part, logits=self.logits, places=self.places.astype(np.float16),
            distances=self.distances, ms=self.ms,
        )  # fmt: skip
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Said":
        with np.load(path) as kept:
            places = kept["places"].astype(np.float32)
            return cls(kept["logits"], places, kept["distances"], float(kept["ms"]))


def said_path(folder: Path, part: str, look: Look) -> Path:
    return folder / "scores" / f"{part}-{look}.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """A network as it is served, in torch and as an ONNX ModelProto of float32."""

    served: ServedNetwork
    model: Any


def export_served(
    network: DamageNetwork, material: FitMaterial, learned: NDArray[np.int64],
    settings: NetworkSettings, *, seed: int,
) -> Exported:  # fmt: skip
    """The network with the kinds of vehicle picture among those that it learned from. learned:
    int64 rows of the material."""
    vehicles = np.array(
        [row for row in learned if material.pictures[row].targets[_NOT_VEHICLE] == 0], np.int64
    )
    own = vehicles if len(vehicles) else learned
    random = np.random.default_rng(seed)
    own = np.sort(random.choice(own, min(len(own), _KIND_PICTURES), replace=False))
    model = onnx.ModelProto()
    model.CopyFrom(empty_model(settings))
    # The kinds are found with the very graph that they are put into.
    put_weights(model, ServedNetwork(network, np.zeros((KINDS, EMBEDDING_SIZE), np.float32)))
    squares = (stretched(material.squares[row], settings.input_px) for row in own)
    session = open_graph(model.SerializeToString(), 1)
    kinds = learned_kinds(run_graph(session, squares, ["embedding"])[0], seed=seed)
    served = ServedNetwork(network, kinds).eval()
    put_weights(model, served)
    return Exported(served, model)


@lru_cache(maxsize=1)
def empty_model(settings: NetworkSettings) -> Any:
    """The graph of a network with drawn weights; exported once for all parts of a run."""
    served = ServedNetwork(DamageNetwork(settings), np.zeros((KINDS, EMBEDDING_SIZE), np.float32))
    with torch.no_grad():
        # Of equal weights, such as zeros, the exporter keeps one.
        for weights in served.parameters():
            weights.uniform_(0.5, 1.0)
    return export(served, settings.input_px)


def scoring_graph(
    empty: bytes, network: DamageNetwork, material: FitMaterial, learned: NDArray[np.int64],
    *, input_px: int, form: Form, seed: int,
) -> bytes:  # fmt: skip
    """A network in one form as an ONNX file whose scores and maps hold and whose distances do not:
    the learned kinds are left out. empty: the file of `empty_model`."""
    model = onnx.load_from_string(empty)
    put_weights(model, ServedNetwork(network, np.zeros((KINDS, EMBEDDING_SIZE), np.float32)))
    squares = calibration_squares(material, learned, input_px, seed=seed)
    return bytes(in_form(model, form, squares).SerializeToString())


def calibration_squares(
    material: FitMaterial, learned: NDArray[np.int64], input_px: int, *, seed: int
) -> list[NDArray[np.uint8]]:
    """Learned pictures for int8, drawn evenly: uint8 (side, side, 3) each."""
    random = np.random.default_rng(seed)
    rows = random.choice(learned, min(len(learned), CALIBRATION_PICTURES), replace=False)
    return [stretched(material.squares[row], input_px) for row in np.sort(rows)]


def forms_of(model: Any, squares: Sequence[NDArray[np.uint8]]) -> dict[Form, bytes]:
    """Every form of a network as an ONNX file without metadata. model: ModelProto, float32."""
    return {form: in_form(model, form, squares).SerializeToString() for form in FORMS}


def score_shown(
    forms: Mapping[Form, bytes],
    shown: Sequence[Shown],
    input_px: int,
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> dict[Form, Said]:
    """What each form says; every picture is decoded once. advance: called with how many are done.

    shown: at least one.
    """
    sessions = {form: open_graph(content, 1) for form, content in forms.items()}
    found: dict[Form, list[list[NDArray[np.float32]]]] = {form: [] for form in forms}
    spent = dict.fromkeys(forms, 0.0)
    for start in range(0, len(shown), _BATCH):
        batch = shown[start : start + _BATCH]
        pictures = np.stack([one.square(input_px).transpose(2, 0, 1) for one in batch])
        for form, session in sessions.items():
            began = time.process_time()
            found[form].append(session.run(list(_OUTPUTS), {"pictures": pictures}))
            spent[form] += time.process_time() - began
        advance(start + len(batch))
    return {
        form: _joined(parts, round(1000 * spent[form] / len(shown), 2))
        for form, parts in found.items()
    }


def score_photos(
    content: bytes,
    shown: Sequence[Shown],
    input_px: int,
    distances: NDArray[np.float32],
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> Said:
    """What a network says of photos, tiles and all. content: an ONNX file. shown: at least one.
    distances: of the whole pictures, which are those of the photos."""
    session = open_graph(content, 1)
    logits, places = [], []
    began = time.process_time()
    for done, one in enumerate(shown, 1):
        views, _ = photo_views(one.rgb(), input_px)
        scores, maps = session.run(["scores", "map"], {"pictures": views.transpose(0, 3, 1, 2)})
        logits.append(join_logits(scores))
        places.append(join_maps(maps).astype(np.float16))
        advance(done)
    ms = round(1000 * (time.process_time() - began) / len(shown), 2)
    return Said(np.stack(logits), np.stack(places).astype(np.float32), distances, ms)


def _joined(parts: Sequence[Sequence[NDArray[np.float32]]], ms: float) -> Said:
    logits, places, distances = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Said(logits, places, distances, ms)
