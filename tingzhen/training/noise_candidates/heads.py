"""Heads on frozen features: linear, with a narrow layer, and with attention over time.

All begin at "nothing is heard" for every type; features are standardised inside, by what was
learned from, so that one rate of learning suits all layers of the backbone.
"""

import torch
from torch import Tensor, nn

START_BIAS = -2.0
LEAST_SPREAD = 1e-2


class LinearHead(nn.Module):
    """Vectors (batch, width) to logits (batch, outputs)."""

    def __init__(self, learned_from: Tensor, outputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", learned_from.mean(dim=0))
        self.register_buffer("spread", learned_from.std(dim=0) + LEAST_SPREAD)
        self.head = nn.Linear(learned_from.shape[1], outputs)
        nn.init.zeros_(self.head.weight)
        nn.init.constant_(self.head.bias, START_BIAS)

    def forward(self, vectors: Tensor) -> Tensor:
        return self.head((vectors - self.mean) / self.spread)


class NarrowHead(nn.Module):
    """As LinearHead, through `narrow` rectified units, which a second head may be set against."""

    def __init__(self, learned_from: Tensor, outputs: int, sources: int, narrow: int = 64) -> None:
        super().__init__()
        self.register_buffer("mean", learned_from.mean(dim=0))
        self.register_buffer("spread", learned_from.std(dim=0) + LEAST_SPREAD)
        self.narrow = nn.Linear(learned_from.shape[1], narrow)
        self.head = nn.Linear(narrow, outputs)
        self.source = nn.Linear(narrow, sources)
        nn.init.constant_(self.head.bias, START_BIAS)

    def units(self, vectors: Tensor) -> Tensor:
        return torch.relu(self.narrow((vectors - self.mean) / self.spread))

    def forward(self, vectors: Tensor) -> Tensor:
        return self.head(self.units(vectors))


class AttentionHead(nn.Module):
    """Frames (batch, time, width) to logits (batch, outputs): for each output its own weights over
    time, a softmax of a linear score (Ilse, Tomczak and Welling 2018; Kong et al. 2020). With a
    score of zero it is the mean over time of what a linear head says of each frame.
    """

    def __init__(self, mean: Tensor, spread: Tensor, outputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread + LEAST_SPREAD)
        self.score = nn.Linear(len(mean), outputs)
        self.head = nn.Linear(len(mean), outputs)
        for layer in (self.score, self.head):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.score.bias)
        nn.init.constant_(self.head.bias, START_BIAS)

    def forward(self, frames: Tensor) -> Tensor:
        even = (frames - self.mean) / self.spread
        attention = torch.softmax(self.score(even), dim=1)
        return (attention * self.head(even)).sum(dim=1)
