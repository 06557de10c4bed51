"""Reports and work orders of simulated vehicles."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.simulated_workshop.worlds import small_world
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import parse_circumstances
from tingzhen.diagnosis.simulated_workshop import USUAL, Fleet, Report, Reports, simulated_orders
from tingzhen.diagnosis.simulated_workshop.findings import draw_scores


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    vehicles = next(Fleet(small_world()).blocks(600, 0))
    of = Reports(small_world(), shipped().word_meanings, symptom_checked=False)
    return list(of.of(vehicles, np.random.default_rng(2)))


def test_scores_are_calibrated() -> None:
    """Among the scores near s, the noise is there in a share s, at the base rate they state."""
    rng = np.random.default_rng(3)
    there = rng.random(400_000) < USUAL.noise_base_rate
    score = draw_scores(there, USUAL, rng)
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = (score >= low) & (score < low + 0.2)
        assert there[here].mean() == pytest.approx(score[here].mean(), abs=0.02)
    # Two normals d' apart: the area under ROC is Phi(d' / sqrt 2).
    better = (rng.choice(score[there], 100_000) > rng.choice(score[~there], 100_000)).mean()
    assert better == pytest.approx(NormalDist().cdf(USUAL.hearing / 2**0.5), abs=0.02)


def test_a_recogniser_with_nothing_to_tell_gives_the_base_rate() -> None:
    deaf = replace(USUAL, hearing=0.0)
    score = draw_scores(np.array([True, False]), deaf, np.random.default_rng(1))
    assert score.tolist() == [USUAL.noise_base_rate] * 2


def test_reports_pass_the_border_of_a_context(reports: list[Report]) -> None:
    for report in reports[:100]:
        said = report.circumstances
        assert parse_circumstances(said.model_dump()) == said


def test_the_clip_is_there_as_often_as_assumed(reports: list[Report]) -> None:
    without = np.mean([r.noise.verdict == "no_audio" for r in reports])
    assert without == pytest.approx(1.0 - USUAL.clip_share, abs=0.05)
    assert all(len(r.noise.types) in (0, 14) for r in reports)


def test_orders_repeat_for_a_seed_and_differ_from_each_other() -> None:
    once = list(simulated_orders(small_world(), shipped().word_meanings, 200))
    again = list(simulated_orders(small_world(), shipped().word_meanings, 200))
    assert once == again
    assert len({order.id for order in once}) == len({o.vehicle_key for o in once}) == 200


def test_the_first_orders_are_the_same_whatever_the_number() -> None:
    few = list(simulated_orders(small_world(), shipped().word_meanings, 5))
    more = list(simulated_orders(small_world(), shipped().word_meanings, 50))
    assert more[:5] == few


def test_orders_name_the_fault_or_say_none_of_these() -> None:
    world = small_world()
    orders = list(simulated_orders(world, shipped().word_meanings, 1200))
    truth = next(Fleet(world).blocks(1200, 0)).fault
    named = [order for order in orders if order.fault is not None]
    assert all((order.fault is None) == order.none_of_these for order in orders)
    assert all(o.id.startswith("SIM-") and set(o.noises) <= set(FAULT_NOISES) for o in orders)
    wrong = np.mean([order.fault != f"f{f}" for order, f in zip(orders, truth, strict=True)
                     if order.fault is not None])  # fmt: skip
    assert wrong == pytest.approx(USUAL.misfiled_share, abs=0.02)
    assert len(named) == np.count_nonzero(world.known[truth])
