"""Whether two histograms differ more than chance explains: the population stability index.

    PSI = Σ (a_i − e_i) ln(a_i / e_i)

over shares of the bins, e of the first weeks, a of the week that is looked at; half a clip is added
to every bin, so that an empty one does not make it infinite. Without any change PSI · n·m/(n+m) is
about χ² with (bins − 1) degrees of freedom (Yurdakul, Statistical Properties of Population
Stability Index, 2018), so small weeks must not be read by the usual 0.1 and 0.25: `by_chance` is
the value that chance alone exceeds one time in twenty.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_CHI_SQUARE_95: Final = {
    1: 3.841, 2: 5.991, 3: 7.815, 4: 9.488, 5: 11.070, 6: 12.592, 7: 14.067, 8: 15.507, 9: 16.919,
}  # fmt: skip
"""Upper 5 % points of the χ² distribution, by degrees of freedom (NIST/SEMATECH e-Handbook of
Statistical Methods, 1.3.6.7.4)."""
CHANGED: Final = 0.1
"""Smallest index that is worth a look, however many clips there are (a convention)."""


@dataclass(frozen=True, slots=True)
class Stability:
    """index: PSI. by_chance: what it exceeds in one of twenty weeks where nothing changed.
    expected_n, n: clips of the first weeks and of this one."""

    index: float
    by_chance: float
    expected_n: int
    n: int

    @property
    def changed(self) -> bool:
        """More than chance explains, and enough to matter."""
        return self.index > max(self.by_chance, CHANGED)


def stability(expected: Sequence[int], observed: Sequence[int]) -> Stability | None:
    """Counts of the same two to ten bins; None where one of them holds no clips.

    Raises ValueError for other numbers of bins.
    """
    if len(expected) != len(observed) or not 2 <= len(expected) <= 10:
        raise ValueError("two to ten bins, as many of both")
    m, n = sum(expected), sum(observed)
    if not m or not n:
        return None
    bins = len(expected)
    index = 0.0
    for before, now in zip(expected, observed, strict=True):
        e, a = (before + 0.5) / (m + bins / 2), (now + 0.5) / (n + bins / 2)
        index += (a - e) * math.log(a / e)
    return Stability(index, _CHI_SQUARE_95[bins - 1] * (1 / m + 1 / n), m, n)
