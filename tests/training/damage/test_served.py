"""The exported file computes what torch computes, in every form; and the gate that picks one."""

import copy
import json

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from tests.training.damage_measuring.conftest import make_picture
from tingzhen.bundle import METADATA_KEY
from tingzhen.errors import TrainingError
from tingzhen.training.damage.gate import gate
from tingzhen.training.damage.held_out import empty_model
from tingzhen.training.damage.network import NetworkSettings, new_network
from tingzhen.training.damage.novelty import KINDS, distance_to_kinds, learned_kinds, unit
from tingzhen.training.damage.quantise import FORMS, in_form, kept_float
from tingzhen.training.damage.served import (
    OUTPUTS,
    ServedNetwork,
    check_parity,
    halved,
    parity,
    put_weights,
    round_weights,
    with_metadata,
)
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.vision.vocabulary import DAMAGE_TYPES

SIDE_PX = 64


def kinds(seed):
    return unit(np.random.default_rng(seed).random((KINDS, 1280), dtype=np.float32))


@pytest.fixture(scope="module")
def exported():
    """A network, and the model of another one that was given its weights."""
    settings = NetworkSettings("lite0", SIDE_PX)
    model = copy.deepcopy(empty_model(settings))
    torch.manual_seed(0)
    network = new_network(settings)
    with torch.no_grad():
        network.log_sharpness.copy_(torch.linspace(-1, 1, len(network.log_sharpness)))
        network.whole.weight.normal_(0, 0.02)
    served = ServedNetwork(network, kinds(0)).eval()
    put_weights(model, served)
    return served, model


def pictures(count, seed=1):
    shape = (count, 3, SIDE_PX, SIDE_PX)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2, 5])
def test_onnx_agrees_with_torch_for_any_batch(exported, count):
    served, model = exported
    assert parity(served, model.SerializeToString(), pictures(count)) < 1e-3


@pytest.mark.slow
def test_halved_weights_are_those_that_are_rounded(exported):
    served, model = exported
    content = with_metadata(halved(model), {"task": "damage", "name": "x", "version": "0"})
    rounded = ServedNetwork(served.network, kinds(0)).eval()
    state = {name: value.clone() for name, value in rounded.state_dict().items()}
    round_weights(rounded)
    assert check_parity(rounded, content, pictures(2)) < 1e-3
    rounded.load_state_dict(state)
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    kept = session.get_modelmeta().custom_metadata_map
    assert json.loads(kept[METADATA_KEY])["task"] == "damage"
    assert [output.name for output in session.get_outputs()] == list(OUTPUTS)
    assert len(content) < 0.55 * len(model.SerializeToString())
    assert b"site-packages" not in content and b"/training/" not in content


@pytest.mark.slow
def test_another_network_does_not_pass_for_this_one(exported):
    _, model = exported
    torch.manual_seed(9)
    other = ServedNetwork(new_network(NetworkSettings("lite0", SIDE_PX)), kinds(0)).eval()
    model = copy.deepcopy(model)
    with pytest.raises(TrainingError, match="differs"):
        check_parity(other, model.SerializeToString(), pictures(2))
    with pytest.raises(ValueError, match="no kinds"):
        put_weights(model, ServedNetwork(other.network, kinds(0)[:3]))


@pytest.mark.slow
def test_int8_keeps_the_first_convolution_and_the_heads_float(exported):
    served, model = exported
    squares = [p.transpose(1, 2, 0) for p in pictures(6)]
    made = in_form(model, "int8", squares)
    stored = {t.name: t.data_type for t in made.graph.initializer}
    kept = kept_float(model)
    assert len(kept) >= 8 and len(kept) < 20
    assert stored["network.backbone.stem.weight"] == onnx.TensorProto.FLOAT
    assert stored["network.map.weight"] == onnx.TensorProto.FLOAT
    assert stored["network.backbone.blocks.4.project.weight_quantized"] == onnx.TensorProto.INT8
    session = ort.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    said = session.run(["scores"], {"pictures": pictures(6)})[0]
    with torch.inference_mode():
        wanted = served(torch.from_numpy(pictures(6)))[0].numpy()
    assert said.shape == wanted.shape == (6, len(DAMAGE_TYPES))
    assert np.corrcoef(said.ravel(), wanted.ravel())[0, 1] > 0.8


