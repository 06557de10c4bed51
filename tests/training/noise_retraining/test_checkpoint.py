"""A bundle read back into torch is the bundle."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from tests.training.noise_retraining.world import fitted
from tingzhen.errors import BundleError, TrainingError
from tingzhen.training.noise.bundle import bundle_bytes
from tingzhen.training.noise.export import OUTPUTS
from tingzhen.training.noise_retraining.checkpoint import read_checkpoint


def outputs(content, waveform):
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(list(OUTPUTS), {"waveform": waveform[None].astype(np.float32)})


def edited(start, folder, change):
    """A copy of the bundle with other metadata or weights."""
    model = onnx.load_model(start / "model.onnx")
    change(model)
    onnx.save_model(model, folder / "model.onnx")
    return folder


def test_heads_and_anchors_come_back_as_they_were(start):
    found, wanted = read_checkpoint(start).fitted, fitted()
    for name in ("known", "open"):
        a, b = getattr(found.heads, name), getattr(wanted.heads, name)
        assert torch.equal(a.weight, b.weight) and torch.equal(a.bias, b.bias)
    for name in ("projection", "offset", "anchors"):
        assert torch.equal(
            getattr(found.heads.neighbourhood, name), getattr(wanted.heads.neighbourhood, name)
        )
    for name in ("gate", "slope", "shift", "rule", "unproven", "least"):
        assert getattr(found.decision, name) == getattr(wanted.decision, name), name
    assert found.events == wanted.events


@pytest.mark.slow
def test_exported_again_it_says_the_same(start):
    checkpoint = read_checkpoint(start)
    again = bundle_bytes(checkpoint.fitted, checkpoint.backbone, checkpoint.metadata)
    first = (start / "model.onnx").read_bytes()
    random = np.random.default_rng(0)
    for waveform in (random.normal(0, 0.1, 16_000), random.normal(0, 0.2, 57_123), np.ones(33_333)):
        for a, b in zip(outputs(first, waveform), outputs(again, waveform), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


def test_an_older_bundle_without_layers_is_refused(start, tmp_path):
    def forget(model):
        entry = model.metadata_props[0]
        entry.value = entry.value.replace('"layers"', '"older"')

    with pytest.raises(TrainingError, match="older") as refused:
        read_checkpoint(edited(start, tmp_path, forget))
    assert "较旧" in refused.value.text.zh


def test_a_graph_without_a_weight_is_refused(start, tmp_path):
    def rename(model):
        for part in (*model.graph.initializer, *model.graph.node):
            if getattr(part, "name", "") == "head_bias":
                part.name = "other"
        for node in model.graph.node:
            for i, name in enumerate(node.input):
                node.input[i] = "other" if name == "head_bias" else name

    with pytest.raises(TrainingError, match="head_bias"):
        read_checkpoint(edited(start, tmp_path, rename))


def test_a_folder_without_a_bundle_is_refused(tmp_path):
    with pytest.raises(BundleError, match="cannot be read"):
        read_checkpoint(tmp_path)
