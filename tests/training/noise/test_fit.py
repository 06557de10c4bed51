"""Weights of recordings and mixtures, and the fit of a linear head."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.noise.tiny import clip
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.noise.fit import (
    FitSettings,
    clip_weights,
    fit_head,
    mixture_weights,
    targets,
)

recordings = st.lists(
    st.tuples(st.sampled_from(["knock", "normal"]), st.sampled_from("ab"), st.integers(1, 5)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(recordings, st.floats(0, 1))
def test_a_recording_weighs_the_same_however_often_it_was_cut(recorded, balance):
    often = [
        clip(type_, f"g{i}", source)
        for i, (type_, source, cuts) in enumerate(recorded)
        for _ in range(cuts)
    ]
    once = [clip(type_, f"g{i}", source) for i, (type_, source, _) in enumerate(recorded)]
    settings_ = FitSettings(balance=balance)
    cut, whole = clip_weights(often, settings_), clip_weights(once, settings_)
    assert cut.mean() == pytest.approx(1.0)
    of = {c.group: sum(w for o, w in zip(often, cut, strict=True) if o.group == c.group)
          for c in once}  # fmt: skip
    shares = np.array([of[c.group] for c in once])
    np.testing.assert_allclose(shares / shares.sum(), whole / whole.sum())


def test_balance_draws_types_and_sources_together():
    clips = [clip("knock", "k")] + [clip("normal", f"n{i}") for i in range(99)]
    even = clip_weights(clips, FitSettings(balance=0.0))
    assert even[0] == pytest.approx(even[1:].sum())
    assert np.allclose(clip_weights(clips, FitSettings(balance=1.0)), 1.0)
    sources = [clip("knock", "k", "a")] + [clip("knock", f"n{i}", "b") for i in range(4)]
    half = clip_weights(sources, FitSettings(balance=0.5))
    assert half[1:].sum() / half[0] == pytest.approx(2.0)


def test_a_label_that_nobody_checked_weighs_half():
    weight = clip_weights([clip("normal", "a"), clip("normal", "b", weak=True)], FitSettings())
    assert weight[0] == pytest.approx(2 * weight[1])


def test_targets_are_the_types_that_hold():
    wanted = targets([clip({"knock", "squeal"}, "a"), clip("normal", "b")])
    assert wanted.shape == (2, 14) and wanted.sum(axis=1).tolist() == [2, 1]
    assert wanted[0, NOISE_TYPES.index("squeal")] == wanted[1, NOISE_TYPES.index("normal")] == 1


def test_combinations_of_mixtures_are_drawn_towards_equality():
    types = np.zeros((33, 14), np.uint8)
    types[:32, 0], types[32, 1] = 1, 1
    weight = mixture_weights(types)
    assert weight.mean() == pytest.approx(1.0) and len(set(np.round(weight, 9))) == 2
    # 32 of a kind weigh 32 ** 0.2 = twice as much together as a single one.
    assert weight[:32].sum() / weight[32] == pytest.approx(2.0)
    assert mixture_weights(types[:0]).shape == (0,)


def separable(seed=0):
    random = np.random.default_rng(seed)
    vectors = torch.from_numpy(random.normal(7, [5, 0.1, 2, 2], (400, 4)).astype(np.float32))
    truth = np.zeros((400, 14), np.float32)
    truth[:, 0], truth[:, 1] = vectors[:, 0] > 7, vectors[:, 1] > 7
    return vectors, truth


def fitted(vectors, truth, weight=None, **changed):
    weight = np.ones(len(vectors)) if weight is None else weight
    wanted = FitSettings(**{"steps": 150, "batch": 64, "learning_rate": 5e-2} | changed)
    return fit_head(vectors, truth, weight, wanted, decay=1e-3, seed=1)


def test_a_head_learns_what_is_linear_and_takes_vectors_as_they_are():
    vectors, truth = separable()
    head = fitted(vectors[:300], truth[:300], mixup=0.01)
    right = (head(vectors[300:])[:, :2] > 0).numpy() == truth[300:, :2]
    assert right.mean() > 0.93
    assert (head(vectors[300:])[:, 2:] < 0).all()


def test_the_same_seed_fits_the_same_head():
    vectors, truth = separable()
    one, other = (fitted(vectors, truth, steps=5) for _ in range(2))
    assert torch.equal(one.weight, other.weight) and torch.equal(one.bias, other.bias)


def test_losses_fall_and_are_told_now_and_then():
    vectors, truth = separable()
    losses = {}
    settings = FitSettings(steps=150, batch=64, learning_rate=5e-2)
    fit_head(
        vectors, truth, np.ones(400), settings, decay=1e-3, seed=1, told=losses.__setitem__
    )  # fmt: skip
    assert list(losses) == [20, 40, 60, 80, 100, 120, 140]
    assert 0 < losses[140] < losses[20]


def test_what_has_no_weight_teaches_nothing():
    vectors, truth = separable()
    weight = np.ones(400)
    weight[:100] = 0.0
    wrong = truth.copy()
    wrong[:100] = 1 - wrong[:100]
    one, other = (fitted(vectors, t, weight, steps=20) for t in (truth, wrong))
    assert torch.equal(one.weight, other.weight)
