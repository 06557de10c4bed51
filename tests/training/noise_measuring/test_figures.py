"""What counts where; every figure against a plain count."""

import json

import numpy as np
import pytest
from sklearn import metrics

from tests.training.noise_measuring.conftest import make_clip, make_scored
from tingzhen.training.noise_measuring.figures import noise_figures
from tingzhen.training.noise_measuring.recordings import (
    NAMES,
    Scored,
    by_recording,
    fourteen_scores,
    known_elsewhere,
    seven_scores,
)


def test_figures_equal_those_of_sklearn(scored):
    figures = noise_figures(scored, resamples=20)
    r = by_recording(scored)
    scores, truth = seven_scores(r.probabilities)[r.known], r.truth[r.known]
    answer = scores.argmax(axis=1)
    expected = metrics.recall_score(truth, answer, labels=np.unique(truth), average="macro")
    assert figures["balanced_accuracy"]["value"] == pytest.approx(expected, abs=1e-4)
    matrix = metrics.confusion_matrix(truth, answer, labels=range(7))
    assert figures["confusion"] == {"types": list(NAMES), "counts": matrix.tolist()}
    for k, name in enumerate(NAMES):
        if not (truth == k).any():
            assert name not in figures["auc"]
            continue
        one = metrics.roc_auc_score(truth == k, scores[:, k])
        assert figures["auc"][name]["value"] == pytest.approx(one, abs=1e-4)
        precise = metrics.average_precision_score(truth == k, scores[:, k])
        assert figures["average_precision"][name]["value"] == pytest.approx(precise, abs=1e-4)
        assert figures["auc"][name]["n"] == (truth == k).sum()
    assert sum(b["n"] for b in figures["reliability"]) == len(truth)
    gap = sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in figures["reliability"])
    assert figures["calibration_error"]["value"] == pytest.approx(gap / len(truth), abs=2e-4)
    json.dumps(figures, allow_nan=False)


def test_machinery_and_weak_normals_are_counted_apart():
    clips = [
        make_clip("not_vehicle", "m", "a", reported="neg_machinery", negative=True),
        make_clip("not_vehicle", "r", "a", reported="neg_rain", negative=True),
        make_clip("normal", "p", "b", reported="neg_truck", negative=True),
        make_clip("normal", "w", "b", weak=True), make_clip("normal", "n", "b"),
        make_clip("knock", "k", "b"), make_clip("knock", "k", "b"),
    ]  # fmt: skip
    verdicts = ["abnormal", "normal", "normal", "abnormal", "normal", "abnormal", "cannot_tell"]
    figures = noise_figures(Scored(clips, np.zeros((7, 14)), verdicts), resamples=10)
    verdict = {name: (f["value"], f["n"]) for name, f in figures["verdict"].items()}
    assert verdict["negatives_called_abnormal"] == (pytest.approx(1 / 3, abs=1e-3), 3)
    assert verdict["negatives_without_machinery_called_abnormal"] == (0.0, 2)
    assert verdict["machinery_called_abnormal"] == (1.0, 1)
    assert verdict["weak_normals_called_abnormal"] == (1.0, 1)
    assert verdict["normals_called_abnormal"] == (0.0, 1)
    assert verdict["faults_cannot_tell"] == (0.5, 1)
    assert figures["verdicts_by_type"]["knock"] == {
        "abnormal": 0.5, "normal": 0.0, "cannot_tell": 0.5, "n": 1,
    }  # fmt: skip
    assert figures["verdicts_by_type"]["normal"]["n"] == 3
    assert set(figures["negatives_called_abnormal_by_source"]) == {"a", "b"}


def test_only_types_that_other_sources_have():
    clips = [
        make_clip("knock", "1", "a"), make_clip("knock", "2", "a"), make_clip("knock", "3", "b"),
        make_clip("whine", "4", "a"), make_clip("rumble", "5", "b"), make_clip("clunk", "6", "a"),
    ]  # fmt: skip
    assert known_elsewhere(clips).tolist() == [True, True, True, True, True, False]
    assert known_elsewhere(clips, at_least=2).tolist() == [False, False, True, False, False, False]
    kept = Scored(clips, np.arange(84.0).reshape(6, 14), list("abcdef")).kept(
        known_elsewhere(clips, at_least=2)
    )
    assert [c.group for c in kept.clips] == ["3"] and kept.verdicts == ["c"]


def test_seven_scores_come_back_from_fourteen():
    scores = np.random.default_rng(0).random((5, 7))
    assert np.array_equal(seven_scores(fourteen_scores(scores)), scores)


def test_nothing_known_gives_no_numbers_and_no_error():
    scored = make_scored(recordings=0)
    figures = noise_figures(scored, fold=np.zeros(len(scored.clips), dtype=np.int64), resamples=10)
    assert figures["balanced_accuracy"] == {"value": None, "low": None, "high": None, "n": 0}
    assert figures["selective"]["coverage"]["value"] is None
    json.dumps(figures, allow_nan=False)
