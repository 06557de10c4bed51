"""Tensors over HTTP as the Open Inference Protocol has them (KServe V2, REST), with its extension
for binary tensors.

Protocol: https://github.com/kserve/open-inference-protocol (inference_rest.md); extension:
"Binary Tensor Data Extension" of KServe and Triton, with the header below.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from tingzhen.errors import InferenceInvalid
from tingzhen.language import Text

JSON_LENGTH_HEADER: Final = "Inference-Header-Content-Length"
"""Bytes of the JSON object at the beginning of a body, the rest of which are binary tensors."""
DATATYPES: Final[Mapping[str, str]] = {"tensor(float)": "FP32", "tensor(uint8)": "UINT8"}
"""What the protocol calls ONNX Runtime's element types."""
_DTYPES: Final[Mapping[str, np.dtype[Any]]] = {
    "FP32": np.dtype("<f4"), "UINT8": np.dtype("u1"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Name, datatype and shape of an input or output; -1 is a size that is not fixed."""

    name: str
    datatype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class InferenceRequest:
    """inputs: arrays by name. outputs: names and whether each comes back in binary form."""

    id: str | None
    inputs: dict[str, NDArray[Any]]
    outputs: tuple[tuple[str, bool], ...]


def tensor_infos(tensors: Sequence[Any]) -> tuple[TensorInfo, ...]:
    """Of a session's get_inputs() or get_outputs()."""
    return tuple(
        TensorInfo(
            t.name,
            DATATYPES[t.type],
            tuple(size if isinstance(size, int) else -1 for size in t.shape),
        )
        for t in tensors
    )


def read_request(
    body: bytes,
    json_length: str | None,
    inputs: Sequence[TensorInfo],
    outputs: Sequence[TensorInfo],
) -> InferenceRequest:
    """A request for a model with these inputs and outputs.

    json_length: value of JSON_LENGTH_HEADER, None where the whole body is JSON. Raises
    InferenceInvalid for what is not the protocol's, names no tensor of the model, or does not fit
    its datatype and shape. Numbers must be finite.
    """
    end = len(body)
    if json_length is not None:
        if not json_length.isascii() or not json_length.isdigit() or int(json_length) > end:
            _refuse(f"{JSON_LENGTH_HEADER}: {json_length!r}")
        end = int(json_length)
    asked = _object(body[:end])
    parameters = _parameters(asked)
    read = _Binary(memoryview(body)[end:])
    given = {}
    for tensor in _list_of_objects(asked, "inputs"):
        name = tensor.get("name")
        info = next((i for i in inputs if i.name == name), None)
        if info is None or name in given:
            _refuse(f"inputs: {name!r}")
        given[info.name] = _array(tensor, info, read)
    missing = [info.name for info in inputs if info.name not in given]
    if missing:
        _refuse(f"inputs: {', '.join(missing)} ?")
    read.finish()
    binary = parameters.get("binary_data_output", False) is True
    wanted: list[tuple[str, bool]] = []
    for output in _list_of_objects(asked, "outputs") if "outputs" in asked else []:
        name = output.get("name")
        if name not in [info.name for info in outputs] or name in dict(wanted):
            _refuse(f"outputs: {name!r}")
        wanted.append((str(name), _parameters(output).get("binary_data", binary) is True))
    request_id = asked.get("id")
    if request_id is not None and not isinstance(request_id, str):
        _refuse("id")
    return InferenceRequest(
        request_id, given, tuple(wanted) or tuple((info.name, binary) for info in outputs)
    )


def write_response(
    model: str,
    version: str,
    request: InferenceRequest,
    arrays: Sequence[NDArray[Any]],
    outputs: Sequence[TensorInfo],
) -> tuple[bytes, int | None]:
    """Body of the answer, and the length of its JSON where binary tensors follow.

    arrays: one for each of request.outputs. Single precision goes through JSON unchanged.
    """
    datatypes = {info.name: info.datatype for info in outputs}
    tensors, tail = [], []
    for (name, binary), array in zip(request.outputs, arrays, strict=True):
        tensor: dict[str, Any] = {
            "name": name, "shape": list(array.shape), "datatype": datatypes[name],
        }  # fmt: skip
        if binary:
            content = np.ascontiguousarray(array, _DTYPES[datatypes[name]]).tobytes()
            tensor["parameters"] = {"binary_data_size": len(content)}
            tail.append(content)
        else:
            tensor["data"] = array.ravel().tolist()
        tensors.append(tensor)
    answer: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": tensors}
    if request.id is not None:
        answer["id"] = request.id
    head = json.dumps(answer).encode()
    return head + b"".join(tail), len(head) if tail else None


class _Binary:
    """The binary tensors of a body, which follow one another in the order of the inputs."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._at = 0

    def take(self, size: object) -> memoryview:
        left = len(self._content) - self._at
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= left:
            _refuse(f"binary_data_size: {size!r}")
        self._at += size
        return self._content[self._at - size : self._at]

    def finish(self) -> None:
        if self._at != len(self._content):
            _refuse(f"binary_data_size: {len(self._content) - self._at} bytes too many")


def _array(tensor: Mapping[str, Any], info: TensorInfo, read: _Binary) -> NDArray[Any]:
    if tensor.get("datatype") != info.datatype:
        _refuse(f"{info.name}: datatype {tensor.get('datatype')!r}, not {info.datatype}")
    shape = tensor.get("shape")
    if (
        not isinstance(shape, list)
        or not all(type(size) is int and 0 < size < 1 << 32 for size in shape)
        or len(shape) != len(info.shape)
        or any(fixed not in (-1, size) for fixed, size in zip(info.shape, shape, strict=True))
    ):
        _refuse(f"{info.name}: shape {shape!r}, not {list(info.shape)}")
    dtype, parameters = _DTYPES[info.datatype], _parameters(tensor)
    if "binary_data_size" in parameters:
        if "data" in tensor:
            _refuse(f"{info.name}: data, binary_data_size")
        content = read.take(parameters["binary_data_size"])
        if len(content) != math.prod(shape) * dtype.itemsize:
            _refuse(f"{info.name}: binary_data_size {len(content)}, shape {shape}")
        array = np.frombuffer(content, dtype)
    else:
        array = _from_json(tensor.get("data"), info, dtype)
        if array.size != math.prod(shape):
            _refuse(f"{info.name}: {array.size} numbers, shape {shape}")
    if not np.isfinite(array).all():
        _refuse(f"{info.name}: NaN, Infinity")
    return array.reshape(shape)


def _from_json(data: object, info: TensorInfo, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers of a flat or nested list, row by row."""
    if not isinstance(data, list):
        _refuse(f"{info.name}: data")
    try:
        found = np.asarray(data)
    except (ValueError, OverflowError):
        _refuse(f"{info.name}: data")
    kinds = "iu" if info.datatype == "UINT8" else "iuf"
    if found.dtype.kind not in kinds:
        _refuse(f"{info.name}: data, not {info.datatype}")
    if info.datatype == "UINT8" and (found.min() < 0 or found.max() > 255):
        _refuse(f"{info.name}: data, 0..255")
    with np.errstate(over="ignore"):  # what is beyond single precision is refused as infinite
        return found.ravel().astype(dtype)


def _object(content: bytes) -> dict[str, Any]:
    def no_number(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        found = json.loads(content, parse_constant=no_number)
    except (ValueError, RecursionError):
        _refuse("JSON")
    if not isinstance(found, dict):
        _refuse("JSON")
    return found


def _list_of_objects(asked: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = asked.get(key)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        _refuse(key)
    return found


def _parameters(holder: Mapping[str, Any]) -> dict[str, Any]:
    found = holder.get("parameters", {})
    if not isinstance(found, dict):
        _refuse("parameters")
    return found


def _refuse(what: str) -> NoReturn:
    shown = what if len(what) <= 200 else f"{what[:200]}…"
    raise InferenceInvalid(
        Text(f"推理请求有误（{shown}）。请对照 GET /v2/models/{{模型}} 给出的输入和输出。",
             f"The inference request does not fit ({shown}). Compare it with the inputs and "
             "outputs that GET /v2/models/{model} gives.")
    ) from None  # fmt: skip
