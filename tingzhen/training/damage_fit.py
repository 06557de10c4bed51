"""Fitting the tail of the damage network on kept features.

First the linear term alone on the ImageNet embedding, then everything from there: a head that
already fits keeps the first steps from spoiling good features (Kumar et al. 2022,
arXiv 2202.10054).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tingzhen.datasets.damage_manifest import DamagePicture
from tingzhen.training.damage_features import FeatureStore
from tingzhen.training.damage_network import Tail
from tingzhen.training.damage_views import PRESENT, UNSAID, View
from tingzhen.training.runs import Run
from tingzhen.vision.vocabulary import DAMAGE_TYPES

_SMOOTHING = 0.02
_AVERAGE_DECAY = 0.99
_PROBE_PENALTY = 3e-4  # on the squared weights of the linear start
_PROBE_ITERATIONS = 60
_CHECKPOINT_EVERY = 50
_SOURCE_POWER = 0.75  # views drawn from a source grow with its size to this power


@dataclass(frozen=True, slots=True)
class FitSettings:
    """steps: optimiser steps of `batch` views. place_weight: of the map's loss beside the
    picture's."""

    steps: int = 400
    batch: int = 32
    deep_rate: float = 3e-4
    head_rate: float = 2e-3
    weight_decay: float = 0.02
    place_weight: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """logits: float32 (n, types). places: float32 (n, types, cells, cells). embeddings: float32
    (n, 1280)."""

    logits: NDArray[np.float32]
    places: NDArray[np.float32]
    embeddings: NDArray[np.float32]


