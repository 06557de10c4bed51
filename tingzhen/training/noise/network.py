"""The network's ears in torch: waveform in, what the trunk hears over time out.

    waveform ─► |DFT| as conv1d ─► mel ─► level ─► log ─► YAMNet trunk ─┬─► middle, each 0.16 s
                                                                        └─► last, each 0.32 s

The trunk runs fully convolutionally over time instead of over overlapping 0.96 s patches, at a
third of the cost. Its middle layers still hear what a sound is made of; its last ones hear what
AudioSet calls it, and AudioSet has no name for a worn bearing (docs/noise-candidates.md).
"""

import numpy as np
import torch
from torch import Tensor, nn

from tingzhen.audio.log_mel import (
    FFT_LENGTH,
    HOP_LENGTH,
    LOG_OFFSET,
    SAMPLE_RATE_HZ,
    WINDOW_LENGTH,
    hann_window,
    mel_filters,
)
from tingzhen.training.noise.weights import Backbone

MIDDLE_LAYERS = 15
"""Convolutions before the middle: it was the best of the trunk's layers in cross-validation."""
MIDDLE_STRIDE = 16
STEP_SAMPLES = MIDDLE_STRIDE * HOP_LENGTH
STEP_S = STEP_SAMPLES / SAMPLE_RATE_HZ

TARGET_RMS = 6.0
"""Root mean square over time of the mel magnitudes' sum of squares that a clip is brought to."""
MAX_GAIN = 300.0
"""Silence is not blown up into noise."""


class LogMel(nn.Module):
    """Waveform (batch, n) to log-mel (batch, 1, frames, bands), level normalised.

    The level is measured on the mel bands (125 Hz up, so neither DC nor handling rumble counts)
    and brought to the same value for every clip, because loudness tells the source, not the fault.
    """

    def __init__(self) -> None:
        super().__init__()
        mel = mel_filters()
        used = np.flatnonzero(mel.any(axis=0))
        first, last = int(used[0]), int(used[-1]) + 1
        angle = 2 * np.pi * np.outer(np.arange(first, last), np.arange(WINDOW_LENGTH)) / FFT_LENGTH
        kernel = np.concatenate([np.cos(angle), -np.sin(angle)]) * hann_window()
        self.register_buffer("kernel", torch.from_numpy(kernel[:, None].astype(np.float32)))
        self.register_buffer("mel", torch.from_numpy(mel[:, first:last].copy()))
        self.bins = last - first

    def magnitudes(self, waveform: Tensor) -> Tensor:
        """Mel magnitudes (batch, bands, frames), not normalised."""
        parts = nn.functional.conv1d(waveform[:, None], self.kernel, stride=HOP_LENGTH)
        real, imaginary = parts[:, : self.bins], parts[:, self.bins :]
        return torch.matmul(self.mel, torch.sqrt(real * real + imaginary * imaginary))

    def forward(self, waveform: Tensor) -> Tensor:
        # A constant offset of the recorder would leak into the lowest bands.
        centred = waveform - waveform.mean(dim=1, keepdim=True)
        mel = self.magnitudes(centred)
        level = torch.sqrt((mel * mel).sum(dim=1, keepdim=True).mean(dim=2, keepdim=True))
        gain = torch.clamp(TARGET_RMS / (level + 1e-9), max=MAX_GAIN)
        return torch.log(mel * gain + LOG_OFFSET).transpose(1, 2)[:, None]


class Trunk(nn.Module):
    """YAMNet's convolutions: log-mel (batch, 1, frames, 64) to what is heard in the middle,
    (batch, T, width), one step each MIDDLE_STRIDE frames, averaged over frequency, and at the end,
    (batch, T', last_width). Raises ValueError when the middle has another stride."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        parts: tuple[list[nn.Module], list[nn.Module]] = ([], [])
        middle = min(MIDDLE_LAYERS, len(backbone.layers) - 1)
        stride = 1
        for number, layer in enumerate(backbone.layers):
            blocks = parts[number >= middle]
            top, left, bottom, right = layer.pads
            same = top == bottom and left == right
            conv = nn.Conv2d(
                layer.inputs, layer.outputs, layer.kernel, layer.stride,
                padding=(top, left) if same else 0, groups=layer.groups,
            )  # fmt: skip
            conv.weight.data = backbone.weights[f"{layer.name}.weight"].clone()
            conv.bias.data = backbone.weights[f"{layer.name}.bias"].clone()
            if not same:
                blocks.append(nn.ZeroPad2d((left, right, top, bottom)))
            blocks += [conv, nn.ReLU()]
            stride *= layer.stride[0] if number < middle else 1
        if stride != MIDDLE_STRIDE:
            raise ValueError(f"the trunk's middle has a stride of {stride} frames")
        self.first, self.rest = nn.Sequential(*parts[0]), nn.Sequential(*parts[1])
        self.width = backbone.layers[middle - 1].outputs
        self.last_width = backbone.layers[-1].outputs

    def forward(self, log_mel: Tensor) -> tuple[Tensor, Tensor]:
        middle = self.first(log_mel)
        return self.over_time(middle), self.over_time(self.rest(middle))

    def middle(self, log_mel: Tensor) -> Tensor:
        """The first of the two alone, (batch, T, width)."""
        return self.over_time(self.first(log_mel))

    @staticmethod
    def over_time(maps: Tensor) -> Tensor:
        """(batch, channels, T, bands) to (batch, T, channels)."""
        return maps.mean(dim=3).transpose(1, 2)


def smooth(steps: Tensor, width: int) -> Tensor:
    """Centred mean over `width` steps of (batch, steps, channels); shorter at the ends."""
    by_channel = steps.transpose(1, 2)
    mean = nn.functional.avg_pool1d(
        by_channel, width, stride=1, padding=width // 2, count_include_pad=False
    )
    return mean.transpose(1, 2)
