"""Losses that keep a head from living on the channel: group-robust, and set against the source."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


class GroupRobustLoss:
    """Group DRO (Sagawa et al. 2020, algorithm 1): groups that are heard worst weigh most.

    group: (hearings,), number of each one's pair of label and source. q, (groups,), sums to 1; at
    each batch q_g is multiplied by exp(rate * loss_g), and the loss is the sum of q_g * loss_g.
    """

    def __init__(self, group: Tensor, *, rate: float = 0.05) -> None:
        self.group, self.rate = group, rate
        count = int(group.max()) + 1
        self.q = torch.full((count,), 1.0 / count)

    def __call__(
        self, module: nn.Module, inputs: tuple[Tensor, ...], wanted: Tensor, rows: Tensor
    ) -> Tensor:
        each = binary_cross_entropy_with_logits(module(*inputs), wanted, reduction="none")
        return self.weighted(each.sum(dim=1), self.group[rows])

    def weighted(self, losses: Tensor, group: Tensor) -> Tensor:
        """losses, group: (batch,). Groups that are not in the batch keep their weight."""
        count = torch.bincount(group, minlength=len(self.q))
        total = torch.zeros(len(self.q)).index_add(0, group, losses)
        mean = total / count.clamp(min=1)
        grown = self.q * torch.exp(self.rate * mean.detach() * (count > 0))
        self.q = grown / grown.sum()
        return (self.q * mean).sum()


class GradientReversal(torch.autograd.Function):
    """The identity, whose gradient is turned round and scaled (Ganin et al. 2016, section 4.2)."""

    @staticmethod
    def forward(context: Any, x: Tensor, strength: float) -> Tensor:
        context.strength = strength
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -context.strength * gradients[0], None


class SourceAdversarialLoss:
    """The types' loss, and that of a head which tells the source from the same units, whose
    gradient into them is reversed. source: (hearings,), its number. The module offers `units`,
    `head` and `source`. Strength grows over the first half of `steps`, as Ganin et al. let it."""

    def __init__(self, source: Tensor, *, steps: int, strength: float = 1.0) -> None:
        self.source, self.steps, self.strength = source, steps, strength
        self.step = 0

    def __call__(
        self, module: nn.Module, inputs: tuple[Tensor, ...], wanted: Tensor, rows: Tensor
    ) -> Tensor:
        self.step += 1
        strength = self.strength * min(1.0, 2 * self.step / self.steps)
        units = module.units(*inputs)
        types = binary_cross_entropy_with_logits(module.head(units), wanted) * wanted.shape[1]
        told = module.source(GradientReversal.apply(units, strength))
        return types + cross_entropy(told, self.source[rows])
