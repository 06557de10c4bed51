"""What the engine believes of a vehicle at first, as the numbers that a policy starts from."""

import numpy as np

from tingzhen.diagnosis.simulated_workshop.world import Floats
from tingzhen.diagnosis.troubleshooting import Problem
from tingzhen.diagnosis.troubleshooting.bench import Bench
from tingzhen.diagnosis.troubleshooting.first_belief import first_belief
from tingzhen.diagnosis.troubleshooting.unknown_fault import alike_suspects
from tingzhen.diagnosis.weighing import Weighing


def first_problem(bench: Bench, weighing: Weighing) -> Problem:
    """The problem of one vehicle, from the mechanical posterior of its report."""
    probability: Floats = np.zeros(bench.workshop.hypotheses)
    group = weighing.mechanical
    believed, other, nothing = first_belief(group)
    probability[group.rows] = believed
    probability[bench.other], probability[bench.nothing] = other, nothing
    probability /= probability.sum()
    alike = alike_suspects(bench.workshop, probability, bench.other)
    return Problem(bench.workshop, probability, alike)
