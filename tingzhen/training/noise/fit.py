"""Fit of a linear head on pooled vectors: multi-label, each recording weighing the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.head import LinearHead
from tingzhen.training.runs import TOLD_EVERY, not_told


@dataclass(frozen=True, slots=True)
class FitSettings:
    """Mixup after Zhang et al. 2018, Beta(0.3, 0.3); label smoothing after Szegedy et al. 2016.
    balance: 1 leaves sources and types as frequent as they are, 0 makes all equal. open_decay: of
    the head that leans on no recording's label."""

    steps: int = 250
    batch: int = 512
    learning_rate: float = 2e-2
    weight_decay: float = 1e-2
    open_decay: float = 3e-2
    label_smoothing: float = 0.05
    mixup: float = 0.3
    balance: float = 0.5
    weak_weight: float = 0.5
    few: int = 5


def targets(clips: Sequence[NoiseClip]) -> NDArray[np.float32]:
    """(clips, 14): 1 where the type holds."""
    rows = [[float(type_ in clip.types) for type_ in NOISE_TYPES] for clip in clips]
    return np.array(rows, dtype=np.float32).reshape(len(clips), len(NOISE_TYPES))


def clip_weights(clips: Sequence[NoiseClip], settings: FitSettings) -> NDArray[np.float64]:
    """Weight of each clip, mean 1: a recording's clips share one weight; within a type sources,
    and over all types, are drawn towards equality by `balance`; weak labels count for less."""
    keys = [("|".join(sorted(clip.types)), clip.source, clip.group) for clip in clips]
    clips_in = Counter(keys)
    recordings = Counter((types, source) for types, source, _ in clips_in)
    mass: defaultdict[str, float] = defaultdict(float)
    for (types, _), count in recordings.items():
        mass[types] += count**settings.balance
    weight = np.array(
        [
            float(recordings[types, source]) ** (settings.balance - 1)
            * mass[types] ** (settings.balance - 1)
            / clips_in[types, source, group]
            for types, source, group in keys
        ]
    )
    weight *= np.where([clip.weak for clip in clips], settings.weak_weight, 1.0)
    scaled: NDArray[np.float64] = weight / weight.mean()
    return scaled


def mixture_weights(types: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Weight of each mixture (n, 14), mean 1: combinations of types are drawn towards equality."""
    if not len(types):
        return np.empty(0)
    _, inverse, count = np.unique(types, axis=0, return_inverse=True, return_counts=True)
    weight = count[inverse.ravel()].astype(np.float64) ** -0.8
    scaled: NDArray[np.float64] = weight / weight.mean()
    return scaled


def fit_head(
    vectors: Tensor,
    truth: NDArray[np.float32],
    weight: NDArray[np.float64],
    settings: FitSettings,
    *,
    decay: float,
    seed: int,
    advance: Callable[[], None] = lambda: None,
    told: Callable[[int, float], None] = not_told,
) -> LinearHead:
    """Fit on vectors float32 (n, features) with truth (n, 14), each drawn by its weight (n,).

    Adam with a linearly falling rate on drawn batches; standardisation is folded into the head.
    """
    mean, spread = vectors.mean(dim=0), vectors.std(dim=0) + 1e-2
    x = (vectors - mean) / spread
    kinds = truth.shape[1]
    y = torch.from_numpy(truth)
    y = y * (1 - settings.label_smoothing) + settings.label_smoothing / kinds
    drawn = torch.from_numpy(weight / weight.sum())
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    matrix = torch.zeros(x.shape[1], kinds, requires_grad=True)
    bias = torch.full((kinds,), -2.0, requires_grad=True)
    search = torch.optim.Adam([matrix, bias], lr=settings.learning_rate)
    for step in range(settings.steps):
        batch = torch.multinomial(drawn, settings.batch, replacement=True, generator=generator)
        other = batch[torch.randperm(settings.batch, generator=generator)]
        share = torch.from_numpy(
            random.beta(settings.mixup, settings.mixup, (settings.batch, 1)).astype(np.float32)
        )
        mixed = share * x[batch] + (1 - share) * x[other]
        wanted = share * y[batch] + (1 - share) * y[other]
        loss = binary_cross_entropy_with_logits(mixed @ matrix + bias, wanted) * kinds
        loss = loss + decay * (matrix**2).sum()
        search.zero_grad()
        loss.backward()
        search.step()
        for group in search.param_groups:
            group["lr"] = settings.learning_rate * (1 - (step + 1) / settings.steps)
        if (step + 1) % TOLD_EVERY == 0:
            told(step + 1, float(loss.detach()))
        advance()
    scaled = (matrix / spread[:, None]).detach()
    return LinearHead(scaled, (bias - mean @ scaled).detach())
