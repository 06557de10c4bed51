"""Variants, weights, calibration, thresholds, figures against independent implementations."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tingzhen.audio.vocabulary import NOISE_TYPES  # noqa: E402
from tingzhen.datasets.noise_manifest import NoiseClip  # noqa: E402
from tingzhen.training.noise.augment import Channel, coloured_noise, mix, through_channel  # noqa: E402
from tingzhen.training.noise.calibration import (  # noqa: E402
    fault_threshold,
    fit_calibration,
    sigmoid,
)
from tingzhen.training.noise.crossval import train_rows  # noqa: E402
from tingzhen.training.noise.embed import plan_variants  # noqa: E402
from tingzhen.training.noise.fit import FitSettings, clip_weights  # noqa: E402
from tingzhen.training.noise_measuring.figures import (  # noqa: E402
    Scored,
    auc,
    calibration_error,
    noise_figures,
)


def clip(types, group, source, *, negative=False, weak=False):
    return NoiseClip(Path(f"{group}.wav"), frozenset(types), group, source, "", negative, weak)


clips_of_any_kind = st.lists(
    st.builds(
        lambda type_, group, source: clip({type_}, f"g{group}", f"s{source}"),
        st.sampled_from(["knock", "squeal", "normal"]), st.integers(0, 12), st.integers(0, 2),
    ),
    min_size=4, max_size=40,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(clips_of_any_kind, st.integers(0, 5))
def test_no_part_is_heard_while_it_is_left_out(clips, seed):
    fold = np.array([int(c.group[1:]) % 3 for c in clips], dtype=np.int64)
    source = np.array([int(c.source[1:]) for c in clips], dtype=np.int64)
    variants = plan_variants(clips, fold, channels=2, mixes=2, seed=seed)
    assert [v.clip for v in variants[: len(clips)]] == list(range(len(clips)))
    for v in variants:
        if v.partner >= 0:
            assert clips[v.clip].faulty and not clips[v.partner].faulty
            assert fold[v.clip] == fold[v.partner]
            assert clips[v.clip].group != clips[v.partner].group
    for part in (fold, source):
        for left_out in set(part.tolist()):
            for i in train_rows(variants, part, left_out):
                v = variants[int(i)]
                assert part[v.clip] != left_out
                assert v.partner < 0 or part[v.partner] != left_out


def test_a_recording_weighs_the_same_however_often_it_was_cut():
    clips = [clip({"knock"}, "a", "s")] * 9 + [clip({"knock"}, "b", "s")]
    weight = clip_weights(clips, FitSettings())
    assert weight[:9].sum() == pytest.approx(weight[9])
    balanced = clip_weights(
        [clip({"knock"}, "a", "s")] + [clip({"normal"}, f"n{i}", "s") for i in range(99)],
        FitSettings(balance=0.0),
    )
    assert balanced[0] == pytest.approx(balanced[1:].sum())


def test_calibration_recovers_what_was_done_to_the_logits():
    random = np.random.default_rng(0)
    true_logits = random.normal(-1, 2, (6000, 3))
    truth = (random.uniform(size=true_logits.shape) < sigmoid(true_logits)).astype(float)
    shift = np.array([0.5, -1.0, 0.0])
    slope, found = fit_calibration((true_logits - shift) / 0.6, truth, np.ones(6000))
    assert slope == pytest.approx(0.6, abs=0.05)
    assert np.allclose(found, shift, atol=0.15)


def test_few_healthy_recordings_exceed_a_threshold():
    healthy = np.random.default_rng(1).uniform(0, 1, 2000)
    threshold = fault_threshold(healthy, np.ones(2000), 0.03)
    assert 0.02 <= (healthy >= threshold).mean() <= 0.03
    assert fault_threshold(np.zeros(10), np.ones(10), 0.03) == 0.5


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=50))
def test_auc_equals_sklearn(rows):
    from sklearn.metrics import roc_auc_score

    scores = np.array([float(s) for s, _ in rows])
    truth = np.array([t for _, t in rows])
    if truth.all() or not truth.any():
        assert np.isnan(auc(scores, truth))
    else:
        assert auc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_calibration_error_by_hand():
    assert calibration_error(np.array([0.9, 0.9]), np.array([1.0, 0.0])) == pytest.approx(0.4)
    assert calibration_error(np.array([1.0, 0.05]), np.array([1.0, 0.0])) == pytest.approx(0.025)


def test_figures_by_hand():
    def row(**given):
        return [given.get(type_, 0.0) for type_ in NOISE_TYPES]

    clips = [
        clip({"knock"}, "k1", "a"), clip({"knock"}, "k2", "a"),
        clip({"rumble"}, "r1", "b"), clip({"normal"}, "n1", "a"),
        clip({"normal"}, "n2", "b"), clip({"normal"}, "w1", "c", weak=True),
        clip({"not_vehicle"}, "x1", "d", negative=True), clip({"grind"}, "gr", "b"),
    ]  # fmt: skip
    scores = np.array([
        row(knock=0.9), row(normal=0.8, knock=0.7), row(rumble=0.6, squeal=0.5),
        row(normal=0.9), row(squeal=0.6, normal=0.5), row(normal=1.0), row(knock=0.9), row(),
    ])  # fmt: skip
    verdicts = ["abnormal", "normal", "cannot_tell", "normal", "abnormal", "normal", "abnormal",
                "cannot_tell"]  # fmt: skip
    figures = noise_figures(Scored(clips, scores, verdicts), resamples=50)
    assert figures["recordings"] == 8
    # knock 1 of 2, whine and rumble 1 of 1, normal 1 of 2; the weak, negative and grind ones
    # are no part of the seven types.
    assert figures["balanced_accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["balanced_accuracy"]["n"] == 5
    assert figures["among_first_two"]["value"] == 1.0
    assert figures["verdict"]["faults_called_abnormal"]["value"] == 0.25
    assert figures["verdict"]["normals_called_abnormal"]["value"] == 0.5
    assert figures["verdict"]["weak_normals_called_abnormal"]["value"] == 0.0
    assert figures["verdict"]["negatives_called_abnormal"]["value"] == 1.0
    assert figures["normals_called_abnormal_by_source"]["b"]["value"] == 1.0


def test_mixing_keeps_the_wanted_ratio_and_the_channel_is_repeatable():
    random = np.random.default_rng(2)
    wanted, other = (coloured_noise(32_000, -3.0, random) for _ in range(2))
    mixed = mix(wanted, 5 * other, 6.0)
    ratio = np.mean(wanted**2) / np.mean((mixed - wanted) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(6.0, abs=0.01)
    first = through_channel(wanted, Channel(), np.random.default_rng(5))
    assert np.array_equal(first, through_channel(wanted, Channel(), np.random.default_rng(5)))
    assert first.dtype == np.float32 and 0.9 < len(wanted) / len(first) < 1.1
    assert np.isfinite(through_channel(np.zeros(16_000, np.float32), Channel(), random)).all()
