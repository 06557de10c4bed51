"""Thresholds against brute force, calibration against scikit-learn, nothing fitted on itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.datasets.damage_manifest import TYPE_INDEX
from tingzhen.training.damage.calibration import (
    STATED_PRECISION,
    Judged,
    cross_fitted,
    fit_calibration,
    fit_limits,
    precise_threshold,
    stated_precision,
)
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

DENT, UNDAMAGED = TYPE_INDEX["dent"], TYPE_INDEX["undamaged"]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40),
    st.sampled_from([0.5, 0.8, 0.95]),
)
@settings(deadline=None)
def test_the_threshold_is_the_lowest_that_is_precise_enough(pairs, precision):
    scores = np.array([score for score, _ in pairs], np.float32) / 10
    truth = np.array([positive for _, positive in pairs])
    found = precise_threshold(scores, truth, precision)
    if not truth.any():
        assert found == 0.5
        return
    enough = [t for t in np.unique(scores) if truth[scores >= t].mean() >= precision]
    assert found == pytest.approx(min(enough) if enough else scores.max())


def judged(seed=0, n=400):
    random = np.random.default_rng(seed)
    targets = np.full((n, len(DAMAGE_TYPES)), np.nan, np.float32)
    targets[:, DENT] = random.random(n) < 0.4
    targets[:, UNDAMAGED] = 1 - targets[:, DENT]
    targets[:, TYPE_INDEX["not_vehicle"]] = 0
    scores = random.normal(0, 1, targets.shape).astype(np.float32)
    scores[:, DENT] += 3 * targets[:, DENT]
    return Judged(scores, targets, random.random(n).astype(np.float32))


def test_calibrated_probabilities_are_as_often_true_as_they_say():
    learned, fresh = judged(0), judged(1, 4000)
    calibration = fit_calibration(learned)
    p = calibration.probabilities(fresh.scores)[:, DENT]
    for low in np.arange(0.1, 0.9, 0.2):
        inside = (p >= low) & (p < low + 0.2)
        assert fresh.targets[inside, DENT].mean() == pytest.approx(p[inside].mean(), abs=0.12)
    untold = TYPE_INDEX["scratch"]
    assert calibration.slope[untold] == 1 and calibration.offset[untold] == 0


def test_limits_state_their_precision_and_spare_the_undamaged():
    learned = judged()
    calibration = fit_calibration(learned)
    limits = fit_limits(learned, calibration)
    told = stated_precision(learned, calibration, limits)
    assert told["stated"] == STATED_PRECISION
    assert told["types"]["dent"]["precision"] >= STATED_PRECISION
    assert 0 < told["types"]["dent"]["recall"] <= 1
    assert told["types"]["scratch"]["recall"] is None
    p = calibration.probabilities(learned.scores)[:, DENT]
    alarms = p[learned.targets[:, UNDAMAGED] == 1] >= limits.report[DENT]
    assert alarms.mean() <= 0.03
    assert (limits.doubt <= limits.report).all() and (limits.report >= 0.5).all()
    experimental = VISIBLE_DAMAGES.index("tyre_bulge")
    assert limits.report[experimental] >= 0.6
    assert limits.distance == pytest.approx(np.quantile(learned.distances, 0.99), abs=1e-6)


def test_no_item_is_calibrated_by_its_own_fold():
    learned = judged()
    folds = np.arange(400) % 2
    probabilities, limits, which = cross_fitted(learned, folds)
    assert len(limits) == 2 and (which == folds).all()
    flipped = learned.targets.copy()
    flipped[folds == 0] = 1 - flipped[folds == 0]
    again, _, _ = cross_fitted(Judged(learned.scores, flipped, learned.distances), folds)
    assert (again[folds == 0] == probabilities[folds == 0]).all()
    assert (again[folds == 1] != probabilities[folds == 1]).any()


def test_no_source_of_healthy_pictures_is_outvoted():
    """Engine bays that look dented raise the threshold among a thousand quiet cars."""
    random = np.random.default_rng(5)
    targets = np.zeros((1560, len(DAMAGE_TYPES)), np.float32)
    targets[:500, DENT] = 1
    targets[500:, UNDAMAGED] = 1
    scores = np.full(targets.shape, -4.0, np.float32)
    scores[:500, DENT] = random.normal(3, 1, 500)
    scores[500:1500, DENT] = random.normal(-4, 1, 1000)
    scores[1500:, DENT] = random.normal(1, 0.5, 60)
    sources = np.array(["phone"] * 500 + ["cars"] * 1000 + ["bays"] * 60)
    distances = np.zeros(len(targets), np.float32)
    judged = Judged(scores, targets, distances, sources)
    calibration = fit_calibration(judged)
    bays = calibration.probabilities(scores)[1500:, DENT]
    together = fit_limits(Judged(scores, targets, distances), calibration)
    apart = fit_limits(judged, calibration)
    assert (bays >= together.report[DENT]).mean() > 0.1, "outvoted, without sources"
    assert (bays >= apart.report[DENT]).mean() <= 0.04
    few = Judged(scores[:1530], targets[:1530], distances[:1530], sources[:1530])
    nameless = Judged(scores[:1530], targets[:1530], distances[:1530])
    assert (
        fit_limits(few, calibration).report[DENT] == fit_limits(nameless, calibration).report[DENT]
    )
