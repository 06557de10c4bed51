"""Cluster bootstrap against theory and against a plain loop."""

import math

import numpy as np
import pytest

from tingzhen.training.intervals import Interval, bootstrap_interval


def test_mean_of_independent_values_matches_the_normal_interval():
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    interval = bootstrap_interval(
        lambda i: float(values[i].mean()), [f"g{i}" for i in range(400)], resamples=2000
    )
    half = 1.96 * values.std() / math.sqrt(400)
    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.04)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.04)
    assert interval.n == 400


def test_clips_of_one_recording_do_not_count_as_independent():
    values = np.repeat(np.random.default_rng(1).normal(size=20), 30)
    by_clip = bootstrap_interval(lambda i: float(values[i].mean()), [str(i) for i in range(600)])
    by_recording = bootstrap_interval(
        lambda i: float(values[i].mean()), [str(i // 30) for i in range(600)]
    )
    assert by_recording.n == 20
    assert by_recording.high - by_recording.low > 3 * (by_clip.high - by_clip.low)


def test_undefined_resamples_are_left_out_and_few_give_no_bounds():
    positive = np.array([1] + [0] * 9)
    interval = bootstrap_interval(
        lambda i: 1.0 if positive[i].sum() else math.nan, [str(i) for i in range(10)]
    )
    assert (interval.low, interval.high) == (1.0, 1.0)
    never = bootstrap_interval(lambda i: math.nan, ["a", "b"])
    assert math.isnan(never.low) and never.to_json()["value"] is None
    assert bootstrap_interval(lambda i: 1.0, []).n == 0
    assert str(Interval(0.5, 0.25, 0.75, 8)) == "0.50 [0.25, 0.75] n=8"
