"""The noise network in torch: waveform in, scores over time out; exported whole to ONNX.

    waveform ─► |DFT| as conv1d ─► mel ─► level and band ─► log ─► YAMNet trunk ─► head

The trunk runs fully convolutionally over time: one embedding each 0.32 s instead of overlapping
0.96 s patches, at a third of the cost. Averaged over three steps it equals YAMNet's patch.
"""

from dataclasses import dataclass

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
    mel_edges_hz,
    mel_filters,
)
from tingzhen.training.noise.weights import Backbone

TARGET_RMS = 6.0
"""Root mean square over time of the mel magnitudes' sum of squares that a clip is brought to."""
MAX_GAIN = 300.0
"""Silence is not blown up into noise."""


@dataclass(frozen=True, slots=True)
class BandTreatment:
    """high_hz: mel bands above it are muted, where a recording's codec shows more than the car."""

    high_hz: float = 7500.0


class LogMel(nn.Module):
    """Waveform (batch, n) to log-mel (batch, 1, frames, bands), level and band normalised.

    The level is measured on the mel bands (125 Hz up, so neither DC nor handling rumble counts)
    and brought to the same value for every clip, because loudness tells the source, not the fault.
    """

    def __init__(self, band: BandTreatment) -> None:
        super().__init__()
        mel = mel_filters()
        used = np.flatnonzero(mel.any(axis=0))
        first, last = int(used[0]), int(used[-1]) + 1
        angle = 2 * np.pi * np.outer(np.arange(first, last), np.arange(WINDOW_LENGTH)) / FFT_LENGTH
        kernel = np.concatenate([np.cos(angle), -np.sin(angle)]) * hann_window()
        muted = mel_edges_hz()[2:] > band.high_hz + 1e-6
        self.register_buffer("kernel", torch.from_numpy(kernel[:, None].astype(np.float32)))
        self.register_buffer("mel", torch.from_numpy(mel[:, first:last].copy()))
        self.register_buffer("band_gain", torch.from_numpy((~muted).astype(np.float32)))
        self.bins = last - first

    def magnitudes(self, waveform: Tensor) -> Tensor:
        """Mel magnitudes (batch, bands, frames), not normalised."""
        parts = nn.functional.conv1d(waveform[:, None], self.kernel, stride=HOP_LENGTH)
        real, imaginary = parts[:, : self.bins], parts[:, self.bins :]
        return torch.matmul(self.mel, torch.sqrt(real * real + imaginary * imaginary))

    def forward(self, waveform: Tensor) -> Tensor:
        # A constant offset of the recorder would leak into the lowest bands.
        centred = waveform - waveform.mean(dim=1, keepdim=True)
        mel = self.magnitudes(centred) * self.band_gain[:, None]
        level = torch.sqrt((mel * mel).sum(dim=1, keepdim=True).mean(dim=2, keepdim=True))
        gain = torch.clamp(TARGET_RMS / (level + 1e-9), max=MAX_GAIN)
        return torch.log(mel * gain + LOG_OFFSET).transpose(1, 2)[:, None]


class Trunk(nn.Module):
    """YAMNet's convolutions: log-mel (batch, 1, frames, 64) to embeddings (batch, steps, width)."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        blocks: list[nn.Module] = []
        self.stride = 1
        for layer in backbone.layers:
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
            self.stride *= layer.stride[0]
        self.layers = nn.Sequential(*blocks)
        self.width = backbone.layers[-1].outputs

    @property
    def step_s(self) -> float:
        """Seconds from one embedding to the next."""
        return self.stride * HOP_LENGTH / SAMPLE_RATE_HZ

    def forward(self, log_mel: Tensor) -> Tensor:
        return self.layers(log_mel).mean(dim=3).transpose(1, 2)


def smooth(steps: Tensor, width: int) -> Tensor:
    """Centred mean over `width` steps of (batch, steps, channels); shorter at the ends."""
    by_channel = steps.transpose(1, 2)
    mean = nn.functional.avg_pool1d(
        by_channel, width, stride=1, padding=width // 2, count_include_pad=False
    )
    return mean.transpose(1, 2)


MODULATION_HZ = (2.0, 3.0, 4.5, 6.7, 10.0, 15.0, 22.0, 33.0)
MODULATION_GROUPS = 8


class Modulation(nn.Module):
    """How strongly groups of bands beat: log-mel (batch, 1, frames, 64) to (batch, steps, 64).

    Knocks, ticks and cranking repeat 2 to 30 times a second, which pooled embeddings forget. For
    each of 8 groups of bands, the log of the magnitude of a 0.96 s Hann-windowed Fourier component
    at 8 rates, one each 0.32 s, aligned with the trunk's steps.
    """

    def __init__(self, stride: int) -> None:
        super().__init__()
        length = 3 * stride
        time_s = np.arange(length) * HOP_LENGTH / SAMPLE_RATE_HZ
        window = np.hanning(length + 2)[1:-1]
        angle = 2 * np.pi * np.outer(MODULATION_HZ, time_s)
        kernel = np.concatenate([np.cos(angle), np.sin(angle)]) * window
        # Without the window's mean a loud band would leak into the slow rates.
        kernel -= window * (kernel.sum(axis=1, keepdims=True) / window.sum())
        kernel /= window.sum()
        self.register_buffer("kernel", torch.from_numpy(kernel[:, None].astype(np.float32)))
        self.stride = stride

    def forward(self, log_mel: Tensor) -> Tensor:
        batch, _, _, bands = log_mel.shape
        groups = log_mel[:, 0].reshape(batch, -1, MODULATION_GROUPS, bands // MODULATION_GROUPS)
        tracks = groups.mean(dim=3).transpose(1, 2).reshape(batch * MODULATION_GROUPS, 1, -1)
        tracks = nn.functional.pad(tracks, (self.stride, self.stride), mode="replicate")
        parts = nn.functional.conv1d(tracks, self.kernel, stride=self.stride)
        rates = len(MODULATION_HZ)
        power = parts[:, :rates] ** 2 + parts[:, rates:] ** 2
        features = 0.5 * torch.log(power + 1e-4)
        return features.reshape(batch, MODULATION_GROUPS * rates, -1).transpose(1, 2)


class Features(nn.Module):
    """Waveform (1, n) to steps (1, T, embedding + modulation)."""

    def __init__(self, log_mel: LogMel, trunk: Trunk) -> None:
        super().__init__()
        self.log_mel, self.trunk = log_mel, trunk
        self.modulation = Modulation(trunk.stride)

    def forward(self, waveform: Tensor) -> Tensor:
        log_mel = self.log_mel(waveform)
        return torch.cat([self.trunk(log_mel), self.modulation(log_mel)], dim=2)
