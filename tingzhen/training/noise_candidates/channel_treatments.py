"""Ways to take the channel out before the network: each a log-mel of its own."""

import numpy as np
import torch
from torch import Tensor

from tingzhen.audio.log_mel import LOG_OFFSET, mel_edges_hz
from tingzhen.training.noise.network import LogMel

CUT_HZ = 4000.0


class CutLogMel(LogMel):
    """Nothing above 4 kHz, where codecs and microphones differ most. Silent bands take no part in
    the level either."""

    def __init__(self) -> None:
        super().__init__()
        kept = (mel_edges_hz()[2:] <= CUT_HZ).astype(np.float32)
        self.register_buffer("kept", torch.from_numpy(kept)[:, None])

    def magnitudes(self, waveform: Tensor) -> Tensor:
        return super().magnitudes(waveform) * self.kept


class UnlevelledLogMel(LogMel):
    """As loud as the clip is: log-mel without the gain that brings all clips to one level."""

    def forward(self, waveform: Tensor) -> Tensor:
        centred = waveform - waveform.mean(dim=1, keepdim=True)
        return torch.log(self.magnitudes(centred) + LOG_OFFSET).transpose(1, 2)[:, None]


class EvenLogMel(LogMel):
    """Every clip with one and the same mean spectrum: cepstral mean subtraction (Atal 1974), which
    takes a linear channel out, and the colour of a steady sound with it.

    usual: (bands,), the mean log spectrum of all clips, put back since the backbone expects one.
    """

    def __init__(self, usual: Tensor) -> None:
        super().__init__()
        self.register_buffer("usual", usual)

    def forward(self, waveform: Tensor) -> Tensor:
        log_mel = super().forward(waveform)
        return log_mel - log_mel.mean(dim=2, keepdim=True) + self.usual
