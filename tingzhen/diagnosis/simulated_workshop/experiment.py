"""SIMULATION. Many visits: every policy leads every vehicle, at every rate of wrong answers.

The engine weighs each report with `tingzhen.diagnosis.weigh`, as a diagnosis does, over the whole
base; nobody tells it the tree. With fleet frequencies it knows the work orders of the fleet too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tingzhen.diagnosis import weigh
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.cases.frequencies import Stratum, prior_weights
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.simulated_workshop.assumptions import Assumptions
from tingzhen.diagnosis.simulated_workshop.belief import first_problem
from tingzhen.diagnosis.simulated_workshop.engine_base import EngineBase, engine_base
from tingzhen.diagnosis.simulated_workshop.findings import NO_PICTURE, Reports
from tingzhen.diagnosis.simulated_workshop.orders import PLAYED_STREAM
from tingzhen.diagnosis.simulated_workshop.printed_order import printed_order
from tingzhen.diagnosis.simulated_workshop.truth import VehicleTruth
from tingzhen.diagnosis.simulated_workshop.vehicles import Fleet, Vehicles
from tingzhen.diagnosis.simulated_workshop.visit import Visit, play
from tingzhen.diagnosis.simulated_workshop.world import MODELS, World, draw_world
from tingzhen.diagnosis.troubleshooting import (
    Policy,
    Problem,
    look_ahead,
    most_probable_first,
    one_step,
    probability_over_cost,
)
from tingzhen.diagnosis.troubleshooting.bench import Bench, make_bench
from tingzhen.diagnosis.troubleshooting.prices import Prices

FIXED_ORDER: Final = "fixed order"
ENGINE: Final = "engine"
FLEET: Final = "engine, fleet frequencies"
LED_BY_BELIEF: Final[Mapping[str, Policy]] = {
    "most probable first": most_probable_first,
    "P/C": probability_over_cost,
    "one test ahead": one_step,
    ENGINE: look_ahead,
    FLEET: look_ahead,
}
POLICIES: Final = (FIXED_ORDER, *LED_BY_BELIEF)
RATES: Final = (0.0, 0.05, 0.10)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedWorkshop:
    """A world, the engine's base of it, and the vehicles to play.

    bench: what is paid and what the engine reckons with. fleet: by vehicle model, factors on the
    priors learned from the fleet's work orders; None where there are none.
    """

    world: World
    base: EngineBase
    bench: Bench
    vehicles: Vehicles
    reports: Reports
    fleet: Mapping[str, Mapping[str, float]] | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """All visits of one vehicle. tree: of the fault it came for. causes: of that tree, as printed.

    faults: how many it has. known: whether each stands in a tree. visits: by policy and rate.
    """

    vehicle: int
    tree: int
    causes: int
    faults: int
    known: bool
    visits: dict[tuple[str, float], Visit]


def open_workshop(
    shipped: KnowledgeBase,
    assumptions: Assumptions,
    prices: Prices,
    *,
    trees: int,
    vehicles: int,
    seed: int,
) -> SimulatedWorkshop:
    """shipped: gives settings and words for noises. Up to 4,096 vehicles."""
    world = draw_world(trees, seed, assumptions)
    base = engine_base(world, shipped.settings, shipped.word_meanings)
    return SimulatedWorkshop(
        world, base, make_bench(base.knowledge, prices),
        next(Fleet(world).blocks(vehicles, PLAYED_STREAM)),
        Reports(world, shipped.word_meanings, symptom_checked=True),
    )  # fmt: skip


def fleet_frequencies(store: CaseStore, base: EngineBase) -> dict[str, dict[str, float]]:
    """By vehicle model, the factors that the cases in the store put on the priors."""
    return {
        model: prior_weights(store, base.knowledge, Stratum(model=model, powertrain=powertrain))
        for model, powertrain, _ in MODELS
    }


def play_vehicle(
    workshop: SimulatedWorkshop,
    vehicle: int,
    *,
    policies: tuple[str, ...] = POLICIES,
    rates: tuple[float, ...] = RATES,
) -> Played:
    """Every policy on one vehicle. Policies that need fleet frequencies are left out without."""
    world, vehicles = workshop.world, workshop.vehicles
    faults = vehicles.faults(vehicle)
    problems: dict[tuple[bool, frozenset[int]], Problem] = {}
    visits = {}
    for name in policies:
        if name == FLEET and workshop.fleet is None:
            continue
        for rate in rates:
            truth = VehicleTruth(world, workshop.base, faults, number=vehicle, wrong_answers=rate)

            def report(left: frozenset[int], fleet: bool = name == FLEET) -> Problem:
                key = (fleet, left)
                if key not in problems:
                    problems[key] = _believed(workshop, vehicle, left, fleet=fleet)
                return problems[key]

            policy = LED_BY_BELIEF.get(name) or _technician(workshop, truth, faults)
            visits[name, rate] = play(truth, workshop.bench, policy, report)
    tree = int(world.tree[faults[0]])
    return Played(
        vehicle, tree, len(workshop.base.printed[tree]), len(faults),
        all(bool(world.known[f]) for f in faults), visits,
    )  # fmt: skip


def as_json(played: Played) -> dict[str, Any]:
    """JSON types only; visits as [tests, wrong repairs, gave up, minutes, CNY, needed CNY]."""
    return {
        "vehicle": played.vehicle, "tree": played.tree, "causes": played.causes,
        "faults": played.faults, "known": played.known,
        "visits": [
            [name, rate, v.tests, v.wrong_repairs, int(v.gave_up), round(v.finding_min, 2),
             round(v.finding_cny, 2), round(v.needed_cny, 2)]
            for (name, rate), v in played.visits.items()
        ],
    }  # fmt: skip


def from_json(item: Mapping[str, Any]) -> Played:
    """The same back, to the rounding of `as_json`."""
    return Played(
        item["vehicle"], item["tree"], item["causes"], item["faults"], item["known"],
        {(name, rate): Visit(tests, wrong, bool(gave_up), *rest)
         for name, rate, tests, wrong, gave_up, *rest in item["visits"]},
    )  # fmt: skip


def _believed(
    workshop: SimulatedWorkshop, vehicle: int, left: frozenset[int], *, fleet: bool
) -> Problem:
    """What the engine makes of a report of the faults that are left."""
    vehicles = workshop.vehicles
    faults = [f for f in vehicles.faults(vehicle) if f in left]
    rng = np.random.default_rng([workshop.world.seed, 7, vehicle, len(faults)])
    report = workshop.reports.one(vehicles, vehicle, faults, rng)
    model = MODELS[vehicles.model[vehicle]][0]
    weights = workshop.fleet[model] if fleet and workshop.fleet is not None else None
    weighing = weigh(
        workshop.base.knowledge, report.noise, NO_PICTURE, report.circumstances,
        prior_weights=weights,
    )  # fmt: skip
    return first_problem(workshop.bench, weighing)


def _technician(
    workshop: SimulatedWorkshop, truth: VehicleTruth, faults: tuple[int, ...]
) -> Policy:
    """With the printed tree of the first symptom that is there."""

    def steps() -> tuple[int, ...]:
        fault = next(f for f in faults if truth.has_symptom(int(workshop.world.tree[f])))
        return workshop.base.printed[int(workshop.world.tree[fault])]

    return printed_order(steps, lambda row: int(workshop.base.test_of[row]))
