"""From cases to confirmed patterns: planted truths, traps, chance, order, time, vehicles."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.diagnosis.patterns.fleets import (
    FAULT,
    cold_and_damp,
    flat,
    fleet,
    reordered,
    shuffled,
)
from tingzhen.diagnosis.cases import CaseColumns, Category
from tingzhen.diagnosis.patterns import Part, Patterns, closed_cases, find_patterns
from tingzhen.diagnosis.patterns._candidates import Candidate
from tingzhen.diagnosis.patterns._decide import judge_fault
from tingzhen.diagnosis.patterns._held_out import Half
from tingzhen.diagnosis.patterns.planted import score, simulate_history
from tingzhen.diagnosis.patterns.planted.simulated_cases import FAST_MODEL

COLD, DAMP = Part("ambient_c", high=5.0), Part("humidity_pct", low=80.0)


@pytest.fixture(scope="module")
def cold() -> tuple[CaseColumns, Patterns]:
    cases = fleet(cold_and_damp)
    return cases, find_patterns(cases)


def is_model(cases: CaseColumns, model: str) -> np.ndarray:
    return np.asarray(cases.model.codes == cases.model.code(model))


def test_the_planted_pair_is_confirmed_with_its_lift(cold: tuple[CaseColumns, Patterns]) -> None:
    confirmed = [p for p in cold[1].confirmed if p.fault == FAULT]
    assert [p.condition for p in confirmed] == [(COLD, DAMP)]
    pattern = confirmed[0]
    assert pattern.lift.low <= 6.4 <= pattern.lift.high
    assert pattern.q < 0.05
    assert pattern.found_by == 2
    assert all(lift.low > 1 for lift in pattern.over_member.values())
    assert pattern.compared_within == ("model", "year", "mileage_km", "season", "region")


def test_the_counts_are_those_of_the_cases(cold: tuple[CaseColumns, Patterns]) -> None:
    """Both halves found the same bounds, so together they judge on all cases, counted by hand."""
    cases, patterns = cold
    inside = (cases.ambient_c < 5) & (cases.humidity_pct >= 80)
    crude = patterns.confirmed[0].crude
    assert crude.inside_cases == inside.sum()
    assert crude.inside_faults == (inside & (cases.fault.codes == 0)).sum()
    assert crude.outside_cases == (~inside).sum()


def test_the_order_of_the_cases_does_not_matter(cold: tuple[CaseColumns, Patterns]) -> None:
    cases, patterns = cold
    order = np.random.default_rng(1).permutation(len(cases))
    assert find_patterns(reordered(cases, order)) == patterns


def test_faults_dealt_out_anew_show_nothing(cold: tuple[CaseColumns, Patterns]) -> None:
    """Two deals of two faults: at q = 0.05 one of twenty may show something, not both."""
    found = [find_patterns(shuffled(cold[0], seed)).confirmed for seed in range(2)]
    assert sum(bool(confirmed) for confirmed in found) <= 1


def test_what_goes_along_with_a_model_is_explained_by_it() -> None:
    """The fast model has the fault three times as often, at any speed: speed is no cause."""
    patterns = find_patterns(fleet(lambda cases: np.where(is_model(cases, FAST_MODEL), 0.18, 0.05)))
    of_fault = [p for p in patterns.confirmed if p.fault == FAULT]
    assert [p.condition for p in of_fault] == [(Part("model", FAST_MODEL),)]
    speed = [p for p in patterns.explained if p.condition[0].attribute == "speed_kmh"]
    assert [p.explained_by for p in speed] == ["model"]
    assert speed[0].crude.low > 1.2
    assert speed[0].within["model"].low < 1 < speed[0].within["model"].high


def test_a_pattern_of_one_half_of_the_period_is_not_confirmed() -> None:
    def rates(cases: CaseColumns) -> np.ndarray:
        early = cases.opened_on < np.datetime64("2023-03-01")
        return np.where(early & (cases.speed_kmh >= 70), 0.25, 0.05)

    patterns = find_patterns(fleet(rates))
    assert not [p for p in patterns.confirmed if p.condition[0].attribute == "speed_kmh"]
    assert "not_over_time" in {p.doubt for p in patterns.not_confirmed}


def test_a_vehicle_with_all_its_cases_is_in_one_half() -> None:
    closed = closed_cases(fleet(flat, count=2000))
    first, second = ({*closed.vehicle[rows].tolist()} for rows in closed.halves)
    assert not first & second
    assert 0.4 < len(first) / len(first | second) < 0.6


def test_cases_without_a_vehicle_are_vehicles_of_their_own() -> None:
    cases = fleet(flat, count=500)
    nobody = Category(np.full(500, -1, dtype=np.int32), ())
    closed = closed_cases(replace(cases, vehicle_key=nobody))
    assert len(set(closed.vehicle.tolist())) == 500


def test_open_cases_are_not_counted_and_early_ones_can_be_left_out() -> None:
    cases = fleet(flat, count=2000)
    codes = cases.fault.codes.copy()
    codes[:300] = -1
    told_none = np.zeros(2000, dtype=bool)
    told_none[:100] = True
    cases = replace(
        cases, fault=Category(codes, cases.fault.names), none_of_these=told_none
    )  # fmt: skip
    population = find_patterns(cases, faults=()).population
    assert (population.cases, population.open_cases) == (1800, 200)
    late = find_patterns(cases, faults=(), since=date(2023, 6, 1)).population
    assert late.first is not None and late.first >= date(2023, 6, 1)
    assert late.cases < 1800


@pytest.mark.parametrize("count", [0, 1, 40])
def test_few_cases_give_no_patterns_and_no_error(count: int) -> None:
    patterns = find_patterns(fleet(flat, count=max(count, 2)) if count else empty())
    assert patterns.confirmed == patterns.explained == patterns.not_confirmed == ()


def empty() -> CaseColumns:
    return reordered(fleet(flat, count=2), np.zeros(0, dtype=np.intp))


def test_only_the_faults_that_are_asked_for() -> None:
    cases = fleet(flat, count=2000)
    told: list[tuple[int, int]] = []
    patterns = find_patterns(
        cases, faults=[FAULT], progress=lambda done, total: told.append((done, total))
    )
    assert patterns.population.searched == (FAULT,)
    assert told == [(1, 1)]


def test_trouble_codes_can_be_conditions() -> None:
    cases = fleet(flat, count=6000)
    coded = cases.fault.codes == 0
    codes = [["P0A3F"] if (has and row % 2) or row % 13 == 0 else [] for row, has in
             enumerate(coded)]  # fmt: skip
    confirmed = find_patterns(cases, codes=codes, faults=[FAULT]).confirmed
    assert [p.condition for p in confirmed] == [(Part("code", "P0A3F"),)]


@pytest.mark.long
def test_three_histories_with_planted_truths() -> None:
    """The large measurement is benchmarks/patterns.py; here that nothing fell apart."""
    shares: list[float] = []
    false = reported = 0
    for seed in (501, 502, 503):
        history = simulate_history(seed, null_faults=8)
        result = score(history, find_patterns(history.cases))
        shares.append(float(np.mean([truth.found for truth in result.truths])))
        false += len(result.false)
        reported += result.reported
        assert result.trapped == ()
        assert result.explained >= 3
    assert np.mean(shares) >= 0.9
    assert false <= 0.1 * reported


@pytest.mark.slow
def test_a_history_with_planted_truths() -> None:
    history = simulate_history(501, null_faults=8)
    result = score(history, find_patterns(history.cases))
    assert np.mean([truth.found for truth in result.truths]) >= 0.9
    assert len(result.false) <= 0.1 * result.reported
    assert result.trapped == ()


def test_a_part_that_adds_nothing_is_left_out_of_a_pair() -> None:
    closed = closed_cases(
        fleet(lambda cases: np.where(is_model(cases, FAST_MODEL), 0.25, 0.05), count=6000)
    )
    halves = tuple(
        Half.of(closed.attributes.take(rows), closed.vehicle[rows], closed.day[rows])
        for rows in closed.halves
    )
    faults = tuple(closed.has(FAULT)[rows] for rows in closed.halves)
    pair = (Part("mileage_km", low=20_000.0), Part("model", FAST_MODEL))
    candidate = Candidate(pair, ((1, pair),))
    judged = judge_fault(halves, FAULT, faults, [candidate], [])  # type: ignore[arg-type]
    assert [c.condition for c, _ in judged.proposed] == [(Part("model", FAST_MODEL),)]
    assert judged.proposed[0][1].lift.low > 2
