"""SIMULATION. One tree for itself, small enough for the exact optimum.

What a policy costs here is computed, not played: the expectation over the engine's own model of the
tree, with the tree known. So it says what a policy loses by how it chooses, and nothing else.
"""

from collections.abc import Mapping

import numpy as np

from tingzhen.diagnosis.simulated_workshop.engine_base import EngineBase
from tingzhen.diagnosis.troubleshooting import (
    NumericRepair,
    NumericTest,
    Policy,
    Problem,
    Workshop,
    expected_cost,
    fixed_order_of,
    optimum,
)
from tingzhen.diagnosis.troubleshooting.bench import Bench

# Of what stands in no tree, as everywhere in the engine.
_OTHER = 0.02


def tree_problem(base: EngineBase, bench: Bench, tree: int) -> Problem:
    """The causes of a tree in its printed order, then "a fault that is not in this base".

    The tests of its causes and the screening tests that speak of them, each asked at most once.
    """
    rows = np.array(base.printed[tree], dtype=np.intp)
    order = np.argsort(rows)
    tests = []
    for numeric in bench.workshop.tests:
        found = np.isin(rows[order], numeric.rows)
        if found.any():
            inside = order[found]
            at = np.searchsorted(numeric.rows, rows[inside])
            by_place = np.argsort(inside)
            tests.append(
                NumericTest(numeric.cost, numeric.otherwise, inside[by_place],
                            numeric.given[at][by_place])
            )  # fmt: skip
    repairs = [
        NumericRepair(repair.cost, repair.observe_cost, np.array([place], dtype=np.intp),
                      repair.in_vain_cost)
        for place, repair in enumerate(bench.workshop.repairs[row] for row in rows)
    ]  # fmt: skip
    workshop = bench.workshop
    small = Workshop(
        len(rows) + 1, tuple(tests), tuple(repairs), give_up_cost=workshop.give_up_cost,
        wrong_repair_cost=workshop.wrong_repair_cost, wrong_answer=workshop.wrong_answer,
        first_time_cost=workshop.first_time_cost,
    )  # fmt: skip
    prior = np.array([base.knowledge.faults[row].prior for row in rows])
    return Problem(small, np.append(prior / prior.sum() * (1.0 - _OTHER), _OTHER))


def costs_of_tree(problem: Problem, policies: Mapping[str, Policy]) -> dict[str, float]:
    """CNY, beside the right repair, by policy, with "fixed order" and "exact optimum".

    Raises ValueError where the optimum has too many states.
    """
    causes = problem.workshop.hypotheses - 1
    costs = {name: expected_cost(problem, policy) for name, policy in policies.items()}
    costs["fixed order"] = expected_cost(problem, fixed_order_of(range(causes)))
    costs["exact optimum"] = optimum(problem)
    return costs
