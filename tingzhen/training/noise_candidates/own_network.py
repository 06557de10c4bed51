"""A small network of our own, from scratch: impacts and their rhythm, and steady tones."""

import numpy as np
import torch
from torch import Tensor, nn

from tingzhen.audio.log_mel import LOG_OFFSET, MEL_BANDS
from tingzhen.training.noise_candidates.heads import START_BIAS
from tingzhen.training.noise_candidates.pcen import Pcen
from tingzhen.training.noise_candidates.tone_bands import BANDS

SHORT_S, LONG_S = 0.06, 0.4
"""Time constants of the two normalisations: below one firing of an idling engine, and over some."""


class Rhythm(nn.Module):
    """How groups of bands beat: energies (batch, time, 64) to (batch, 8 * 40).

    The modulation spectrum (Greenberg and Kingsbury 1997; Atlas and Shamma 2003): magnitudes of
    the Fourier transform of each group's course over 1.28 s, from 1.6 Hz to 32 Hz, over its mean.
    """

    WINDOW, HOP, GROUPS, FIRST, LAST = 128, 32, 8, 2, 42

    def __init__(self) -> None:
        super().__init__()
        window = np.hanning(self.WINDOW + 2)[1:-1].astype(np.float32)
        self.register_buffer("window", torch.from_numpy(window / window.sum()))

    def forward(self, energies: Tensor) -> Tensor:
        batch, time, bands = energies.shape
        if time < self.WINDOW:
            energies = torch.cat([energies] * (-(-self.WINDOW // time)), dim=1)[:, : self.WINDOW]
        tracks = energies.reshape(batch, -1, self.GROUPS, bands // self.GROUPS).mean(dim=3)
        pieces = tracks.unfold(1, self.WINDOW, self.HOP)
        mean = pieces.mean(dim=3, keepdim=True)
        beats = torch.fft.rfft((pieces - mean) * self.window).abs()[..., self.FIRST : self.LAST]
        depth = torch.log1p(10 * beats / (mean.abs() + 1e-3))
        return depth.mean(dim=1).flatten(1)


def _separable(inputs: int, outputs: int, stride: tuple[int, int]) -> nn.Sequential:
    """Depthwise and pointwise convolution (Howard et al. 2017)."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, padding=1, groups=inputs, bias=False),
        nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(),
    )  # fmt: skip


class OwnNetwork(nn.Module):
    """Log-mel (batch, time, 64) each 10 ms and tone bands (batch, time, 96) each 80 ms to logits.

    Two normalisations of different time constants go through three convolutions, and the rhythm is
    read from the short one; tones through one layer on their mean and spread over time.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.short, self.long = Pcen(MEL_BANDS, time_s=SHORT_S), Pcen(MEL_BANDS, time_s=LONG_S)
        self.even = nn.BatchNorm2d(2)
        self.convolutions = nn.Sequential(
            nn.Conv2d(2, 16, 5, (2, 2), padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            _separable(16, 32, (2, 2)), _separable(32, 48, (2, 2)),
        )  # fmt: skip
        self.rhythm = Rhythm()
        self.beats = nn.Sequential(nn.BatchNorm1d(8 * 40), nn.Linear(8 * 40, 48), nn.ReLU())
        self.tones = nn.Sequential(nn.BatchNorm1d(2 * BANDS), nn.Linear(2 * BANDS, 48), nn.ReLU())
        self.dropout = nn.Dropout(0.3)
        # Where in the spectrum something is heard tells much: four stretches of it stay apart.
        self.head = nn.Linear(2 * 48 * 4 + 2 * 48, outputs)
        nn.init.constant_(self.head.bias, START_BIAS)

    def forward(self, log_mel: Tensor, tones: Tensor) -> Tensor:
        energies = torch.clamp(torch.exp(log_mel) - LOG_OFFSET, min=0.0)
        short = self.short(energies)
        seen = self.even(torch.stack([short, self.long(energies)], dim=1))
        maps = self.convolutions(seen)
        stretches = maps.reshape(*maps.shape[:3], 4, -1).mean(dim=4)
        heard = torch.cat([stretches.mean(dim=2), stretches.std(dim=2)], dim=1).flatten(1)
        lines = torch.cat([tones.mean(dim=1), tones.std(dim=1, unbiased=False)], dim=1)
        parts = [heard, self.beats(self.rhythm(short)), self.tones(lines)]
        return self.head(self.dropout(torch.cat(parts, dim=1)))
