"""Out-of-fold scores: by recording, and with each source left out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import check_no_leak
from tingzhen.training.noise.fit import (
    FitSettings,
    clip_weights,
    fit_head,
    mixture_weights,
    targets,
)
from tingzhen.training.noise.head import LinearHead, Neighbourhood
from tingzhen.training.noise.material import Material, Mixtures
from tingzhen.training.noise.neighbourhood import fit_neighbourhood
from tingzhen.training.runs import not_told

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """known, open: (clips, 14), logits of the two heads, neither of which has heard the clip's
    part, nor a bed of it; distance: (clips,), to what was learned; mahalanobis: (clips,), to its
    centre; part: (clips,)."""

    known: Values
    open: Values
    distance: Values
    mahalanobis: Values
    part: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What is fitted on the recordings of a fold."""

    known: LinearHead
    open: LinearHead
    neighbourhood: Neighbourhood


def fit_heads(
    material: Material,
    clips: Sequence[NoiseClip],
    use: NDArray[np.bool_],
    settings: FitSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
    told: Callable[[int, float], None] = not_told,
) -> Heads:
    """Fit both heads and the neighbourhood on the recordings in `use` (clips,) and mixtures of
    them; nothing else of any recording is touched."""
    beds = material.beds.rows(use[material.beds.bed])
    rows = np.flatnonzero(use[material.clips.clip])
    clip = material.clips.clip[rows]
    own = clip_weights_of(clips, use, settings)[clip]
    vectors = material.clips.vectors[torch.from_numpy(rows)]
    known = fit_head(
        torch.cat([vectors, beds.vectors]),
        np.concatenate([targets(clips)[clip], beds.types.astype(np.float32)]),
        np.concatenate([_share(own), _share(mixture_weights(beds.types))]),
        settings, decay=settings.weight_decay, seed=seed, advance=advance, told=told,
    )  # fmt: skip
    open_ = fit_open(material.scenes, beds, settings, seed=seed, advance=advance)
    picked = np.flatnonzero(use)
    clean = material.clips.vectors[torch.from_numpy(picked)]
    space = fit_neighbourhood(clean, [clips[int(i)].source for i in picked])
    return Heads(known, open_ or known, space)


def fit_open(
    scenes: Mixtures,
    beds: Mixtures,
    settings: FitSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> LinearHead | None:
    """The head that leans on no recording's label; None without any mixture."""
    parts = [part for part in (scenes, beds) if len(part)]
    if not parts:
        return None
    return fit_head(
        torch.cat([part.vectors for part in parts]),
        np.concatenate([part.types for part in parts]).astype(np.float32),
        np.concatenate([_share(mixture_weights(part.types)) for part in parts]),
        settings, decay=settings.open_decay, seed=seed, advance=advance,
    )  # fmt: skip


def clip_weights_of(
    clips: Sequence[NoiseClip], use: NDArray[np.bool_], settings: FitSettings
) -> Values:
    """(clips,): weights among those in `use`, 0 for the others."""
    weight = np.zeros(len(clips))
    rows = np.flatnonzero(use)
    weight[rows] = clip_weights([clips[int(i)] for i in rows], settings)
    return weight


def _share(weight: Values) -> Values:
    return weight / weight.sum() if len(weight) else weight


def out_of_fold(
    material: Material,
    clips: Sequence[NoiseClip],
    part: NDArray[np.int64],
    settings: FitSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> OutOfFold:
    """Score each part (clips,) with heads fitted on the others."""
    found = {name: np.zeros((len(clips), 14)) for name in ("known", "open")}
    distance, mahalanobis = np.zeros(len(clips)), np.zeros(len(clips))
    clean: Tensor = material.clips.vectors[: len(clips)]
    for k in sorted(set(part.tolist())):
        use = part != k
        test = np.flatnonzero(~use)
        learned = {clip.group for clip, used in zip(clips, use, strict=True) if used}
        check_no_leak(learned, {clips[int(i)].group for i in test})
        heads = fit_heads(material, clips, use, settings, seed=seed, advance=advance)
        picked = clean[torch.from_numpy(test)]
        found["known"][test] = heads.known(picked).double().numpy()
        found["open"][test] = heads.open(picked).double().numpy()
        distance[test] = heads.neighbourhood.distance(picked).double().numpy()
        mahalanobis[test] = heads.neighbourhood.from_centre(picked).double().numpy()
    return OutOfFold(found["known"], found["open"], distance, mahalanobis, part)
