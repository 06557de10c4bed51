"""Ranking, calibration and confusion against scikit-learn and against plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from tingzhen.training.noise_measuring.scores import (
    auc,
    average_precision,
    balanced_accuracy,
    calibration_error,
    confusion,
)

ranked = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=60)
answered = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(ranked)
def test_ranking_equals_sklearn(rows):
    scores = np.array([float(s) for s, _ in rows])
    truth = np.array([t for _, t in rows])
    if not truth.any():
        assert math.isnan(average_precision(scores, truth))
        return
    expected = metrics.average_precision_score(truth, scores)
    assert average_precision(scores, truth) == pytest.approx(expected)
    if not truth.all():
        assert auc(scores, truth) == pytest.approx(metrics.roc_auc_score(truth, scores))


@settings(deadline=None, max_examples=60)
@given(answered)
def test_confusion_and_balanced_accuracy_equal_sklearn(rows):
    truth = np.array([t for t, _ in rows])
    answer = np.array([a for _, a in rows])
    expected = metrics.confusion_matrix(truth, answer, labels=range(5))
    assert np.array_equal(confusion(truth, answer, 5), expected)
    recalls = [(answer == k)[truth == k].mean() for k in set(truth.tolist())]
    assert balanced_accuracy(answer == truth, truth) == pytest.approx(np.mean(recalls))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_calibration_error_by_a_plain_loop(rows):
    total = 0.0
    for b in range(10):
        held = [(c, y) for c, y in rows if min(int(c * 10), 9) == b]
        if held:
            total += abs(sum(c for c, _ in held) - sum(y for _, y in held)) / len(rows)
    confidence = np.array([c for c, _ in rows])
    correct = np.array([float(y) for _, y in rows])
    assert calibration_error(confidence, correct) == pytest.approx(total)


def test_nothing_is_no_figure():
    nothing, none = np.empty(0), np.empty(0, dtype=np.int64)
    assert math.isnan(calibration_error(nothing, nothing))
    assert math.isnan(balanced_accuracy(none == 1, none))
