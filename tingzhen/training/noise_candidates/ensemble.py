"""Several candidates heard together, and what they say as a lesson for one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tingzhen.training.noise_candidates.labels import OUTPUTS
from tingzhen.training.noise_candidates.protocol import Material, Rows, Split
from tingzhen.training.noise_measuring.recordings import Values

HARD_SHARE = 0.5
"""Of the label in what a student learns; the rest is what its teachers say."""


def mean_logits(probabilities: Sequence[Values]) -> Values:
    """The logit of the mean probability of several members."""
    mean = np.clip(np.mean(probabilities, axis=0), 1e-6, 1 - 1e-6)
    logits: Values = np.log(mean / (1 - mean))
    return logits


def said_by(members: Sequence[str], material: Material, split: Split) -> Values:
    """(clips, outputs): mean of what the members, each fitted on what this split leaves, say of
    every clip as it is; NaN where they were not asked. Raises FileNotFoundError before they are
    finished."""
    each = []
    for member in members:
        every = np.full((len(material.clips), len(OUTPUTS)), np.nan)
        with np.load(material.scores_of(member, split)) as stored:
            every[stored["rows"]] = 1 / (1 + np.exp(-stored["logits"]))
        each.append(every)
    return mean_logits(each)


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """An ensemble of finished members: nothing of its own is fitted."""

    members: Sequence[str]
    material: Material
    split: Split

    def logits(self, rows: Rows) -> Values:
        return said_by(self.members, self.material, self.split)[rows]


def lesson(members: Sequence[str], material: Material, split: Split) -> Tensor:
    """(hearings, outputs), 0..1: half the label, half what the teachers say of the clip as it is.
    They learned from it, so they are surer than of others. A student never hears the clips kept
    away, of which the teachers were asked too."""
    of_clips = 1 / (1 + np.exp(-said_by(members, material, split)))
    said = of_clips[[hearing.clip for hearing in material.hearings]]
    hard = material.wanted.double().numpy()
    soft = np.where(np.isnan(said), hard, said)
    return torch.from_numpy((HARD_SHARE * hard + (1 - HARD_SHARE) * soft).astype(np.float32))
