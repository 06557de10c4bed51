"""Ratios and tests against published figures, scipy and plain sums."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from scipy.stats.contingency import relative_risk

from tingzhen.diagnosis.patterns.risk_ratio import (
    Tables,
    breslow_day,
    cmh_z,
    crude_lift,
    design_effect,
    joined,
    mantel_haenszel_lift,
    tabulate,
    upper_tail,
)

# Better or not, active drug against placebo, women and men: the migraine example of the SAS/STAT
# User's Guide, PROC FREQ, "Cochran-Mantel-Haenszel Statistics".
MIGRAINE = Tables(*(np.array(x, dtype=float) for x in ([16, 12], [27, 28], [5, 7], [25, 26])))

counts = st.integers(1, 60)


def one(a: int, b: int, c: int, d: int) -> Tables:
    return Tables(*(np.array([float(x)]) for x in (a, a + b, c, c + d)))


def test_the_published_example() -> None:
    lift = mantel_haenszel_lift(MIGRAINE)
    assert (lift.ratio, lift.low, lift.high) == pytest.approx((2.1636, 1.2336, 3.7948), abs=5e-5)
    assert cmh_z(MIGRAINE) ** 2 == pytest.approx(8.3052, abs=5e-5)
    # Tarone's correction takes 1.4929 to 1.4905, whose p-value is 0.2221.
    assert breslow_day(MIGRAINE) == pytest.approx(0.2221, abs=1e-4)


@given(counts, counts, counts, counts)
def test_one_table_is_as_scipy_has_it(a: int, b: int, c: int, d: int) -> None:
    tables = one(a, b, c, d)
    theirs = relative_risk(a, a + b, c, c + d)
    low, high = theirs.confidence_interval(0.95)
    lift = crude_lift(tables)
    assert (lift.ratio, lift.low, lift.high) == pytest.approx(
        (theirs.relative_risk, low, high), rel=1e-9
    )
    pearson = chi2_contingency([[a, b], [c, d]], correction=False).statistic
    n = a + b + c + d
    assert cmh_z(tables) ** 2 == pytest.approx(pearson * (n - 1) / n, rel=1e-9, abs=1e-9)
    # One stratum: nothing to adjust for.
    assert mantel_haenszel_lift(tables).ratio == pytest.approx(lift.ratio)


@given(st.lists(st.tuples(counts, counts, counts, counts), min_size=2, max_size=6))
def test_strata_against_plain_sums(rows: list[tuple[int, int, int, int]]) -> None:
    upper = sum(a * (c + d) / (a + b + c + d) for a, b, c, d in rows)
    lower = sum(c * (a + b) / (a + b + c + d) for a, b, c, d in rows)
    tables = joined([one(*row) for row in rows])
    assert mantel_haenszel_lift(tables).ratio == pytest.approx(upper / lower)
    assert crude_lift(tables).inside_faults == sum(row[0] for row in rows)


def test_equal_ratios_in_all_strata_are_the_common_one() -> None:
    """Twice as likely in each of two strata whose sizes and base rates differ: crude, it is not."""
    tables = joined([one(20, 80, 100, 900), one(400, 600, 20, 80)])
    assert mantel_haenszel_lift(tables).ratio == pytest.approx(2.0)
    assert crude_lift(tables).ratio > 3.0


def test_a_simpson_reversal_goes_away_within_strata() -> None:
    """Charig et al. 1986, BMJ 292: 879: the treatment that looks worse is the better one."""
    small, large = one(81, 6, 234, 36), one(192, 71, 55, 25)
    assert crude_lift(joined([small, large])).ratio < 1 < mantel_haenszel_lift(
        joined([small, large])
    ).ratio  # fmt: skip


def test_breslow_day_sees_strata_that_differ() -> None:
    alike = joined([one(40, 160, 40, 360), one(80, 320, 40, 360)])
    apart = joined([one(80, 120, 40, 360), one(40, 360, 80, 320)])
    assert breslow_day(alike) > 0.3
    assert breslow_day(apart) < 1e-6


def test_undefined_ratios_are_not_numbers() -> None:
    nothing = Tables(*(np.array([0.0]) for _ in range(4)))
    for tables in (nothing, one(0, 5, 3, 7), one(3, 7, 0, 5)):
        assert not crude_lift(tables).is_number
        assert not mantel_haenszel_lift(tables).is_number
    assert cmh_z(nothing) == 0.0
    assert math.isnan(breslow_day(nothing))


def test_tabulate_counts_each_stratum() -> None:
    fault = np.array([True, False, True, True, False])
    inside = np.array([True, True, False, False, False])
    tables = tabulate(fault, inside, np.array([7, 7, 7, -1, -1]))
    assert tables.inside_faults.tolist() == [0, 1]
    assert tables.inside_cases.tolist() == [0, 2]
    assert tables.outside_faults.tolist() == [1, 1]
    assert tables.outside_cases.tolist() == [2, 1]


def test_cases_that_repeat_within_a_vehicle_widen_the_interval() -> None:
    """Every case told three times: three times the variance, that is what the vehicles know."""
    rng = np.random.default_rng(1)
    fault, inside = rng.random(500) < 0.2, rng.random(500) < 0.4
    vehicle = np.arange(500)
    tripled = [np.tile(x, 3) for x in (fault, inside, vehicle)]
    assert design_effect(fault, inside, vehicle) == pytest.approx(1.0)
    assert design_effect(*tripled) == pytest.approx(3.0)
    once = crude_lift(tabulate(fault, inside))
    thrice = crude_lift(tabulate(*tripled[:2]), design_effect=3.0)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_upper_tail_of_the_normal_distribution() -> None:
    assert upper_tail(1.6448536269514722) == pytest.approx(0.05)
