"""How well clips of a source never met are told from those of known sources."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.training.noise.tiny import clip, scores
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise.novelty import novelty_figures

CLIPS = [clip("normal", f"g{i // 2}") for i in range(30)]


def test_each_measure_is_an_auc():
    random = np.random.default_rng(0)
    within, apart = (scores(random, CLIPS, np.zeros(30), distance=d) for d in (1.0, 1.4))
    found = novelty_figures(CLIPS, within, apart)
    truth = np.repeat([0, 1], 30)
    for name, of in (
        ("nearest", lambda s: s.distance),
        ("mahalanobis", lambda s: s.mahalanobis),
        ("energy", lambda s: -np.log(np.exp(s.known).sum(axis=1))),
    ):
        expected = roc_auc_score(truth, np.concatenate([of(within), of(apart)]))
        assert found[name]["value"] == pytest.approx(expected, abs=1e-4)
        assert found[name]["n"] == 15
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]


def test_far_is_one_and_alike_is_a_half():
    random = np.random.default_rng(0)
    within = scores(random, CLIPS, np.zeros(30))
    far = OutOfFold(within.known - 50, within.open, within.distance + 9, within.mahalanobis,
                    within.part)  # fmt: skip
    found = novelty_figures(CLIPS, within, far)
    assert found["nearest"]["value"] == found["energy"]["value"] == 1.0
    assert found["mahalanobis"]["value"] == 0.5
