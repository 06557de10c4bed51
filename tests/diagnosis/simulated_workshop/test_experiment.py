"""Played vehicles and their figures: the same for a seed, and the arithmetic by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.simulated_workshop.worlds import TREES
from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.diagnosis.simulated_workshop import (
    ENGINE,
    FIXED_ORDER,
    FLEET,
    POLICIES,
    USUAL,
    Played,
    Reports,
    SimulatedWorkshop,
    Visit,
    fleet_frequencies,
    open_workshop,
    play_vehicle,
    simulated_orders,
)
from tingzhen.diagnosis.simulated_workshop.experiment import as_json, from_json
from tingzhen.diagnosis.simulated_workshop.figures import mean, median_min, saving
from tingzhen.diagnosis.simulated_workshop.one_tree import costs_of_tree, tree_problem
from tingzhen.diagnosis.troubleshooting import look_ahead, probability_over_cost
from tingzhen.diagnosis.troubleshooting.prices import PRICES


@pytest.fixture(scope="module")
def workshop() -> SimulatedWorkshop:
    return open_workshop(shipped(), USUAL, PRICES, trees=TREES, vehicles=40, seed=7)


def test_a_vehicle_is_played_the_same_again_and_survives_json(workshop: SimulatedWorkshop) -> None:
    once = play_vehicle(workshop, 3, rates=(0.05,))
    again = play_vehicle(
        open_workshop(shipped(), USUAL, PRICES, trees=TREES, vehicles=5, seed=7), 3, rates=(0.05,)
    )
    assert once == again
    assert {name for name, _ in once.visits} == set(POLICIES) - {FLEET}  # no orders, no frequencies
    read = from_json(json.loads(json.dumps(as_json(once))))
    assert as_json(read) == as_json(once)


def test_every_policy_pays_the_same_needed_repairs(workshop: SimulatedWorkshop) -> None:
    for vehicle in range(4):
        played = play_vehicle(workshop, vehicle, rates=(0.0, 0.1))
        needed = {round(visit.needed_cny, 6) for visit in played.visits.values()}
        assert len(needed) == 1
        assert all(visit.finding_min > 0 for visit in played.visits.values())


@pytest.mark.slow
def test_the_engine_is_not_told_the_tree(workshop: SimulatedWorkshop) -> None:
    """With findings that say nothing it knows no more than the priors: the fixed order, which is
    handed the right tree, then gives the same as before, the engine does not."""
    mute = replace(
        USUAL, clip_share=0.0, code_stored=0.31, code_share=0.0, complaint_share=1e-6, hearing=0.0
    )
    deaf = open_workshop(shipped(), mute, PRICES, trees=TREES, vehicles=40, seed=7)
    deaf = replace(deaf, reports=_unnamed(deaf))
    fixed = [play_vehicle(deaf, v, policies=(FIXED_ORDER, ENGINE), rates=(0.0,)) for v in range(24)]
    assert sum(one.visits[FIXED_ORDER, 0.0].fixed_first_time for one in fixed) > sum(
        one.visits[ENGINE, 0.0].fixed_first_time for one in fixed
    )


def _unnamed(workshop: SimulatedWorkshop) -> Reports:
    return Reports(workshop.world, shipped().word_meanings, symptom_checked=False)


def test_fleet_frequencies_come_from_the_orders_by_model(workshop: SimulatedWorkshop) -> None:
    store = open_cases("sqlite://")
    orders: list[CaseRecord] = list(simulated_orders(workshop.world, shipped().word_meanings, 900))
    store.keep(orders)
    factors = fleet_frequencies(store, workshop.base)
    store.close()
    counted = {f.id: 0 for f in workshop.base.knowledge.faults}
    for order in orders:
        if order.fault is not None:
            counted[order.fault] += 1
    expert = np.array([f.prior for f in workshop.base.knowledge.faults])
    share = np.array(list(counted.values())) / sum(counted.values())
    lift = share / (expert / expert.sum())
    learned = np.array([factors["A1"].get(f.id, 1.0) for f in workshop.base.knowledge.faults])
    assert np.corrcoef(np.log(learned), np.log(lift + 0.05))[0, 1] > 0.6
    known = replace(workshop, fleet=factors)
    assert (FLEET, 0.05) in play_vehicle(known, 0, policies=(FLEET,), rates=(0.05,)).visits


def _visit(minutes: float, *, wrong: int = 0, gave_up: bool = False) -> Visit:
    return Visit(2, wrong, gave_up, minutes, 4 * minutes, 100.0)


def test_figures_are_those_of_a_hand_count() -> None:
    visits = [(10.0, 20.0), (30.0, 20.0), (20.0, 80.0), (40.0, 80.0)]
    played = [
        Played(v, v // 2, 3, 1, True, {
            (ENGINE, 0.05): _visit(a, wrong=int(a > 35)), (FIXED_ORDER, 0.05): _visit(b),
        })
        for v, (a, b) in enumerate(visits)
    ]  # fmt: skip
    found = mean(played, ENGINE, 0.05, "finding_min")
    assert (found.value, found.n) == (25.0, 4)
    # Two trees: a draw has one twice or both; the means are 20, 25 or 30.
    assert (found.low, found.high) == (20.0, 30.0)
    assert mean(played, ENGINE, 0.05, "first_time_fix").value == 0.75
    saved = saving(played, ENGINE, FIXED_ORDER, 0.05, "finding_cny")
    assert saved.value == pytest.approx(0.5)
    assert (saved.low, saved.high) == pytest.approx((0.0, 0.625))
    assert median_min(played, FIXED_ORDER, 0.05) == 50.0
    with pytest.raises(ValueError, match="no vehicles"):
        mean([], ENGINE, 0.05, "tests")


@pytest.mark.slow
def test_no_policy_beats_the_exact_optimum_of_a_tree(workshop: SimulatedWorkshop) -> None:
    small = [t for t in range(TREES) if len(workshop.base.printed[t]) == 3][:4]
    for tree in small:
        problem = tree_problem(workshop.base, workshop.bench, tree)
        costs = costs_of_tree(problem, {"engine": look_ahead, "P/C": probability_over_cost})
        best = costs["exact optimum"]
        assert all(cost >= best * (1 - 1e-9) for cost in costs.values())
        assert costs["engine"] <= best * 1.02


def test_the_problem_of_a_tree_says_of_each_cause_what_the_base_says(
    workshop: SimulatedWorkshop,
) -> None:
    base = workshop.base
    problem = tree_problem(base, workshop.bench, 0)
    rows = base.printed[0]
    assert problem.workshop.hypotheses == len(rows) + 1
    for place, row in enumerate(rows):
        fault = base.knowledge.faults[row]
        name = base.knowledge.tests[base.test_of[row]].id
        own = [t for t in problem.workshop.tests if place in t.rows and t.outcomes == 2]
        given = [t.given[list(t.rows).index(place), 1] for t in own]
        assert fault.tests[name]["bad"] == pytest.approx(given[0])
        assert problem.workshop.repairs[place].in_vain_cost == pytest.approx(
            fault.repair.labour_min * PRICES.labour_cny_per_min + (fault.repair.cost_cny or 0.0)
        )
