"""How fast each part of the network learns, and the average of its weights that is kept."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tingzhen.training.damage.network import DamageNetwork

_WARM_SHARE = 0.05  # of all steps, in which the rate rises
_LAST_SHARE = 0.01  # of the rate that is left at the end


@dataclass(frozen=True, slots=True)
class Rates:
    """head_rate: of neck and heads. deep_rate: of the last block of the backbone; each block before
    it learns at `depth_decay` times the rate of the one after it (Howard and Ruder 2018, arXiv
    1801.06146). weight_decay: of AdamW, on weights and not on biases."""

    head_rate: float = 1.5e-3
    deep_rate: float = 3e-4
    depth_decay: float = 0.9
    weight_decay: float = 0.02


def new_optimiser(network: DamageNetwork, rates: Rates) -> torch.optim.AdamW:
    """AdamW whose parameter groups hold their full rate under `full_rate`; the rate of a step is
    set by set_rate. Frozen parameters are left out."""
    backbone = network.backbone
    parts: list[tuple[nn.Module, float]] = [(backbone.head, rates.deep_rate)]
    rate = rates.deep_rate
    for block in reversed(backbone.blocks):
        parts.append((block, rate))
        rate *= rates.depth_decay
    parts.append((backbone.stem, rate))
    groups = [
        group for part, rate in parts for group in _groups(list(part.parameters()), rate, rates)
    ]
    groups += _groups(network.heads(), rates.head_rate, rates)
    return torch.optim.AdamW(groups, lr=0.0)


def _groups(
    parameters: list[nn.Parameter], rate: float, rates: Rates
) -> list[dict[str, list[nn.Parameter] | float]]:
    learning = [parameter for parameter in parameters if parameter.requires_grad]
    weights = [parameter for parameter in learning if parameter.dim() > 1]
    biases = [parameter for parameter in learning if parameter.dim() <= 1]
    return [
        {"params": own, "full_rate": rate, "weight_decay": decay}
        for own, decay in ((weights, rates.weight_decay), (biases, 0.0))
        if own
    ]


def set_rate(optimiser: torch.optim.Optimizer, step: int, steps: int) -> None:
    """The rate of a step 0..steps - 1 for each group."""
    for group in optimiser.param_groups:
        group["lr"] = group["full_rate"] * schedule(step, steps)


def schedule(step: int, steps: int) -> float:
    """Share of the full rate: a linear rise over the first twentieth, then half a cosine."""
    warm = max(1, round(steps * _WARM_SHARE))
    if step < warm:
        return (step + 1) / warm
    falling = 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
    return _LAST_SHARE + (1 - _LAST_SHARE) * falling


class WeightAverage:
    """Exponential moving average of a network's weights (Polyak and Juditsky 1992).

    In the first steps the average forgets faster, so that the start weighs little in it.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.weights = {
            name: value.detach().clone() for name, value in network.state_dict().items()
        }

    def load(self, weights: Mapping[str, Tensor]) -> None:
        for name, value in weights.items():
            self.weights[name].copy_(value)

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """After step 0, 1, ... of training."""
        share = 1 - min(self.decay, (step + 1) / (step + 10))
        own = list(self.weights.values())
        torch._foreach_lerp_(own, list(network.state_dict().values()), share)
