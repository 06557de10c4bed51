"""Calibration, thresholds and novelty from out-of-fold scores."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from tingzhen.training.noise.head import NoveltySpace

Logits = NDArray[np.float64]


def sigmoid(logits: Logits) -> Logits:
    """Logistic function without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits)))


def fit_calibration(logits: Logits, truth: Logits, weight: Logits) -> tuple[float, Logits]:
    """One slope for all types and a shift for each: p = sigmoid(slope * logit + shift).

    Platt scaling (1999) with a shared slope (Guo et al. 2017): with thirty recordings of a type, a
    slope of its own would be noise, and it would reorder the types. Cross-entropy, weighted; a
    weak pull holds it where data are few. logits, truth: (n, types); weight: (n,).
    """
    z, y = torch.from_numpy(logits), torch.from_numpy(truth)
    share = torch.from_numpy(weight / weight.sum())
    log_slope = torch.zeros((), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(logits.shape[1], dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([log_slope, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        search.zero_grad()
        scaled = log_slope.exp() * z + shift
        entropy = binary_cross_entropy_with_logits(scaled, y, reduction="none").mean(dim=1)
        pull = 0.01 * log_slope**2 + 0.001 * (shift**2).mean()
        loss: Tensor = (entropy * share).sum() + pull
        loss.backward()
        return loss

    search.step(closure)
    return float(log_slope.exp().detach()), shift.detach().numpy()


def upper_quantile(
    values: Logits, weight: Logits, share: float, *, low: float, high: float
) -> float:
    """The smallest number that at most a share `share` of the values reach, by weight, kept
    within low..high. values, weight: (n,)."""
    order = np.argsort(-values, kind="stable")
    above = np.cumsum(weight[order]) / weight.sum()
    allowed = int(np.searchsorted(above, share, side="right"))
    limit = float(values[order[allowed]]) + 1e-4 if allowed < len(order) else low
    return float(np.clip(limit, low, high))


def fault_threshold(healthy: Logits, weight: Logits, false_alarms: float) -> float:
    """The probability that a fault type reaches in at most a share `false_alarms` of healthy
    recordings; at least 0.5, so that an abnormal verdict is more likely right than wrong.

    healthy: (n,) out-of-fold probabilities of the type; weight: (n,).
    """
    return upper_quantile(healthy, weight, false_alarms, low=0.5, high=0.97)


def fit_novelty(vectors: Tensor, *, dimensions: int) -> NoveltySpace:
    """Whitened principal components of the training vectors, float32 (n, width); all of them
    stand as anchors."""
    mean = vectors.mean(dim=0)
    spread = vectors.std(dim=0) + 1e-2
    x = (vectors - mean) / spread
    rank = min(dimensions, len(x) - 1, x.shape[1])
    _, singular, right = torch.svd_lowrank(x, q=rank, niter=4)
    projection = right * (np.sqrt(len(x)) / (singular + 1e-6)) / spread[:, None]
    offset = -mean @ projection
    return NoveltySpace(projection, offset, vectors @ projection + offset)


def novelty_limit(distances: Sequence[float], share: float) -> float:
    """The distance that out-of-fold clips exceed in a share `share` of cases."""
    return float(np.quantile(np.asarray(distances), 1 - share))
