"""What the engine believes of a vehicle at first, as the numbers that a policy starts from."""

from typing import Final

import numpy as np

from tingzhen.diagnosis.simulated_workshop.world import Floats
from tingzhen.diagnosis.troubleshooting import Problem
from tingzhen.diagnosis.troubleshooting.bench import Bench
from tingzhen.diagnosis.weighing import Weighing

# What is not in the base is never impossible.
_LEAST_OTHER: Final = 0.02


def first_belief(bench: Bench, weighing: Weighing) -> Problem:
    """The problem of one vehicle, from the mechanical posterior of its report.

    A policy looks for one fault; of two, one is found after the other. So a fault has the weight
    that it has alone: twice its share (a pair counts half in it) less its posterior (a pair counts
    whole). A pair of a likely fault and an idle one says nothing of the idle one.
    """
    group = weighing.mechanical
    alone = np.maximum(2.0 * group.share - group.posterior, 0.0)
    faults = float(group.share.sum())
    probability: Floats = np.zeros(bench.workshop.hypotheses)
    probability[group.rows] = alone * faults / max(float(alone.sum()), 1e-300)
    probability[bench.other] = max(group.other, _LEAST_OTHER)
    probability[bench.nothing] = group.nothing
    return Problem(bench.workshop, probability / probability.sum())
