"""Weighted figures against scikit-learn, against repeated rows, and against hand-counted cases."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.training.damage_measuring.weighted import (
    area_under_roc,
    average_precision,
    calibration_error,
    mean_of,
    passing_at_kept,
    ratio,
    share,
)

metrics = pytest.importorskip("sklearn.metrics")

ROWS = st.lists(
    st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40
)


def drawn(rows):
    """Scores, truth, and the weights of all rows once and of the drawn ones."""
    scores = np.array([score for score, _, _ in rows], np.float32) / 10
    truth = np.array([positive for _, positive, _ in rows])
    counts = np.array([count for _, _, count in rows])
    return scores, truth, counts, np.stack([np.ones(len(rows)), counts.astype(float)])


def same(found, expected):
    assert found == pytest.approx(expected, nan_ok=True)


@given(ROWS)
@settings(deadline=None)
def test_ranking_agrees_with_scikit_learn_for_rows_that_count_often(rows):
    scores, truth, counts, weights = drawn(rows)
    precision = average_precision(scores, truth)(weights)
    area = area_under_roc(scores, truth)(weights)
    for place, often in ((0, np.ones(len(rows), int)), (1, counts)):
        s, t = np.repeat(scores, often), np.repeat(truth, often)
        same(precision[place], metrics.average_precision_score(t, s) if t.any() else np.nan)
        both = t.any() and not t.all()
        same(area[place], metrics.roc_auc_score(t, s) if both else np.nan)


@given(ROWS)
@settings(deadline=None)
def test_weights_are_repeats(rows):
    scores, truth, counts, weights = drawn(rows)
    s, t = np.repeat(scores, counts), np.repeat(truth, counts)
    once = np.ones((1, len(s)))
    columns = slice(None), None
    for statistic, repeated in (
        (share(truth), share(t)),
        (ratio(truth, scores > 0.3), ratio(t, s > 0.3)),
        (passing_at_kept(scores, truth, 0.8), passing_at_kept(s, t, 0.8)),
        (
            calibration_error(scores[columns], truth[columns], np.ones((len(scores), 1), bool)),
            calibration_error(s[columns], t[columns], np.ones((len(s), 1), bool)),
        ),
    ):
        expected = repeated(once)[0] if len(s) else np.nan
        same(statistic(weights)[1], expected)


@given(ROWS, st.sampled_from([0.5, 0.8, 0.95]))
@settings(deadline=None)
def test_passing_strangers_are_counted_at_the_limit(rows, kept):
    values, known, _, _ = drawn(rows)
    found = passing_at_kept(values, known, kept)(np.ones((1, len(values))))[0]
    if not known.any() or known.all():
        assert np.isnan(found)
        return
    limit = min(v for v in values if (values[known] <= v).mean() >= kept - 1e-12)
    same(found, float((values[~known] <= limit).mean()))


def test_calibration_error_of_a_hand_counted_case():
    stated = np.array([[0.85, 0.15], [0.85, 0.15], [0.85, 0.99], [0.85, 0.99]], np.float32)
    truth = np.array([[1, 0], [1, 0], [1, 0], [0, 0]], bool)
    known = np.array([[1, 1], [1, 1], [1, 0], [1, 0]], bool)
    expected = (4 * abs(0.75 - 0.85) + 2 * 0.15) / 6
    found = calibration_error(stated, truth, known)(np.ones((1, 4)))
    assert found[0] == pytest.approx(expected, abs=1e-6)


def test_a_mean_over_types_is_no_number_where_one_is_none():
    scores = np.array([0.2, 0.8], np.float32)
    known = average_precision(scores, np.array([False, True]))
    never = average_precision(scores, np.array([False, False]))
    once = np.ones((1, 2))
    assert mean_of([known, known])(once)[0] == 1.0
    assert np.isnan(mean_of([known, never])(once)[0])
    assert np.isnan(mean_of([])(once)[0])
