"""The estimator against published figures and against an independent computation."""

import math

import numpy as np
import pytest
from scipy import stats

from tingzhen.diagnosis.fleet.intervals import garwood, wilson
from tingzhen.diagnosis.fleet.kaplan_meier import design_effect, kaplan_meier

REMISSION_WEEKS = (
    "6+", "6", "6", "6", "7", "9+", "10+", "10", "11+", "13", "16", "17+", "19+", "20+", "22", "23",
    "25+", "32+", "32+", "34+", "35+",
)  # fmt: skip
"""6-mercaptopurine (Freireich et al. 1963, Blood 21: 699-716); + is censored."""
PUBLISHED = {6: (0.857, 0.0764), 7: (0.807, 0.0869), 10: (0.753, 0.0963), 13: (0.690, 0.1068),
             16: (0.627, 0.1141), 22: (0.538, 0.1282), 23: (0.448, 0.1346)}  # fmt: skip
"""Survival and Greenwood's standard error (Kalbfleisch and Prentice 2002, chapter 1)."""
WEEKS = np.array([float(text.rstrip("+")) for text in REMISSION_WEEKS])
ENDED = np.array([not text.endswith("+") for text in REMISSION_WEEKS])


def test_the_published_figures() -> None:
    curve = kaplan_meier(WEEKS, ENDED)
    assert curve.times.tolist() == list(PUBLISHED)
    error = curve.survival * np.sqrt(curve.variance)
    for place, (survival, published_error) in enumerate(PUBLISHED.values()):
        assert curve.survival[place] == pytest.approx(survival, abs=0.0005)
        assert error[place] == pytest.approx(published_error, abs=0.00005)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_same_as_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    durations = rng.integers(1, 400, 300).astype(float)
    happened = rng.random(300) < 0.3
    # Else scipy has no interval at one of the ends, and warns.
    happened[durations == durations.max()] = False
    happened[durations == durations.min()] = True
    curve = kaplan_meier(durations, happened)
    data = stats.CensoredData.right_censored(durations, ~happened)
    survival = stats.ecdf(data).sf
    interval = survival.confidence_interval(method="log-log")
    for time in (30.0, 90.0, 200.0, 333.0):
        share, low, high = curve.happened(time)
        assert share == pytest.approx(1 - survival.evaluate(time))
        assert low == pytest.approx(1 - interval.high.evaluate(time))
        assert high == pytest.approx(1 - interval.low.evaluate(time))


def test_without_events_the_interval_is_that_of_the_ones_watched() -> None:
    curve = kaplan_meier(np.full(40, 90.0), np.zeros(40, dtype=np.bool_))
    share, low, high = curve.happened(60.0)
    assert (share, low) == (0.0, 0.0)
    assert high == pytest.approx(stats.binomtest(0, 40).proportion_ci().high)
    assert math.isnan(curve.happened(91.0)[0])
    everything = kaplan_meier(np.full(40, 5.0), np.ones(40, dtype=np.bool_))
    assert everything.happened(60.0)[0] == 1.0
    assert everything.happened(60.0)[1] == pytest.approx(
        stats.binomtest(40, 40).proportion_ci().low
    )
    nothing = kaplan_meier(np.empty(0), np.empty(0, dtype=np.bool_))
    assert all(math.isnan(value) for value in nothing.happened(1.0))


def test_whatever_comes_twice_counts_once() -> None:
    """Every repair doubled, in the same vehicle: the variance is halved, the design effect makes
    up for it."""
    rng = np.random.default_rng(4)
    durations = rng.integers(1, 400, 200).astype(float)
    happened = rng.random(200) < 0.4
    once = kaplan_meier(durations, happened)
    doubled, both = np.repeat(durations, 2), np.repeat(happened, 2)
    twice = kaplan_meier(doubled, both)
    effect = design_effect(twice, doubled, both, np.repeat(np.arange(200), 2), 365.0)
    assert effect == pytest.approx(2.0)
    assert twice.happened(365.0, design_effect=effect) == pytest.approx(
        once.happened(365.0), abs=0.002
    )
    assert design_effect(once, durations, happened, np.arange(200), 365.0) == 1.0


def test_intervals_of_shares_and_rates() -> None:
    share, low, high = wilson(np.array([3, 0, 0]), np.array([20, 10, 0]))
    expected = stats.binomtest(3, 20).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high))
    assert (share[1], low[1]) == (0.0, 0.0)
    assert np.isnan([share[2], low[2], high[2]]).all()
    rate, low, high = garwood(np.array([3, 0, 1]), np.array([2.0, 1.0, 0.0]))
    # The exact limits of a count of 3 are 0.6187 and 8.7673, of 0 they are 0 and 3.6889.
    assert (rate[0], low[0], high[0]) == pytest.approx((1.5, 0.6187 / 2, 8.7673 / 2), abs=1e-4)
    assert (low[1], high[1]) == pytest.approx((0.0, 3.6889), abs=1e-4)
    assert np.isnan(rate[2])
