"""The damage network as it is served: one ONNX file.

Inputs and outputs, with n pictures:

    pictures   uint8 (n, 3, input_px, input_px) RGB
    scores     float32 (n, types), logits before calibration
    map        float32 (n, types, input_px / 16, input_px / 16), logits of each place
    embedding  float32 (n, 1280)
    distance   float32 (n,), 0..2: 1 - cosine to the nearest learned kind of vehicle picture

Weights may be stored as float16, with a Cast to float32 that ONNX Runtime folds away when it opens
the file: half the size, and the computation is that of float32 with rounded weights.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tingzhen.bundle import METADATA_KEY
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage.graph import open_graph, to_onnx
from tingzhen.training.damage.network import DamageNetwork

OUTPUTS = ("scores", "map", "embedding", "distance")
PARITY_TOLERANCE = 1e-3
_SMALLEST_HALVED = 256  # numbers; smaller tensors stay float32


class ServedNetwork(nn.Module):
    """The network with the distance to what it was taught."""

    def __init__(self, network: DamageNetwork, kinds: NDArray[np.float32]) -> None:
        """kinds: float32 (k, 1280), unit length: centres of the learned vehicle pictures."""
        super().__init__()
        self.network = network
        # As the file is to hold them, so that those of another network can be put in later.
        self.kinds = nn.Parameter(torch.from_numpy(kinds.T.copy()), requires_grad=False)
        sharpness = network.log_sharpness.detach().exp()[:, None]
        self.sharpness = nn.Parameter(sharpness.clone(), requires_grad=False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        scores, place, embedding = self.network(pictures, self.sharpness)
        cosine = functional.normalize(embedding, dim=1) @ self.kinds
        return scores, place, embedding, 1 - cosine.amax(dim=1)


def round_weights(module: nn.Module) -> None:
    """Round every weight that `halved` rounds, in place.

    Raises TrainingError when a weight is beyond float16 or no number.
    """
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            rounded = parameter.half().float()
            if not torch.isfinite(rounded).all():
                raise _diverged(name)
            if parameter.numel() >= _SMALLEST_HALVED:
                parameter.copy_(rounded)


def _diverged(name: str) -> TrainingError:
    return TrainingError(
        Text(f"权重 {name} 超出 float16 范围，训练可能已发散。",
             f"The weights {name} are beyond float16: training may have diverged.")
    )  # fmt: skip


def export(served: ServedNetwork, input_px: int) -> Any:
    """The ONNX ModelProto, all of it float32, without metadata."""
    return to_onnx(served, input_px, OUTPUTS)


def put_weights(model: Any, served: ServedNetwork) -> None:
    """Make an exported model of one network that of another of the same shape, in place.

    An export takes ten seconds of one core and more, this none. Raises ValueError when the model
    lacks one of the weights.
    """
    weights = {name: value.detach().numpy() for name, value in served.named_parameters()}
    del weights["network.log_sharpness"]  # the file holds `sharpness`
    for tensor in model.graph.initializer:
        values = weights.get(tensor.name)
        if values is not None and tuple(tensor.dims) == values.shape:
            held = onnx.numpy_helper.from_array(np.ascontiguousarray(values), tensor.name)
            tensor.CopyFrom(held)
            del weights[tensor.name]
    if weights:
        raise ValueError(f"the model holds no {min(weights)} of that shape")


def halved(model: Any) -> Any:
    """A copy whose large tensors are rounded to float16 and stored so.

    Raises TrainingError when a weight is beyond float16 or no number.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    graph = made.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        if values.size < _SMALLEST_HALVED:
            continue
        name = tensor.name
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if not np.isfinite(half).all():
            raise _diverged(name)
        tensor.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}.f16"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}.f16"], [name], to=onnx.TensorProto.FLOAT)
        )
    known = {tensor.name for tensor in graph.initializer}
    kept = [value for value in graph.value_info if value.name not in known]
    nodes = [*casts, *graph.node]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.value_info.extend(kept)
    return made


def with_metadata(model: Any, metadata: Mapping[str, Any]) -> bytes:
    """The file. `model` is changed."""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(dict(metadata), ensure_ascii=False)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def parity(served: ServedNetwork, content: bytes, pictures: NDArray[np.uint8]) -> float:
    """Largest difference between torch and ONNX Runtime over all outputs, for these pictures
    uint8 (n, 3, input_px, input_px)."""
    outputs = open_graph(content, 1).run(list(OUTPUTS), {"pictures": pictures})
    with torch.inference_mode():
        expected = served(torch.from_numpy(pictures))
    return max(
        float(np.abs(ours.numpy() - theirs).max())
        for ours, theirs in zip(expected, outputs, strict=True)
    )


def check_parity(served: ServedNetwork, content: bytes, pictures: NDArray[np.uint8]) -> float:
    """The parity; raises TrainingError at PARITY_TOLERANCE or above."""
    difference = parity(served, content, pictures)
    if not difference < PARITY_TOLERANCE:
        raise TrainingError(
            Text(f"导出的模型与 torch 相差 {difference:.2g}，已放弃导出。",
                 f"The exported model differs from torch by {difference:.2g}: not written.")
        )  # fmt: skip
    return difference
