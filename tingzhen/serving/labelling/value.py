"""What a label of a clip would teach: one number, from what is known without it.

    value = (u + d + 2c + 2k) / 6 · r                                     0..1

u  uncertainty: the largest binary entropy of the calibrated probabilities, in bits (entropy
   sampling; Settles, Active Learning Literature Survey, 2009, section 3.1).
d  disagreement of the active version and the one in the shadow: 1 where the verdict differs, 1/2
   where only the first type does (query by committee; Seung, Opper and Sompolinsky 1992).
c  1 where a technician corrected the machine: an error is known, and what it is half known.
k  1 where what was confirmed contradicts the verdict: a fault that makes such a noise or damage,
   called normal or undamaged; or a clip called abnormal or damaged, and no fault was found.
r  rarity of the first type, sqrt((1 + fewest) / (1 + own)) of the numbers of labels that types
   have (square-root sampling; Mahajan et al. 2018, section 2.2): what has few labels comes first.

c and k weigh double: they are errors that people saw, where u and d are doubt. The weights are our
choice; nothing was fitted to them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Teaching:
    """The parts of the value, each 0..1."""

    uncertainty: float
    disagreement: float
    corrected: bool
    contradicted: bool
    rarity: float

    @property
    def value(self) -> float:
        """0..1; more is better to label first."""
        doubt = self.uncertainty + self.disagreement
        seen = 2.0 * self.corrected + 2.0 * self.contradicted
        return (doubt + seen) / 6.0 * self.rarity


def rarity(type_: str, labels: Mapping[str, int]) -> float:
    """Of a type; labels: how many each type of the vocabulary has, those without as 0. 1 for the
    type with fewest."""
    fewest = min(labels.values(), default=0)
    return math.sqrt((1 + fewest) / (1 + labels.get(type_, 0)))


def contradicted(
    verdict: str | None, confirmed: str | None, perceived: Mapping[str, float]
) -> bool:
    """Whether what was confirmed speaks against the verdict on the sound, or on the pictures.

    confirmed: id of the fault, "none_of_these", or None. perceived: how probable it is that the
    fault is heard (or seen) at all, by fault; faults that are not in it say nothing.
    """
    if confirmed is None:
        return False
    if confirmed == "none_of_these":
        return verdict in ("abnormal", "damaged")
    return verdict in ("normal", "undamaged") and perceived.get(confirmed, 0.0) >= 0.5
