"""The listener learns when, and looks no farther than it says."""

import numpy as np
import pytest
import torch

from tests.training.noise.tiny import STEPS
from tingzhen.audio import recogniser
from tingzhen.training.noise.listener import (
    EDGE_STEPS,
    Listener,
    ListenerSettings,
    listen,
    train_listener,
)

QUICK = ListenerSettings(width=16, steps=150, batch=32, learning_rate=1e-2, dropout=0.0)


def toy(count=200, seed=0):
    """The first feature rises where the first fault is heard, the second where the second is."""
    random = np.random.default_rng(seed)
    truth = np.zeros((count, STEPS, 12), np.uint8)
    for row in truth:
        start = int(random.integers(0, STEPS - 6))
        row[start : start + 6, int(random.integers(0, 2))] = 1
    steps = random.normal(3, 1, (count, STEPS, 5))
    steps[..., :2] += 3.0 * truth[..., :2]
    return steps.astype(np.float16), truth


def test_it_learns_when_which_fault_is_heard():
    steps, truth = toy()
    listener = train_listener(steps, truth, np.ones(len(steps)), QUICK, seed=0)
    fresh, wanted = toy(60, seed=1)
    heard = listen(listener, fresh)
    assert heard.shape == wanted.shape and not listener.training
    found = heard[..., :2] > 0.5
    both = 2 * (found & (wanted[..., :2] > 0)).sum()
    assert both / (found.sum() + wanted.sum()) > 0.9
    assert (heard[..., 2:] < 0.2).all()


def test_the_same_seed_learns_the_same():
    steps, truth = toy(40)
    few = ListenerSettings(width=8, steps=3, batch=8)
    one, other = (train_listener(steps, truth, np.ones(40), few, seed=4) for _ in range(2))
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_mixtures_without_weight_are_not_drawn():
    steps, truth = toy(40)
    weight = np.r_[np.ones(20), np.zeros(20)]
    wrong = truth.copy()
    wrong[20:] = 1 - wrong[20:]
    few = ListenerSettings(width=8, steps=5, batch=8)
    one, other = (train_listener(steps, t, weight, few, seed=4) for t in (truth, wrong))
    assert torch.equal(one.leave.weight, other.leave.weight)


@pytest.mark.parametrize("at", [0, 30, 59])
def test_a_score_depends_on_edge_steps_to_either_side_and_no_more(at):
    torch.manual_seed(0)
    listener = Listener(3, 8).eval()
    steps = torch.randn(1, 60, 3)
    other = steps.clone()
    other[0, at] += 100.0
    with torch.inference_mode():
        change = (listener(steps) - listener(other)).abs().amax(dim=2)[0]
    for i in range(60):
        assert (change[i] == 0.0) == (abs(i - at) > EDGE_STEPS)


def test_chunks_of_the_recogniser_overlap_by_what_the_listener_needs():
    assert recogniser.EDGE_STEPS >= EDGE_STEPS


def test_many_mixtures_are_heard_in_portions_that_change_nothing():
    torch.manual_seed(0)
    listener = Listener(5, 8).eval()
    steps, _ = toy(300)
    heard = listen(listener, steps)
    np.testing.assert_allclose(heard[290:], listen(listener, steps[290:]), atol=1e-6)
