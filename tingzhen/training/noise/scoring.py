"""Cross-validated scores as what an owner would have been told, and their figures.

Gate, calibration and thresholds of each part come from the other parts alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise.decision import Surroundings, decide
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.learned_from import SYNTHETIC_LIMITS
from tingzhen.training.noise_measuring.recordings import Scored

DOUBT = 0.8
SPEECH_LIMIT = 0.35
MUSIC_LIMIT = 0.5
SILENCE_RMS = 3e-4
NOVEL_SHARE = 0.03
"""Share of vehicle clips of a source never met that are called unlike anything learned."""
MIN_S = 1.0


def limits(clips: Sequence[NoiseClip], apart: OutOfFold) -> dict[str, float]:
    """Numbers of the verdict rule other than thresholds."""
    vehicle = np.array([clip.types != {"not_vehicle"} for clip in clips])
    far = float(np.quantile(apart.distance[vehicle], 1 - NOVEL_SHARE)) if vehicle.any() else 1e9
    return {
        "doubt": DOUBT, "speech": SPEECH_LIMIT, "music": MUSIC_LIMIT, "novelty": far,
        "silence_rms": SILENCE_RMS, "min_s": MIN_S,
    }  # fmt: skip


def rows_of(scores: OutOfFold, rows: NDArray[np.int64]) -> OutOfFold:
    """Scores of some clips."""
    return OutOfFold(
        scores.known[rows], scores.open[rows], scores.distance[rows], scores.mahalanobis[rows],
        scores.part[rows],
    )  # fmt: skip


def cross_fitted(  # noqa: PLR0917 - what a verdict rests on
    clips: Sequence[NoiseClip],
    scores: OutOfFold,
    within: OutOfFold,
    apart: OutOfFold,
    around: Surroundings,
    settings: FitSettings,
) -> Scored:
    """Probabilities and verdicts of one split's scores, each part decided by the other parts."""
    probabilities = np.zeros((len(clips), 14))
    verdicts = [""] * len(clips)
    for k in sorted(set(scores.part.tolist())):
        others, here = np.flatnonzero(scores.part != k), np.flatnonzero(scores.part == k)
        kept = [clips[int(i)] for i in others]
        far = rows_of(apart, others)
        decision = decide(
            kept, rows_of(within, others), far, settings, limits=limits(kept, far),
            least=SYNTHETIC_LIMITS["min_probability"],
        )  # fmt: skip
        own = rows_of(scores, here)
        probabilities[here] = decision.probabilities(own.known, own.open, own.distance)
        said = decision.verdicts(probabilities[here], own.distance, around.rows(here))
        for i, verdict in zip(here, said, strict=True):
            verdicts[i] = verdict
    return Scored(clips, probabilities, verdicts)


def real(clips: Sequence[NoiseClip]) -> NDArray[np.bool_]:
    """(clips,): recordings; generated sounds are easy and count in no figure."""
    return np.array([clip.source != GENERATED for clip in clips], dtype=bool)


def mean_figures(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of repeated cross-validations as their mean, number by number.

    The interval is the mean of the repeats' intervals, not a narrower one: repeats share their
    recordings. Lists (curves, confusion) are those of the first repeat.
    """

    def mean(values: list[Any]) -> Any:
        first = values[0]
        if isinstance(first, Mapping):
            shared = [key for key in first if all(key in value for value in values)]
            return {key: mean([value[key] for value in values]) for key in shared}
        numbers = [v for v in values if isinstance(v, float | int) and not isinstance(v, bool)]
        if isinstance(first, float) and len(numbers) == len(values):
            return round(float(np.mean(numbers)), 4)
        return first

    merged: dict[str, Any] = mean(list(figures))
    return merged
