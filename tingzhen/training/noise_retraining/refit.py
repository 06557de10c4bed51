"""New heads and anchors from some of the new clips, at one strength."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.calibration import fault_threshold
from tingzhen.training.noise.crossval import Heads, clip_weights_of
from tingzhen.training.noise.decision import FALSE_ALARMS, Decision, Surroundings
from tingzhen.training.noise.fit import FitSettings, clip_weights, mixture_weights, targets
from tingzhen.training.noise.head import Neighbourhood
from tingzhen.training.noise_retraining.difference import Lesson, fit_difference
from tingzhen.training.noise_retraining.vectors import ClipVectors, Scenes

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Strength:
    """How far the shipped model may move. anchors: the new clips count as learned ones, so that
    sounds like them are near; decay: of the heads' difference, None for unchanged heads."""

    name: str
    anchors: bool
    decay: float | None


UNCHANGED = Strength("no_change", False, None)
STRENGTHS: tuple[Strength, ...] = (
    UNCHANGED,
    Strength("anchors_only", True, None),
    Strength("weak", True, 0.3),
    Strength("middle", True, 0.1),
    Strength("strong", True, 0.03),
)
"""From the least change to the most."""


@dataclass(frozen=True, slots=True, eq=False)
class NewClips:
    """clips with what was heard of each; the scenes are rehearsed."""

    clips: Sequence[NoiseClip]
    vectors: Sequence[ClipVectors]
    rehearsal: Scenes

    @property
    def clean(self) -> Tensor:
        """(clips, features): the clips as they are."""
        return torch.stack([heard.own[0] for heard in self.vectors])

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            np.stack([heard.context for heard in self.vectors]),
            np.array([heard.rms for heard in self.vectors]),
        )


def refit(shipped: Heads, new: NewClips, use: Mask, strength: Strength) -> Heads:
    """Heads that have learned the clips in `use` (clips,), and beds of them, and nothing of the
    others. As in training from nothing, the open head meets mixtures alone."""
    if not use.any() or not strength.anchors:
        return shipped
    space = with_anchors(shipped.neighbourhood, new.clean[torch.from_numpy(use)])
    if strength.decay is None:
        return Heads(shipped.known, shipped.open, space)
    old = new.rehearsal.vectors
    own, beds = _own(new, use), _beds(new, use)
    known = fit_difference(shipped.known, _joined(own, beds), old, decay=strength.decay)
    open_ = fit_difference(shipped.open, beds, old, decay=strength.decay)
    return Heads(known, open_, space)


def with_anchors(neighbourhood: Neighbourhood, vectors: Tensor) -> Neighbourhood:
    """The same space with further learned clips, float32 (n, features), in it."""
    points = vectors @ neighbourhood.projection + neighbourhood.offset
    return replace(neighbourhood, anchors=torch.cat([neighbourhood.anchors, points.T], dim=1))


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of some clips: probabilities (n, 14), calibrated as shipped; distance (n,) to what was
    learned."""

    probabilities: Values
    distance: Values


def answers(heads: Heads, decision: Decision, vectors: Tensor, *, near: bool = False) -> Answers:
    """What heads say of vectors (n, features). near: as if all lay near what was learned."""
    distance = heads.neighbourhood.distance(vectors).double().numpy()
    if near:
        distance = np.full(len(vectors), -1e3)
    known, open_ = (head(vectors).double().numpy() for head in (heads.known, heads.open))
    return Answers(decision.probabilities(known, open_, distance), distance)


def raised(decision: Decision, clips: Sequence[NoiseClip], probabilities: Values) -> Decision:
    """Thresholds lifted where new healthy recordings would exceed them, never lowered: a handful
    of recordings can show a false alarm, but not that there are none.

    probabilities: (clips, 14) by heads that have not heard the clip.
    """
    healthy = np.array([not clip.faulty for clip in clips])
    if not healthy.any():
        return decision
    weight = clip_weights(clips, FitSettings())[healthy]
    said = probabilities[healthy]
    normal = said[:, NOISE_TYPES.index("normal")]
    rule = decision.rule
    near, far = dict(rule.thresholds), dict(rule.far_thresholds)
    for type_ in FAULT_NOISES:
        if type_ not in near:
            continue
        score = said[:, NOISE_TYPES.index(type_)]
        # Below `normal` a fault is not claimed, whatever its threshold.
        claimed = np.where(score >= normal, score, 0.0)
        limit = fault_threshold(claimed, weight, FALSE_ALARMS)
        far[type_] = max(far.get(type_, near[type_]), limit)
        near[type_] = max(near[type_], limit)
    return replace(decision, rule=replace(rule, thresholds=near, far_thresholds=far))


def _own(new: NewClips, use: Mask) -> Lesson:
    weight = clip_weights_of(new.clips, use, FitSettings())
    truth = targets(new.clips)
    rows = [int(i) for i in np.flatnonzero(use)]
    counts = [len(new.vectors[i].own) for i in rows]
    repeated = np.repeat(rows, counts)
    mass = weight[repeated] / np.repeat(counts, counts)
    return Lesson(
        torch.cat([new.vectors[i].own for i in rows]),
        torch.from_numpy(truth[repeated]),
        torch.from_numpy((mass / mass.sum()).astype(np.float32)),
    )


def _beds(new: NewClips, use: Mask) -> Lesson:
    rows = [int(i) for i in np.flatnonzero(use)]
    types = np.concatenate([new.vectors[i].bed_types for i in rows])
    mass = mixture_weights(types)
    return Lesson(
        torch.cat([new.vectors[i].beds for i in rows]),
        torch.from_numpy(types.astype(np.float32)),
        torch.from_numpy((mass / max(1e-12, mass.sum())).astype(np.float32)),
    )


def _joined(own: Lesson, beds: Lesson) -> Lesson:
    if not len(beds.vectors):
        return own
    return Lesson(
        torch.cat([own.vectors, beds.vectors]),
        torch.cat([own.truth, beds.truth]),
        torch.cat([own.weight, beds.weight]) / 2,
    )
