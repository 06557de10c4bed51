"""What a session believes at first: the posterior of the findings, for a search of one fault.

Two things are done to it. Of two faults one is found after the other, so a fault counts as it does
alone. And the numbers of a base are guesses of experts: a posterior that takes them for exact is
too sure, and the search would repair before it has tested.
"""

from typing import Final

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from tingzhen.diagnosis._posterior import GroupPosterior
from tingzhen.diagnosis.troubleshooting._tables import Floats

# What is not in the base is never impossible: an expert prior, one vehicle in 25.
LEAST_OTHER: Final = 0.04
# How far the odds of a cause may be off: sigma of their natural log, an expert prior. Two experts'
# priors of the same fault easily differ by a factor of 3.
DOUBT: Final = 1.2
_NODES, _WEIGHTS = hermegauss(15)


def first_belief(group: GroupPosterior, doubt: float = DOUBT) -> tuple[Floats, float, float]:
    """(n,) probability of each fault of the group, then of another fault, and of nothing wrong.

    Together 1. A pair of a likely fault and an idle one says nothing of the idle one: so a fault
    has twice its share (a pair counts half in it) less its posterior (a pair counts whole).
    """
    alone: Floats = np.maximum(2.0 * group.share - group.posterior, 0.0)
    faults = float(group.share.sum())
    other = max(group.other, LEAST_OTHER)
    total = faults + group.nothing + other
    believed = doubted(alone / max(float(alone.sum()), 1e-300), doubt) * (faults / total)
    return believed, other / total, group.nothing / total


def doubted(probability: Floats, doubt: float) -> Floats:
    """(n,) expected probabilities where the log odds of each against another are normal around
    those given, with standard deviation sqrt(2) doubt: each of the two is off by `doubt`.

    probability: (n,), sums to 1 (or to 0). Gauss-Hermite quadrature; what is small stays small, at
    most exp(doubt ** 2) times what it was.
    """
    spread = np.sqrt(2.0) * doubt * _NODES
    p = probability[:, None]
    shifted = p * np.exp(spread)
    mean: Floats = (shifted / (shifted + 1.0 - p)) @ (_WEIGHTS / _WEIGHTS.sum())
    total = float(mean.sum())
    return mean / total if total > 0.0 else mean
