"""Embeddings of all clips and their augmented variants, computed once and kept as a checkpoint."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.augment import Channel, Waveform, crop, mix, through_channel
from tingzhen.training.noise.head import pool
from tingzhen.training.noise.network import Features

MIN_SAMPLES = 16_000
MAX_SAMPLES = 30 * 16_000


@dataclass(frozen=True, slots=True)
class Variant:
    """One hearing of a clip. clip, partner: indices into the clips; partner: the healthy
    recording that it was mixed with, -1 for none. augmented: through another channel."""

    clip: int
    partner: int
    augmented: bool


def plan_variants(
    clips: Sequence[NoiseClip], fold: NDArray[np.int64], *, channels: int, mixes: int, seed: int
) -> list[Variant]:
    """Each clip as it is, `channels` times through another channel, and, where it holds a fault,
    `mixes` times over a healthy clip of another group of the same fold, so that no fold is heard
    in another one."""
    random = np.random.default_rng(seed)
    healthy = {
        int(k): [i for i, c in enumerate(clips) if not c.faulty and not c.weak and fold[i] == k
                 and "normal" in c.types]
        for k in set(fold.tolist())
    }  # fmt: skip
    variants = [Variant(i, -1, augmented=False) for i in range(len(clips))]
    for i, clip in enumerate(clips):
        variants += [Variant(i, -1, augmented=True)] * channels
        partners = [j for j in healthy[int(fold[i])] if clips[j].group != clip.group]
        if clip.faulty and partners:
            drawn = random.choice(partners, mixes)
            variants += [Variant(i, int(j), augmented=True) for j in drawn]
    return variants


def hear(
    variant: Variant, waveforms: Sequence[Waveform], channel: Channel, random: np.random.Generator
) -> Waveform:
    """The waveform of a variant, at least 1 s (repeated) and at most 30 s (cut) long."""
    waveform = waveforms[variant.clip][:MAX_SAMPLES]
    if variant.augmented:
        waveform = crop(waveform, channel, random)
    if variant.partner >= 0:
        other = waveforms[variant.partner]
        start = int(random.integers(0, max(1, len(other) - len(waveform))))
        waveform = mix(waveform, other[start:], random.uniform(*channel.mix_snr_db))
    if variant.augmented:
        waveform = through_channel(waveform, channel, random)
    if len(waveform) < MIN_SAMPLES:
        waveform = np.resize(waveform, MIN_SAMPLES)
    return waveform


def embed(
    variants: Sequence[Variant],
    waveforms: Sequence[Waveform],
    features: Features,
    channel: Channel,
    *,
    seed: int,
    start: int = 0,
    stop: int | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Tensor:
    """Pooled vectors of variants start..stop, float32 (stop - start, width). Each variant has its
    own seed, so a run that was cut off goes on with the same sounds."""
    vectors = []
    for number in range(start, len(variants) if stop is None else stop):
        random = np.random.default_rng([seed, number])
        waveform = hear(variants[number], waveforms, channel, random)
        with torch.inference_mode():
            vectors.append(pool(features(torch.from_numpy(waveform)[None]))[0])
        advance()
    return torch.stack(vectors)
