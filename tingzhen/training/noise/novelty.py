"""Unlike anything learned: three ways to tell, compared."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.intervals import bootstrap_interval
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise_measuring.scores import auc


def novelty_figures(
    clips: Sequence[NoiseClip], within: OutOfFold, apart: OutOfFold, *, seed: int = 0
) -> dict[str, Any]:
    """AUC with which each measure tells clips whose source was never met from the same clips when
    other recordings of their source were learned; intervals by recording.

    nearest: distance to the nearest learned clip; mahalanobis: distance to their centre (both
    whitened within sources, Lee et al. 2018); energy: minus the log-sum-exp of the logits (Liu et
    al. 2020).
    """
    groups = [clip.group for clip in clips] * 2
    unknown = np.repeat([False, True], len(clips))

    def figure(of: Any) -> dict[str, Any]:
        values: NDArray[np.float64] = np.concatenate([of(within), of(apart)])
        return bootstrap_interval(
            lambda i: auc(values[i], unknown[i]), groups, resamples=300, seed=seed
        ).to_json()

    return {
        "nearest": figure(lambda scores: scores.distance),
        "mahalanobis": figure(lambda scores: scores.mahalanobis),
        "energy": figure(lambda scores: -np.logaddexp.reduce(scores.known, axis=1)),
    }
