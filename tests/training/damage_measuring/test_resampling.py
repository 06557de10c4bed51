"""All resamples at once give what one resample at a time gives."""

import numpy as np
import pytest

from tingzhen.training.damage_measuring.resampling import Resampling, figure, interval
from tingzhen.training.damage_measuring.weighted import area_under_roc, share
from tingzhen.training.intervals import bootstrap_interval

sklearn_auc = pytest.importorskip("sklearn.metrics").roc_auc_score


@pytest.mark.parametrize("groups", [1, 2, 25])
def test_the_interval_is_that_of_the_plain_bootstrap(groups):
    random = np.random.default_rng(groups)
    names = [f"g{i}" for i in random.integers(0, groups, 90)]
    truth = random.random(90) < 0.3
    scores = (truth * 0.4 + random.random(90)).astype(np.float32)

    def one_at_a_time(rows):
        drawn = truth[rows]
        return float(sklearn_auc(drawn, scores[rows])) if 0 < drawn.mean() < 1 else np.nan

    slow = bootstrap_interval(one_at_a_time, names, resamples=150, seed=5)
    fast = interval(area_under_roc(scores, truth), names, Resampling(150, 5))
    for side in ("value", "low", "high", "n"):
        assert getattr(fast, side) == pytest.approx(getattr(slow, side), nan_ok=True)


def test_of_nothing_nothing_is_known():
    nothing = figure(share(np.zeros(0)), [], Resampling(20))
    assert nothing == {"value": None, "low": None, "high": None, "n": 0}


def test_a_figure_that_few_resamples_define_has_no_bounds():
    truth = np.array([True] + [False] * 30)
    truth[1:] = False
    found = interval(
        area_under_roc(np.arange(31.0), np.array([True] + [False] * 30)),
        ["a"] + [f"g{i}" for i in range(30)], Resampling(200),
    )  # fmt: skip
    assert found.value == 0.0 and found.n == 31
    rare = interval(
        area_under_roc(np.arange(3.0), np.array([True, True, False])), list("abc"), Resampling(200)
    )
    assert np.isfinite(rare.low)
    never = interval(area_under_roc(np.arange(3.0), np.zeros(3, bool)), list("abc"), Resampling(9))
    assert np.isnan(never.low) and np.isnan(never.value)
