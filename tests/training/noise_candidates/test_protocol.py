"""The comparison from clips to table on generated sound and a backbone of four channels."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tingzhen.datasets.noise_manifest import NoiseClip  # noqa: E402
from tingzhen.training.noise.weights import Backbone, Layer  # noqa: E402
from tingzhen.training.noise_candidates.candidates import attention, fine_tuned  # noqa: E402
from tingzhen.training.noise_candidates.catalogue import CATALOGUE, MEMBERS  # noqa: E402
from tingzhen.training.noise_candidates.costs import hearing_cost  # noqa: E402
from tingzhen.training.noise_candidates.feature_cache import FeatureCache  # noqa: E402
from tingzhen.training.noise_candidates.fitting import FitSettings  # noqa: E402
from tingzhen.training.noise_candidates.hearings import plan_hearings  # noqa: E402
from tingzhen.training.noise_candidates.protocol import (  # noqa: E402
    RECORDING,
    SOURCE,
    Material,
    learn,
    measure,
    result_of,
    splits,
)
from tingzhen.training.noise_candidates.table import figure, table  # noqa: E402
from tingzhen.training.noise_candidates.trunk_parts import (  # noqa: E402
    MIDDLE,
    FramesOf,
    Listened,
    maps_of,
)

STRIDES = {0: 2, 3: 2, 7: 2, 11: 2, 23: 2}
BRIEF = FitSettings(steps=3, batch=8)


@pytest.fixture(scope="module")
def backbone():
    generator = torch.Generator().manual_seed(0)
    layers, weights = [], {}
    for i in range(27):
        inputs, stride = (1 if i == 0 else 4), STRIDES.get(i, 1)
        pads = (0, 0, 1, 1) if stride == 2 else (1, 1, 1, 1)
        layers.append(Layer(f"conv{i}", inputs, 4, (3, 3), (stride, stride), pads, 1))
        size = (4, inputs, 3, 3)
        weights[f"conv{i}.weight"] = torch.randn(size, generator=generator) * 0.3
        weights[f"conv{i}.bias"] = torch.zeros(4)
    return Backbone(tuple(layers), weights, ("Engine",))


def clips_and_waves():
    random = np.random.default_rng(0)
    clips, waves = [], []
    for i in range(24):
        type_ = ("knock", "squeal", "normal")[i % 3]
        time_s = np.arange(round(16_000 * random.uniform(1.2, 2.0))) / 16_000
        wave = random.normal(0, 0.05, len(time_s))
        wave += (type_ == "squeal") * 0.2 * np.sin(2 * np.pi * 3000 * time_s)
        wave += (type_ == "knock") * 0.3 * (np.sin(2 * np.pi * 8 * time_s) > 0.95)
        clips.append(NoiseClip(Path(f"{i}.wav"), frozenset({type_}), f"g{i}", f"s{i % 2}", "",
                               False, False))  # fmt: skip
        waves.append(wave.astype(np.float32))
    return clips, waves


@pytest.fixture(scope="module")
def material(tmp_path_factory, backbone):
    clips, waves = clips_and_waves()
    fold = np.arange(24, dtype=np.int64) // 3 % 2
    hearings = plan_hearings(clips, fold, phones=1, mixes=1)
    folder = tmp_path_factory.mktemp("compared")
    cache = FeatureCache(folder / "features", hearings, waves, backbone)
    return Material(clips, hearings, cache, folder), splits(clips, fold)


def named(name):
    return next(candidate for candidate in CATALOGUE if candidate.name == name)


def test_the_backbone_cut_in_two_is_the_backbone(backbone, material):
    made, _ = material
    trunk, wave = made.cache.trunk, torch.randn(1, 16_000)
    log_mel = made.cache.log_mel("usual")
    with torch.inference_mode():
        kept = Listened(trunk, backbone)(log_mel(wave))
        middle = FramesOf(log_mel, trunk, backbone, MIDDLE)(wave)
        last = FramesOf(log_mel, trunk, backbone, None)(wave)
        again = trunk(log_mel(wave))
    torch.testing.assert_close(kept["middle"], middle)
    torch.testing.assert_close(kept["last"], last)
    torch.testing.assert_close(again[0], middle)
    torch.testing.assert_close(again[1], last)
    maps = maps_of(kept["map"], 4)
    torch.testing.assert_close(maps.permute(0, 2, 1, 3).flatten(2), kept["map"])


def test_every_way_is_measured_and_told(material, monkeypatch):
    for settings in ("HEADS", "ATTENTION", "OWN", "LAST_BLOCKS", "ALL_BLOCKS"):
        monkeypatch.setattr(f"tingzhen.training.noise_candidates.candidates.{settings}", BRIEF)
    monkeypatch.setattr("tingzhen.training.noise_candidates.costs.SECONDS", 1)
    made, chosen = material
    cost = partial(hearing_cost, made.cache)
    for kind in (RECORDING, SOURCE):
        for one in CATALOGUE:
            measure(one, made, kind, chosen, cost=cost, resamples=5)
    results = [json.loads(result_of(made.folder, one.name).read_text()) for one in CATALOGUE]
    for candidate, result in zip(CATALOGUE, results, strict=True):
        assert 0 <= result[RECORDING]["balanced_accuracy"]["value"] <= 1
        assert (SOURCE in result) == candidate.by_source
        assert (result["cost"]["parameters"] is None) == (candidate.name == "ensemble")
    told = table(results)
    assert all(f"`{candidate.name}`" in told for candidate in CATALOGUE)
    assert "not run" in told
    monkeypatch.setattr("tingzhen.training.noise_candidates.protocol.learn", None)
    measure(CATALOGUE[0], made, RECORDING, chosen, cost=cost)
    with np.load(made.scores_of(MEMBERS[0], chosen[0])) as stored:
        asked = set(stored["rows"].tolist())
    assert asked == set(range(24)), "a teacher is asked about what it learned from too"


def test_what_is_there_is_not_fitted_again(material):
    made, chosen = material
    candidate = named("last_linear")
    learn(candidate, made, chosen[0])
    assert learn(candidate, made, chosen[0]) is None


def test_fine_tuning_moves_the_blocks_it_is_given_and_not_the_trunk(material, monkeypatch):
    for settings in ("HEADS", "LAST_BLOCKS"):
        monkeypatch.setattr(f"tingzhen.training.noise_candidates.candidates.{settings}", BRIEF)
    made, chosen = material
    before = [p.clone() for p in made.cache.trunk.parameters()]
    rows = np.arange(24, dtype=np.int64)
    fitted = fine_tuned(all_blocks=False)(made, rows, chosen[0])
    for one, other in zip(before, made.cache.trunk.parameters(), strict=True):
        assert torch.equal(one, other)
    tuned = list(fitted.module.blocks.parameters())
    assert any(not torch.equal(one, other)
               for one, other in zip(before[-len(tuned):], tuned, strict=True))  # fmt: skip


def test_attention_is_asked_about_clips_of_any_length(material, monkeypatch):
    monkeypatch.setattr("tingzhen.training.noise_candidates.candidates.ATTENTION", BRIEF)
    made, chosen = material
    fitted = attention("middle")(made, np.arange(24, dtype=np.int64), chosen[0])
    assert fitted.logits(np.array([0, 5])).shape == (2, 8)


def test_a_figure_without_an_interval_is_told_as_it_is():
    assert figure({"value": None, "low": None, "high": None}) == "–"
    assert figure({"value": 0.5, "low": None, "high": None}) == "0.50"
    assert figure({"value": 0.5, "low": 0.25, "high": 0.75}) == "0.50 (0.25 to 0.75)"
