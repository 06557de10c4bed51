"""The damage network as one ONNX file.

Inputs and outputs, with n pictures:

    pictures   uint8 (n, 3, input_px, input_px) RGB
    scores     float32 (n, types), logits before calibration
    map        float32 (n, types, input_px / 16, input_px / 16), logits of each place
    embedding  float32 (n, 1280)
    distance   float32 (n,), 0..2: 1 - cosine to the nearest learned kind of vehicle picture

Weights are rounded to float16 and stored so, with a Cast to float32 that ONNX Runtime folds away
when it opens the file: half the size, and the computation is that of float32.
"""

import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tingzhen.bundle import METADATA_KEY
from tingzhen.errors import TrainingError
from tingzhen.language import Text
from tingzhen.training.damage_network import DamageNetwork

OUTPUTS = ("scores", "map", "embedding", "distance")
PARITY_TOLERANCE = 1e-3
_SMALLEST_HALVED = 256  # numbers; smaller tensors stay float32


class ServedNetwork(nn.Module):
    """The network as it is served: with the distance to what it was taught."""

    def __init__(self, network: DamageNetwork, kinds: NDArray[np.float32]) -> None:
        """kinds: float32 (k, 1280), unit length: centres of the learned vehicle pictures."""
        super().__init__()
        self.network = network
        self.kinds = nn.Parameter(torch.from_numpy(kinds.copy()), requires_grad=False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        scores, place, embedding = self.network(pictures)
        cosine = functional.normalize(embedding, dim=1) @ self.kinds.T
        return scores, place, embedding, 1 - cosine.amax(dim=1)


def round_weights(module: nn.Module) -> None:
    """Round every weight to what float16 can hold, in place.

    Raises TrainingError when a weight is beyond float16 or no number.
    """
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            rounded = parameter.half().float()
            if not torch.isfinite(rounded).all():
                raise TrainingError(
                    Text(f"权重 {name} 超出 float16 范围，训练可能已发散。",
                         f"The weights {name} are beyond float16: training may have diverged.")
                )  # fmt: skip
            parameter.copy_(rounded)


def export_onnx(served: ServedNetwork, input_px: int, metadata: Mapping[str, Any]) -> bytes:
    """The ONNX file. The weights of `served` must have been rounded (round_weights)."""
    example = torch.zeros(2, 3, input_px, input_px, dtype=torch.uint8)
    served.eval()
    with warnings.catch_warnings():
        # The exporter warns of its own deprecations; the parity check below is what counts.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            served, (example,), dynamo=True, opset_version=18, verbose=False,
            dynamic_shapes=({0: torch.export.Dim("n")},),
            input_names=["pictures"], output_names=list(OUTPUTS),
        )  # fmt: skip
    model = program.model_proto
    _halve(model.graph)
    for node in model.graph.node:
        del node.metadata_props[:]  # source lines of the machine that exported
        node.doc_string = ""
    del model.metadata_props[:]
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(dict(metadata), ensure_ascii=False)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _halve(graph: Any) -> None:
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        halved = values.astype(np.float16)
        if values.size < _SMALLEST_HALVED or not np.array_equal(halved.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(halved, f"{name}.f16"))
        casts.append(
            onnx.helper.make_node("Cast", [f"{name}.f16"], [name], to=onnx.TensorProto.FLOAT)
        )
    known = {tensor.name for tensor in graph.initializer}
    kept = [value for value in graph.value_info if value.name not in known]
    nodes = [*casts, *graph.node]
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.value_info.extend(kept)


def parity(served: ServedNetwork, content: bytes, pictures: NDArray[np.uint8]) -> float:
    """Largest difference between torch and ONNX Runtime over all outputs, for these pictures."""
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    outputs = session.run(list(OUTPUTS), {"pictures": pictures})
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
