"""The search itself: windows against brute force, fits against an optimiser, bounds, parsimony."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from tests.diagnosis.patterns.fleets import FAULT, cold_and_damp, flat, fleet
from tingzhen.diagnosis.patterns._grid import make_grid
from tingzhen.diagnosis.patterns._log_linear import fit
from tingzhen.diagnosis.patterns._propose import Discovery, propose
from tingzhen.diagnosis.patterns._refine import Weighed, ratio_of, refine
from tingzhen.diagnosis.patterns._scan import best_pair, best_singles, expect
from tingzhen.diagnosis.patterns.attributes import Attributes
from tingzhen.diagnosis.patterns.condition import Part, known_and_inside, probably_inside
from tingzhen.diagnosis.patterns.split import closed_cases

COLD, DAMP = Part("ambient_c", high=5.0), Part("humidity_pct", low=80.0)


def only(attributes: Attributes, *keys: str) -> Attributes:
    return Attributes({key: attributes.columns[key] for key in keys}, attributes.count)


def test_the_scan_finds_the_best_rectangle_of_all() -> None:
    closed = closed_cases(fleet(cold_and_damp, count=3000))
    attributes = only(closed.attributes, "ambient_c", "humidity_pct", "region", "season")
    grid, fault = make_grid(attributes), closed.has(FAULT)
    observed, alike = grid.pair_counts(np.flatnonzero(fault)), expect(grid, grid.pair_counts())
    weighed = Weighed(attributes, fault, np.ones(len(fault)))

    def enough(condition: tuple[Part, ...]) -> bool:
        known, inside = known_and_inside(attributes, condition)
        hits = int((fault & inside).sum())
        return inside.sum() >= 60 and inside.sum() <= 0.75 * known.sum() and hits >= 8

    pairs = [
        tuple(sorted((grid.parts[i], grid.parts[j])))
        for i, j in itertools.combinations(range(0, len(grid.parts), 7), 2)
        if grid.block[i] != grid.block[j]
    ]
    best = best_pair(grid, observed, alike)
    assert best is not None
    assert best.ratio == pytest.approx(ratio_of(weighed, best.condition), rel=1e-4)
    assert best.ratio >= max(ratio_of(weighed, pair) for pair in pairs if enough(pair)) - 1e-3

    single = best_singles(grid, observed, alike)[0]
    every = [ratio_of(weighed, (part,)) for part in grid.parts if enough((part,))]
    assert single.ratio == pytest.approx(max(every), rel=1e-4)


def test_the_fit_is_the_maximum_of_the_poisson_likelihood() -> None:
    rng = np.random.default_rng(3)
    inside = [rng.random(4000) < share for share in (0.2, 0.3)]
    rate = 0.03 * np.where(inside[0], 3.0, 1.0) * np.where(inside[1], 2.0, 1.0)
    fault = rng.random(4000) < rate
    found = fit(fault, inside)

    def loss(logs: np.ndarray) -> float:
        mean = np.exp(logs[0] + logs[1] * inside[0] + logs[2] * inside[1])
        return float(mean.sum() - np.log(mean[fault]).sum())

    theirs = minimize(loss, np.array([-3.0, 0.0, 0.0]), method="BFGS")
    assert np.log(found.factor) == pytest.approx(theirs.x[1:], abs=1e-3)
    share = fault.mean()
    nothing = 4000 * share - fault.sum() * math.log(share)
    assert found.gain == pytest.approx(nothing - theirs.fun, abs=1e-3)


def test_refining_comes_to_round_bounds_that_fit() -> None:
    closed = closed_cases(fleet(cold_and_damp))
    weighed = Weighed(closed.attributes, closed.has(FAULT), np.ones(len(closed.fault)))
    rough = (Part("ambient_c", low=-30.0, high=7.3), Part("humidity_pct", low=76.0, high=99.0))
    assert refine(weighed, rough) == (COLD, DAMP)


def test_a_pair_is_proposed_as_a_pair() -> None:
    closed = closed_cases(fleet(cold_and_damp))
    proposal = propose(Discovery.of(closed.attributes), closed.has(FAULT))
    assert proposal.conditions == ((COLD, DAMP),)


def test_two_causes_that_each_do_their_part_are_no_pair() -> None:
    def rates(cases: object) -> np.ndarray:
        cold = np.where(cases.ambient_c < 5, 2.5, 1.0)  # type: ignore[attr-defined]
        return np.asarray(0.05 * cold * np.where(cases.speed_kmh >= 60, 3.0, 1.0))  # type: ignore[attr-defined]

    closed = closed_cases(fleet(rates))
    proposal = propose(Discovery.of(closed.attributes), closed.has(FAULT))
    assert sorted(len(condition) for condition in proposal.conditions) == [1, 1]
    assert {c[0].attribute for c in proposal.conditions} == {"ambient_c", "speed_kmh"}


def test_nothing_is_proposed_where_nothing_is() -> None:
    closed = closed_cases(fleet(flat, count=5000))
    discovery = Discovery.of(closed.attributes)
    rng = np.random.default_rng(0)
    proposed = [propose(discovery, rng.random(closed.attributes.count) < 0.05) for _ in range(8)]
    # By calibration chance proposes to about one fault in ten (5 % for singles and for pairs).
    assert sum(bool(proposal.conditions) for proposal in proposed) <= 3


def test_what_is_not_known_counts_by_what_is() -> None:
    cases = fleet(cold_and_damp)
    cases.humidity_pct[::2] = np.nan
    attributes = closed_cases(cases).attributes
    known, inside = known_and_inside(attributes, (COLD, DAMP))
    share = probably_inside(attributes, (COLD, DAMP))
    cold = attributes.columns["ambient_c"].values < 5
    assert (share[known] == inside[known]).all()
    assert (share[~known & ~cold] == 0).all()
    assert share[~known & cold] == pytest.approx(inside[known & cold].mean())
