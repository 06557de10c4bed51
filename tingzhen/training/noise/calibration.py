"""Calibration, thresholds and novelty from out-of-fold scores."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

Logits = NDArray[np.float64]


def sigmoid(logits: Logits) -> Logits:
    """Logistic function without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits)))


def fit_confidence(logit: Logits, correct: Logits, weight: Logits) -> tuple[float, float]:
    """Slope and shift of p = sigmoid(slope * logit + shift) for the first type of each clip (Platt
    1999): p is to be the share of clips whose first type is right.

    The same two numbers serve all types. With thirty recordings of a type numbers of its own would
    be noise, and they would reorder types by how frequent they were in training.
    logit: (n,), relative logit of the first type; correct: (n,), 0 or 1; weight: (n,).
    """
    z, y = torch.from_numpy(logit), torch.from_numpy(correct)
    share = torch.from_numpy(weight / weight.sum())
    log_slope = torch.zeros((), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros((), dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([log_slope, shift], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        search.zero_grad()
        scaled = log_slope.exp() * z + shift
        entropy = binary_cross_entropy_with_logits(scaled, y, reduction="none")
        loss: Tensor = (entropy * share).sum() + 1e-3 * (log_slope**2 + shift**2)
        loss.backward()
        return loss

    search.step(closure)
    return float(log_slope.exp().detach()), float(shift.detach())


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
    return upper_quantile(healthy, weight, false_alarms, low=0.5, high=0.99)
