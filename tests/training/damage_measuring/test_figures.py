"""Figures against scikit-learn and against hand-counted cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.datasets.damage_manifest import TYPE_INDEX, Box
from tingzhen.training.damage_measuring.figures import (
    Assessed,
    area_under_roc,
    average_precision,
    covered_share,
    expected_calibration_error,
    figures,
    place_is_right,
)
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

metrics = pytest.importorskip("sklearn.metrics")

PAIRS = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=60)


@given(PAIRS)
@settings(deadline=None)
def test_ranking_figures_agree_with_scikit_learn(pairs):
    scores = np.array([score for score, _ in pairs], np.float32) / 10
    truth = np.array([positive for _, positive in pairs])
    if truth.any():
        expected = metrics.average_precision_score(truth, scores)
        assert average_precision(scores, truth) == pytest.approx(expected)
    if truth.any() and not truth.all():
        assert area_under_roc(scores, truth) == pytest.approx(metrics.roc_auc_score(truth, scores))


def test_ranking_without_positives_is_no_number():
    assert np.isnan(average_precision(np.ones(3, np.float32), np.zeros(3, bool)))
    assert np.isnan(area_under_roc(np.ones(3, np.float32), np.ones(3, bool)))


def test_calibration_error_of_a_hand_counted_case():
    stated = np.array([0.85, 0.85, 0.85, 0.85, 0.15, 0.15], np.float32)
    true = np.array([1, 1, 1, 0, 0, 0], bool)
    expected = (4 * abs(0.75 - 0.85) + 2 * 0.15) / 6
    assert expected_calibration_error(stated, true) == pytest.approx(expected, abs=1e-6)


def test_places():
    truth = [Box(1, 0.5, 0.0, 0.5, 0.5), Box(1, 0.5, 0.0, 0.25, 0.5)]
    assert place_is_right((0.6, 0.1, 0.2, 0.2), truth)
    assert not place_is_right((0.0, 0.1, 0.2, 0.2), truth)
    assert covered_share(truth) == pytest.approx(0.25)


def test_figures_count_only_what_is_said():
    dent, scratch = TYPE_INDEX["dent"], TYPE_INDEX["scratch"]
    targets = np.zeros((5, len(DAMAGE_TYPES)), np.float32)
    targets[:, scratch] = np.nan
    targets[[0, 1], dent] = 1
    targets[[2, 3, 4], TYPE_INDEX["undamaged"]] = 1
    probabilities = np.full_like(targets, 0.1)
    probabilities[[0, 2], dent] = 0.9
    reported = np.zeros((5, len(VISIBLE_DAMAGES)), bool)
    reported[[0, 2], dent] = True
    verdicts = ["damaged", "undamaged", "damaged", "undamaged", "cannot_tell"]
    result = figures(
        Assessed(
            probabilities, targets, reported, verdicts, list("abcde"), ["one"] * 5,
            [[(dent, True, 0.1)], [], [], [], []],
        ),
        resamples=50,
    )["by_source"]["one"]  # fmt: skip
    assert set(result["types"]) == {"dent"}
    of = result["types"]["dent"]
    assert of["positives"] == 2
    assert of["precision"]["value"] == 0.5 and of["recall"]["value"] == 0.5
    called = result["verdicts"]["undamaged"]
    assert called["called_damaged"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert called["called_damaged"]["n"] == 3
    assert sum(share["value"] for share in called.values()) == pytest.approx(1, abs=1e-3)
    assert result["place"]["value"] == 1.0 and result["place_by_chance"] == 0.1
