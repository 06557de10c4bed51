"""From steps to scores: pooling over time, the linear head, context and novelty.

All of it is linear or a distance, so that it is cheap, exports exactly and can be read.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tingzhen.training.noise.network import Features, smooth
from tingzhen.training.noise.weights import Backbone

LOCAL_STEPS = 5
"""A score over time judges 5 steps, 1.6 s: long enough for an idling engine's rhythm."""

CONTEXT: dict[str, tuple[str, ...]] = {
    "speech": ("Speech", "Child speech, kid speaking", "Conversation", "Narration, monologue"),
    "music": ("Music", "Musical instrument", "Singing"),
    "wind": ("Wind", "Wind noise (microphone)"),
    "silence": ("Silence",),
    "vehicle": (
        "Vehicle", "Motor vehicle (road)", "Car", "Truck", "Bus", "Motorcycle", "Engine",
        "Light engine (high frequency)", "Medium engine (mid frequency)",
        "Heavy engine (low frequency)", "Engine knocking", "Engine starting", "Idling",
    ),
}  # fmt: skip
"""Groups of AudioSet classes that say what else is heard."""


def pool_locally(steps: Tensor) -> Tensor:
    """Steps (batch, T, features) to their mean around each, the same shape."""
    return smooth(steps, LOCAL_STEPS)


def pool(steps: Tensor) -> Tensor:
    """One vector a clip, (batch, features): the mean of what is pooled locally.

    A cut of 1.5 s and a clip of 30 s get vectors of the same kind; spreads or maxima over the
    whole clip would tell its length, and the length tells the source.
    """
    return pool_locally(steps).mean(dim=1)


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """weight: float32 (width, types), bias: (types,), on pooled vectors; calibration included."""

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class NoveltySpace:
    """projection: (width, dimensions), offset: (dimensions,), whitened so that one unit is one
    standard deviation of the training clips; anchors: (m, dimensions), training clips in it."""

    projection: Tensor
    offset: Tensor
    anchors: Tensor

    def distance(self, pooled: Tensor) -> Tensor:
        """Root mean square distance to the nearest anchor, (batch,)."""
        point = pooled @ self.projection + self.offset
        squares = ((point[:, None] - self.anchors[None]) ** 2).mean(dim=2)
        return torch.sqrt(squares.min(dim=1).values)


class NoiseNetwork(nn.Module):
    """The whole graph. Input: waveform float32 (1, n) of at least 1 s.

    Outputs: types (1, 14) and steps (1, T, 14), calibrated probabilities; context (1, 5) in the
    order of CONTEXT, speech and music only as far as no vehicle is heard with them;
    embedding (1, width); novelty (1,).
    """

    def __init__(
        self, features: Features, backbone: Backbone, head: LinearHead, novelty: NoveltySpace
    ) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("head_weight", head.weight)
        self.register_buffer("head_bias", head.bias)
        self.register_buffer("projection", novelty.projection)
        self.register_buffer("offset", novelty.offset)
        self.register_buffer("anchors", novelty.anchors)
        rows = [backbone.classes.index(name) for names in CONTEXT.values() for name in names]
        self.register_buffer("context_weight", backbone.weights["fc.weight"][rows].T.contiguous())
        self.register_buffer("context_bias", backbone.weights["fc.bias"][rows])
        self.sizes = [len(names) for names in CONTEXT.values()]

    def forward(self, waveform: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        steps = self.features(waveform)
        width = self.features.trunk.width
        local = pool_locally(steps)
        pooled = local.mean(dim=1)
        types = torch.sigmoid(pooled @ self.head_weight + self.head_bias)
        over_time = torch.sigmoid(local @ self.head_weight + self.head_bias)
        space = NoveltySpace(self.projection, self.offset, self.anchors)
        embedding = steps[..., :width].mean(dim=1)
        return types, over_time, self.context(steps[..., :width]), embedding, space.distance(pooled)

    def context(self, embeddings: Tensor) -> Tensor:
        """What else is heard, mean over time, (1, 5)."""
        logits = smooth(embeddings, 3) @ self.context_weight + self.context_bias
        parts = torch.split(torch.sigmoid(logits), self.sizes, dim=2)
        highest = [part.max(dim=2).values for part in parts]
        speech, music, wind, silence, vehicle = highest
        alone = 1.0 - vehicle
        groups = [speech * alone, music * alone, wind, silence, vehicle]
        return torch.stack([group.mean(dim=1) for group in groups], dim=1)
