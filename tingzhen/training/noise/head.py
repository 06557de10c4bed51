"""From what is heard over time to scores: pooling, two heads and the gate between them.

One head has learned from real recordings, and knows their phones and rooms as well as their
faults. The other has met no label of a real fault, only synthetic ones over real and synthetic
vehicles, so that it has no source to lean on. A clip that lies near recordings that were learned
is judged by the first, one that lies far from all of them by the second.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.network import LogMel, Trunk, smooth
from tingzhen.training.noise.weights import Backbone

LOCAL_STEPS = 11
"""Spread is measured within 11 steps, 1.8 s: long enough for an idling engine's rhythm, and the
same for a cut of 1.5 s as for a clip of 30 s, whose length would give the source away."""
RIVALRY = 0.5
"""How much another fault counts against a fault: 1 lets only one hold, 0 any number."""
SMALLEST = 1e-6

CONTEXT: dict[str, tuple[str, ...]] = {
    "speech": ("Speech", "Child speech, kid speaking", "Conversation", "Narration, monologue"),
    "music": ("Music", "Musical instrument", "Singing"),
    "wind": ("Wind", "Wind noise (microphone)"),
    "silence": ("Silence",),
    "vehicle": (
        "Vehicle", "Motor vehicle (road)", "Car", "Truck", "Bus", "Motorcycle", "Engine",
        "Light engine (high frequency)", "Medium engine (mid frequency)",
        "Heavy engine (low frequency)", "Engine knocking", "Engine starting", "Idling",
        "Accelerating, revving, vroom", "Mechanisms", "Gears", "Tire squeal", "Skidding",
    ),
    "other": (
        "Baby cry, infant cry", "Crying, sobbing", "Sneeze", "Cough", "Snoring", "Laughter",
        "Screaming", "Dog", "Bark", "Domestic animals, pets", "Cat",
        "Livestock, farm animals, working animals", "Fowl", "Chicken, rooster",
        "Crowing, cock-a-doodle-doo", "Bird", "Bird vocalization, bird call, bird song",
        "Rain", "Raindrop", "Rain on surface", "Water", "Stream", "Ocean", "Waves, surf",
        "Thunder", "Fire", "Crackle", "Siren", "Civil defense siren", "Emergency vehicle",
        "Police car (siren)", "Ambulance (siren)", "Fire engine, fire truck (siren)", "Alarm",
        "Clock", "Tick-tock", "Tick", "Church bell", "Telephone", "Helicopter",
        "Fixed-wing aircraft, airplane", "Aircraft", "Train", "Rail transport", "Chainsaw",
        "Hammer", "Jackhammer", "Tools", "Power tool", "Drill", "Sawing", "Sanding",
        "Filing (rasp)", "Vacuum cleaner", "Blender", "Hair dryer", "Lawn mower",
    ),
}  # fmt: skip
"""Groups of AudioSet classes that say what else is heard; chosen by their names alone."""


def local(steps: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread within LOCAL_STEPS around each middle step, both (batch, T, features)."""
    mean = smooth(steps, LOCAL_STEPS)
    variance = smooth(steps * steps, LOCAL_STEPS) - mean * mean
    return mean, torch.sqrt(torch.clamp(variance, min=0.0) + 1e-6)


def pool(steps: Tensor) -> Tensor:
    """Middle steps (batch, T, features) to one vector a clip, (batch, 2 * features): the mean over
    time, and the mean of the spread within LOCAL_STEPS."""
    return torch.cat([steps.mean(dim=1), local(steps)[1].mean(dim=1)], dim=1)


def relative_logits(logits: Tensor) -> Tensor:
    """Logits (..., 14) to log-odds against what else it could be, (..., 14).

    odds of fault k: e^z_k against the healthy types and RIVALRY times the other faults, so that
    two faults can hold at once; of a healthy type: against everything else.
    """
    faults = torch.tensor([float(t in FAULT_NOISES) for t in NOISE_TYPES], dtype=logits.dtype)
    own = torch.softmax(logits, dim=-1)
    of_faults = (own * faults).sum(dim=-1, keepdim=True)
    others = 1.0 - own - faults * (1.0 - RIVALRY) * (of_faults - own)
    return torch.log(own.clamp(min=SMALLEST)) - torch.log(others.clamp(min=SMALLEST))


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """weight: float32 (features, types), bias: (types,), on pooled vectors."""

    weight: Tensor
    bias: Tensor

    def __call__(self, pooled: Tensor) -> Tensor:
        return pooled @ self.weight + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """Where learned recordings lie. projection: (features, dimensions), offset: (dimensions,),
    whitened by the scatter within sources (Lee et al. 2018, with sources as classes); anchors:
    (dimensions, m), the learned clips in it, one a column."""

    projection: Tensor
    offset: Tensor
    anchors: Tensor

    def distance(self, pooled: Tensor) -> Tensor:
        """Root mean square distance to the nearest anchor, in standard deviations, (batch,)."""
        point = pooled @ self.projection + self.offset
        squares = (
            (point * point).mean(dim=1, keepdim=True)
            + (self.anchors * self.anchors).mean(dim=0)
            - 2.0 * (point @ self.anchors) / self.anchors.shape[0]
        )
        return torch.sqrt(squares.min(dim=1).values.clamp(min=0.0))

    def from_centre(self, pooled: Tensor) -> Tensor:
        """Root mean square distance to the mean of all anchors: the Mahalanobis distance."""
        point = pooled @ self.projection + self.offset
        return torch.sqrt((point * point).mean(dim=1))


