"""Out-of-fold scores: by recording, and with each source left out, and the decision from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tingzhen.audio.verdict import Heard, VerdictRule, judge
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.splits import check_no_leak
from tingzhen.training.noise.calibration import (
    fault_threshold,
    fit_calibration,
    fit_novelty,
    sigmoid,
    upper_quantile,
)
from tingzhen.training.noise.embed import Variant
from tingzhen.training.noise.fit import FitSettings, clip_weights, fit_head, targets

NOVELTY_DIMENSIONS = 32
PRIOR = 0.015
"""Probability given to types that were not trained."""
FALSE_ALARMS = 0.03
"""Share of healthy recordings that each fault type may exceed its threshold on."""
MISSED_FAULTS = 0.1
"""Share of faulty recordings in which `normal` may exceed its threshold."""
DOUBT = 0.8
NO_LIMIT = 1e9

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class OutOfFold:
    """logits: (clips, types), each from a head that never heard the clip's part; novelty:
    (clips,), distance to the clips of the other parts; part: (clips,), which part it was in."""

    logits: Values
    novelty: Values
    part: NDArray[np.int64]


def train_rows(
    variants: Sequence[Variant], part: NDArray[np.int64], left_out: int
) -> NDArray[np.int64]:
    """Variants in which nothing of the left-out part is heard, as clip or as partner of a mix."""
    return np.array(
        [
            i
            for i, v in enumerate(variants)
            if part[v.clip] != left_out and (v.partner < 0 or part[v.partner] != left_out)
        ],
        dtype=np.int64,
    )


def out_of_fold(  # noqa: PLR0917
    vectors: Tensor,
    variants: Sequence[Variant],
    clips: Sequence[NoiseClip],
    part: NDArray[np.int64],
    types: Sequence[int],
    settings: FitSettings,
    *,
    seed: int,
    advance: Callable[[], None] = lambda: None,
) -> OutOfFold:
    """Score each part with a head fitted on the others. vectors: one a variant; the first
    len(clips) variants are the clips as they are."""
    logits = np.zeros((len(clips), len(types)))
    novelty = np.zeros(len(clips))
    for k in sorted(set(part.tolist())):
        use = train_rows(variants, part, k)
        test = np.flatnonzero(part == k)
        heard = {v for i in use for v in (variants[i].clip, variants[i].partner) if v >= 0}
        check_no_leak({clips[i].group for i in heard}, {clips[int(i)].group for i in test})
        head = fit_head(vectors, variants, clips, use, types, settings, seed=seed, advance=advance)
        picked = vectors[torch.from_numpy(test)]
        logits[test] = (picked @ head.weight + head.bias).double().numpy()
        clean = np.flatnonzero(part != k)
        space = fit_novelty(vectors[torch.from_numpy(clean)], dimensions=NOVELTY_DIMENSIONS)
        novelty[test] = space.distance(picked).double().numpy()
    return OutOfFold(logits, novelty, part)


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """Calibration and thresholds. types: indices of the trained types in NOISE_TYPES."""

    types: tuple[int, ...]
    slope: float
    shift: Values
    rule: VerdictRule

    def probabilities(self, logits: Values) -> Values:
        """(n, trained) logits to (n, 14); untrained types keep PRIOR."""
        every = np.full((len(logits), len(NOISE_TYPES)), PRIOR)
        every[:, list(self.types)] = sigmoid(self.slope * logits + self.shift)
        return every

    def verdicts(self, logits: Values) -> list[str]:
        """By types alone: silence, speech, music and novelty are not looked at."""
        return [
            judge(Heard(row.astype(np.float32), row[None], 0, 0, 0, 1.0, row), self.rule).verdict
            for row in self.probabilities(logits)
        ]


def learnable_apart(clips: Sequence[NoiseClip], settings: FitSettings) -> NDArray[np.bool_]:
    """(clips,): whether enough recordings of each of a clip's types are in other sources, so that
    a head that never met the source could know the type at all."""
    recordings: dict[str, set[tuple[str, str]]] = {}
    for clip in clips:
        for type_ in clip.types:
            recordings.setdefault(type_, set()).add((clip.source, clip.group))
    return np.array(
        [
            all(
                sum(source != clip.source for source, _ in recordings[type_])
                >= settings.min_recordings
                for type_ in clip.types
            )
            for clip in clips
        ]
    )


def decide(
    clips: Sequence[NoiseClip],
    within: Values,
    apart: Values,
    types: Sequence[int],
    settings: FitSettings,
    *,
    limits: dict[str, float],
) -> Decision:
    """Calibrate and set thresholds.

    within: out-of-fold logits by recording, apart: with the clip's source left out. Slope and
    shifts are fitted on the former, all types weighing the same, so a probability says what the
    sound says; how frequent a fault is stands in the diagnosis. Thresholds come from both: few
    healthy recordings exceed a fault's, few faults that of normal.
    """
    truth = targets(clips, types).astype(np.float64)
    slope, shift = fit_calibration(
        within, truth, clip_weights(clips, replace(settings, balance=0.0))
    )
    # Half of the hearings come without the source: a threshold has to hold for new phones too.
    real = np.array([clip.source != GENERATED for clip in clips])
    healthy = np.array([not clip.faulty for clip in clips])
    heard = sigmoid(slope * np.concatenate([within, apart]) + shift)
    twice, faults = np.tile(healthy & real, 2), np.tile(~healthy, 2)
    mass = np.tile(clip_weights(clips, settings), 2)
    thresholds: dict[NoiseType, float] = {}
    for column, index in enumerate(types):
        type_ = NOISE_TYPES[index]
        if type_ in FAULT_NOISES:
            thresholds[type_] = fault_threshold(heard[twice, column], mass[twice], FALSE_ALARMS)
    normal = list(types).index(NOISE_TYPES.index("normal"))
    thresholds["normal"] = (
        upper_quantile(heard[faults, normal], mass[faults], MISSED_FAULTS, low=0.2, high=0.9)
        if not healthy.all()
        else 0.5
    )
    return Decision(tuple(types), slope, shift, VerdictRule(thresholds, **limits))
