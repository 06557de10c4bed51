"""Fit of the linear head on pooled vectors: multi-label, each recording weighing the same."""

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
from tingzhen.training.noise.embed import Variant
from tingzhen.training.noise.head import LinearHead


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What is usual for linear heads on AudioSet embeddings; only weight_decay was compared (three
    values, by recording, where the figures hardly differed). Mixup after Zhang et al. 2018,
    Beta(0.3, 0.3); label smoothing after Szegedy et al. 2016. balance: 1 leaves sources and types
    as frequent as they are, 0 makes all equal.
    """

    steps: int = 250
    batch: int = 512
    learning_rate: float = 1e-2
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05
    mixup: float = 0.3
    balance: float = 0.5
    weak_weight: float = 0.5
    min_recordings: int = 5


def trained_types(clips: Sequence[NoiseClip], settings: FitSettings) -> list[int]:
    """Indices into NOISE_TYPES of types with enough recordings to learn and to check them; the
    others keep a small fixed probability."""
    recordings = {(type_, clip.group) for clip in clips for type_ in clip.types}
    count = Counter(type_ for type_, _ in recordings)
    return [i for i, t in enumerate(NOISE_TYPES) if count[t] >= settings.min_recordings]


def targets(clips: Sequence[NoiseClip], types: Sequence[int]) -> NDArray[np.float32]:
    """(clips, types): 1 where the type holds."""
    rows = [[float(NOISE_TYPES[i] in clip.types) for i in types] for clip in clips]
    return np.array(rows, dtype=np.float32).reshape(len(clips), len(types))


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


def fit_head(  # noqa: PLR0917
    vectors: Tensor,
    variants: Sequence[Variant],
    clips: Sequence[NoiseClip],
    use: NDArray[np.int64],
    types: Sequence[int],
    settings: FitSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> LinearHead:
    """Fit on vectors[use], float32 (variants, width); the head gives logits of `types`.

    Adam with a linearly falling rate on drawn batches; standardisation is folded into the head.
    """
    x = vectors[torch.from_numpy(use)]
    mean, spread = x.mean(dim=0), x.std(dim=0) + 1e-2
    x = (x - mean) / spread
    clip_of = np.array([variants[i].clip for i in use])
    smoothing = settings.label_smoothing
    truth = torch.from_numpy(targets(clips, types)[clip_of])
    truth = truth * (1 - smoothing) + smoothing / max(1, len(types))
    # Each clip's variants share its weight.
    used = sorted(set(clip_of.tolist()))
    weight_of = dict(zip(used, clip_weights([clips[i] for i in used], settings), strict=True))
    variants_of = Counter(clip_of.tolist())
    drawn = torch.tensor([weight_of[int(i)] / variants_of[int(i)] for i in clip_of])
    generator = torch.Generator().manual_seed(seed)
    random = np.random.default_rng(seed)
    weight = torch.zeros(x.shape[1], len(types), requires_grad=True)
    bias = torch.full((len(types),), -2.0, requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias], lr=settings.learning_rate)
    for step in range(settings.steps):
        batch = torch.multinomial(drawn, settings.batch, replacement=True, generator=generator)
        other = batch[torch.randperm(settings.batch, generator=generator)]
        share = torch.from_numpy(
            random.beta(settings.mixup, settings.mixup, (settings.batch, 1)).astype(np.float32)
        )
        mixed = share * x[batch] + (1 - share) * x[other]
        wanted = share * truth[batch] + (1 - share) * truth[other]
        loss = binary_cross_entropy_with_logits(mixed @ weight + bias, wanted) * len(types)
        loss = loss + settings.weight_decay * (weight**2).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * (1 - (step + 1) / settings.steps)
        advance()
    scaled = (weight / spread[:, None]).detach()
    return LinearHead(scaled, (bias - mean @ scaled).detach())