def test_a_diverged_network_is_not_exported():
    layer = torch.nn.Linear(40, 40)
    with torch.no_grad():
        layer.weight.fill_(1e9)
    with pytest.raises(TrainingError, match="diverged"):
        round_weights(layer)


def said(truth, noise, seed):
    """Logits that rank the truth first, less so with more noise."""
    random = np.random.default_rng(seed)
    logits = np.where(np.isnan(truth), 0, truth) * 2 + random.normal(0, 0.3, truth.shape)
    return (logits + random.normal(0, 1, truth.shape) * noise).astype(np.float32)


@pytest.mark.parametrize(
    ("noise", "ms", "chosen"),
    [
        ((0, 0), (9, 9, 4), "int8"),
        ((0, 0), (9, 9, 8.9), "float16"),
        ((0, 3), (9, 9, 4), "float16"),
        ((3, 3), (9, 9, 4), "float32"),
    ],
)
def test_the_gate_takes_the_fastest_form_that_loses_little(noise, ms, chosen):
    own = [
        make_picture(label, f"g{i}", boxes=[(label, 0.1, 0.1, 0.2, 0.2)])
        for i in range(40) for label in ("scratch", "dent", "lamp_broken")
    ]  # fmt: skip
    # What is no phone photo, or says nothing of a type, does not count.
    own.append(make_picture("undamaged", "u", source="elsewhere"))
    truth = np.array([picture.targets for picture in own])
    base = said(truth, 0, 1)
    logits = {"float32": base, "float16": base + said(truth * 0, noise[0], 2) * bool(noise[0]),
              "int8": base + said(truth * 0, noise[1], 3) * bool(noise[1])}  # fmt: skip
    table = gate(
        own, logits, dict(zip(FORMS, ms, strict=True)), dict.fromkeys(FORMS, 1.0),
        Resampling(200, 0),
    )  # fmt: skip
    assert table["chosen"] == chosen
    float32 = table["forms"]["float32"]
    assert float32["loss"]["value"] == 0 and float32["passes"]
    metrics = pytest.importorskip("sklearn.metrics")
    rows = slice(0, 120)
    indices = [i for i in range(8) if (truth[rows, i] == 1).any() and (truth[rows, i] == 0).any()]
    for form in FORMS:
        expected = np.mean(
            [metrics.average_precision_score(truth[rows, i], logits[form][rows, i])
             for i in indices]
        )  # fmt: skip
        assert table["forms"][form]["map"]["value"] == pytest.approx(expected, abs=1e-3)


def test_kinds_are_centres_and_the_distance_is_to_the_nearest():
    centres = unit(np.random.default_rng(0).normal(0, 1, (KINDS, 90)).astype(np.float32))
    spread = np.random.default_rng(1).normal(0, 0.01, (20 * KINDS, 90))
    points = (np.repeat(centres, 20, axis=0) * 7 + spread).astype(np.float32)
    found = learned_kinds(points, seed=0)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert ((found @ centres.T).max(axis=0) > 0.999).mean() > 0.6, "k-means joins a few"
    distance = distance_to_kinds(points[:100], found)
    by_hand = 1 - (unit(points[:100])[:, None] * found[None]).sum(axis=2).max(axis=1)
    assert np.allclose(distance, by_hand, atol=1e-5)
    few = learned_kinds(points[:3], seed=0)
    assert few.shape == (KINDS, 90)
    assert distance_to_kinds(points[:3], few) == pytest.approx(0, abs=1e-5)
