"""The listener: when is which fault heard? A small temporal network on the trunk's middle.

It learns from mixtures whose truth is known to the sample: synthetic scenes, and synthetic faults
over real vehicles. Real recordings say what is in them, not when, so they teach it nothing.
Dilated convolutions over time after van den Oord et al. 2016 (WaveNet) and Bai et al. 2018 (TCN).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.training.runs import TOLD_EVERY, not_told

KERNEL = 5
DILATIONS = (1, 2, 4)
EDGE_STEPS = sum(dilation * (KERNEL // 2) for dilation in DILATIONS)
"""Steps on either side that a score depends on."""


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """AdamW with one cycle of the rate (Smith and Topin 2018). shift: noise that is constant over
    a mixture, in standard deviations of each feature: another microphone, as the network feels it.
    """

    width: int = 128
    steps: int = 6000
    batch: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.2
    shift: float = 0.15
    mixup: float = 0.1


class Listener(nn.Module):
    """Middle steps (batch, T, features) to logits (batch, T, 12), in the order of FAULT_NOISES."""

    def __init__(self, features: int, width: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("spread", torch.ones(features))
        self.enter = nn.Conv1d(features, width, 1)
        self.over_time = nn.ModuleList(
            nn.Conv1d(width, width, KERNEL, padding=d * (KERNEL // 2), dilation=d)
            for d in DILATIONS
        )
        self.within = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in DILATIONS)
        self.leave = nn.Conv1d(width, len(FAULT_NOISES), 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, steps: Tensor) -> Tensor:
        heard = ((steps - self.mean) / self.spread).transpose(1, 2)
        heard = torch.relu(self.enter(self.dropout(heard)))
        for over_time, within in zip(self.over_time, self.within, strict=True):
            heard = heard + torch.relu(within(torch.relu(over_time(self.dropout(heard)))))
        return self.leave(heard).transpose(1, 2)


def train_listener(
    steps: NDArray[np.float16],
    truth: NDArray[np.uint8],
    weight: NDArray[np.float64],
    settings: ListenerSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
    told: Callable[[int, float], None] = not_told,
) -> Listener:
    """Fit on mixtures of equal length.

    steps: (mixtures, T, features); truth: (mixtures, T, 12), 1 where the fault is heard; weight:
    (mixtures,), how often each is drawn. Returns it in evaluation mode.
    """
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    listener = Listener(steps.shape[2], settings.width, settings.dropout)
    sample = torch.from_numpy(steps[random.permutation(len(steps))[:2000]].astype(np.float32))
    listener.mean.copy_(sample.mean(dim=(0, 1)))
    listener.spread.copy_(sample.std(dim=(0, 1)) + 0.05)
    search = torch.optim.AdamW(
        listener.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(
        search, settings.learning_rate, total_steps=settings.steps + 1
    )
    drawn = torch.from_numpy(weight / weight.sum())
    listener.train()
    for step in range(1, settings.steps + 1):
        batch = torch.multinomial(drawn, settings.batch, replacement=True, generator=generator)
        rows = batch.numpy()
        x = torch.from_numpy(steps[rows].astype(np.float32))
        y = torch.from_numpy(truth[rows].astype(np.float32))
        channel = torch.randn(len(rows), 1, x.shape[2], generator=generator)
        x = x + settings.shift * listener.spread * channel
        share = torch.from_numpy(
            random.beta(settings.mixup, settings.mixup, (len(rows), 1, 1)).astype(np.float32)
        )
        other = torch.randperm(len(rows), generator=generator)
        logits = listener(share * x + (1 - share) * x[other])
        loss = binary_cross_entropy_with_logits(logits, share * y + (1 - share) * y[other])
        search.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(listener.parameters(), 1.0)
        search.step()
        rate.step()
        if step % TOLD_EVERY == 0:
            told(step, float(loss.detach()))
        advance()
    return listener.eval()


def listen(listener: Listener, steps: NDArray[np.float16]) -> NDArray[np.float32]:
    """Probabilities (mixtures, T, 12) of mixtures (mixtures, T, features)."""
    with torch.inference_mode():
        parts = [
            torch.sigmoid(listener(torch.from_numpy(steps[i : i + 256].astype(np.float32))))
            for i in range(0, len(steps), 256)
        ]
    return torch.cat(parts).numpy()
