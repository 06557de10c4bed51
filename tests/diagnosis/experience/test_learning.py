"""What a record makes of a rule's weight: bounds, order, and an independent integration."""

import math
import random
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from tests.diagnosis.experience.rules import unhurried
from tingzhen.diagnosis.experience.learning import (
    CAP,
    HALF_LIFE_DAYS,
    SMALLEST,
    Trial,
    claimed_log_odds,
    learn,
    shown_log_ratio,
)
from tingzhen.diagnosis.experience.rule import CLAIMED_PROBABILITY, ROLES, STRENGTHS, TRUST

TODAY = date(2026, 11, 27)
probabilities = st.floats(0.01, 0.99)
trials = st.builds(
    Trial,
    case_id=st.uuids().map(str),
    on=st.dates(date(2020, 1, 1), TODAY),
    held=st.floats(0.05, 1.0),
    expected=probabilities,
    right=st.booleans(),
)


def record(right: int, wrong: int, expected: float, held: float = 1.0) -> list[Trial]:
    return [Trial(f"c{i}", TODAY, held, expected, i < right) for i in range(right + wrong)]


def weight(found, strength="mostly", role="master", base=0.1, stated_on=TODAY):
    claimed = claimed_log_odds(CLAIMED_PROBABILITY[strength], base)
    return learn(found, trust=TRUST[role], claimed=claimed, stated_on=stated_on, today=TODAY)


def test_without_a_record_an_apprentice_says_little_and_a_master_more_but_not_all_he_claims():
    for strength in STRENGTHS:
        apprentice = math.exp(weight([], strength, "apprentice", base=0.1).log_ratio)
        master = math.exp(weight([], strength, "master", base=0.1).log_ratio)
        claimed = math.exp(claimed_log_odds(CLAIMED_PROBABILITY[strength], 0.1))
        assert 1.0 <= apprentice < 1.5 < master < claimed, strength


@pytest.mark.parametrize("role", ROLES)
def test_right_in_twenty_of_twenty_surprising_cases_outweighs_any_role(role):
    found = weight(record(20, 0, expected=0.1), "often", role)
    # Beta(1, 1) on "right" against 0.1: an estimate that knows nothing of the grid.
    estimate = (21 / 1) / (0.1 / 0.9)
    assert found.trust > 0.999
    assert math.exp(found.log_ratio) > 0.6 * min(CAP, estimate)
    assert found.log_ratio <= math.log(CAP)


@unhurried
@given(
    expected=st.floats(0.02, 0.6),
    strength=st.sampled_from(STRENGTHS),
    role=st.sampled_from(ROLES),
)
def test_wrong_in_ten_of_ten_moves_nothing(expected, strength, role):
    """Cases in which the base expects what it expects wherever the conditions hold."""
    assert weight(record(0, 10, expected), strength, role, base=expected).log_ratio == 0.0


@unhurried
@given(expected=st.floats(0.3, 0.97), role=st.sampled_from(ROLES))
def test_a_rule_that_says_the_obvious_gains_nothing(expected, role):
    """Right exactly as often as the base expects anyway, in forty cases."""
    right = round(40 * expected)
    obvious = weight(record(right, 40 - right, right / 40), "sometimes", role, base=expected)
    assert obvious.log_ratio < math.log(1.15)
    assert obvious.bayes_factor < 1.05


