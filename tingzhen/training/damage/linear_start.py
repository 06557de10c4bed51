"""A head that already fits, before anything else learns.

A logistic regression on the ImageNet embedding keeps the first steps from spoiling good features
(Kumar et al. 2022, arXiv 2202.10054).
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tingzhen.training.damage.network import DamageNetwork

_PENALTY = 3e-4  # on the squared weights
_ITERATIONS = 60
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """weight: float32 (types, inputs). bias: float32 (types,)."""

    weight: Tensor
    bias: Tensor

    def logits(self, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
        values = torch.from_numpy(embeddings) @ self.weight.T + self.bias
        return np.asarray(values.numpy(), dtype=np.float32)


def fit_linear(
    embeddings: NDArray[np.float32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float64],
    positive_weight: NDArray[np.float32],
) -> LinearHead:
    """Logistic regression for each type on what is said of it.

    embeddings: float32 (n, inputs). targets: float32 (n, types), NaN for not said. weights:
    float64 (n,), sum 1, how much each picture counts. positive_weight: float32 (types,).
    """
    inputs = torch.from_numpy(embeddings)
    centre, scale = inputs.mean(dim=0), inputs.std(dim=0) + _LEAST_SPREAD
    inputs = (inputs - centre) / scale
    said = torch.from_numpy(targets)
    known = ~torch.isnan(said)
    said = torch.where(known, said, torch.zeros_like(said))
    share = known * torch.from_numpy(weights.astype(np.float32))[:, None]
    weight = torch.zeros(targets.shape[1], inputs.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(
            inputs @ weight.T + bias, said, pos_weight=torch.from_numpy(positive_weight),
            reduction="none",
        )  # fmt: skip
        total: Tensor = (loss * share).sum() + _PENALTY * weight.square().sum()
        total.backward()
        return total

    optimiser.step(closure)
    with torch.no_grad():
        plain = weight / scale
        return LinearHead(plain, bias - plain @ centre)


def start_from(network: DamageNetwork, head: LinearHead) -> None:
    """Make a network's picture logits those of the head, near enough: its maps say next to nothing
    yet, and what they say of an empty picture is taken off."""
    with torch.no_grad():
        network.whole.weight.copy_(head.weight)
        network.whole.bias.copy_(head.bias)
        damages = network.map.bias.shape[0]
        network.whole.bias[:damages] -= network.map.bias
