"""From a knowledge base to numbers: what can be done in the workshop, and what each costs.

Hypotheses are the faults of the base in their order, then "a fault that is not in this base", then
"nothing wrong". Tests are those of the base, then looking whether the complaint is there at all.
Repairs are those of the faults, then handing the vehicle back without one.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tingzhen.diagnosis.knowledge import DiagnosticOutcome, DiagnosticTest, Fault, KnowledgeBase
from tingzhen.diagnosis.troubleshooting._tables import Floats, NumericTest
from tingzhen.diagnosis.troubleshooting.prices import Prices
from tingzhen.diagnosis.troubleshooting.problem import NumericRepair, Problem, Workshop
from tingzhen.diagnosis.troubleshooting.subject import Subject
from tingzhen.diagnosis.troubleshooting.unknown_fault import alike_suspects
from tingzhen.language import Text

CONFIRM: Final = DiagnosticTest(
    id="confirm_complaint",
    name=Text("确认故障现象", "Confirm the complaint"),
    how=Text("按车主描述的情形（冷热车、车速、路面）让现象重现，亲自听、看一遍。",
             "Bring it about as the owner describes (cold or warm, speed, road) and hear or see it "
             "for yourself."),
    tools=(), minutes=10.0, risk="none", risk_note=None, drives=False, runs=False,
    outcomes=(
        DiagnosticOutcome("there", Text("现象存在", "It is there"), 0.85),
        DiagnosticOutcome("not_there", Text("现象不存在", "It is not there"), 0.15),
    ),
    source="expert prior: one fault in seven does not show when asked to",
)  # fmt: skip
_THERE_IF_NOTHING: Final = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A knowledge base and its prices as a `Workshop`; made once, used for every vehicle.

    standing: the same where the vehicle must not be driven: tests with the engine running weigh
    more. test_of, row_of: number by id.
    """

    knowledge: KnowledgeBase
    prices: Prices
    tests: tuple[DiagnosticTest, ...]
    workshop: Workshop
    standing: Workshop
    test_of: dict[str, int]
    row_of: dict[str, int]

    @property
    def other(self) -> int:
        return len(self.knowledge.faults)

    @property
    def nothing(self) -> int:
        return len(self.knowledge.faults) + 1

    @property
    def no_repair(self) -> int:
        """The number of the repair that is none."""
        return len(self.knowledge.faults)

    def test_minutes(self, test: int) -> float:
        """With fetching the tools."""
        return self.tests[test].minutes + self.knowledge.settings.setup_minutes

    def test_cny(self, test: int) -> float:
        """Labour and material, CNY."""
        material = self.tests[test].cost_cny or 0.0
        return self.test_minutes(test) * self.prices.labour_cny_per_min + material

    @property
    def hand_over_cny(self) -> float:
        """Of the specialist, CNY, without the repair that then follows."""
        return self.prices.hand_over_min * self.prices.labour_cny_per_min

    def repair_minutes(self, repair: int) -> float:
        """Labour and seeing whether the fault is gone."""
        if repair == self.no_repair:
            return 0.0
        return self.knowledge.faults[repair].repair.labour_min + self.prices.observe_min

    def repair_cny(self, repair: int) -> float:
        """Labour, parts, and seeing whether the fault is gone, CNY."""
        if repair == self.no_repair:
            return 0.0
        parts = _parts_cny(self.knowledge.faults[repair], self.prices)
        return self.repair_minutes(repair) * self.prices.labour_cny_per_min + parts


def make_bench(knowledge: KnowledgeBase, prices: Prices) -> Bench:
    """Takes some 20 ms for the shipped base, half a second for one of 8,000 trees."""
    tests = (*knowledge.tests, CONFIRM)
    faults, rate = knowledge.faults, prices.labour_cny_per_min
    stated = knowledge.tables.outcomes
    numeric = []
    for number, test in enumerate(knowledge.tests):
        rows = stated.rows(number)
        otherwise = np.array([outcome.otherwise for outcome in test.outcomes])
        numeric.append(
            NumericTest(
                _choice_cost(knowledge, prices, test), otherwise / otherwise.sum(), rows,
                stated.table(number, rows),
            )
        )  # fmt: skip
    otherwise = np.array([outcome.otherwise for outcome in CONFIRM.outcomes])
    numeric.append(
        NumericTest(
            _choice_cost(knowledge, prices, CONFIRM), otherwise,
            np.array([len(faults) + 1], dtype=np.intp),
            np.array([[_THERE_IF_NOTHING, 1.0 - _THERE_IF_NOTHING]]),
        )
    )  # fmt: skip
    # The right repair is paid in any case, by whoever does it: only in vain is it a cost.
    repairs = [
        NumericRepair(
            0.0, prices.observe_min * rate, np.array([row], dtype=np.intp),
            in_vain_cost=fault.repair.labour_min * rate + _parts_cny(fault, prices),
        )
        for row, fault in enumerate(faults)
    ]  # fmt: skip
    repairs.append(NumericRepair(0.0, 0.0, np.array([len(faults) + 1], dtype=np.intp)))
    workshop = Workshop(
        len(faults) + 2, tuple(numeric), tuple(repairs),
        give_up_cost=prices.hand_over_min * rate,
        wrong_repair_cost=prices.wrong_repair_cny,
        first_time_cost=prices.first_time_cny,
        wrong_answer=prices.wrong_answer, asks=2,
    )  # fmt: skip
    running = knowledge.settings.running_factor
    standing = replace(workshop, tests=tuple(
        replace(one, cost=one.cost / running) if test.runs else one
        for test, one in zip(tests, numeric, strict=True)
    ))  # fmt: skip
    return Bench(
        knowledge, prices, tests, workshop, standing,
        {test.id: number for number, test in enumerate(tests)},
        {fault.id: row for row, fault in enumerate(faults)},
    )  # fmt: skip


def vehicle_problem(bench: Bench, subject: Subject) -> Problem:
    """What may be wrong with one vehicle. Faults that are not in the base (any more) count as
    faults that are not in the base."""
    probability: Floats = np.zeros(bench.workshop.hypotheses)
    probability[bench.other], probability[bench.nothing] = subject.other, subject.nothing
    for fault, share in subject.faults.items():
        probability[bench.row_of.get(fault, bench.other)] += share
    workshop = bench.workshop if subject.may_drive else bench.standing
    probability /= probability.sum()
    return Problem(workshop, probability, alike_suspects(workshop, probability, bench.other))


def _choice_cost(knowledge: KnowledgeBase, prices: Prices, test: DiagnosticTest) -> float:
    """CNY, with a risky test made dearer than it is: it must tell more to be chosen."""
    minutes = test.minutes + knowledge.settings.setup_minutes
    money = minutes * prices.labour_cny_per_min + (test.cost_cny or 0.0)
    return max(money, 1e-3) / knowledge.settings.risk_factor[test.risk]


def _parts_cny(fault: Fault, prices: Prices) -> float:
    if fault.repair.cost_cny is not None:
        return fault.repair.cost_cny
    return prices.parts_cny_if_unknown if fault.repair.parts else 0.0