@unhurried
@given(st.lists(trials, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_confirmations_does_not_matter(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert weight(shuffled) == weight(found)


@unhurried
@given(
    st.lists(trials, max_size=60), st.sampled_from(STRENGTHS), st.sampled_from(ROLES),
    probabilities, st.dates(date(2015, 1, 1), TODAY),
)  # fmt: skip
def test_never_negative_never_above_the_cap(found, strength, role, base, stated_on):
    one = weight(found, strength, role, base, stated_on)
    assert one.log_ratio == 0.0 or SMALLEST <= one.log_ratio <= math.log(CAP) + 1e-9
    assert 0.0 <= one.trust <= 1.0
    assert 0.0 < one.fade <= 1.0
    assert one.right <= one.held + 1e-9


@unhurried
@given(st.lists(trials, max_size=20), probabilities, st.floats(0.2, 1.0))
def test_one_more_case_that_is_right_never_lowers_what_is_learned(found, expected, held):
    more = [*found, Trial("more", TODAY, held, expected, right=True)]
    less = [*found, Trial("more", TODAY, held, expected, right=False)]
    assert weight(less).learned <= weight(found).learned + 1e-9 <= weight(more).learned + 2e-9


def test_a_case_in_which_the_conditions_hardly_held_tells_hardly_anything():
    for right in (True, False):
        doubtful = [Trial("c", TODAY, 0.01, 0.2, right)]
        assert weight(doubtful).learned == pytest.approx(weight([]).learned, rel=0.1)


def test_half_of_the_weight_is_left_after_the_half_life_and_being_right_renews_it():
    long_ago = TODAY - timedelta(days=round(HALF_LIFE_DAYS))
    fresh, aged = weight([]), weight([], stated_on=long_ago)
    assert aged.fade == pytest.approx(0.5)
    assert aged.log_ratio == pytest.approx(fresh.log_ratio / 2)
    renewed = weight([Trial("c", TODAY, 1.0, 0.1, right=True)], stated_on=long_ago)
    assert renewed.fade == 1.0
    wrong = weight([Trial("c", TODAY, 1.0, 0.1, right=False)], stated_on=long_ago)
    assert wrong.fade == pytest.approx(0.5)


def test_what_is_learned_is_the_posterior_mean_by_adaptive_integration():
    """The grid against scipy's quadrature of the same model, written out anew."""
    found = [
        *record(6, 3, 0.15, held=0.8), *record(1, 2, 0.4, held=0.3), *record(2, 4, 0.05),
    ]  # fmt: skip
    base, top = 0.2, math.log(CAP)
    claimed = math.log(0.8 / 0.2) - math.log(base / (1 - base))
    normal = stats.truncnorm(-3.0, (top - claimed) / (claimed / 3), claimed, claimed / 3)

    def likelihood(theta):
        total = 1.0
        for trial in found:
            odds = trial.expected / (1 - trial.expected)
            chance = special.expit(math.log(odds * (1 + trial.held * (math.exp(theta) - 1))))
            total *= chance if trial.right else 1 - chance
        return total

    def slab(theta):
        return (0.95 * normal.pdf(theta) + 0.05 / top) * likelihood(theta)

    evidence = integrate.quad(slab, 0, top)[0]
    mean = integrate.quad(lambda t: t * slab(t), 0, top)[0]
    spike = (1 - TRUST["master"]) * likelihood(0.0)
    slab_all = TRUST["master"] * evidence
    one = weight(found, base=base)
    assert one.bayes_factor == pytest.approx(evidence / likelihood(0.0), rel=0.02)
    assert one.trust == pytest.approx(slab_all / (slab_all + spike), rel=0.01)
    assert one.learned == pytest.approx(TRUST["master"] * mean / (slab_all + spike), rel=0.01)


def test_the_bayes_factor_is_the_sum_of_the_gains_in_log_score_case_by_case():
    """Whoever predicts each case with what the cases before taught gains exactly this."""
    found = record(5, 5, 0.3, held=0.7)
    random.Random(3).shuffle(found)
    found = [Trial(f"{i:02}", t.on, t.held, t.expected, t.right) for i, t in enumerate(found)]
    factors = [weight(found[:n]).bayes_factor for n in range(len(found) + 1)]
    gains = np.diff(np.log(factors))
    assert factors[0] == pytest.approx(1.0)
    assert gains.sum() == pytest.approx(math.log(factors[-1]))
    assert gains.max() > 0.0 > gains.min()


@unhurried
@given(st.floats(0.0, math.log(CAP)), st.floats(0.0, 1.0))
def test_a_doubtful_condition_says_less(log_ratio, held):
    assert 0.0 <= shown_log_ratio(log_ratio, held) <= log_ratio + 1e-9
    assert shown_log_ratio(log_ratio, 1.0) == pytest.approx(log_ratio)
