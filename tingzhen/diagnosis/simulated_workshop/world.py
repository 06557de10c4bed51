"""SIMULATION. The world: fault trees, vehicles and tests as they are, which the engine cannot see.

A tree starts from a symptom (what the owner says, mostly a trouble code) and has 3 to 5 causes;
some causes stand in no tree. Causes are faults of components; one test looks at one component, so
trees of a system share tests. Screening tests of a system are quick and tell less.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis.circumstances import WHEN, Powertrain
from tingzhen.diagnosis.knowledge import Measure
from tingzhen.diagnosis.simulated_workshop.assumptions import Assumptions
from tingzhen.diagnosis.simulated_workshop.names import trouble_codes

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

# Vehicle models of the fleet: powertrain and share.
MODELS: Final[tuple[tuple[str, Powertrain, float], ...]] = (
    ("A1", "petrol", 0.22), ("A2", "petrol", 0.17), ("A3", "petrol", 0.13),
    ("B1", "petrol", 0.10), ("B2", "diesel", 0.05), ("C1", "hybrid", 0.11),
    ("E1", "electric", 0.13), ("E2", "electric", 0.09),
)  # fmt: skip
COMBUSTION: Final = frozenset[Powertrain]({"petrol", "diesel", "hybrid"})
ELECTRIC: Final = frozenset[Powertrain]({"electric", "hybrid"})
ALL: Final = COMBUSTION | ELECTRIC

# Conditions under which a fault is more common: measure, low, high, times as likely.
CONDITIONS: Final[tuple[tuple[Measure, float, float, float], ...]] = (
    ("mileage_km", -np.inf, np.inf, 1.0),
    ("ambient_c", -np.inf, 0.0, 3.0), ("ambient_c", 30.0, np.inf, 3.0),
    ("humidity_pct", 80.0, np.inf, 2.5), ("mileage_km", 100_000.0, np.inf, 2.5),
    ("mileage_km", -np.inf, 30_000.0, 2.5), ("speed_kmh", 80.0, np.inf, 2.5),
)  # fmt: skip
_CONDITION_SHARE: Final = (0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1)
OK, BAD = 0, 1
# P(outcome) of a screening test on a vehicle that it has nothing to say of; outcome 0: normal.
SCREENING_OTHERWISE: Final = (0.90, 0.05, 0.05)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """T trees, F faults, C components, S systems, all sorted: faults by tree, trees by system.

    tree_system: (T,). tree_code: T codes or None. powertrains: S sets.
    tree, component: (F,). known: (F,), False for a cause that stands in no tree.
    weight: (F,), sums to 1: how common. model_factor: (models, F), times as common in a model.
    condition: (F,), index into CONDITIONS. noises: (F, fault noises), P(made). when: (F, WHEN),
    times as often as otherwise that an owner names the situation. code_stored: (F,).
    sensitivity: (F,), P("bad" | fault) of its component's test. false_alarm: (C,), P("bad") of a
    component's test on a vehicle without such a fault. component_system: (C,).
    screening: (F, K), outcome 1 or 2 that fits in each of its system's K screening tests, 0: none.
    test_min, test_cny: (C,). screening_min: (S, K). repair_min, parts_cny: (F,).
    """

    assumptions: Assumptions
    seed: int
    tree_system: Ints
    tree_code: tuple[str | None, ...]
    powertrains: tuple[frozenset[Powertrain], ...]
    tree: Ints
    component: Ints
    known: NDArray[np.bool_]
    weight: Floats
    model_factor: Floats
    condition: Ints
    noises: Floats
    when: Floats
    code_stored: Floats
    sensitivity: Floats
    false_alarm: Floats
    component_system: Ints
    screening: Ints
    test_min: Floats
    test_cny: Floats
    screening_min: Floats
    repair_min: Floats
    parts_cny: Floats

    @property
    def trees(self) -> int:
        return len(self.tree_system)

    def faults_of(self, tree: int) -> slice:
        """The faults of a tree, those that it does not know last."""
        start, end = np.searchsorted(self.tree, [tree, tree + 1])
        return slice(int(start), int(end))


def draw_world(trees: int, seed: int, assumptions: Assumptions) -> World:
    """A world of `trees` fault trees (1 or more); the same for the same arguments."""
    a, rng = assumptions, np.random.default_rng([seed, 1])
    systems = max(1, round(trees * a.systems_per_tree))
    tree_system = np.sort(np.arange(trees) % systems)
    sizes, chance = zip(*a.causes, strict=True)
    causes = rng.choice(sizes, trees, p=np.array(chance) / sum(chance))
    hidden = rng.random(trees) < 0.5
    tree = np.repeat(np.arange(trees), causes + hidden)
    place = np.arange(len(tree)) - np.searchsorted(tree, tree)
    known = place < causes[tree]
    component, component_system = _components(tree, tree_system, known, a, rng)
    count = len(tree)
    noises = _noises(count, rng)
    when = np.where(
        rng.random((count, len(WHEN))) < 0.18, rng.choice([3.0, 5.0, 8.0], (count, len(WHEN))), 1.0
    )
    systems_k = (systems, a.screenings_per_system)
    covered = rng.random((trees, a.screenings_per_system)) < 0.6
    fits = rng.integers(1, 3, (count, a.screenings_per_system))
    drives = (COMBUSTION, ALL, ELECTRIC)
    has_code = rng.random(trees) < a.code_share
    codes = trouble_codes(trees, rng)
    return World(
        assumptions=a, seed=seed, tree_system=tree_system,
        tree_code=tuple(c if has else None for c, has in zip(codes, has_code, strict=True)),
        # The first system is in every vehicle, so that none is without any fault.
        powertrains=(ALL, *(drives[k] for k in rng.choice(3, systems - 1, p=(0.4, 0.4, 0.2)))),
        tree=tree, component=component, known=known,
        weight=_weights(tree, known, trees, a, rng),
        model_factor=np.exp(rng.normal(0.0, a.model_skew, (len(MODELS), count))),
        condition=rng.choice(len(CONDITIONS), count, p=_CONDITION_SHARE).astype(np.intp),
        noises=noises, when=when,
        code_stored=np.clip(rng.normal(a.code_stored, 0.1, count), 0.3, 0.98),
        sensitivity=around(np.full(count, a.sensitivity), a.accuracy_sigma, rng),
        false_alarm=around(
            np.full(len(component_system), 1.0 - a.specificity), a.accuracy_sigma, rng
        ),
        component_system=component_system,
        screening=np.where(covered[tree], fits, 0).astype(np.intp),
        test_min=lognormal(a.test_min, len(component_system), rng),
        test_cny=lognormal(a.test_cny, len(component_system), rng),
        screening_min=lognormal(a.screening_min, systems_k, rng),
        repair_min=lognormal(a.repair_min, count, rng),
        parts_cny=lognormal(a.parts_cny, count, rng),
    )  # fmt: skip


def around(mean: Floats, sigma: float, rng: np.random.Generator) -> Floats:
    """Probabilities scattered around `mean` by a normal of `sigma` in log odds; within 0.5..99.5 %
    where there is scatter. sigma 0 gives the mean itself."""
    if sigma == 0.0:
        return mean.copy()
    odds = np.log(mean / (1.0 - mean)) + rng.normal(0.0, sigma, mean.shape)
    return np.clip(1.0 / (1.0 + np.exp(-odds)), 0.005, 0.995)


def lognormal(
    median_sigma: tuple[float, float], shape: int | tuple[int, ...], rng: np.random.Generator
) -> Floats:
    """Costs by median and sigma of the natural log, cut at 2.5 sigma."""
    median, sigma = median_sigma
    return median * np.exp(sigma * np.clip(rng.normal(size=shape), -2.5, 2.5))


def _components(
    tree: Ints, tree_system: Ints, known: NDArray[np.bool_], a: Assumptions,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:  # fmt: skip
    """(F,) the component of each fault, different within a tree, and (C,) the system of each.

    Causes that stand in no tree have components of their own: no test looks at them.
    """
    component = np.zeros(len(tree), dtype=np.intp)
    owner: list[int] = []
    of_system = tree_system[tree]
    for system in range(int(tree_system.max()) + 1):
        first, last = np.searchsorted(of_system, [system, system + 1])
        rows = np.arange(first, last)[known[first:last]]
        largest = int(np.bincount(tree[rows]).max())
        pool = max(largest, round(a.components_per_fault * len(rows)))
        for one in np.unique(tree[rows]):
            mine = rows[tree[rows] == one]
            component[mine] = len(owner) + rng.choice(pool, len(mine), replace=False)
        owner += [system] * pool
        unknown = np.arange(first, last)[~known[first:last]]
        component[unknown] = len(owner) + np.arange(len(unknown))
        owner += [system] * len(unknown)
    return component, np.array(owner, dtype=np.intp)


def _noises(count: int, rng: np.random.Generator) -> Floats:
    """(count, noises): most faults make no noise or one, some two; the rest stays at 2 %."""
    noises = np.full((count, len(FAULT_NOISES)), 0.02)
    makes = rng.choice(3, count, p=(0.35, 0.45, 0.20))
    for nth in range(2):
        rows = np.flatnonzero(makes > nth)
        noises[rows, rng.integers(len(FAULT_NOISES), size=len(rows))] = rng.uniform(
            0.5, 0.95, len(rows)
        )
    return noises


def _weights(
    tree: Ints, known: NDArray[np.bool_], trees: int, a: Assumptions, rng: np.random.Generator
) -> Floats:
    """(F,) shares of vehicles: skewed over trees and causes, missing_share of them in no tree."""
    common = np.exp(rng.normal(0.0, a.tree_skew, trees))[tree]
    weight = common * np.exp(rng.normal(0.0, a.cause_skew, len(tree)))
    weight[known & (rng.random(len(tree)) < a.extra_share)] = 0.0
    in_trees, missing = weight[known].sum(), weight[~known].sum()
    share = a.missing_share if missing > 0.0 else 0.0
    weight[known] *= (1.0 - share) / in_trees
    weight[~known] *= share / missing if missing > 0.0 else 0.0
    return weight
