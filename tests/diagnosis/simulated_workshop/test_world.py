"""The generated world and the engine's base: same seed same world, and never the same numbers."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.simulated_workshop.worlds import TREES, small_base, small_world
from tingzhen.diagnosis.simulated_workshop import (
    USUAL,
    Fleet,
    draw_world,
    engine_base,
)
from tingzhen.diagnosis.simulated_workshop.engine_base import screening_table
from tingzhen.diagnosis.simulated_workshop.names import symptom_name, system_name, trouble_codes
from tingzhen.diagnosis.simulated_workshop.world import CONDITIONS, MODELS


def same(one: Any, other: Any) -> bool:
    return all(
        np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=True)
        if getattr(one, f.name).__class__ is np.ndarray and getattr(one, f.name).dtype.kind == "f"
        else np.array_equal(getattr(one, f.name), getattr(other, f.name))
        for f in fields(one)
        if f.name != "assumptions"
    )


def test_a_seed_gives_one_world_and_another_seed_another() -> None:
    assert same(draw_world(TREES, 7, USUAL), small_world())
    assert not same(draw_world(TREES, 8, USUAL), small_world())


def test_trees_have_three_to_five_known_causes() -> None:
    world = small_world()
    known = np.bincount(world.tree[world.known], minlength=TREES)
    assert set(known.tolist()) == {3, 4, 5}
    for tree in range(TREES):
        rows = world.faults_of(tree)
        assert (world.tree[rows] == tree).all()
        parts = world.component[rows]
        assert len(set(parts.tolist())) == len(parts)


def test_shares_are_as_assumed() -> None:
    world = small_world()
    assert world.weight.sum() == pytest.approx(1.0)
    assert world.weight[~world.known].sum() == pytest.approx(USUAL.missing_share)
    everything_known = draw_world(TREES, 7, replace(USUAL, missing_share=0.0))
    assert everything_known.weight[everything_known.known].sum() == pytest.approx(1.0)


def test_no_test_looks_at_a_cause_that_stands_in_no_tree() -> None:
    world = small_world()
    tested = small_base().tested
    assert not np.isin(world.component[~world.known], tested).any()
    assert np.isin(world.component[world.known], tested).all()


def test_the_engine_lacks_what_stands_in_no_tree_and_errs_in_the_rest() -> None:
    world, base = small_world(), small_base()
    assert (base.row[~world.known] == -1).all()
    assert (base.fault[base.row[world.known]] == np.flatnonzero(world.known)).all()
    faults = base.knowledge.faults
    prior = np.array([fault.prior for fault in faults])
    happens = world.weight[base.fault] > 0.0
    ratio = np.log(prior[happens] / world.weight[base.fault[happens]])
    assert np.std(ratio) == pytest.approx(USUAL.prior_error, rel=0.25)
    assert np.count_nonzero(~happens) > 0
    for row, fault in enumerate(faults):
        test = base.knowledge.tests[base.test_of[row]]
        assert fault.tests[test.id]["bad"] != world.sensitivity[base.fault[row]]


def test_without_errors_the_engine_has_the_numbers_of_the_world() -> None:
    known = replace(USUAL, prior_error=0.0, link_error=0.0, extra_share=0.0)
    world, base = small_world(7, known), small_base(7, known)
    prior = np.array([fault.prior for fault in base.knowledge.faults])
    weight = world.weight[base.fault]
    assert prior / prior.sum() == pytest.approx(weight / weight.sum())
    bad = [f.tests[base.knowledge.tests[t].id]["bad"]
           for f, t in zip(base.knowledge.faults, base.test_of, strict=True)]  # fmt: skip
    assert bad == pytest.approx(world.sensitivity[base.fault].tolist())


def test_careful_authors_print_steps_by_the_probability_and_cost_that_they_know() -> None:
    careful = replace(USUAL, printed_order=0.0)
    world, base = small_world(7, careful), small_base(7, careful)
    for tree, steps in enumerate(base.printed):
        rows = world.faults_of(tree)
        wanted = [f for f in range(rows.start, rows.stop) if world.known[f]]
        assert sorted(base.fault[list(steps)].tolist()) == wanted
        value = [base.knowledge.faults[r].prior / base.knowledge.tests[base.test_of[r]].minutes
                 for r in steps]  # fmt: skip
        assert value == sorted(value, reverse=True)


def test_the_base_says_that_it_is_simulated() -> None:
    knowledge = small_base().knowledge
    assert {fault.source for fault in knowledge.faults} == {"simulation"}
    assert {test.source for test in knowledge.tests} == {"simulation"}


def test_outcomes_of_a_screening_test_add_up() -> None:
    for fits in range(3):
        assert screening_table(small_world(), fits).sum() == pytest.approx(1.0)
    assert screening_table(small_world(), 2)[2] == USUAL.screening_accuracy


def test_names_and_codes_are_each_their_own() -> None:
    symptoms = {symptom_name(s, k).zh for s in range(500) for k in range(45)}
    assert len(symptoms) == 500 * 45
    assert len({system_name(s).en for s in range(500)}) == 500
    codes = trouble_codes(8000, np.random.default_rng(1))
    assert len(set(codes)) == 8000
    with pytest.raises(ValueError, match="65536"):
        trouble_codes(65_537, np.random.default_rng(1))


def test_faults_come_as_often_as_the_world_says() -> None:
    """Counts of 60,000 vehicles against the weights, by model and condition (chi-squared)."""
    world = small_world()
    drawn = list(Fleet(world).blocks(60_000, 0))
    fault = np.concatenate([block.fault for block in drawn])
    model = np.concatenate([block.model for block in drawn])
    drives = np.array([[p in of for _, p, _ in MODELS] for of in world.powertrains])
    exists = drives[world.tree_system[world.tree]].T
    factor = np.column_stack([
        np.where((values >= low) & (values < high), times, 1.0)
        for measure, low, high, times in CONDITIONS
        for values in (
            np.nan_to_num(np.concatenate([getattr(b, measure) for b in drawn]), nan=-1.0),
        )
    ])  # fmt: skip
    weight = world.weight * world.model_factor * exists
    expected = np.zeros(len(world.weight))
    for m in range(len(MODELS)):
        here = np.flatnonzero(model == m)
        chance = weight[m] * factor[here][:, world.condition]
        expected += (chance / chance.sum(axis=1, keepdims=True)).sum(axis=0)
    counted = np.bincount(fault, minlength=len(expected))
    enough = expected >= 20
    assert not counted[expected == 0.0].any()
    z = (counted[enough] - expected[enough]) / np.sqrt(expected[enough])
    assert np.abs(z).max() < 5.0
    assert np.mean(z**2) == pytest.approx(1.0, abs=0.4)


def test_vehicles_of_another_stream_are_others_and_two_faults_are_as_frequent_as_assumed() -> None:
    fleet = Fleet(small_world())
    one, other = next(fleet.blocks(4000, 0)), next(fleet.blocks(4000, 1))
    assert not same(one, other)
    assert same(one, next(fleet.blocks(4000, 0)))
    assert np.mean(one.second >= 0) == pytest.approx(USUAL.two_faults_share, abs=0.02)
    assert all(len(set(one.faults(v))) == len(one.faults(v)) for v in range(4000))


def test_a_tiny_world_works() -> None:
    world = draw_world(1, 3, USUAL)
    base = engine_base(world, shipped().settings, shipped().word_meanings)
    vehicles = next(Fleet(world).blocks(50, 0))
    assert len(vehicles) == 50
    assert len(base.printed) == 1
