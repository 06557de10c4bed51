"""A bundle as a place to train on from: everything that is in its ONNX file, in torch again."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from tingzhen.audio.events import EventRule
from tingzhen.audio.provenance import SyntheticLimits, provenance_of
from tingzhen.audio.verdict import VerdictRule
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.bundle import METADATA_KEY, ModelInfo, open_bundle
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.noise.bundle import Fitted
from tingzhen.training.noise.crossval import Heads
from tingzhen.training.noise.decision import Decision
from tingzhen.training.noise.head import CONTEXT, Gate, LinearHead, Neighbourhood
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import STEP_S, Trunk
from tingzhen.training.noise.weights import Backbone, Layer

HALF = "_half"
"""Large weights are stored under their name and this, as float16."""
_KNOWN = len(NOISE_TYPES)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """fitted: heads, listener, decision, events. backbone: the trunk, and of AudioSet's classes
    those that the context head needs. card: of the bundle, empty without one."""

    info: ModelInfo
    metadata: dict[str, Any]
    backbone: Backbone
    fitted: Fitted
    card: str


def read_checkpoint(folder: Path) -> Checkpoint:
    """Read the bundle in `folder`.

    Raises BundleError when it is no noise bundle, TrainingError when its file does not hold what
    it takes to train on.
    """
    info = open_bundle(folder, "noise", providers=["CPUExecutionProvider"]).info
    model = onnx.load_model(folder / "model.onnx")
    metadata = next(json.loads(p.value) for p in model.metadata_props if p.key == METADATA_KEY)
    if not metadata.get("layers"):
        raise TrainingError(
            Text(f"{folder} 中的模型包较旧，没有记录主干网络的层，不能在它之上继续训练。"
                 "请用本版本训练出的模型包。",
                 f"The bundle in {folder} is older: it does not say the layers of its trunk, so "
                 "it cannot be trained on. Take a bundle that this version has trained.")
        )  # fmt: skip
    try:
        stored = stored_weights(model)
        backbone = backbone_of(stored, metadata)
        fitted = _fitted(stored, metadata)
    except (KeyError, ValueError, TypeError, RuntimeError, IndexError) as error:
        raise TrainingError(
            Text(f"{folder} 中的模型包不能在其上继续训练：{error}。",
                 f"The bundle in {folder} cannot be trained on: {error}.")
        ) from error  # fmt: skip
    card = folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else ""
    return Checkpoint(info, metadata, backbone, fitted, text)


def stored_weights(model: onnx.ModelProto) -> dict[str, Tensor]:
    """The graph's weights by their torch names, float32 where the file holds halves."""
    found: dict[str, Tensor] = {}
    for tensor in model.graph.initializer:
        values = np.array(numpy_helper.to_array(tensor))
        name = tensor.name
        if name.endswith(HALF) and values.dtype == np.float16:
            name, values = name.removesuffix(HALF), values.astype(np.float32)
        found[name] = torch.from_numpy(values)
    return found


def backbone_of(stored: dict[str, Tensor], metadata: dict[str, Any]) -> Backbone:
    """The trunk with its weights, and the context head's rows as its only classes.

    Raises KeyError, ValueError, TypeError where they do not fit.
    """
    if metadata["context"] != list(CONTEXT):
        raise ValueError("its context is another one")
    layers = tuple(
        Layer(
            str(item["name"]), int(item["inputs"]), int(item["outputs"]),
            (item["kernel"][0], item["kernel"][1]), (item["stride"][0], item["stride"][1]),
            tuple(item["pads"]), int(item["groups"]),
        )
        for item in metadata["layers"]
    )  # fmt: skip
    weights: dict[str, Tensor] = {}
    for layer in layers:
        shape = (layer.outputs, layer.inputs // layer.groups, *layer.kernel)
        weights[f"{layer.name}.weight"] = torch.zeros(shape)
        weights[f"{layer.name}.bias"] = torch.zeros(layer.outputs)
    empty = Backbone(layers, weights, ())
    # The trunk alone knows where in it each layer stands.
    places = [name for name, part in Trunk(empty).named_modules() if isinstance(part, nn.Conv2d)]
    for layer, place in zip(layers, places, strict=True):
        for kind in ("weight", "bias"):
            found = stored[f"trunk.{place}.{kind}"]
            if found.shape != weights[f"{layer.name}.{kind}"].shape:
                raise ValueError(f"trunk.{place}.{kind} does not fit its layer")
            weights[f"{layer.name}.{kind}"] = found
    classes = tuple(name for names in CONTEXT.values() for name in names)
    weights["fc.weight"] = stored["context.weight"].T.contiguous()
    weights["fc.bias"] = stored["context.bias"]
    if tuple(weights["fc.weight"].shape) != (len(classes), layers[-1].outputs):
        raise ValueError("this version listens for other AudioSet classes than it does")
    return Backbone(layers, weights, classes)


def _fitted(stored: dict[str, Tensor], metadata: dict[str, Any]) -> Fitted:
    weight, bias = stored["head_weight"], stored["head_bias"]
    if weight.shape[1] != 2 * _KNOWN:
        raise ValueError("it has not two heads of 14 types")
    heads = Heads(
        LinearHead(weight[:, :_KNOWN].contiguous(), bias[:_KNOWN].contiguous()),
        LinearHead(weight[:, _KNOWN:].contiguous(), bias[_KNOWN:].contiguous()),
        Neighbourhood(stored["projection"], stored["offset"], stored["anchors"]),
    )
    prefix = "listener."
    state = {k.removeprefix(prefix): v for k, v in stored.items() if k.startswith(prefix)}
    width, features = state["enter.weight"].shape[:2]
    listener = Listener(features, width)
    listener.load_state_dict(state)
    # Bundles up to version 2 had no least part.
    said = metadata["gate"]
    gate = Gate(float(said["middle"]), float(said["width"]), float(said.get("least", 0.0)))
    slope, shift = (float(metadata["calibration"][name]) for name in ("slope", "shift"))
    events = EventRule.from_metadata(metadata, STEP_S)
    if not set(FAULT_NOISES) <= events.thresholds.keys():
        raise ValueError("its events lack thresholds")
    rule = VerdictRule.from_metadata(metadata)
    of = provenance_of(metadata)
    unproven = frozenset(t for t in FAULT_NOISES if of[t] == "synthetic")
    least = SyntheticLimits.from_metadata(metadata).min_probability
    decision = Decision(gate, slope, shift, rule, unproven, least)
    return Fitted(heads, listener.eval(), decision, events)
