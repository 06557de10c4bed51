"""From steps to scores, against plain loops in numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.training.noise.tiny import WIDTH, backbone
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.training.noise.head import (
    CONTEXT,
    RIVALRY,
    Context,
    Gate,
    LinearHead,
    Neighbourhood,
    NoiseNetwork,
    pool,
    relative_logits,
)
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import LogMel, Trunk

logits_of_clips = arrays(np.float64, (3, 14), elements=st.floats(-12, 12))


def relative_by_hand(logits):
    found = np.zeros(logits.shape)
    for n, row in enumerate(logits):
        odds = {t: np.exp(z - row.max()) for t, z in zip(NOISE_TYPES, row, strict=True)}
        for i, t in enumerate(NOISE_TYPES):
            against = sum(
                (RIVALRY if t in FAULT_NOISES and other in FAULT_NOISES else 1.0) * odds[other]
                for other in NOISE_TYPES if other != t
            )  # fmt: skip
            total = sum(odds.values())
            found[n, i] = np.log(max(odds[t] / total, 1e-6) / max(against / total, 1e-6))
    return found


@settings(max_examples=60, deadline=None)
@given(logits_of_clips)
def test_relative_logits_are_log_odds_against_what_else_it_could_be(logits):
    found = relative_logits(torch.from_numpy(logits)).numpy()
    np.testing.assert_allclose(found, relative_by_hand(logits), atol=1e-6)


@given(logits_of_clips, st.floats(-30, 30))
def test_relative_logits_do_not_change_when_all_logits_rise(logits, by):
    one, other = (relative_logits(torch.from_numpy(z)).numpy() for z in (logits, logits + by))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_two_faults_hold_at_once_but_not_beside_normal():
    logits = torch.full((3, 14), -9.0)
    knock, tick, normal = (NOISE_TYPES.index(t) for t in ("knock", "tick", "normal"))
    logits[0, [knock, tick]] = 5.0
    logits[1, [knock, normal]] = 5.0
    logits[2, knock] = 5.0
    found = relative_logits(logits)
    assert found[0, knock] == pytest.approx(np.log(1 / RIVALRY), abs=1e-3)
    assert found[1, knock] == pytest.approx(0.0, abs=1e-3)
    assert found[2, knock] > 10


@settings(max_examples=30, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)),
              elements=st.floats(-50, 50, width=32)))  # fmt: skip
def test_pooling_is_the_mean_and_the_mean_spread_of_eleven_steps(steps):
    spread = []
    for i in range(len(steps)):
        near = steps[max(0, i - 5) : i + 6].astype(np.float64)
        spread.append(np.sqrt(near.var(axis=0) + 1e-6))
    expected = np.concatenate([steps.astype(np.float64).mean(axis=0), np.mean(spread, axis=0)])
    found = pool(torch.from_numpy(steps)[None])[0].numpy()
    np.testing.assert_allclose(found, expected, atol=0.03, rtol=1e-3)


def test_the_spread_does_not_tell_how_long_a_clip_is():
    noise = np.random.default_rng(0).normal(0, 1, (1, 3000, 2)).astype(np.float32)
    long, short = pool(torch.from_numpy(noise)), pool(torch.from_numpy(noise[:, :60]))
    torch.testing.assert_close(long[:, 2:], short[:, 2:], rtol=0.1, atol=0.0)


def test_the_gate_opens_near_and_closes_far():
    share = Gate(2.0, 0.1)(torch.tensor([0.0, 1.9, 2.0, 2.1, 9.0]))
    assert share.shape == (5, 1)
    assert share[0] == pytest.approx(1.0, abs=1e-6) and share[4] == pytest.approx(0.0, abs=1e-6)
    assert share[2] == 0.5 and share[1] + share[3] == pytest.approx(1.0)
    assert share[1] == pytest.approx(1 / (1 + np.exp(-1)), abs=1e-5)
    assert (share.diff(dim=0) <= 0).all()


def test_gated_logits_lie_between_those_of_both_heads():
    known, open_ = torch.full((3, 14), 4.0), torch.full((3, 14), -2.0)
    share = torch.tensor([[1.0], [0.0], [0.5]])
    assert Gate(1.0, 0.1).gated(known, open_, share)[:, 0].tolist() == [4.0, -2.0, 1.0]
    least = Gate(1.0, 0.1, 0.5).gated(known, open_, share)
    assert least[:, 0].tolist() == [4.0, 1.0, 2.5]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 20))
def test_distance_is_that_to_the_nearest_anchor(seed, anchors):
    random = np.random.default_rng(seed)
    projection, offset = random.normal(size=(6, 4)), random.normal(size=4)
    learned, heard = random.normal(size=(anchors, 4)), random.normal(size=(5, 6))
    space = Neighbourhood(
        *(torch.from_numpy(a).float() for a in (projection, offset, learned.T.copy()))
    )
    for i, row in enumerate(heard):
        point = row @ projection + offset
        nearest = min(np.sqrt(np.mean((point - anchor) ** 2)) for anchor in learned)
        given_ = torch.from_numpy(heard[i : i + 1]).float()
        assert float(space.distance(given_)) == pytest.approx(nearest, abs=2e-3)
        centre = np.sqrt(np.mean(point**2))
        assert float(space.from_centre(given_)) == pytest.approx(centre, abs=1e-4)


def test_context_is_the_highest_name_of_each_group_over_time():
    made = backbone()
    context = Context(made)
    last = torch.randn(2, 9, WIDTH, generator=torch.Generator().manual_seed(1))
    found = context(last).numpy()
    weight, bias = made.weights["fc.weight"].numpy(), made.weights["fc.bias"].numpy()
    for b in range(2):
        steps = last[b].numpy()
        over_time = {name: [] for name in CONTEXT}
        for i in range(9):
            near = steps[max(0, i - 1) : i + 2].mean(axis=0)
            probability = 1 / (1 + np.exp(-(weight @ near + bias)))
            said = dict(zip(made.classes, probability, strict=True))
            highest = {name: max(said[c] for c in names) for name, names in CONTEXT.items()}
            for name in ("speech", "music"):
                highest[name] *= 1 - highest["vehicle"]
            for name, value in highest.items():
                over_time[name].append(value)
        expected = [np.mean(over_time[name]) for name in CONTEXT]
        np.testing.assert_allclose(found[b], expected, atol=1e-5)


def test_no_name_stands_in_two_groups():
    names = [name for group in CONTEXT.values() for name in group]
    assert len(names) == len(set(names))


def test_the_whole_network_is_its_parts_one_after_another():
    random = torch.Generator().manual_seed(2)
    made = backbone()
    heads = tuple(
        LinearHead(torch.randn(2 * WIDTH, 14, generator=random), torch.randn(14, generator=random))
        for _ in range(2)
    )
    space = Neighbourhood(
        torch.randn(2 * WIDTH, 4, generator=random), torch.zeros(4),
        torch.randn(4, 9, generator=random),
    )  # fmt: skip
    listener, gate = Listener(WIDTH, 8).eval(), Gate(1.0, 0.7, 0.2)
    trunk, log_mel = Trunk(made).eval(), LogMel().eval()
    network = NoiseNetwork(log_mel, trunk, made, heads, space, gate, listener, (1.3, -0.4)).eval()
    waveform = 0.1 * torch.randn(1, 40_000, generator=random)
    with torch.inference_mode():
        types, steps, around, context, embedding, novelty, share = network(waveform)
        middle, last = trunk(log_mel(waveform))
        pooled = pool(middle)
        torch.testing.assert_close(novelty, space.distance(pooled))
        torch.testing.assert_close(share, gate(novelty)[:, 0])
        both = gate.gated(heads[0](pooled), heads[1](pooled), share[:, None])
        torch.testing.assert_close(types, torch.sigmoid(1.3 * relative_logits(both) - 0.4))
        torch.testing.assert_close(steps[..., :12], torch.sigmoid(listener(middle)))
        torch.testing.assert_close(steps[..., 12:], types[:, None, 12:].expand(1, len(steps[0]), 2))
        for i in (0, 7, len(middle[0]) - 1):
            near = middle[0, max(0, i - 5) : i + 6]
            spread = torch.sqrt(near.var(dim=0, correction=0) + 1e-6)
            stretch = torch.cat([near.mean(dim=0), spread])[None]
            said = gate.gated(heads[0](stretch), heads[1](stretch), share[:, None])
            expected = torch.sigmoid(1.3 * relative_logits(said) - 0.4)[0]
            torch.testing.assert_close(around[0, i], expected, atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(embedding, last.mean(dim=1))
        torch.testing.assert_close(context, network.context(last))
    assert len(steps[0]) == (1 + (40_000 - 400) // 160) // 16
    assert around.shape == steps.shape
    assert types.shape == (1, 14) and context.shape == (1, 6)


def test_the_middle_alone_is_the_middle_of_both():
    trunk = Trunk(backbone()).eval()
    log_mel = torch.randn(1, 1, 130, 64)
    with torch.inference_mode():
        torch.testing.assert_close(trunk.middle(log_mel), trunk(log_mel)[0])
        assert trunk.middle(log_mel).shape == (1, 8, WIDTH)


def test_a_trunk_with_another_stride_is_refused():
    short = backbone()
    with pytest.raises(ValueError, match="stride of 8"):
        Trunk(type(short)(short.layers[:4], short.weights, short.classes))
