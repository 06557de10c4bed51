"""What is learned, and how much each hearing weighs: the same for every candidate."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise_candidates.hearings import Hearing
from tingzhen.training.noise_measuring.recordings import (
    NORMAL,
    SEVEN,
    Scored,
    Values,
    fourteen_scores,
)

OUTPUTS: tuple[tuple[str, ...], ...] = (*SEVEN, ("not_vehicle",))
"""The seven types and what is no vehicle, several at once; types with hardly a recording of their
own (grind, misfire, rattle, tick) teach what the seven are not."""
WEAK_WEIGHT = 0.5


def targets(clips: Sequence[NoiseClip]) -> NDArray[np.float32]:
    """(clips, 8): 1 where the type holds."""
    rows = [[float(bool(clip.types & set(names))) for names in OUTPUTS] for clip in clips]
    return np.array(rows, dtype=np.float32).reshape(len(clips), len(OUTPUTS))


def hearing_weights(
    clips: Sequence[NoiseClip], hearings: Sequence[Hearing], *, balance: float
) -> Values:
    """Weight of each hearing, mean 1. A recording's hearings share one weight.

    balance 1 leaves sources and types as frequent as they are, 0 makes all types, and within a
    type all sources, equal; in between weights are counts to the power of it. Labels that nobody
    checked count half.
    """
    of = [clips[hearing.clip] for hearing in hearings]
    keys = [("|".join(sorted(clip.types)), clip.source, clip.group) for clip in of]
    shared_by = Counter(keys)
    recordings = Counter((types, source) for types, source, _ in shared_by)
    mass: defaultdict[str, float] = defaultdict(float)
    for (types, _), count in recordings.items():
        mass[types] += count**balance
    weights = np.array([
        (recordings[types, source] * mass[types]) ** (balance - 1) / shared_by[types, source, group]
        for types, source, group in keys
    ])  # fmt: skip
    weights *= np.where([clip.weak for clip in of], WEAK_WEIGHT, 1.0)
    scaled: Values = weights / weights.mean()
    return scaled


def groups_of(
    clips: Sequence[NoiseClip], hearings: Sequence[Hearing]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(hearings,) twice: number of the pair of label and source, and number of the source."""
    pairs = [
        ("|".join(sorted(clips[h.clip].types)), clips[h.clip].source) for h in hearings
    ]  # fmt: skip
    _, pair = np.unique([f"{types}\t{source}" for types, source in pairs], return_inverse=True)
    _, source_number = np.unique([source for _, source in pairs], return_inverse=True)
    return pair.astype(np.int64), source_number.astype(np.int64)


def scored(clips: Sequence[NoiseClip], logits: Values) -> Scored:
    """Logits (clips, 8) as what the figures take. A clip is abnormal where a fault has the highest
    of the eight: no candidate gets thresholds of its own, which would be tuned on what is shown."""
    probabilities = 1 / (1 + np.exp(-logits))
    every = fourteen_scores(probabilities[:, : len(SEVEN)])
    every[:, NOISE_TYPES.index("not_vehicle")] = probabilities[:, -1]
    highest = logits.argmax(axis=1)
    return Scored(clips, every, ["abnormal" if k < NORMAL else "normal" for k in highest])
