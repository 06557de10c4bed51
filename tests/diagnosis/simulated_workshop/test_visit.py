"""Visits: what they cost is counted by hand on a tiny world, and every vehicle ends."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import shipped
from tests.diagnosis.simulated_workshop.worlds import small_base, small_world
from tingzhen.diagnosis.simulated_workshop import USUAL, EngineBase, World, draw_world, engine_base
from tingzhen.diagnosis.simulated_workshop.printed_order import printed_order
from tingzhen.diagnosis.simulated_workshop.truth import SYMPTOM_SHOWS, VehicleTruth
from tingzhen.diagnosis.simulated_workshop.visit import Visit, play
from tingzhen.diagnosis.simulated_workshop.world import BAD, OK
from tingzhen.diagnosis.troubleshooting import GIVE_UP, Action, Policy, Problem, State
from tingzhen.diagnosis.troubleshooting.bench import Bench, make_bench
from tingzhen.diagnosis.troubleshooting.prices import Prices

PRICES = Prices(labour_cny_per_min=2.0, observe_min=5.0, wrong_repair_cny=100.0, hand_over_min=60.0)
SETUP_MIN = 3.0


def certain(world: World) -> World:
    """The same world with tests that never err and round costs."""
    count, parts = len(world.tree), len(world.component_system)
    return replace(
        world, sensitivity=np.ones(count), false_alarm=np.zeros(parts),
        test_min=np.full(parts, 10.0), test_cny=np.full(parts, 1.0),
        repair_min=np.full(count, 30.0), parts_cny=np.full(count, 200.0),
    )  # fmt: skip


def one_tree() -> tuple[World, EngineBase, Bench]:
    world = certain(draw_world(1, 11, replace(USUAL, printed_order=0.0, link_error=0.0)))
    base = engine_base(world, shipped().settings, shipped().word_meanings)
    return world, base, make_bench(base.knowledge, PRICES)


def unknown(_: frozenset[int]) -> Problem:
    """The fixed order needs no belief."""
    _, _, bench = one_tree()
    hypotheses = bench.workshop.hypotheses
    return Problem(bench.workshop, np.full(hypotheses, 1.0 / hypotheses))


def follow(base: EngineBase, tree: int = 0) -> Policy:
    return printed_order(lambda: base.printed[tree], lambda row: int(base.test_of[row]))


@pytest.mark.parametrize("step", [0, 1, 2])
def test_the_fixed_order_costs_what_is_counted_by_hand(step: int) -> None:
    """The fault of step k: k + 1 tests of 10 min + 3 min and 1 CNY each, one repair, one look."""
    world, base, bench = one_tree()
    fault = int(base.fault[base.printed[0][step]])
    truth = VehicleTruth(world, base, (fault,), number=0, wrong_answers=0.0)
    visit = play(truth, bench, follow(base), unknown)
    minutes = (step + 1) * (10.0 + SETUP_MIN) + 5.0
    assert visit == Visit(
        tests=step + 1, wrong_repairs=0, gave_up=False, finding_min=minutes,
        finding_cny=2.0 * minutes + (step + 1) * 1.0, needed_cny=30.0 * 2.0 + 200.0,
    )  # fmt: skip
    assert visit.fixed_first_time


def test_a_fault_in_no_tree_is_given_up_after_the_last_step() -> None:
    world, base, bench = one_tree()
    stranger = replace(world, known=np.zeros(len(world.tree), dtype=bool))
    fault = int(base.fault[base.printed[0][0]])
    apart = replace(stranger, component=world.component + 1000)  # no test looks at it
    apart = replace(apart, false_alarm=np.zeros(2000))
    truth = VehicleTruth(apart, base, (fault,), number=0, wrong_answers=0.0)
    visit = play(truth, bench, follow(base), unknown)
    steps = len(base.printed[0])
    minutes = steps * 13.0 + 60.0 + 5.0
    assert visit == Visit(steps, 0, True, minutes, 2.0 * minutes + steps, 260.0)
    assert not visit.fixed_first_time


def test_a_false_alarm_costs_a_wrong_repair() -> None:
    """The first test is always wrong, the second right: the first cause is repaired in vain."""
    world, base, bench = one_tree()
    first, second = base.printed[0][:2]
    alarm = world.false_alarm.copy()
    alarm[world.component[base.fault[first]]] = 1.0
    noisy = replace(world, false_alarm=alarm)
    fault = int(base.fault[second])
    truth = VehicleTruth(noisy, base, (fault,), number=0, wrong_answers=0.0)
    visit = play(truth, bench, follow(base), unknown)
    minutes = 2 * 13.0 + 2 * 5.0 + 30.0
    assert visit == Visit(2, 1, False, minutes, 2.0 * minutes + 2.0 + 200.0 + 100.0, 260.0)
    assert not visit.fixed_first_time


def test_two_faults_of_a_tree_are_found_one_after_the_other() -> None:
    world, base, bench = one_tree()
    faults = tuple(int(base.fault[row]) for row in base.printed[0][:2])
    truth = VehicleTruth(world, base, faults, number=0, wrong_answers=0.0)
    visit = play(truth, bench, follow(base), unknown)
    assert (visit.tests, visit.wrong_repairs, visit.needed_cny) == (2, 0, 520.0)
    assert visit.fixed_first_time


def test_a_policy_that_never_ends_or_repeats_itself_is_told() -> None:
    world, base, bench = one_tree()
    fault = int(base.fault[base.printed[0][1]])
    other = int(base.printed[0][0])

    def stuck(_: Problem, state: State) -> Action:
        return Action("repair", other)

    def endless(_: Problem, state: State) -> Action:
        return Action("test", 0)

    for policy, message in ((stuck, "in vain"), (endless, "did not end")):
        truth = VehicleTruth(world, base, (fault,), number=0, wrong_answers=0.0)
        with pytest.raises(RuntimeError, match=message):
            play(truth, bench, policy, unknown)


def test_a_test_shows_the_same_until_a_repair_changes_the_vehicle() -> None:
    world, base = small_world(), small_base()
    row = base.printed[0][0]
    fault = int(base.fault[row])
    test = int(base.test_of[row])
    for number in range(50):
        truth = VehicleTruth(world, base, (fault,), number=number, wrong_answers=0.0)
        shown = {truth.answer(test) for _ in range(4)}
        assert len(shown) == 1


def test_answers_come_as_often_as_the_world_and_the_rate_say() -> None:
    """P(bad) = s (1 - e) + (1 - s) e for a test that shows the fault with s, answers wrong by e."""
    world, base = small_world(), small_base()
    row = base.printed[0][0]
    fault, test = int(base.fault[row]), int(base.test_of[row])
    s = float(world.sensitivity[fault])
    for rate in (0.0, 0.2):
        bad = np.mean([
            VehicleTruth(world, base, (fault,), number=n, wrong_answers=rate).answer(test) == BAD
            for n in range(3000)
        ])  # fmt: skip
        wanted = s * (1 - rate) + (1 - s) * rate
        assert bad == pytest.approx(wanted, abs=4 * np.sqrt(wanted * (1 - wanted) / 3000))


def test_a_wrong_answer_is_a_slip_on_the_same_vehicle() -> None:
    world, base = small_world(), small_base()
    fault, test = int(base.fault[0]), int(base.test_of[0])
    right = [VehicleTruth(world, base, (fault,), number=n, wrong_answers=0.0).answer(test)
             for n in range(2000)]  # fmt: skip
    slips = [VehicleTruth(world, base, (fault,), number=n, wrong_answers=0.1).answer(test)
             for n in range(2000)]  # fmt: skip
    assert np.mean(np.array(right) != slips) == pytest.approx(0.1, abs=0.03)


def test_the_symptom_shows_while_there_is_a_fault() -> None:
    world, base = small_world(), small_base()
    look = len(base.knowledge.tests)
    truth = VehicleTruth(world, base, (int(base.fault[0]),), number=0, wrong_answers=0.0)
    assert truth.outcome_chance(look).tolist() == pytest.approx([SYMPTOM_SHOWS, 1 - SYMPTOM_SHOWS])
    truth.repair(0)
    assert not truth.faults
    assert truth.answer(look) == 1


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.05, 0.3]), st.integers(1, 2))
def test_every_vehicle_ends_fixed_and_nothing_is_lost(seed: int, rate: float, many: int) -> None:
    """Whatever is answered, the visit ends with no fault left; all needed repairs are paid once."""
    world, base = small_world(), small_base()
    bench = make_bench(base.knowledge, PRICES)
    rng = np.random.default_rng(seed)
    tree = int(rng.integers(world.trees))
    rows = world.faults_of(tree)
    faults = tuple(int(f) for f in rng.permutation(np.arange(rows.start, rows.stop))[:many])
    truth = VehicleTruth(world, base, faults, number=seed, wrong_answers=rate)

    def believe(_: frozenset[int]) -> Problem:
        n = bench.workshop.hypotheses
        return Problem(bench.workshop, np.full(n, 1.0 / n))

    visit = play(truth, bench, follow(base, tree), believe)
    assert not truth.faults
    needed = sum(float(world.repair_min[f]) * 2.0 + float(world.parts_cny[f]) for f in faults)
    assert visit.needed_cny == pytest.approx(needed)
    assert visit.finding_cny >= visit.finding_min * 2.0 - 1e-9
    assert visit.tests <= len(base.printed[tree])


def test_the_printed_order_is_a_policy_of_the_answers() -> None:
    _, base, _ = one_tree()
    policy, rows = follow(base), base.printed[0]
    tests = [int(base.test_of[row]) for row in rows]
    problem = unknown(frozenset())
    state = State()
    assert policy(problem, state) == Action("test", tests[0])
    state = state.answered(tests[0], OK)
    assert policy(problem, state) == Action("test", tests[1])
    state = state.answered(tests[1], BAD)
    assert policy(problem, state) == Action("repair", rows[1])
    state = state.repaired_in_vain(rows[1])
    assert policy(problem, state) == Action("test", tests[2])
    for test in tests[2:]:
        state = state.answered(test, OK)
    assert policy(problem, state) == GIVE_UP
