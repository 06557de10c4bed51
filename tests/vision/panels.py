"""A generated car panel, a camera that moves over it, and a network that sees coloured marks."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from tingzhen.bundle import Bundle, open_bundle
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

INPUT_PX = 128
CELLS = 16


@dataclass
class Shot:
    rgb: NDArray[np.uint8]
    time_s: float = 0.0
    sharpness: float = 100.0


def panel(seed: int = 0, height: int = 480, width: int = 640) -> NDArray[np.uint8]:
    """uint8 (height, width, 3): grey-green paint with reflections, seams, screws and dirt; nothing
    in it is red or blue."""
    random = np.random.default_rng(seed)
    shade = cv2.GaussianBlur(random.normal(0, 1, (height, width)), (0, 0), 40)
    picture = 120 + 25 * shade / np.abs(shade).max()
    for _ in range(60):
        x, y = int(random.integers(width)), int(random.integers(height))
        if random.random() < 0.5:
            end = (x + int(random.integers(-90, 90)), y + int(random.integers(-90, 90)))
            cv2.line(picture, (x, y), end, float(random.uniform(40, 220)), 2)
        else:
            cv2.circle(picture, (x, y), int(random.integers(3, 10)), float(random.uniform(30, 230)),
                       -1)  # fmt: skip
    picture += random.normal(0, 4, picture.shape)
    grey = np.clip(picture, 0, 255)
    return np.stack([grey, np.minimum(grey + 12, 255), grey], axis=-1).astype(np.uint8)


def marked(
    picture: NDArray[np.uint8], *places: tuple[float, float], colour: str = "red",
    radius: float = 0.03,
) -> NDArray[np.uint8]:  # fmt: skip
    """A copy with round marks; places: centres x, y from 0 to 1. radius: of the width."""
    drawn = picture.copy()
    height, width = picture.shape[:2]
    for x, y in places:
        cv2.circle(drawn, (round(x * width), round(y * height)), round(radius * width),
                   {"red": (230, 30, 30), "blue": (30, 30, 230)}[colour], -1)  # fmt: skip
    return drawn


def turn_of(
    *, shift: tuple[float, float] = (0.0, 0.0), degrees: float = 0.0, scale: float = 1.0,
    tilt: tuple[float, float] = (0.0, 0.0),
) -> NDArray[np.float64]:  # fmt: skip
    """A homography in 0..1 coordinates about the middle of the picture."""
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    about = np.array([[c, -s, 0.5 + shift[0]], [s, c, 0.5 + shift[1]], [*tilt, 1.0]])
    return about @ np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])


def seen_through(picture: NDArray[np.uint8], turn: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The picture after a homography of its 0..1 coordinates; what was outside is mirrored in."""
    height, width = picture.shape[:2]
    size = np.diag([width, height, 1.0])
    return np.asarray(
        cv2.warpPerspective(
            picture,
            size @ turn @ np.linalg.inv(size),
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
    )


def window(picture: NDArray[np.uint8], left: float, width: float = 0.5) -> NDArray[np.uint8]:
    """What a camera sees that shows part of the width; left: of that part, 0..1."""
    side = picture.shape[1]
    start = round(left * side)
    return np.ascontiguousarray(picture[:, start : start + round(width * side)])


def colour_bundle(folder: Path) -> Bundle:
    """A damage bundle of a few operators: red is a scratch, blue is a dent, all else is undamaged.

    The logit of a place is 30 times the share of the colour in its cell, less 3; of a picture that
    of its best place. Everything is familiar.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kinds = len(DAMAGE_TYPES)
    weight = np.zeros((kinds, 3, 1, 1), np.float32)
    bias = np.full(kinds, -1.0, np.float32)
    weight[DAMAGE_TYPES.index("scratch"), :, 0, 0] = (1, -1, -1)
    weight[DAMAGE_TYPES.index("dent"), :, 0, 0] = (-1, -1, 1)
    bias[[DAMAGE_TYPES.index("scratch"), DAMAGE_TYPES.index("dent")]] = 0
    cell = INPUT_PX // CELLS
    nodes = [
        helper.make_node("Cast", ["pictures"], ["bytes"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["bytes", "full"], ["light"]),
        helper.make_node("Conv", ["light", "weight", "bias"], ["colour"]),
        helper.make_node("Relu", ["colour"], ["kept"]),
        helper.make_node(
            "AveragePool", ["kept"], ["share"], kernel_shape=[cell, cell], strides=[cell, cell]
        ),
        helper.make_node("Mul", ["share", "gain"], ["raised"]),
        helper.make_node("Sub", ["raised", "off"], ["map"]),
        helper.make_node("ReduceMax", ["map", "sides"], ["scores"], keepdims=0),
        helper.make_node("ReduceMin", ["share", "all"], ["least"], keepdims=0),
        helper.make_node("Mul", ["least", "zero"], ["distance"]),
    ]
    constants = {
        "full": np.float32(255), "weight": weight, "bias": bias, "gain": np.float32(30),
        "off": np.float32(3), "sides": np.array([2, 3]), "all": np.array([1, 2, 3]),
        "zero": np.float32(0),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes, "colours",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", 3, "side", "side"])],
        [
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", kinds]),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, ["n", kinds, CELLS, CELLS]),
            helper.make_tensor_value_info("distance", TensorProto.FLOAT, ["n"]),
        ],
        [onnx.numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {"tingzhen": metadata()})
    onnx.save(model, folder / "model.onnx")
    return open_bundle(folder, "damage")


def metadata() -> str:
    return json.dumps(
        {
            "task": "damage", "name": "colours", "version": "1", "labels": list(DAMAGE_TYPES),
            "input_px": INPUT_PX,
            "calibration": {name: {"slope": 1.0, "offset": 0.0} for name in DAMAGE_TYPES},
            "thresholds": {
                "report": dict.fromkeys(VISIBLE_DAMAGES, 0.6),
                "doubt": dict.fromkeys(VISIBLE_DAMAGES, 0.3),
                "not_vehicle": 0.5,
                "distance": 1.0,
            },
        }
    )  # fmt: skip
