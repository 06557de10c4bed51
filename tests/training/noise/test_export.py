"""The file keeps its names and what must not be rounded, and tells nothing of the machine."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from tests.training.noise.tiny import WIDTH, backbone
from tingzhen.bundle import METADATA_KEY
from tingzhen.training.noise.export import (
    HALF_FROM,
    OUTPUTS,
    WHOLE,
    export_noise,
    forget_origin,
    kept_whole,
    round_to_half,
    store_as_half,
)
from tingzhen.training.noise.head import Gate, LinearHead, Neighbourhood, NoiseNetwork
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import LogMel, Trunk


def plain_graph():
    """y = x @ large @ kept + small, as the exporter would leave it."""
    random = np.random.default_rng(0)
    weights = {
        "large": random.normal(size=(64, 64)), "head_weight": random.normal(size=(64, 64)),
        "small": random.normal(size=(64,)),
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["x", "large"], ["a"], doc_string="/home/somebody/network.py"),
        helper.make_node("MatMul", ["a", "head_weight"], ["b"]),
        helper.make_node("Add", ["b", "small"], ["y"]),
    ]
    entry = nodes[1].metadata_props.add()
    entry.key, entry.value = "pkg.torch.onnx.stack_trace", "/home/somebody/network.py"
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 64])],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in weights.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def answer(model):
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).normal(size=(1, 64)).astype(np.float32)
    return session.run(["y"], {"x": x})[0]


def types_of(model):
    return {tensor.name: tensor.data_type for tensor in model.graph.initializer}


def test_large_weights_become_half_and_the_kept_ones_stay():
    model = plain_graph()
    before = answer(model)
    store_as_half(model, {"head_weight"})
    onnx.checker.check_model(model)
    assert types_of(model) == {
        "large_half": TensorProto.FLOAT16, "head_weight": TensorProto.FLOAT,
        "small": TensorProto.FLOAT,
    }  # fmt: skip
    after = answer(model)
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(before, after, atol=0.3, rtol=0.01)


def test_nothing_of_the_machine_is_left():
    model = plain_graph()
    before = answer(model)
    forget_origin(model)
    assert b"somebody" not in model.SerializeToString()
    assert np.array_equal(before, answer(model))


@pytest.fixture(scope="module")
def network():
    """With enough anchors and width for both kinds of weights to be large."""
    torch.manual_seed(0)
    heads = tuple(LinearHead(0.1 * torch.randn(2 * WIDTH, 14), torch.randn(14)) for _ in range(2))
    space = Neighbourhood(torch.randn(2 * WIDTH, 4) / 8, torch.zeros(4), torch.randn(4, 1100))
    made = backbone()
    return NoiseNetwork(
        LogMel(), Trunk(made), made, heads, space, Gate(1.0, 0.2), Listener(WIDTH, 32), (1.2, -0.3)
    ).eval()  # fmt: skip


def test_torch_rounds_what_the_file_will_round_and_nothing_else(network):
    before = {n: t.clone() for n, t in [*network.named_parameters(), *network.named_buffers()]}
    round_to_half(network)
    after = dict([*network.named_parameters(), *network.named_buffers()])
    kept = {name for name, _ in kept_whole(network)}
    assert {name.rsplit(".", 1)[-1] for name in kept} == set(WHOLE)
    rounded = {n for n, t in after.items() if not torch.equal(t, before[n])}
    assert rounded == {n for n, t in after.items() if t.numel() >= HALF_FROM and n not in kept}
    assert any("listener" in n for n in rounded) and "anchors" in kept
    for name in rounded:
        assert torch.equal(after[name], after[name].half().float())


@pytest.mark.slow
def test_the_file_keeps_names_types_and_metadata_and_says_what_torch_says(network):
    round_to_half(network)
    content = export_noise(network, {"task": "noise", "name": "听诊"})
    assert str(Path.cwd()).encode() not in content and b".py" not in content
    model = onnx.load_from_string(content)
    assert [i.name for i in model.graph.input] == ["waveform"]
    assert tuple(o.name for o in model.graph.output) == OUTPUTS
    stored = types_of(model)
    for name, buffer in kept_whole(network):
        if buffer.numel() >= HALF_FROM:
            assert stored[name] == TensorProto.FLOAT, name
    assert any(n.startswith("listener") and t == TensorProto.FLOAT16 for n, t in stored.items())
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    said = json.loads(session.get_modelmeta().custom_metadata_map[METADATA_KEY])
    assert said == {"task": "noise", "name": "听诊"}
    random = np.random.default_rng(0)
    for waveform in (
        random.normal(0, 0.1, 16_000), random.normal(0, 0.1, 57_123), np.zeros(20_000),
        np.ones(33_333), np.sign(random.normal(size=160_000)),
    ):  # fmt: skip
        samples = waveform[None].astype(np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(samples))
        for one, other in zip(
            expected, session.run(list(OUTPUTS), {"waveform": samples}), strict=True
        ):
            assert np.isfinite(other).all()
            assert np.abs(one.numpy() - other).max() < 1e-3
