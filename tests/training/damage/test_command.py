"""Training from a manifest to a bundle on a few drawn pictures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.training.damage.drawn import draw_manifest
from tingzhen.bundle import open_bundle
from tingzhen.errors import TrainingError
from tingzhen.training.damage.command import fit_settings, train_damage
from tingzhen.training.damage.device import Hands, hands_for
from tingzhen.training.damage.folds import Part
from tingzhen.training.damage.parts import Work
from tingzhen.training.damage_measuring.command import evaluate_damage
from tingzhen.training.options import TrainOptions
from tingzhen.vision import DamageRecogniser

OPTIONS = TrainOptions(
    seed=1, epochs=2, folds=2, threads=1, version="test", side_px=64, apart=("other",)
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    manifest = draw_manifest(folder, groups=8, sources=("drawn", "other"))
    train_damage([manifest], folder / "out", replace(OPTIONS, only_fit=True))
    assert not (folder / "out" / "model.onnx").exists(), "fitted alone"
    train_damage([manifest], folder / "out", OPTIONS)
    return folder, manifest


@pytest.mark.slow
def test_a_bundle_comes_out_and_recognises(trained):
    folder, _ = trained
    bundle = open_bundle(folder / "out", "damage")
    assert bundle.metadata["version"] == "test" and bundle.metadata["training_commit"]
    assert bundle.metadata["form"] in {"float32", "float16", "int8"}
    assert bundle.metadata["precision"]["stated"] == 0.8
    assert bundle.metadata["photo"]["precision"]["stated"] == 0.8, "photos have limits of their own"
    assert "drawn" not in json.dumps(bundle.metadata)
    assert DamageRecogniser(bundle).input_px == 64
    evaluation = json.loads((folder / "out" / "evaluation.json").read_text())
    grouped = evaluation["splits"]["grouped"]
    assert grouped["folds"] == 2 and grouped["by_source"]["drawn"]["pictures"] == 16
    assert grouped["by_source"]["drawn"]["types"]["scratch"]["auc"]["n"] == 8
    left_out = evaluation["splits"]["source_left_out"]
    assert set(left_out["by_source"]) == {"other"} and evaluation["left_out"] == ["other"]
    assert evaluation["leaks"]["pairs_across_folds"] == 0
    assert set(evaluation["forms"]["forms"]) == {"float32", "float16", "int8"}
    assert evaluation["forms"]["chosen"] == bundle.metadata["form"]
    assert "<svg" in (folder / "out" / "report.html").read_text()
    card = (folder / "out" / "card.md").read_text()
    assert "scratch" in card and "float16" in card and "80%" in card and str(folder) not in card
    config = json.loads((folder / "out" / "config.json").read_text())
    assert config["seed"] == 1 and config["folds"] == 2 and config["input_px"] == 64
    assert str(folder) not in json.dumps(config)


def learned(bundle):
    """Everything the bundle computes with; the commit may be another one meanwhile."""
    opened = open_bundle(bundle, "damage")
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)
    scores = opened.session.run(["scores"], {"pictures": picture})[0].tolist()
    return scores, {**opened.metadata, "training_commit": ""}


@pytest.mark.slow
def test_the_same_settings_go_on_and_others_are_refused(trained):
    folder, manifest = trained
    before = learned(folder / "out")
    train_damage([manifest], folder / "out", OPTIONS)
    assert learned(folder / "out") == before
    with pytest.raises(TrainingError, match="other settings"):
        train_damage([manifest], folder / "out", TrainOptions(seed=2, epochs=2, folds=2))


@pytest.mark.long
def test_parts_side_by_side_learn_what_they_learn_in_turn(trained):
    folder, manifest = trained
    train_damage([manifest], folder / "beside", replace(OPTIONS, threads=2))
    assert learned(folder / "beside") == learned(folder / "out")


@pytest.mark.slow
def test_evaluation_says_whether_it_was_trained_on(trained):
    folder, manifest = trained
    seen = evaluate_damage(folder / "out", manifest, resamples=20)
    assert seen["trained_on"] == 16 and "trained on" in seen["warning"]
    fresh = evaluate_damage(folder / "out", draw_manifest(folder, groups=4, seed=7), resamples=20)
    assert fresh["trained_on"] == 0 and "warning" not in fresh


def test_settings_that_cannot_be_are_refused_in_words(tmp_path):
    with pytest.raises(TrainingError, match="no backbone b7"):
        fit_settings(TrainOptions(backbone="b7"))
    with pytest.raises(TrainingError, match="side 100"):
        fit_settings(TrainOptions(side_px=100))
    settings = fit_settings(TrainOptions(backbone="lite2", side_px=512))
    assert settings.network.backbone == "lite2" and settings.network.input_px == 512
    work = Work(tmp_path, [], [], settings, epochs=2)
    part = Part("x", np.arange(101), np.arange(0))
    assert work.steps_of(part) == 11, "two passes over 101 pictures by 20"


def test_each_network_has_a_core_and_beside_a_gpu_the_cores_make_pictures():
    assert hands_for("cpu", None, 5, gpu=False) == Hands("cpu", 1, 0)
    assert hands_for("cpu", 2, 5, gpu=True) == Hands("cpu", 2, 0)
    assert hands_for(None, 2, 5, gpu=False).device == "cpu"
    assert hands_for(None, 16, 5, gpu=True) == Hands("cuda", 5, 3)
    for name in ("cuda", "tpu"):
        with pytest.raises(TrainingError, match=f"no device {name}"):
            hands_for(name, None, 5, gpu=False)
