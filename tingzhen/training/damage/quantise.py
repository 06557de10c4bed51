"""The three forms of one network: float32, weights in float16, and static int8.

int8: QDQ, weights by channel, activations by the range they have on pictures that the network
learned from (min-max). The first convolution, the neck, the heads and the distance stay float: they
are a small part of the work, and a logit is what all figures rest on.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import onnx
from numpy.typing import NDArray

from tingzhen.training.damage.served import halved

Form = Literal["float32", "float16", "int8"]
_QUANTISED = ("Conv", "Add")
FORMS: tuple[Form, ...] = get_args(Form)


def in_form(model: Any, form: Form, squares: Sequence[NDArray[np.uint8]]) -> Any:
    """A network in one of the forms. model: ONNX ModelProto, float32. squares: uint8 (side, side,
    3) each, pictures that it learned from; used by int8 alone."""
    if form == "float32":
        return model
    if form == "float16":
        return halved(model)
    return _int8(model, squares)


def _int8(model: Any, squares: Sequence[NDArray[np.uint8]]) -> Any:
    from onnxruntime.quantization import (  # noqa: PLC0415 - slow to import
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        prepared = onnx.ModelProto()
        prepared.CopyFrom(model)
        # The exporter has written all shapes already; onnxruntime asks for this note of it.
        add_pre_process_metadata(prepared)
        onnx.save(prepared, source)
        quantize_static(
            source, target, _Pictures(squares),
            quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            # Without VNNI an 8-bit weight times an unsigned 8-bit activation can overflow 16 bits.
            reduce_range=True,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=list(_QUANTISED),
            nodes_to_exclude=kept_float(model),
        )  # fmt: skip
        made = onnx.load(target)
    for node in made.graph.node:
        node.doc_string = ""
    del made.metadata_props[:]
    return made


def kept_float(model: Any) -> list[str]:
    """Names of the convolutions and additions that int8 leaves alone: the first convolution, and
    all that do not belong to the backbone's blocks."""
    weights = {tensor.name for tensor in model.graph.initializer}
    kept: list[str] = []
    in_blocks = False
    for node in model.graph.node:
        if node.op_type == "Conv":
            in_blocks = any(".blocks." in name for name in node.input if name in weights)
        # An addition without a block's convolution before it joins outputs of neck and heads.
        if node.op_type in _QUANTISED and not in_blocks:
            kept.append(node.name)
    return kept


class _Pictures:
    """What onnxruntime.quantization calls a CalibrationDataReader."""

    def __init__(self, squares: Sequence[NDArray[np.uint8]]) -> None:
        self._squares: Iterator[NDArray[np.uint8]] = iter(squares)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        square = next(self._squares, None)
        if square is None:
            return None
        return {"pictures": np.ascontiguousarray(square.transpose(2, 0, 1))[None]}
