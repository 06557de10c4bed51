"""SIMULATION. One vehicle in the workshop: what tests show, what is answered, what a repair does.

The truth is in here; policies only see answers. A test shows the same however often it is done,
until a repair changes the vehicle; each answer may be wrong, with the stated rate, anew. Draws
belong to vehicle and test, so that every policy meets the same vehicle, and a vehicle met with 5 %
wrong answers is the one with none plus some slips.
"""

from typing import Final

import numpy as np

from tingzhen.diagnosis.simulated_workshop.engine_base import EngineBase, screening_table
from tingzhen.diagnosis.simulated_workshop.world import Floats, World

# Of a vehicle with a fault: the symptom shows when somebody looks for it.
SYMPTOM_SHOWS: Final = 0.85
_MOST_ASKS: Final = 8


class VehicleTruth:
    """A vehicle with its faults (of the world). number: which of the vehicles it is, >= 0.

    Tests are numbered as in the engine's base; after them comes looking whether the symptom shows.
    Repairs are numbered by the rows of the base; after them comes handing back without a repair.
    """

    def __init__(
        self,
        world: World,
        base: EngineBase,
        faults: tuple[int, ...],
        *,
        number: int,
        wrong_answers: float,
    ) -> None:
        self.world, self.base = world, base
        self.faults = frozenset(faults)
        self._number, self._wrong_answers = number, wrong_answers
        self._asks: dict[int, int] = {}

    def answer(self, test: int) -> int:
        """The outcome that is reported of a test."""
        chance = self.outcome_chance(test)
        draws = np.random.default_rng([self.world.seed, 6, self._number, test]).random(
            (1 + _MOST_ASKS, 2)
        )
        ask = self._asks[test] = self._asks.get(test, 0) + 1
        shown = int(np.searchsorted(np.cumsum(chance)[:-1], draws[0, 0], side="right"))
        slip, which = draws[min(ask, _MOST_ASKS)]
        if slip < self._wrong_answers:
            return (shown + 1 + int(which * (len(chance) - 1))) % len(chance)
        return shown

    def repair(self, row: int) -> None:
        """Repair the fault of a row of the base; another fault is left as it is."""
        if row < len(self.base.fault):
            self.faults -= {int(self.base.fault[row])}

    def specialist_repairs(self) -> frozenset[int]:
        """Hand the vehicle over: the faults that the specialist finds and repairs."""
        found, self.faults = self.faults, frozenset()
        return found

    def has_symptom(self, tree: int) -> bool:
        """Whether the symptom that a tree starts from is there."""
        return any(int(self.world.tree[f]) == tree for f in self.faults)

    def outcome_chance(self, test: int) -> Floats:
        """(outcomes,) what the test shows on this vehicle, done right."""
        world, tested = self.world, self.base.tested
        if test == len(self.base.knowledge.tests):
            return np.array([SYMPTOM_SHOWS, 1.0 - SYMPTOM_SHOWS] if self.faults else [0.0, 1.0])
        if test < len(tested):
            part = tested[test]
            ok = 1.0 - float(world.false_alarm[part])
            there = [f for f in self.faults if world.component[f] == part]
            if there:
                ok = float(np.prod([1.0 - world.sensitivity[f] for f in there]))
            return np.array([ok, 1.0 - ok])
        system, k = divmod(test - len(tested), world.screening.shape[1])
        here = [f for f in sorted(self.faults) if world.tree_system[world.tree[f]] == system]
        fits = [int(world.screening[f, k]) for f in here if world.screening[f, k]]
        tables = np.array([screening_table(world, one) for one in fits or [0]])
        return np.asarray(tables.mean(axis=0))
