"""A small world for the noise room: clips, random convolutions for a backbone, marked material."""

from pathlib import Path

import numpy as np
import torch

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise.head import CONTEXT
from tingzhen.training.noise.hearings import Event
from tingzhen.training.noise.material import Mixtures
from tingzhen.training.noise.weights import Backbone, Layer

RATE = 16_000
WIDTH = 8
STEPS = 24


def clip(types, group, source="s", *, negative=False, weak=False):
    """A clip that stands for itself: there is no file behind it."""
    types = {types} if isinstance(types, str) else types
    return NoiseClip(Path(f"{group}.wav"), frozenset(types), group, source, "", negative, weak)


def backbone(seed=0):
    """Five random convolutions with the strides of the real trunk; AudioSet's names of CONTEXT."""
    generator = torch.Generator().manual_seed(seed)
    classes = tuple(name for names in CONTEXT.values() for name in names)
    layers, weights = [], {}
    for i in range(5):
        inputs = WIDTH if i else 1
        layers.append(Layer(f"conv{i}", inputs, WIDTH, (3, 3), (2, 2), (0, 0, 1, 1), 1))
        weights[f"conv{i}.weight"] = 0.3 * torch.randn(WIDTH, inputs, 3, 3, generator=generator)
        weights[f"conv{i}.bias"] = 0.1 * torch.randn(WIDTH, generator=generator)
    weights["fc.weight"] = 0.5 * torch.randn(len(classes), WIDTH, generator=generator)
    weights["fc.bias"] = torch.randn(len(classes), generator=generator) - 2.0
    return Backbone(tuple(layers), weights, classes)


def mixtures(vectors, types, bed, *, steps=None, truth=None, events=None):
    """Mixtures of these vectors (n, features) and types, one name each; what happens when in them
    only where it is given."""
    count = len(types)
    return Mixtures(
        torch.as_tensor(np.asarray(vectors), dtype=torch.float32),
        np.array([[t == name for t in NOISE_TYPES] for name in types], np.uint8).reshape(-1, 14),
        np.asarray(bed, dtype=np.int64),
        np.zeros((count, 1, 1), np.float16) if steps is None else steps.astype(np.float16),
        np.zeros((count, 1, 12), np.uint8) if truth is None else truth.astype(np.uint8),
        [()] * count if events is None else list(events),
    )  # fmt: skip


def scores(random, clips, part, *, lean=3.0, distance=1.0):
    """Out-of-fold scores that lean towards the truth."""
    truth = np.array([[t in c.types for t in NOISE_TYPES] for c in clips])
    known, open_ = (random.normal(0, 1.5, truth.shape) + lean * truth for _ in range(2))
    far = distance * random.uniform(0.5, 1.5, len(clips))
    return OutOfFold(known, open_, far, 2 * far, np.asarray(part, dtype=np.int64))


def active(spans, count=STEPS, step_s=0.16):
    """(count, 12): steps whose middle lies in a span (type, start_s, end_s)."""
    truth = np.zeros((count, len(FAULT_NOISES)), np.uint8)
    for type_, start_s, end_s in spans:
        for i in range(count):
            if start_s <= (i + 0.5) * step_s <= end_s:
                truth[i, FAULT_NOISES.index(type_)] = 1
    return truth


def event(type_, start_s, end_s, level_db=6.0):
    return Event(type_, start_s, end_s, level_db)
