"""The noise network as one ONNX file with its metadata inside."""

import io
import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.bundle import METADATA_KEY
from tingzhen.training.noise.head import NoiseNetwork

OPSET = 18
OUTPUTS = ("types", "steps", "local", "context", "embedding", "novelty", "share")
HALF_FROM = 4096
"""Weights of at least so many numbers are stored as float16; they are computed in float32."""
WHOLE = ("kernel", "mel", "head_weight", "projection", "anchors")
"""What stays float32: rounding the front end or the head would change what is measured."""


def export_noise(network: NoiseNetwork, metadata: Mapping[str, Any]) -> bytes:
    """ONNX file, opset 18, input `waveform` float32 (1, n), outputs OUTPUTS."""
    network.eval()
    example = torch.zeros(1, 2 * SAMPLE_RATE_HZ)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            external_data=False,
            input_names=["waveform"],
            output_names=list(OUTPUTS),
            dynamic_shapes=({1: torch.export.Dim("n", min=SAMPLE_RATE_HZ, max=1 << 24)},),
            verbose=False,
        )
    model = program.model_proto
    store_as_half(model, {name for name, _ in kept_whole(network)})
    forget_origin(model)
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(metadata, ensure_ascii=False)
    onnx.checker.check_model(model)
    buffer = io.BytesIO()
    onnx.save_model(model, buffer)
    return buffer.getvalue()


def forget_origin(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of the machine: stack traces with the paths of its files."""
    graph = model.graph
    parts = [graph.node, graph.initializer, graph.value_info, graph.input, graph.output]
    for item in (model, graph, *(item for part in parts for item in part)):
        del item.metadata_props[:]
        item.doc_string = ""


def kept_whole(network: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Buffers whose values must not be rounded, by their name in the graph."""
    return [(n, b) for n, b in network.named_buffers() if n.rsplit(".", 1)[-1] in WHOLE]


def store_as_half(model: onnx.ModelProto, keep: set[str]) -> None:
    """Replace large float32 weights by float16 and a Cast, which ONNX Runtime folds when it opens
    the file: half the bytes, the same speed."""
    graph = model.graph
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if tensor.name in keep or values.dtype != np.float32 or values.size < HALF_FROM:
            continue
        half = numpy_helper.from_array(values.astype(np.float16), tensor.name + "_half")
        casts.append(
            helper.make_node(
                "Cast", [half.name], [tensor.name], name=half.name + "_cast",
                to=onnx.TensorProto.FLOAT,
            )
        )  # fmt: skip
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend([*casts, *nodes])


def round_to_half(network: NoiseNetwork) -> None:
    """Round the weights as the file stores them, so that torch and ONNX agree and the figures are
    those of the file."""
    keep = {name for name, _ in kept_whole(network)}
    with torch.no_grad():
        for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
            if tensor.dtype == torch.float32 and tensor.numel() >= HALF_FROM and name not in keep:
                tensor.copy_(tensor.half().float())
