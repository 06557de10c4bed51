"""The shipped networks in torch eager: the same layers with the same weights, one call after the
other, as they would run had they never been exported.

The layers are read from the ONNX file, so what is compared is how they are run, not which network
runs. The result is checked against ONNX Runtime before anything is measured.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from tingzhen.bundle import MODELS_DIR

Attributes = dict[str, Any]


class EagerGraph(nn.Module):
    """An ONNX graph (opset 18, float) as torch calls in order; gives a list of its outputs."""

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        graph = model.graph
        self._input = graph.input[0].name
        self._outputs = [output.name for output in graph.output]
        known: dict[str, Any] = {
            t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer
        }
        self._calls: list[tuple[Callable[..., Any], Sequence[str], Sequence[str], Attributes]] = []
        for node in graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            operation = OPERATIONS[node.op_type]
            inputs = list(node.input)
            if all(name in known for name in inputs if name):
                # Half-precision weights and constants become float32 once, as when training ends.
                found = operation(*(known.get(name) for name in inputs), **attributes)
                results = found if isinstance(found, tuple) else (found,)
                known.update(zip(node.output, results, strict=False))
            else:
                self._calls.append((operation, inputs, list(node.output), attributes))
        used = {name for _, inputs, _, _ in self._calls for name in inputs} | set(self._outputs)
        self._known = {name: value for name, value in known.items() if name in used}

    def forward(self, value: Tensor) -> list[Tensor]:
        values = self._known | {self._input: value}
        for operation, inputs, outputs, attributes in self._calls:
            found = operation(*(values[n] if n else None for n in inputs), **attributes)
            results = found if isinstance(found, tuple) else (found,)
            values.update(zip(outputs, results, strict=False))
        return [values[name] for name in self._outputs]


def noise_network() -> EagerGraph:
    """float32 (1, n) waveform in."""
    waveform = np.random.default_rng(0).normal(0, 0.1, (1, 160_000)).astype(np.float32)
    return _checked(MODELS_DIR / "noise" / "model.onnx", waveform)[0]


def damage_network() -> tuple[EagerGraph, int]:
    """uint8 (n, 3, side, side) pictures in; with the side in px."""
    model = MODELS_DIR / "damage" / "model.onnx"
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    side = int(session.get_inputs()[0].shape[-1])
    pictures = np.random.default_rng(0).integers(0, 256, (1, 3, side, side), dtype=np.uint8)
    return _checked(model, pictures)[0], side


def _checked(path: Path, example: Any) -> tuple[EagerGraph, float]:
    """The graph and its largest difference to ONNX Runtime; fails where that is not rounding."""
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: example})
    eager = EagerGraph(onnx.load(path)).eval()
    with torch.inference_mode():
        found = eager(torch.from_numpy(example))
    difference = max(
        float(np.abs(ours.numpy() - theirs).max())
        for ours, theirs in zip(found, expected, strict=True)
    )
    if not difference < 1e-2:
        raise SystemExit(f"{path} in torch differs from ONNX Runtime by {difference}")
    return eager, difference


def _axes(axes: Any) -> tuple[int, ...]:
    return tuple(int(a) for a in (axes.tolist() if isinstance(axes, Tensor) else axes))


def _conv(x: Tensor, weight: Tensor, bias: Tensor | None = None, **a: Any) -> Tensor:
    spatial = weight.dim() - 2
    pads = a.get("pads", [0] * 2 * spatial)
    if pads[:spatial] != pads[spatial:]:
        order = [p for axis in reversed(range(spatial)) for p in (pads[axis], pads[spatial + axis])]
        x, pads = functional.pad(x, order), [0] * 2 * spatial
    convolve = functional.conv1d if spatial == 1 else functional.conv2d
    return convolve(
        x, weight, bias, tuple(a.get("strides", [1] * spatial)), tuple(pads[:spatial]),
        tuple(a.get("dilations", [1] * spatial)), a.get("group", 1),
    )  # fmt: skip


def _average_pool(x: Tensor, **a: Any) -> Tensor:
    size = a["kernel_shape"]
    pool = functional.avg_pool1d if len(size) == 1 else functional.avg_pool2d
    return pool(
        x, tuple(size), tuple(a["strides"]), tuple(a["pads"][: len(size)]),
        bool(a.get("ceil_mode", 0)), bool(a.get("count_include_pad", 0)),
    )  # fmt: skip


def _pad(
    x: Tensor, pads: Tensor, value: Tensor | None = None, axes: Any = None, **a: Any
) -> Tensor:
    found = pads.tolist()
    half = len(found) // 2
    where = list(range(half)) if axes is None else [axis % x.dim() for axis in axes.tolist()]
    amounts = {axis: (found[i], found[half + i]) for i, axis in enumerate(where)}
    lowest = min((axis for axis, pair in amounts.items() if any(pair)), default=x.dim())
    order = [p for axis in reversed(range(lowest, x.dim())) for p in amounts.get(axis, (0, 0))]
    mode = {b"constant": "constant", b"edge": "replicate"}[a.get("mode", b"constant")]
    return functional.pad(x, order, mode, float(value) if value is not None else None)


def _slice(x: Tensor, starts: Any, ends: Any, axes: Any = None, steps: Any = None) -> Tensor:
    where = range(len(starts)) if axes is None else axes.tolist()
    strides = [1] * len(starts) if steps is None else steps.tolist()
    index = [slice(None)] * x.dim()
    for axis, start, end, step in zip(where, starts.tolist(), ends.tolist(), strides, strict=True):
        index[axis] = slice(start, end, step)
    return x[tuple(index)]


def _reshape(x: Tensor, shape: Tensor, **_: Any) -> Tensor:
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


def _reduce(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduce(x: Tensor, axes: Any = None, keepdims: int = 1, **_: Any) -> Tensor:
        where = tuple(range(x.dim())) if axes is None else _axes(axes)
        return function(x, dim=where, keepdim=bool(keepdims))

    return reduce


def _split(x: Tensor, sizes: Tensor | None = None, axis: int = 0, **a: Any) -> tuple[Tensor, ...]:
    if sizes is None:
        return torch.chunk(x, a["num_outputs"], axis)
    return torch.split(x, sizes.tolist(), axis)


def _gather(x: Any, index: Tensor, axis: int = 0) -> Tensor:
    taken = torch.index_select(x, axis, index.reshape(-1))
    return taken.reshape([*x.shape[:axis], *index.shape, *x.shape[axis + 1 :]])


def _resize(x: Tensor, *_: Any, **a: Any) -> Tensor:
    assert a["mode"] == b"nearest"
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def _clip(x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return torch.clamp(
        x, None if low is None else float(low), None if high is None else float(high)
    )


def _cast(x: Tensor, to: int, **_: Any) -> Tensor:
    kind = onnx.helper.tensor_dtype_to_np_dtype(to)
    return x.to(torch.from_numpy(np.zeros(0, kind)).dtype)


def _gemm(a: Tensor, b: Tensor, c: Tensor | None = None, **given: Any) -> Tensor:
    left, right = a.T if given.get("transA") else a, b.T if given.get("transB") else b
    product = given.get("alpha", 1.0) * (left @ right)
    return product if c is None else product + given.get("beta", 1.0) * c


def _shape(x: Tensor, start: int = 0, end: int | None = None) -> Tensor:
    return torch.tensor(x.shape[start:end])


def _squeeze(x: Tensor, axes: Any) -> Tensor:
    return x.squeeze(_axes(axes))


def _unsqueeze(x: Tensor, axes: Any) -> Tensor:
    for axis in sorted(_axes(axes)):
        x = x.unsqueeze(axis)
    return x


OPERATIONS: dict[str, Callable[..., Any]] = {
    "Abs": torch.abs,
    "Add": torch.add,
    "AveragePool": _average_pool,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Constant": lambda value: torch.from_numpy(numpy_helper.to_array(value).copy()),
    "Conv": _conv,
    "Div": torch.div,
    "Exp": torch.exp,
    "Expand": lambda x, shape: x.expand(torch.broadcast_shapes(x.shape, tuple(shape.tolist()))),
    "Gather": _gather,
    "Gemm": _gemm,
    "GlobalAveragePool": lambda x: x.mean(dim=(2, 3), keepdim=True),
    "Identity": lambda x: x,
    "Log": torch.log,
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "Min": torch.minimum,
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Pad": _pad,
    "Pow": torch.pow,
    "Reciprocal": torch.reciprocal,
    "ReduceL2": _reduce(lambda x, dim, keepdim: torch.linalg.vector_norm(x, 2, dim, keepdim)),
    "ReduceLogSumExp": _reduce(torch.logsumexp),
    "ReduceMax": _reduce(torch.amax),
    "ReduceMean": _reduce(torch.mean),
    "ReduceMin": _reduce(torch.amin),
    "ReduceSum": _reduce(torch.sum),
    "Relu": torch.relu,
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": _shape,
    "Sigmoid": torch.sigmoid,
    "Slice": _slice,
    "Softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "Split": _split,
    "Sqrt": torch.sqrt,
    "Squeeze": _squeeze,
    "Sub": torch.sub,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm: x.permute(perm),
    "Unsqueeze": _unsqueeze,
}
