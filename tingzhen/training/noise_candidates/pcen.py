"""Per-channel energy normalisation, learned per band (Wang et al. 2017; Lostanlen et al. 2019)."""

import numpy as np
import torch
from torch import Tensor, nn

LEAST = 1e-6


def smoothing_of(time_s: float, hop_s: float) -> float:
    """Coefficient b of the smoother for a time constant, as librosa has it: half the power of a
    first-order low-pass lies below its corner."""
    frames = time_s / hop_s
    return float((np.sqrt(1 + 4 * frames**2) - 1) / (2 * frames**2))


def smoother(frames: int, b: float) -> Tensor:
    """(frames, frames): energies (.., frames) @ it = M, where M[0] = E[0] and
    M[t] = (1 - b) M[t - 1] + b E[t]. One product instead of a loop over frames."""
    steps = torch.arange(frames, dtype=torch.float64)
    back = steps[None, :] - steps[:, None]
    kernel = torch.where(back >= 0, b * (1 - b) ** back.clamp(min=0), 0.0)
    kernel[0] = (1 - b) ** steps
    return kernel.to(torch.float32)


class Pcen(nn.Module):
    """Mel magnitudes (batch, time, bands), at least 0, to the same shape:
    (E / (LEAST + M)^gain + bias)^power - bias^power, where M is E smoothed over time.

    A short time constant shows each impact, a long one the rhythm; both take out how loud a band
    is, which is the microphone's. gain, bias and power are learned for each band.
    """

    def __init__(
        self, bands: int, *, time_s: float, hop_s: float = 0.01,
        gain: float = 0.8, bias: float = 2.0, power: float = 0.5,
    ) -> None:  # fmt: skip
        super().__init__()
        self.b = smoothing_of(time_s, hop_s)
        start = torch.ones(bands)
        self.log_gain = nn.Parameter(start * np.log(gain))
        self.log_bias = nn.Parameter(start * np.log(bias))
        self.log_power = nn.Parameter(start * np.log(power))
        self._kernels: dict[int, Tensor] = {}

    def forward(self, energies: Tensor) -> Tensor:
        frames = energies.shape[1]
        if frames not in self._kernels:
            self._kernels = {frames: smoother(frames, self.b)}
        smooth = torch.matmul(energies.transpose(1, 2), self._kernels[frames]).transpose(1, 2)
        gain, bias = torch.exp(self.log_gain), torch.exp(self.log_bias)
        power = torch.exp(self.log_power)
        even = energies * torch.exp(-gain * torch.log(LEAST + smooth))
        return (even + bias) ** power - bias**power
