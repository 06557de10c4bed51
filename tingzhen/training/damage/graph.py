"""Networks as ONNX graphs, and graphs run over pictures."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import nn

OPSET = 18
_BATCH = 8


def to_onnx(module: nn.Module, input_px: int, outputs: Sequence[str]) -> Any:
    """The ONNX ModelProto of a module that takes uint8 (n, 3, side, side) named `pictures`."""
    example = torch.zeros(2, 3, input_px, input_px, dtype=torch.uint8)
    module.eval()
    with warnings.catch_warnings():
        # The exporter warns of its own deprecations; what it makes is compared with torch.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module, (example,), dynamo=True, opset_version=OPSET, verbose=False,
            external_data=False, dynamic_shapes=({0: torch.export.Dim("n")},),
            input_names=["pictures"], output_names=list(outputs),
        )  # fmt: skip
    model = program.model_proto
    for node in model.graph.node:
        del node.metadata_props[:]  # source lines of the machine that exported
        node.doc_string = ""
    del model.metadata_props[:]
    return model


def open_graph(content: bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def run_graph(
    session: ort.InferenceSession,
    squares: Iterator[NDArray[np.uint8]],
    outputs: Sequence[str],
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> list[NDArray[np.float32]]:
    """Each output for all squares, joined; nothing for no squares.

    squares: uint8 (side, side, 3) each. advance: called with the number of squares that are done.
    """
    parts: list[list[NDArray[np.float32]]] = [[] for _ in outputs]
    waiting: list[NDArray[np.uint8]] = []

    def flush() -> None:
        if waiting:
            found = session.run(list(outputs), {"pictures": np.stack(waiting)})
            for part, values in zip(parts, found, strict=True):
                part.append(values)
            waiting.clear()

    for done, square in enumerate(squares, 1):
        waiting.append(np.ascontiguousarray(square.transpose(2, 0, 1)))
        if len(waiting) == _BATCH:
            flush()
        advance(done)
    flush()
    return [np.concatenate(part) for part in parts] if parts[0] else []
