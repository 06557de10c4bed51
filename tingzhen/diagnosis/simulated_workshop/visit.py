"""SIMULATION. One visit: a policy leads, the vehicle answers; every minute and CNY is counted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from tingzhen.diagnosis.simulated_workshop.truth import VehicleTruth
from tingzhen.diagnosis.simulated_workshop.world import Floats
from tingzhen.diagnosis.troubleshooting import Policy, Problem, State
from tingzhen.diagnosis.troubleshooting.bench import Bench

_MOST_ACTIONS: Final = 500


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit took until the vehicle was fixed.

    tests, wrong_repairs: how many. gave_up: handed to the specialist, who then fixed it.
    finding_min, finding_cny: of all but the repairs that were needed: tests, wrong repairs, looking
    whether the fault is gone, the specialist. minutes are of people, cny is labour and all else.
    needed_cny: of the repairs that were needed, whoever made them.
    """

    tests: int
    wrong_repairs: int
    gave_up: bool
    finding_min: float
    finding_cny: float
    needed_cny: float

    @property
    def fixed_first_time(self) -> bool:
        """Every repair was needed, and the workshop fixed the vehicle without a specialist."""
        return not self.gave_up and self.wrong_repairs == 0

    @property
    def whole_cny(self) -> float:
        return self.finding_cny + self.needed_cny


def play(
    truth: VehicleTruth,
    bench: Bench,
    policy: Policy,
    report: Callable[[frozenset[int]], Problem],
) -> Visit:
    """Let a policy lead until the vehicle is fixed or given up.

    bench: what is paid. report: what the engine believes of a vehicle with these faults; asked at
    first, and again when one symptom is gone and another is left, for then a new search begins.
    What things cost and do is the world's, not the engine's. Raises RuntimeError for a policy that
    does not end or does again what was in vain.
    """
    problem, state = report(truth.faults), State()
    tests = wrong = 0
    finding, needed = np.zeros(2), 0.0
    for _ in range(_MOST_ACTIONS):
        action = policy(problem, state)
        if action.kind == "give_up":
            finding += _paid(bench, bench.prices.hand_over_min + bench.prices.observe_min, 0.0)
            needed += sum(
                float(_repair_paid(truth, bench, f)[1]) for f in sorted(truth.specialist_repairs())
            )
            return Visit(tests, wrong, True, float(finding[0]), float(finding[1]), needed)
        if action.kind == "test":
            finding += (bench.test_minutes(action.index), bench.test_cny(action.index))
            state = state.answered(action.index, truth.answer(action.index))
            tests += 1
            continue
        if action.index in state.failed:
            raise RuntimeError("a policy repaired twice what was repaired in vain")
        before = truth.faults
        truth.repair(action.index)
        cured = before - truth.faults
        needed += sum(float(_repair_paid(truth, bench, f)[1]) for f in cured)
        if action.index != bench.no_repair:
            finding += _paid(bench, bench.prices.observe_min, 0.0)
        if not cured:
            wrong += 1
            finding += (0.0, bench.prices.wrong_repair_cny)
            if action.index != bench.no_repair:
                finding += _repair_paid(truth, bench, int(truth.base.fault[action.index]))
        if not truth.faults:
            return Visit(tests, wrong, False, float(finding[0]), float(finding[1]), needed)
        if any(not truth.has_symptom(int(truth.world.tree[f])) for f in cured):
            problem, state = report(truth.faults), State()
        else:
            state = state.repaired_in_vain(action.index)
    raise RuntimeError("a policy did not end")


def _paid(bench: Bench, minutes: float, cny: float) -> Floats:
    """(2,): minutes, and CNY with the labour of these minutes."""
    return np.array([minutes, minutes * bench.prices.labour_cny_per_min + cny])


def _repair_paid(truth: VehicleTruth, bench: Bench, fault: int) -> Floats:
    world = truth.world
    return _paid(bench, float(world.repair_min[fault]), float(world.parts_cny[fault]))
