"""Thresholds never look at what they are reported on, and leave half of each type answered."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.noise_measuring.conftest import make_scored
from tingzhen.training.noise_measuring.scores import balanced_accuracy
from tingzhen.training.noise_measuring.selective import one_threshold_curve, selective
from tingzhen.training.noise_measuring.threshold_choice import (
    choose_by_fold,
    chosen_step,
    threshold_path,
)

recordings = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60
)


@settings(deadline=None, max_examples=60)
@given(recordings, st.sampled_from([0.3, 0.5, 0.8]))
def test_each_step_is_what_its_thresholds_give(rows, of_each):
    confidence, first, truth = (np.array(column) for column in zip(*rows, strict=True))
    confidence = confidence / 20
    path = threshold_path(confidence, first, truth, of_each=of_each)
    assert path[0].coverage == 1.0
    for step in path:
        answered = confidence >= step.thresholds[first]
        assert answered.mean() == pytest.approx(step.coverage)
        hit = (first == truth)[answered]
        assert balanced_accuracy(hit, truth[answered]) == pytest.approx(step.accuracy)
        for k in set(truth.tolist()):
            assert answered[truth == k].mean() >= of_each - 1e-9
    assert all(a.coverage > b.coverage for a, b in pairwise(path))
    assert chosen_step(path, 0.6).coverage >= 0.6


def test_sure_and_right_stay_while_unsure_and_wrong_go():
    truth = np.repeat([0, 1], 20)
    first = truth.copy()
    first[:5] = 1
    confidence = np.full(40, 0.9)
    confidence[:5] = 0.2
    fold = np.arange(40) % 4
    choice = choose_by_fold(confidence, first, truth, fold, of_each=0.5)
    answered = choice.answered(confidence, first, fold, 0.6)
    assert answered.tolist() == [False] * 5 + [True] * 35


def test_a_recording_has_no_say_in_its_own_threshold():
    random = np.random.default_rng(3)
    truth, first = random.integers(0, 7, 100), random.integers(0, 7, 100)
    confidence, fold = random.random(100), random.integers(0, 5, 100)

    def answered(truth):
        choice = choose_by_fold(confidence, first, truth, fold, of_each=0.5)
        return choice.answered(confidence, first, fold, 0.6)

    changed = truth.copy()
    changed[fold == 2] = (changed[fold == 2] + 1) % 7
    assert np.array_equal(answered(truth)[fold == 2], answered(changed)[fold == 2])


def test_answering_less_is_more_often_right(fold):
    scored = make_scored()
    figures = selective(scored, fold, resamples=30)
    plain = figures["curves"]["one_threshold"]
    assert plain[-1][0] == 1.0
    assert figures["balanced_accuracy"]["value"] > plain[-1][1]
    assert 0.55 < figures["coverage"]["value"] < 1
    least = min(one["value"] for one in figures["coverage_by_type"].values())
    assert figures["least_coverage_of_a_type"] == least


def test_the_plain_curve_by_hand():
    curve = one_threshold_curve(
        np.array([0.9, 0.8, 0.1]), np.array([True, False, True]), np.array([0, 1, 1])
    )
    assert curve == [[0.3333, 1.0], [0.6667, 0.5], [1.0, 0.75]]
