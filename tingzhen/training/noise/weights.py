"""The AudioSet backbone's weights: YAMNet as safetensors beside its list of layers and classes."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from tingzhen.errors import TrainingError
from tingzhen.language import Text

WEIGHTS_FILE = "yamnet.safetensors"
LAYERS_FILE = "layers.json"
CLASSES_FILE = "yamnet_class_map.csv"


@dataclass(frozen=True, slots=True)
class Layer:
    """One convolution, followed by ReLU. pads: top, left, bottom, right, where top and bottom are
    earlier and later in time, left and right lower and higher in frequency."""

    name: str
    inputs: int
    outputs: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pads: tuple[int, int, int, int]
    groups: int


@dataclass(frozen=True, slots=True, eq=False)
class Backbone:
    """layers: in order; weights: NAME.weight and NAME.bias of each and fc; classes: of fc."""

    layers: tuple[Layer, ...]
    weights: dict[str, torch.Tensor]
    classes: tuple[str, ...]


def load_backbone(path: Path | None) -> Backbone:
    """Read the folder of the weights, or the safetensors file in it.

    Raises TrainingError when no path is given, a file is missing, or the files do not fit.
    """
    if path is None:
        raise TrainingError(
            Text("未指定骨干网络权重。请用 --weights 或 TINGZHEN_WEIGHTS 指定 YAMNet 文件夹。",
                 "No backbone weights given. Name the YAMNet folder with --weights or in the "
                 "environment variable TINGZHEN_WEIGHTS.")
        )  # fmt: skip
    folder = path.parent if path.suffix == ".safetensors" else path
    for name in (WEIGHTS_FILE, LAYERS_FILE, CLASSES_FILE):
        if not (folder / name).is_file():
            raise TrainingError(
                Text(f"骨干网络权重不完整：找不到 {folder / name}。",
                     f"The backbone's weights are incomplete: {folder / name} is missing.")
            )  # fmt: skip
    try:
        layers = tuple(
            Layer(
                str(item["name"]), int(item["inputs"]), int(item["outputs"]),
                (item["kernel"][0], item["kernel"][1]), (item["stride"][0], item["stride"][1]),
                tuple(item["pads_top_left_bottom_right"]), int(item["groups"]),
            )
            for item in json.loads((folder / LAYERS_FILE).read_text(encoding="utf-8"))
        )  # fmt: skip
        stored = load_file(folder / WEIGHTS_FILE)
        weights = {name: tensor.float() for name, tensor in stored.items()}
        with (folder / CLASSES_FILE).open(encoding="utf-8", newline="") as file:
            classes = tuple(row["display_name"] for row in csv.DictReader(file))
        for layer in layers:
            expected = (layer.outputs, layer.inputs // layer.groups, *layer.kernel)
            if tuple(weights[f"{layer.name}.weight"].shape) != expected:
                raise ValueError(f"{layer.name} is not {expected}")  # noqa: TRY301
        if tuple(weights["fc.weight"].shape) != (len(classes), layers[-1].outputs):
            raise ValueError("fc does not fit the class map")  # noqa: TRY301
    except (ValueError, KeyError, TypeError, IndexError, OSError, SafetensorError) as error:
        raise TrainingError(
            Text(f"骨干网络权重无法使用：{folder}（{error}）。",
                 f"The backbone's weights in {folder} cannot be used: {error}.")
        ) from error  # fmt: skip
    return Backbone(layers, weights, classes)