def picture_loss(logits: Tensor, targets: Tensor, positive_weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy over what is said; targets (n, types) with NaN for not said."""
    known = ~torch.isnan(targets)
    smooth = torch.where(known, targets, torch.zeros_like(targets))
    smooth = smooth * (1 - 2 * _SMOOTHING) + _SMOOTHING
    loss = functional.binary_cross_entropy_with_logits(
        logits, smooth, pos_weight=positive_weight, reduction="none"
    )
    return (loss * known).sum() / logits.shape[0]


def place_loss(places: Tensor, said: Tensor, positive_weight: Tensor) -> Tensor:
    """Weighted binary cross-entropy over the places of which something is said, each type alike.

    places: logits (n, types, h, w). said: uint8 of the same shape, ABSENT, PRESENT or UNSAID.
    """
    known = said != UNSAID
    present = (said == PRESENT).to(places.dtype)
    loss = functional.binary_cross_entropy_with_logits(
        places, present, pos_weight=positive_weight[:, None, None], reduction="none"
    )
    counted = known.sum(dim=(0, 2, 3))
    by_type = (loss * known).sum(dim=(0, 2, 3)) / counted.clamp(min=1)
    return by_type.sum()


def positive_weights(
    store: FeatureStore, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight of a positive for pictures and for places: root of the imbalance, 1 to 6."""

    def weight(positive: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float32]:
        odds = (known - positive) / np.maximum(positive, 1)
        return np.clip(np.sqrt(np.maximum(odds, 1)), 1, 6).astype(np.float32)

    targets = store.targets[chosen]
    places = store.places[chosen]
    return (
        weight(np.nansum(targets, axis=0, dtype=float), (~np.isnan(targets)).sum(axis=0) * 1.0),
        weight(
            (places == PRESENT).sum(axis=(0, 2, 3)) * 1.0,
            (places != UNSAID).sum(axis=(0, 2, 3)) * 1.0,
        ),
    )


def draw_weights(
    pictures: Sequence[DamagePicture], views: Sequence[View], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How often each chosen view is drawn: large sources more often, but less than in proportion,
    and all views of one group together as often as the root of their number."""
    sources = np.array([pictures[views[index].picture].source for index in chosen])
    groups = np.array([pictures[views[index].picture].group for index in chosen])
    weights = np.zeros(len(chosen))
    for source in np.unique(sources):
        of_source = np.flatnonzero(sources == source)
        _, inverse, counts = np.unique(groups[of_source], return_inverse=True, return_counts=True)
        share = 1 / np.sqrt(counts[inverse])
        weights[of_source] = share / share.sum() * len(of_source) ** _SOURCE_POWER
    return weights / weights.sum()


def fit_linear_start(
    tail: Tail, store: FeatureStore, chosen: NDArray[np.int64], weights: NDArray[np.float64]
) -> None:
    """Set the tail's linear term to a logistic regression on the ImageNet embedding, in place.

    chosen: views to learn from. weights: how much each of them counts; they sum to 1.
    """
    inputs = torch.from_numpy(np.asarray(store.embeddings[chosen], dtype=np.float32))
    centre, scale = inputs.mean(dim=0), inputs.std(dim=0) + 0.05
    inputs = (inputs - centre) / scale
    targets = torch.from_numpy(store.targets[chosen])
    known = ~torch.isnan(targets)
    targets = torch.where(known, targets, torch.zeros_like(targets))
    share = known * torch.from_numpy(weights.astype(np.float32))[:, None]
    positive_weight = torch.from_numpy(positive_weights(store, chosen)[0])
    weight = torch.zeros(targets.shape[1], inputs.shape[1], requires_grad=True)
    bias = torch.zeros(targets.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [weight, bias], max_iter=_PROBE_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(
            inputs @ weight.T + bias, targets, pos_weight=positive_weight, reduction="none"
        )
        total = (loss * share).sum() + _PROBE_PENALTY * weight.square().sum()
        total.backward()
        return total

    optimiser.step(closure)
    with torch.no_grad():
        tail.whole.weight.copy_(weight / scale)
        # The map's soft maximum starts near its bias; together they start as the regression.
        tail.whole.bias.copy_(bias - (weight / scale) @ centre - tail.map.bias)


def fit_tail(
    tail: Tail,
    store: FeatureStore,
    chosen: NDArray[np.int64],
    weights: NDArray[np.float64],
    *,
    settings: FitSettings,
    run: Run,
    name: str,
    progress: Callable[[int], None] = lambda step: None,
) -> Tail:
    """Train `tail` in place on the chosen views and return it with its averaged weights.

    A checkpoint of that name in the run is taken up; a finished one is only read.
    """
    picture_weight, place_weight = (
        torch.from_numpy(weight) for weight in positive_weights(store, chosen)
    )
    tail.to(memory_format=torch.channels_last)
    deep = [*tail.deep.parameters(), *tail.head.parameters()]
    deep_ids = {id(parameter) for parameter in deep}
    heads = [parameter for parameter in tail.parameters() if id(parameter) not in deep_ids]
    rates = [settings.deep_rate, settings.head_rate]
    optimiser = torch.optim.AdamW(
        [{"params": deep}, {"params": heads}], lr=0.0, weight_decay=settings.weight_decay
    )
    first = 0
    kept = run.load_checkpoint(name)
    if kept is None:
        fit_linear_start(tail, store, chosen, weights)
        average = {key: value.clone() for key, value in tail.state_dict().items()}
    else:
        tail.load_state_dict(kept["tail"])
        average, first = kept["average"], int(kept["step"])
        if first < settings.steps:
            optimiser.load_state_dict(kept["optimiser"])
    tail.train()
    for step in range(first, settings.steps):
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * _schedule(step, settings.steps)
        loss = _step(tail, store, (chosen, weights), (picture_weight, place_weight), settings, step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(tail.parameters(), 5.0)
        optimiser.step()
        decay = min(_AVERAGE_DECAY, (step + 1) / (step + 10))
        for key, value in tail.state_dict().items():
            average[key].lerp_(value, 1 - decay)
        progress(step + 1)
        if (step + 1) % _CHECKPOINT_EVERY == 0 or step + 1 == settings.steps:
            done = step + 1 == settings.steps
            run.save_checkpoint(
                name,
                {
                    "tail": tail.state_dict(), "average": average, "step": step + 1,
                    "optimiser": {} if done else optimiser.state_dict(),
                },
            )  # fmt: skip
            run.log("step", fit=name, step=step + 1, loss=round(float(loss.detach()), 4))
    tail.load_state_dict(average)
    tail.eval()
    return tail


def _schedule(step: int, steps: int) -> float:
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return float(0.5 * (1 + np.cos(np.pi * (step - warm) / max(1, steps - warm)))) + 0.01


def _step(  # noqa: PLR0917 - one call, above
    tail: Tail,
    store: FeatureStore,
    drawn_from: tuple[NDArray[np.int64], NDArray[np.float64]],
    positive_weight: tuple[Tensor, Tensor],
    settings: FitSettings,
    step: int,
) -> Tensor:
    # Drawn from the step's own seed, so that a resumed run sees the batches it would have seen.
    random = np.random.default_rng([settings.seed, step])
    torch.manual_seed(settings.seed * 1_000_003 + step)
    batch = np.sort(random.choice(drawn_from[0], size=settings.batch, p=drawn_from[1]))
    middle = np.asarray(store.middle[batch], dtype=np.float32)
    deep = np.asarray(store.deep[batch], dtype=np.float32)
    places = store.places[batch]
    flipped = random.random(len(batch)) < 0.5
    for values in (middle, deep, places):
        values[flipped] = values[flipped][..., ::-1]
    logits, place_logits, _ = tail(_channels_last(middle), _channels_last(deep))
    loss = picture_loss(logits, torch.from_numpy(store.targets[batch]), positive_weight[0])
    return loss + settings.place_weight * place_loss(
        place_logits, torch.from_numpy(places), positive_weight[1]
    )


def _channels_last(values: NDArray[Any]) -> Tensor:
    tensor = torch.from_numpy(np.asarray(values, dtype=np.float32))
    return tensor.contiguous(memory_format=torch.channels_last)


def score_views(tail: Tail, store: FeatureStore, chosen: NDArray[np.int64]) -> Scores:
    """Scores of the chosen views, in their order."""
    tail.eval()
    parts: list[tuple[NDArray[np.float32], ...]] = []
    with torch.inference_mode():
        for start in range(0, len(chosen), 64):
            rows = chosen[start : start + 64]
            outputs = tail(_channels_last(store.middle[rows]), _channels_last(store.deep[rows]))
            parts.append(tuple(output.numpy() for output in outputs))
    if not parts:
        cells = store.middle.shape[-1]
        types = len(DAMAGE_TYPES)
        return Scores(
            np.zeros((0, types), np.float32),
            np.zeros((0, types, cells, cells), np.float32),
            np.zeros((0, 1280), np.float32),
        )
    logits, places, embeddings = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Scores(logits, places, embeddings)
