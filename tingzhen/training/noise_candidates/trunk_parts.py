"""The backbone cut in two: up to a named convolution, and from there on."""

from torch import Tensor, nn

from tingzhen.training.noise.network import Trunk
from tingzhen.training.noise.weights import Backbone

MIDDLE = "conv14"
"""The layer whose channels tell noises apart best on recordings never heard: later ones know
AudioSet's classes, for which an engine is an engine."""


def blocks_between(
    trunk: Trunk, backbone: Backbone, after: str | None, last: str | None
) -> nn.Sequential:
    """The trunk's blocks (padding, convolution, ReLU) after the layer `after`, up to and with the
    layer `last`; None for the beginning and the end. The weights are shared with the trunk."""
    names = [layer.name for layer in backbone.layers]
    first = 0 if after is None else names.index(after) + 1
    stop = len(names) if last is None else names.index(last) + 1
    chosen: list[nn.Module] = []
    number = -1
    waiting: list[nn.Module] = []
    for module in (*trunk.first, *trunk.rest):
        waiting.append(module)
        if isinstance(module, nn.ReLU):
            number += 1
            if first <= number < stop:
                chosen += waiting
            waiting = []
    return nn.Sequential(*chosen)


def layer_before(backbone: Backbone, name: str) -> str:
    names = [layer.name for layer in backbone.layers]
    return names[names.index(name) - 1]


class OverFrequency(nn.Module):
    """Maps (batch, channels, time, frequency) to frames (batch, time, channels)."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean(dim=3).transpose(1, 2)


class Listened(nn.Module):
    """All that is kept of one sound, from log-mel (batch, 1, frames, 64).

    map (batch, time, channels * frequencies): before the middle layer, hop 0.16 s; middle
    (batch, time, channels): hop 0.16 s; last (batch, time, channels): hop 0.32 s.
    """

    def __init__(self, trunk: Trunk, backbone: Backbone) -> None:
        super().__init__()
        before = layer_before(backbone, MIDDLE)
        self.first = blocks_between(trunk, backbone, None, before)
        self.middle = blocks_between(trunk, backbone, before, MIDDLE)
        self.rest = blocks_between(trunk, backbone, MIDDLE, None)
        self.frames = OverFrequency()

    def forward(self, log_mel: Tensor) -> dict[str, Tensor]:
        maps = self.first(log_mel)
        middle = self.middle(maps)
        return {
            "map": maps.permute(0, 2, 1, 3).flatten(2),
            "middle": self.frames(middle),
            "last": self.frames(self.rest(middle)),
        }


class FramesOf(nn.Module):
    """Waveform (batch, n) to a layer's frames (batch, time, channels), by any log-mel. last: the
    layer's name, None for the trunk's end."""

    def __init__(
        self, log_mel: nn.Module, trunk: Trunk, backbone: Backbone, last: str | None = MIDDLE
    ) -> None:
        super().__init__()
        self.log_mel = log_mel
        self.blocks = blocks_between(trunk, backbone, None, last)
        self.frames = OverFrequency()

    def forward(self, waveform: Tensor) -> Tensor:
        return self.frames(self.blocks(self.log_mel(waveform)))


def maps_of(flat: Tensor, channels: int) -> Tensor:
    """Flat maps (batch, time, channels * frequencies) back to (batch, channels, time,
    frequencies)."""
    batch, time, width = flat.shape
    return flat.reshape(batch, time, channels, width // channels).permute(0, 2, 1, 3)


def parameters_of(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def frozen(module: nn.Module) -> nn.Module:
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module.eval()