@dataclass(frozen=True, slots=True)
class Gate:
    """How near a clip lies to what was learned: at `middle` it is half near, within a few `width`
    wholly near or far. least: part of the head that learned from recordings far from all of them;
    its logits still tell something there, and averaged heads err less than either alone."""

    middle: float
    width: float
    least: float = 0.0

    def __call__(self, distance: Tensor) -> Tensor:
        """Share of nearness, (batch, 1), 0..1."""
        return torch.sigmoid((self.middle - distance) / self.width)[:, None]

    def gated(self, known: Tensor, open_: Tensor, share: Tensor) -> Tensor:
        """Logits of both heads (..., 14) and the share (..., 1) to (..., 14)."""
        part = self.least + (1.0 - self.least) * share
        return part * known + (1.0 - part) * open_


class Context(nn.Module):
    """What AudioSet's names say is heard: last steps (batch, T, width) to (batch, 6), mean over
    time, in the order of CONTEXT; speech and music only as far as no vehicle is heard with them."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        rows = [backbone.classes.index(name) for names in CONTEXT.values() for name in names]
        self.register_buffer("weight", backbone.weights["fc.weight"][rows].T.contiguous())
        self.register_buffer("bias", backbone.weights["fc.bias"][rows])
        self.sizes = [len(names) for names in CONTEXT.values()]

    def forward(self, last: Tensor) -> Tensor:
        logits = smooth(last, 3) @ self.weight + self.bias
        parts = torch.split(torch.sigmoid(logits), self.sizes, dim=2)
        highest = [part.max(dim=2).values for part in parts]
        speech, music, wind, silence, vehicle, other = highest
        alone = 1.0 - vehicle
        groups = [speech * alone, music * alone, wind, silence, vehicle, other]
        return torch.stack([group.mean(dim=1) for group in groups], dim=1)


class NoiseNetwork(nn.Module):
    """The whole graph. Input: waveform float32 (1, n) of at least 1 s.

    Outputs: types (1, 14), calibrated probabilities; steps (1, T, 14), probability that a fault is
    heard in each step of 0.16 s, for healthy types that of the clip; local (1, T, 14), types of the
    1.8 s around each step, by the heads; context (1, 6) in the order
    of CONTEXT, speech and music only as far as no vehicle is heard with them; embedding
    (1, last_width); novelty (1,), the distance to what was learned; share (1,), how near the clip
    lies to what was learned.
    """

    def __init__(  # noqa: PLR0917 - everything that a graph is made of
        self,
        log_mel: LogMel,
        trunk: Trunk,
        backbone: Backbone,
        heads: tuple[LinearHead, LinearHead],
        neighbourhood: Neighbourhood,
        gate: Gate,
        listener: Listener,
        calibration: tuple[float, float],
    ) -> None:
        """heads: known and open. calibration: slope and shift of relative logits."""
        super().__init__()
        self.log_mel, self.trunk, self.listener, self.gate = log_mel, trunk, listener, gate
        known, open_ = heads
        self.register_buffer("head_weight", torch.cat([known.weight, open_.weight], dim=1))
        self.register_buffer("head_bias", torch.cat([known.bias, open_.bias]))
        self.register_buffer("projection", neighbourhood.projection)
        self.register_buffer("offset", neighbourhood.offset)
        self.register_buffer("anchors", neighbourhood.anchors)
        self.slope, self.shift = calibration
        self.context = Context(backbone)

    def forward(self, waveform: Tensor) -> tuple[Tensor, ...]:
        middle, last = self.trunk(self.log_mel(waveform))
        pooled = pool(middle)
        distance = Neighbourhood(self.projection, self.offset, self.anchors).distance(pooled)
        share = self.gate(distance)
        types = self.judged(pooled, share)
        around = self.judged(torch.cat(local(middle), dim=2), share[:, None])
        heard = torch.sigmoid(self.listener(middle))
        healthy = types[:, None, len(FAULT_NOISES) :].expand(-1, heard.shape[1], -1)
        steps = torch.cat([heard, healthy], dim=2)
        said = self.context(last)
        return types, steps, around, said, last.mean(dim=1), distance, share[:, 0]

    def judged(self, pooled: Tensor, share: Tensor) -> Tensor:
        """Calibrated probabilities (..., 14) of vectors (..., features) by both heads."""
        both = pooled @ self.head_weight + self.head_bias
        logits = self.gate.gated(
            both[..., : len(NOISE_TYPES)], both[..., len(NOISE_TYPES) :], share
        )
        return torch.sigmoid(self.slope * relative_logits(logits) + self.shift)
