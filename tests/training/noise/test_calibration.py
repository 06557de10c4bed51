"""A known temperature and shift come back; few healthy recordings reach a threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tingzhen.training.noise.calibration import (
    fault_threshold,
    fit_confidence,
    sigmoid,
    upper_quantile,
)


def drawn(count=8000, seed=0):
    """Logits of first types and whether they were right, as often as the logits say."""
    random = np.random.default_rng(seed)
    logit = random.normal(0.5, 2, count)
    return logit, (random.uniform(size=count) < sigmoid(logit)).astype(float)


@pytest.mark.parametrize(("temperature", "raised"), [(0.4, 0.0), (1.0, -1.0), (2.5, 0.7)])
def test_confidence_recovers_a_known_temperature_and_shift(temperature, raised):
    logit, correct = drawn()
    slope, shift = fit_confidence(temperature * logit + raised, correct, np.ones(len(logit)))
    assert slope == pytest.approx(1 / temperature, rel=0.08)
    assert shift == pytest.approx(-raised / temperature, abs=0.1)


def test_rows_without_weight_do_not_bend_the_confidence():
    logit, correct = drawn()
    weight = np.r_[np.ones(6000), np.zeros(2000)]
    wrong = correct.copy()
    wrong[6000:] = 1 - wrong[6000:]
    assert fit_confidence(logit, wrong, weight) == fit_confidence(logit, correct, weight)
    # Two rows that weigh one are one row that weighs two.
    twice = fit_confidence(np.r_[logit, logit[:99]], np.r_[correct, correct[:99]], np.ones(8099))
    heavy = fit_confidence(logit, correct, np.r_[np.full(99, 2.0), np.ones(7901)])
    assert twice == pytest.approx(heavy, rel=1e-5)


def test_the_confidence_is_that_of_sklearn():
    from sklearn.linear_model import LogisticRegression

    logit, correct = drawn(1000, seed=3)
    weight = np.random.default_rng(0).uniform(0.2, 2, 1000)
    golden = LogisticRegression(C=1e6).fit(3 * logit[:, None], correct, sample_weight=weight)
    slope, shift = fit_confidence(3 * logit, correct, weight)
    assert slope == pytest.approx(golden.coef_[0, 0], rel=0.05)
    assert shift == pytest.approx(golden.intercept_[0], abs=0.03)


def test_a_recogniser_that_is_always_right_or_always_wrong_gets_finite_numbers():
    logit = np.random.default_rng(0).normal(1, 1, 50)
    for correct in (np.ones(50), np.zeros(50)):
        slope, shift = fit_confidence(logit, correct, np.ones(50))
        assert np.isfinite([slope, shift]).all() and slope > 0
        assert (sigmoid(shift) > 0.5) == bool(correct[0])


def test_sigmoid_neither_overflows_nor_rounds_away():
    values = np.array([-1e6, -20.0, 0.0, 20.0, 1e6])
    assert sigmoid(values)[[0, 2, 4]].tolist() == [0.0, 0.5, 1.0]
    np.testing.assert_allclose(sigmoid(np.array([-3.0, 3.0])), 1 / (1 + np.exp([3.0, -3.0])))


weighted = st.integers(1, 40).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.floats(0, 1)),
        arrays(np.float64, n, elements=st.floats(0.1, 5)),
    )
)


@settings(max_examples=100, deadline=None)
@given(weighted, st.floats(0.001, 0.5))
def test_at_most_the_wanted_share_reaches_the_quantile_and_it_is_the_smallest(rows, share):
    values, weight = rows
    limit = upper_quantile(values, weight, share, low=-1.0, high=2.0)
    assert weight[values >= limit].sum() <= (share + 1e-9) * weight.sum()
    if limit > -1.0:
        assert weight[values >= limit - 2e-4].sum() > (share - 1e-9) * weight.sum()


@settings(max_examples=100, deadline=None)
@given(weighted)
def test_a_threshold_is_never_below_a_half(rows):
    values, weight = rows
    threshold = fault_threshold(values, weight, 0.03)
    assert 0.5 <= threshold <= 0.99
    if threshold < 0.99:
        assert weight[values >= threshold].sum() <= 0.03 * weight.sum() + 1e-9


def test_few_healthy_recordings_reach_a_threshold():
    healthy = np.random.default_rng(1).uniform(0, 0.98, 2000)
    threshold = fault_threshold(healthy, np.ones(2000), 0.03)
    assert 0.025 <= (healthy >= threshold).mean() <= 0.03
    assert fault_threshold(np.zeros(10), np.ones(10), 0.03) == 0.5
    assert fault_threshold(np.empty(0), np.empty(0), 0.03) == 0.5
