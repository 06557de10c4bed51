"""Losses and pooling against plain loops, and that what is not said teaches nothing."""

import math

import numpy as np
import pytest
import torch

from tingzhen.training.damage.losses import picture_loss, place_loss
from tingzhen.training.damage.pooling import smooth_maximum
from tingzhen.training.damage.truth import ABSENT, PRESENT, UNSAID


def cross_entropy(logit, target, weight=1.0):
    p = 1 / (1 + math.exp(-logit))
    return -(weight * target * math.log(p) + (1 - target) * math.log(1 - p))


def test_the_smooth_maximum_is_log_mean_exp_and_lies_between_mean_and_maximum():
    random = np.random.default_rng(0)
    places = random.normal(0, 2, (2, 3, 4, 5)).astype(np.float32)
    log_sharpness = np.array([-1.0, 0.0, 1.5], np.float32)
    pooled = smooth_maximum(
        torch.from_numpy(places), torch.from_numpy(log_sharpness).exp()[:, None]
    ).numpy()
    for n in range(2):
        for t in range(3):
            r = math.exp(log_sharpness[t])
            values = [math.exp(r * x) for x in places[n, t].ravel().tolist()]
            expected = math.log(sum(values) / len(values)) / r
            assert pooled[n, t] == pytest.approx(expected, abs=1e-4)
            assert places[n, t].mean() - 1e-4 <= pooled[n, t] <= places[n, t].max() + 1e-4


def test_the_picture_loss_is_the_mean_over_pictures_of_what_is_said():
    logits = [[0.5, -1.0, 2.0], [-0.3, 0.2, 0.0]]
    targets = [[1.0, math.nan, 0.0], [math.nan, math.nan, 1.0]]
    weight, smoothing = [2.0, 1.0, 3.0], 0.1
    total = 0.0
    for row in range(2):
        for t in range(3):
            if not math.isnan(targets[row][t]):
                smooth = targets[row][t] * 0.8 + 0.1
                total += cross_entropy(logits[row][t], smooth, weight[t])
    loss = picture_loss(
        torch.tensor(logits), torch.tensor(targets), torch.tensor(weight), smoothing=smoothing
    )
    assert float(loss) == pytest.approx(total / 2, rel=1e-5)


def test_the_place_loss_is_that_of_a_plain_loop():
    random = np.random.default_rng(1)
    places = random.normal(0, 2, (3, 2, 2, 2)).astype(np.float32)
    said = random.integers(0, 3, (3, 2, 2, 2)).astype(np.uint8)
    said[0, 0] = UNSAID
    weight, smoothing, boot = [2.0, 5.0], 0.05, 0.3
    total = 0.0
    for t in range(2):
        of_pictures = []
        for n in range(3):
            losses = []
            for logit, word in zip(places[n, t].ravel(), said[n, t].ravel(), strict=True):
                if word == UNSAID:
                    continue
                target = 0.9 * (word == PRESENT) + 0.05
                if word == PRESENT:
                    target = (1 - boot) * target + boot / (1 + math.exp(-logit))
                heavy = weight[t] if word == PRESENT else 1.0
                losses.append(heavy * cross_entropy(float(logit), target))
            if losses:
                of_pictures.append(sum(losses) / len(losses))
        total += sum(of_pictures) / len(of_pictures)
    loss = place_loss(
        torch.from_numpy(places), torch.from_numpy(said), torch.tensor(weight),
        smoothing=smoothing, bootstrapping=boot,
    )  # fmt: skip
    assert float(loss) == pytest.approx(total, rel=1e-5)


def test_what_is_not_said_teaches_nothing():
    logits = torch.zeros(2, 3, requires_grad=True)
    targets = torch.tensor([[1.0, float("nan"), 0.0], [float("nan"), float("nan"), 1.0]])
    picture_loss(logits, targets, torch.ones(3)).backward()
    assert (logits.grad != 0).tolist() == [[True, False, True], [False, False, True]]
    places = torch.zeros(1, 2, 2, 2, requires_grad=True)
    said = torch.tensor([[[[PRESENT, ABSENT], [UNSAID, UNSAID]], [[UNSAID] * 2] * 2]])
    place_loss(places, said, torch.ones(2)).backward()
    assert (places.grad[0, 0] != 0).tolist() == [[True, True], [False, False]]
    assert (places.grad[0, 1] == 0).all()
    assert places.grad[0, 0, 0, 0] < 0 < places.grad[0, 0, 0, 1]
