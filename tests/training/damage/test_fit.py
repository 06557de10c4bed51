"""Fitting: a run that was cut off ends as one that was not, and learns what is to be seen."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training.damage.drawn import draw_manifest
from tingzhen.datasets.damage_manifest import TYPE_INDEX, read_damage_manifest
from tingzhen.errors import TrainingError
from tingzhen.training.damage.batches import BatchMaker, Workers
from tingzhen.training.damage.fit import FitMaterial, FitSettings, fit
from tingzhen.training.damage.linear_start import fit_linear
from tingzhen.training.damage.network import NetworkSettings
from tingzhen.training.damage.optimiser import Rates
from tingzhen.training.damage.sampling import draw_weights, positive_weights
from tingzhen.training.damage.squares import decode_squares
from tingzhen.training.runs import Run

SETTINGS = FitSettings(NetworkSettings("lite0", 64, frozen_blocks=8), batch=4, seed=3)
STEPS = 4


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    pictures = read_damage_manifest(draw_manifest(folder, groups=6))
    embeddings = np.random.default_rng(0).random((len(pictures), 1280), dtype=np.float32)
    return FitMaterial(pictures, decode_squares(pictures, 96, folder / "cache"), lambda: embeddings)


class CutOff(Exception):
    """What a lost machine looks like from inside."""


def test_a_run_that_was_cut_off_ends_as_one_that_was_not(material, tmp_path):
    rows = np.arange(len(material.pictures))
    whole = fit(material, rows, SETTINGS, Run(tmp_path / "whole"), "x", steps=STEPS)

    def cut(step):
        if step == 3:
            raise CutOff

    run = Run(tmp_path / "cut")
    with pytest.raises(CutOff):
        fit(material, rows, SETTINGS, run, "x", steps=STEPS, checkpoint_every_s=0, progress=cut)
    kept = run.load_checkpoint("x")
    assert kept["step"] == 2, "the step that was cut off is made again"
    again = fit(material, rows, SETTINGS, Run(tmp_path / "cut"), "x", steps=STEPS)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    read = fit(material, rows, SETTINGS, Run(tmp_path / "cut"), "x", steps=STEPS, progress=cut)
    assert torch.equal(read.map.weight, whole.map.weight), "a finished one is only read"


def test_steps_are_logged_as_one_object_a_line(material, tmp_path):
    rows = np.arange(len(material.pictures))
    settings = replace(SETTINGS, batch=1, network=NetworkSettings("lite0", 64, 16))
    fit(material, rows, settings, Run(tmp_path), "x", steps=20)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    told = json.loads(line)
    assert told["fit"] == "x" and told["step"] == 20
    assert told["picture_loss"] > 0 and told["place_loss"] > 0


def test_a_diverged_run_ends_with_a_typed_error(material, tmp_path):
    settings = replace(SETTINGS, rates=Rates(head_rate=1e30))
    with pytest.raises(TrainingError, match="diverged"):
        fit(material, np.arange(len(material.pictures)), settings, Run(tmp_path), "x", steps=8)


def test_batches_are_a_function_of_the_step_wherever_they_are_made(material):
    rows = np.arange(len(material.pictures))
    weights = draw_weights(material.pictures, boxed_share=0.45)
    maker = BatchMaker(material.pictures, material.squares, rows, weights, 3, 64, 5)
    here = list(Workers(maker).batches(2, 4))
    with Workers(maker, 1) as apart:
        there = list(apart.batches(2, 4))
    for one, other in zip(here, there, strict=True):
        assert torch.equal(one.pictures, other.pictures)
        assert torch.equal(one.places, other.places)
    assert not torch.equal(here[0].pictures, here[1].pictures)
    assert here[0].pictures.shape == (3, 3, 64, 64) and here[0].places.shape == (3, 13, 4, 4)


def test_the_linear_start_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    inputs = random.normal(0, 1, (300, 4)).astype(np.float32)
    truth = (inputs @ [1.0, -2, 0.5, 0] + random.normal(0, 1, 300) > 0).astype(np.float32)
    targets = np.stack([truth, np.full(300, np.nan, np.float32)], axis=1)
    head = fit_linear(inputs, targets, np.full(300, 1 / 300), np.ones(2, np.float32))
    ours = head.logits(inputs)[:, 0]
    scaled = (inputs - inputs.mean(axis=0)) / (inputs.std(axis=0, ddof=1) + 0.05)
    theirs = LogisticRegression(C=1 / (2 * 3e-4 * 300)).fit(scaled, truth)
    assert ours == pytest.approx(theirs.decision_function(scaled), abs=0.05)
    assert (head.weight[1] == 0).all(), "what is never said is not learned"


def test_rare_and_boxed_pictures_are_drawn_more_often(tmp_path):
    pictures = read_damage_manifest(draw_manifest(tmp_path, groups=4, sources=("one", "two")))
    other = read_damage_manifest(draw_manifest(tmp_path, groups=3, seed=1, sources=("bare",)))
    bare = [p for p in other if "undamaged" in p.labels]
    weights = draw_weights([*pictures, *bare], boxed_share=0.7)
    assert weights.sum() == pytest.approx(1) and (weights > 0).all()
    assert weights[: len(pictures)].sum() == pytest.approx(0.7)
    of_pictures, of_places = positive_weights(pictures)
    scratch, dent = TYPE_INDEX["scratch"], TYPE_INDEX["dent"]
    assert of_pictures[scratch] == 1.0, "as many with as without"
    assert 1 < of_places[scratch] <= 6 and of_pictures[dent] > 1


def test_squares_are_taken_up_and_made_anew_for_other_pictures(material, tmp_path):
    first = decode_squares(material.pictures[:4], 32, tmp_path)
    stamp = (tmp_path / "squares.u8").stat().st_mtime_ns
    assert (decode_squares(material.pictures[:4], 32, tmp_path) == first).all()
    assert (tmp_path / "squares.u8").stat().st_mtime_ns == stamp
    other = decode_squares(material.pictures[2:6], 32, tmp_path)
    assert (other[:2] == np.asarray(decode_squares(material.pictures[2:6], 32, tmp_path))[:2]).all()
    assert other.shape == (4, 32, 32, 3)
