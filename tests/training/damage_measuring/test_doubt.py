"""Scores of strangeness against their formulas, and odd pictures that are odd."""

from functools import partial

import numpy as np
import pytest

from tests.training.damage_measuring.conftest import make_picture, texture
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.training.damage_measuring import doubt
from tingzhen.training.damage_measuring.doubt import (
    bundle_scores,
    doubt_figures,
    doubt_of_bundle,
    energy,
    joint_energy,
    low_probability,
)
from tingzhen.training.damage_measuring.odd_pictures import KINDS, odd_pictures
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.training.damage_measuring.scored import NOT_VEHICLE
from tingzhen.training.damage_measuring.scoring import score_with_bundle
from tingzhen.vision.decision import Calibration
from tingzhen.vision.vocabulary import DAMAGE_TYPES

metrics = pytest.importorskip("sklearn.metrics")
special = pytest.importorskip("scipy.special")


def test_scores_are_their_formulas():
    logits = np.random.default_rng(0).normal(0, 30, (50, 12))
    np.testing.assert_allclose(energy(logits), -special.logsumexp(logits, axis=1))
    np.testing.assert_allclose(joint_energy(logits), -np.log1p(np.exp(logits)).sum(axis=1))
    assert low_probability(np.array([[0.2, 0.7], [0.1, 0.0]])).tolist() == pytest.approx([0.3, 0.9])


def test_logits_are_read_back_from_probabilities():
    random = np.random.default_rng(1)
    logits = random.normal(0, 3, (20, len(DAMAGE_TYPES))).astype(np.float32)
    calibration = Calibration(
        random.uniform(0.5, 2, len(DAMAGE_TYPES)).astype(np.float32),
        random.normal(0, 1, len(DAMAGE_TYPES)).astype(np.float32),
    )
    scores = bundle_scores(calibration.probabilities(logits), np.zeros(20, np.float32), calibration)
    others = np.delete(logits, NOT_VEHICLE, axis=1)
    np.testing.assert_allclose(scores["energy"], energy(others), atol=0.02)


def test_figures_agree_with_scikit_learn():
    random = np.random.default_rng(2)
    known, things = random.normal(0, 1, 80), random.normal(1.5, 1, 40)
    found = doubt_figures(
        {"distance": known}, [f"k{i}" for i in range(80)],
        {"everyday_things": {"distance": things}},
        {"everyday_things": [f"t{i}" for i in range(40)]}, Resampling(50),
    )["everyday_things"]  # fmt: skip
    assert (found["vehicles"], found["strangers"]) == (80, 40)
    truth = np.arange(120) >= 80
    expected = metrics.roc_auc_score(truth, np.concatenate([known, things]))
    assert found["distance"]["auroc"]["value"] == pytest.approx(expected, abs=1e-4)
    limit = np.sort(known)[75]  # 76 of 80 are 95 %
    expected = float((things <= limit).mean())
    assert found["distance"]["passing_at_95"]["value"] == pytest.approx(expected, abs=1e-4)
    assert found["distance"]["auroc"]["low"] < found["distance"]["auroc"]["value"]


def test_odd_pictures_are_of_each_kind_and_the_same_again():
    one, again = odd_pictures(of_each=2), odd_pictures(of_each=2)
    assert [kind for kind, _ in one] == [kind for kind in KINDS for _ in range(2)]
    assert all((a == b).all() for (_, a), (_, b) in zip(one, again, strict=True))
    assert all(rgb.dtype == np.uint8 and rgb.shape == (320, 320, 3) for _, rgb in one)
    by_kind = dict(one)
    assert by_kind["black"].max() < 20 and by_kind["white"].min() > 230
    assert by_kind["noise"].std() > 60 and not (one[0][1] == one[1][1]).all()


def test_a_bundle_is_compared_on_what_it_scored(monkeypatch):
    monkeypatch.setattr(doubt, "odd_pictures", partial(odd_pictures, of_each=1))
    bundle = open_bundle(MODELS_DIR / "damage", "damage")
    pictures = [make_picture("undamaged", f"v{i}") for i in range(3)]
    pictures += [make_picture("not_vehicle", f"n{i}") for i in range(3)]
    read = iter([texture(i) for i in range(6)])
    scored = score_with_bundle(bundle, pictures, lambda _: next(read))
    found = doubt_of_bundle(bundle, scored, resamples=5, seed=0)
    assert found["everyday_things"]["vehicles"] == found["everyday_things"]["strangers"] == 3
    assert found["odd_pictures"]["strangers"] == len(KINDS)
    assert {"distance", "energy", "joint_energy", "low_probability", "not_vehicle"} <= set(
        found["odd_pictures"]
    )
    things = scored.take(np.array([3, 4, 5]))
    assert doubt_of_bundle(bundle, things, resamples=5, seed=0) == {}
