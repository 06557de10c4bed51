"""How far to move, if at all: chosen by recordings that the moved model has not heard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import check_no_leak
from tingzhen.training.noise.bundle import Fitted
from tingzhen.training.noise.fit import FitSettings, clip_weights, targets
from tingzhen.training.noise_measuring.recordings import Scored
from tingzhen.training.noise_retraining.refit import (
    STRENGTHS,
    UNCHANGED,
    Answers,
    Mask,
    NewClips,
    Strength,
    answers,
    raised,
    refit,
)

Values = NDArray[np.float64]
Folds = NDArray[np.int64]
ALIKE = 1e-9
"""Losses closer than this do not differ."""


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """What each strength says of every clip, by heads that have not heard the clip's fold; part:
    (clips,), the fold."""

    answers: Mapping[str, Answers]
    part: Folds


def try_all(
    shipped: Fitted, new: NewClips, part: Folds, *, advance: Callable[[], None] = lambda: None
) -> Trials:
    """Refit at every strength for every fold of part (clips,)."""
    clean = new.clean
    found: dict[str, Answers] = {}
    for strength in STRENGTHS:
        probabilities, distance = np.zeros((len(part), 14)), np.zeros(len(part))
        for k in np.unique(part).tolist():
            use, here = part != k, np.flatnonzero(part == k)
            learned = {clip.group for clip, used in zip(new.clips, use, strict=True) if used}
            check_no_leak(learned, {new.clips[int(i)].group for i in here})
            heads = refit(shipped.heads, new, use, strength)
            said = answers(heads, shipped.decision, clean[here])
            probabilities[here], distance[here] = said.probabilities, said.distance
            advance()
        found[strength.name] = Answers(probabilities, distance)
    return Trials(found, part)


def losses(clips: Sequence[NoiseClip], probabilities: Values) -> Values:
    """(clips,): cross-entropy, mean over types, in nats."""
    truth = targets(clips).astype(np.float64)
    p = np.clip(probabilities, 1e-4, 1 - 1e-4)
    entropy = -(truth * np.log(p) + (1 - truth) * np.log(1 - p))
    return np.asarray(entropy.mean(axis=1))


def choose(clips: Sequence[NoiseClip], trials: Trials, counted: Mask) -> Strength:
    """The least change within one standard error of the best, over the recordings in `counted`
    (clips,): the one-standard-error rule of Breiman et al. 1984. Where no two strengths differ,
    or only one recording counts, nothing is changed.

    The error is that of the paired difference between recordings, each weighted as in training.
    """
    rows = np.flatnonzero(counted)
    kept = [clips[int(i)] for i in rows]
    groups = np.unique([f"{c.source}/{c.group}" for c in kept], return_inverse=True)[1]
    if not len(rows) or groups.max() < 1:
        return UNCHANGED
    weight = clip_weights(kept, FitSettings())
    loss = {s: losses(clips, trials.answers[s.name].probabilities)[rows] for s in STRENGTHS}
    mean = {s: float(np.average(loss[s], weights=weight)) for s in STRENGTHS}
    best = min(STRENGTHS, key=lambda s: mean[s])
    if mean[UNCHANGED] - mean[best] <= ALIKE:
        return UNCHANGED
    for strength in STRENGTHS:
        excess = loss[strength] - loss[best]
        average = mean[strength] - mean[best]
        by_recording = np.bincount(groups, weight * (excess - average))
        # n / (n - 1): otherwise one lucky recording among many would be more than one error.
        n = len(by_recording)
        error = float(np.sqrt(np.square(by_recording).sum() * n / (n - 1)) / weight.sum())
        if average <= error + ALIKE:
            return strength
    return best


def shipped_scored(shipped: Fitted, new: NewClips, trials: Trials) -> Scored:
    """What the shipped model says of each clip."""
    said = trials.answers[UNCHANGED.name]
    verdicts = shipped.decision.verdicts(said.probabilities, said.distance, new.around)
    return Scored(new.clips, said.probabilities, verdicts)


def retrained_scored(
    shipped: Fitted, new: NewClips, trials: Trials, counted: Mask, chosen: Strength
) -> Scored:
    """What a retrained model says of each clip that has not heard it: strength and thresholds of
    each fold are chosen by the other folds. Where no change was `chosen` over all, none is made
    in a fold either: such a bundle is not to be blamed for changes that it did not get."""
    probabilities = np.zeros((len(new.clips), 14))
    verdicts = [""] * len(new.clips)
    for k in np.unique(trials.part).tolist():
        others, here = np.flatnonzero(trials.part != k), np.flatnonzero(trials.part == k)
        strength = (
            chosen
            if chosen is UNCHANGED
            else choose(new.clips, trials, counted & (trials.part != k))
        )
        said = trials.answers[strength.name]
        decision = raised(
            shipped.decision, [new.clips[int(i)] for i in others], said.probabilities[others]
        )
        probabilities[here] = said.probabilities[here]
        given = decision.verdicts(probabilities[here], said.distance[here], new.around.rows(here))
        for i, verdict in zip(here, given, strict=True):
            verdicts[int(i)] = verdict
    return Scored(new.clips, probabilities, verdicts)
