"""How balanced accuracy falls when clips are disturbed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise_measuring.codecs import Waveform
from tingzhen.training.noise_measuring.disturbances import DISTURBANCES, Disturbance
from tingzhen.training.noise_measuring.recordings import Rows, Values, seven_of, seven_scores
from tingzhen.training.noise_measuring.scores import balanced_accuracy

AT_MOST = 200
HEARD_S = 15
"""Of longer clips only the beginning is heard, so that the curves take minutes and not hours."""

Hear = Callable[[Waveform], NDArray[np.floating]]


def subset(clips: Sequence[NoiseClip], *, at_most: int = AT_MOST, seed: int = 0) -> list[int]:
    """Indices of one clip of each recording, types dealt in turn until at_most are taken.

    Only clips of exactly one of the seven types. Seeded; ordered as in clips.
    """
    random = np.random.default_rng(seed)
    waiting: dict[int, list[int]] = {}
    taken_groups: set[str] = set()
    for i in random.permutation(len(clips)).tolist():
        type_ = seven_of(clips[i])
        if type_ >= 0 and clips[i].group not in taken_groups:
            taken_groups.add(clips[i].group)
            waiting.setdefault(type_, []).append(i)
    picked: list[int] = []
    while len(picked) < at_most and any(waiting.values()):
        for type_ in sorted(waiting):
            if waiting[type_] and len(picked) < at_most:
                picked.append(waiting[type_].pop())
    return sorted(picked)


def robustness(
    clips: Sequence[NoiseClip],
    read: Callable[[NoiseClip], Waveform],
    hear: Hear,
    *,
    disturbances: Mapping[str, Sequence[Disturbance]] = DISTURBANCES,
    at_most: int = AT_MOST,
    resamples: int = 1000,
    seed: int = 0,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Balanced accuracy undisturbed, and by condition and level with the change to undisturbed.

    read: waveform (n,) float32 at 16 kHz of a clip. hear: a waveform to probabilities (14,).
    The change is paired: both are scored on the same drawn recordings. `advance` is called once a
    clip. JSON-ready.
    """
    picked = [clips[i] for i in subset(clips, at_most=at_most, seed=seed)]
    truth = np.array([seven_of(clip) for clip in picked], dtype=np.int64)
    levels = [(name, d) for name, several in disturbances.items() for d in several]
    hit = np.zeros((len(levels) + 1, len(picked)), dtype=bool)
    for column, clip in enumerate(picked):
        wave = read(clip)[: HEARD_S * SAMPLE_RATE_HZ]
        hit[0, column] = _first(hear(wave)) == truth[column]
        for row, (_, disturbance) in enumerate(levels, start=1):
            heard = disturbance.apply(wave, np.random.default_rng([seed, row, column]))
            hit[row, column] = _first(hear(heard)) == truth[column]
        advance()

    def interval(statistic: Callable[[Rows], float]) -> dict[str, Any]:
        groups = [clip.group for clip in picked]
        return bootstrap_interval(statistic, groups, resamples=resamples, seed=seed).to_json()

    def accuracy(row: NDArray[np.bool_]) -> Callable[[Rows], float]:
        return lambda i: balanced_accuracy(row[i], truth[i])

    def change(row: NDArray[np.bool_]) -> Callable[[Rows], float]:
        return lambda i: accuracy(row)(i) - accuracy(hit[0])(i)

    conditions: dict[str, list[dict[str, Any]]] = {name: [] for name in disturbances}
    for (name, disturbance), row in zip(levels, hit[1:], strict=True):
        conditions[name].append(
            {
                "level": disturbance.level,
                "balanced_accuracy": interval(accuracy(row)),
                "change": interval(change(row)),
            }
        )
    return {
        "clips": len(picked),
        "undisturbed": interval(accuracy(hit[0])),
        "conditions": conditions,
    }


def _first(probabilities: NDArray[np.floating]) -> int:
    scores: Values = seven_scores(np.asarray(probabilities, dtype=np.float64)[None])
    return int(scores[0].argmax())
