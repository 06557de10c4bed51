"""Shares from experts and counts: ten cases do not overturn an expert, ten thousand do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import dirichlet

from tingzhen.diagnosis.cases.shrinkage import Cell, shrink

# A is three times as common as B by the expert, among ten faults.
EXPERT = np.array([3.0, 1.0, *[0.75] * 8]) / 10.0
A, B = 0, 1
ONES = np.ones(len(EXPERT))


def only(fault: int, many: float) -> NDArray[np.float64]:
    counts = np.zeros(len(EXPERT))
    counts[fault] = many
    return counts


def everywhere_at_once(many: float) -> NDArray[np.float64]:
    """The share when the same cases are all of one model, year, mileage, season and region."""
    counts = only(B, many)
    cells = [Cell(counts, ONES, 0 * counts, weight) for weight in (0.5, 0.5, 1.0, 1.0)]
    return shrink(EXPERT, counts, counts, cells).share


def test_ten_orders_do_not_overturn_an_expert() -> None:
    assert shrink(EXPERT, only(B, 10), None).share[A] > shrink(EXPERT, only(B, 10), None).share[B]
    share = everywhere_at_once(10)
    assert share[A] > share[B]
    # Not even when they stand in every cell at once: they are counted once.
    np.testing.assert_allclose(share, shrink(EXPERT, only(B, 10), None).share)


def test_ten_thousand_do() -> None:
    share = shrink(EXPERT, only(B, 10_000), None).share
    assert share[B] > 0.9
    assert everywhere_at_once(10_000)[B] > 0.9


def test_without_cases_the_expert_is_kept() -> None:
    none = np.zeros(len(EXPERT))
    share = shrink(EXPERT, none, none, [Cell(none, ONES)]).share
    np.testing.assert_allclose(share, EXPERT)


def test_a_model_differs_only_as_far_as_its_own_cases_say() -> None:
    everywhere = 10_000 * EXPERT + only(B, 300)
    share = shrink(EXPERT, everywhere, only(B, 300)).share
    fleet = shrink(EXPERT, everywhere - only(B, 300), None).share
    expected = (200 * fleet + only(B, 300)) / 500  # 20 for each of ten faults
    np.testing.assert_allclose(share, expected)


def test_a_thin_cell_falls_back_on_its_model() -> None:
    model = 5_000 * EXPERT
    alone = shrink(EXPERT, model, model).share
    thin = shrink(EXPERT, model, model, [Cell(only(B, 2), ONES)]).share
    thick = shrink(EXPERT, model + only(B, 2000), model + only(B, 2000),
                   [Cell(only(B, 2000), ONES)]).share  # fmt: skip
    assert abs(thin[B] / alone[B] - 1.0) < 0.15
    assert thick[B] > 0.8


def test_a_model_without_cases_takes_a_season_from_the_other_models() -> None:
    winter, summer = 5_000 * EXPERT + only(B, 5_000), 5_000 * EXPERT
    none = np.zeros(len(EXPERT))
    plain = shrink(EXPERT, winter + summer, none).share
    cold = shrink(EXPERT, winter + summer, none, [Cell(none, ONES, winter)]).share
    warm = shrink(EXPERT, winter + summer, none, [Cell(none, ONES, summer)]).share
    assert warm[B] < plain[B] < cold[B]
    np.testing.assert_allclose(cold[B], winter[B] / winter.sum(), rtol=0.05)


def test_what_the_base_says_of_a_cell_is_not_said_twice() -> None:
    """Where the cases of a cell are as the base's own ratio has it, nothing is left to add."""
    stated = ONES.copy()
    stated[B] = 4.0
    inside = EXPERT * stated / (EXPERT * stated).sum() * 1e6
    rest = EXPERT * 1e6
    share = shrink(EXPERT, rest + inside, rest + inside, [Cell(inside, stated)]).share
    told = share * stated / (share * stated).sum()
    np.testing.assert_allclose(told[B], inside[B] / inside.sum(), rtol=0.01)


def test_a_fault_that_cannot_be_stays_out() -> None:
    expert = np.array([0.0, 0.5, 0.5])
    shares = shrink(expert, np.array([50.0, 0.0, 0.0]), None)
    assert shares.share.tolist() == [0.0, 0.5, 0.5]


def test_the_interval_is_that_of_the_dirichlet() -> None:
    """Against draws from the posterior, made by another library."""
    counts = np.array([40.0, 5.0, *[10.0] * 8])
    shares = shrink(EXPERT, counts, None)
    draws = dirichlet(200 * EXPERT + counts, seed=1).rvs(40_000)
    low, high = shares.interval()
    np.testing.assert_allclose(low, np.quantile(draws, 0.025, axis=0), atol=0.002)
    np.testing.assert_allclose(high, np.quantile(draws, 0.975, axis=0), atol=0.002)


numbers = st.lists(st.integers(0, 5_000), min_size=10, max_size=10).map(np.array)


@given(numbers, numbers, numbers, st.floats(0.5, 100.0))
def test_shares_are_a_distribution_and_grow_with_the_cases(
    rest: NDArray[np.float64], model: NDArray[np.float64], part: NDArray[np.float64], pseudo: float
) -> None:
    inside = np.minimum(part, model)
    share = shrink(EXPERT, rest + model, model, [Cell(inside, ONES)], pseudo).share
    assert share.sum() == pytest.approx(1.0)
    assert (share > 0.0).all()
    more = only(B, 100)
    grown = shrink(EXPERT, rest + model + more, model + more, [Cell(inside + more, ONES)], pseudo)
    assert grown.share[B] >= share[B] - 1e-12
