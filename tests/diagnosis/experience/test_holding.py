"""How far conditions hold: each kind by itself, unknown values, soft noises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnosis.examples import HEARD_NOTHING, SEEN_NOTHING, heard, seen, shipped
from tests.diagnosis.experience.rules import stated, unhurried
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.diagnosis import parse_circumstances
from tingzhen.diagnosis.experience import Situation
from tingzhen.diagnosis.experience.holding import holding, known
from tingzhen.diagnosis.experience.situation import typical_situations


def held(conditions, context=None, noise=HEARD_NOTHING, damage=SEEN_NOTHING):
    situation = Situation(noise, damage, parse_circumstances(context or {}))
    return holding(stated(conditions=conditions).rule.conditions, known(shipped(), situation))


@unhurried
@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_noise_counts_with_its_probability_and_of_several_the_most_probable(squeal, whine):
    noise = heard(squeal=squeal, whine=whine)
    assert held({"noises": ["squeal"]}, noise=noise) == pytest.approx(squeal)
    both = held({"noises": ["squeal", "whine"]}, noise=noise)
    assert both == pytest.approx(max(squeal, whine))


def test_what_was_learned_from_synthetic_sound_counts_less():
    noise = heard(squeal=0.9)
    shrunk = type(noise)(noise.verdict, noise.types,
                         provenance=dict.fromkeys(NOISE_TYPES, "synthetic"))  # fmt: skip
    assert (
        held({"noises": ["squeal"]}, noise=shrunk) < 0.6 < held({"noises": ["squeal"]}, noise=noise)
    )


def test_the_owners_words_for_a_noise_stand_in_for_it_and_sharpen_it():
    said = {"complaint": "早上吱吱响"}
    alone = held({"noises": ["squeal"]}, said)
    assert 0.1 < alone < 0.8
    heard_only = held({"noises": ["squeal"]}, noise=heard(squeal=0.5))
    assert held({"noises": ["squeal"]}, said, noise=heard(squeal=0.5)) > heard_only
    assert held({"noises": ["squeal"]}, {"complaint": "没有吱吱声"}) == 0.0


def test_a_sound_that_cannot_be_judged_holds_nothing():
    assert held({"noises": ["squeal"]}, noise=heard("cannot_tell", squeal=0.9)) == 0.0
    assert held({"noises": ["squeal"]}) == 0.0
    assert held({"damages": ["dent"]}, damage=seen("cannot_tell", dent=0.9)) == 0.0


@pytest.mark.parametrize(
    ("conditions", "fits", "fits_not"),
    [
        ({"codes": ["P03??"]}, {"codes": ["P0301"]}, {"codes": ["P0420"]}),
        ({"words": ["下雨天响"]}, {"complaint": "下雨天响"}, {"complaint": "晴天响"}),
        ({"words": ["rain"]}, {"complaint": "In the RAIN"}, {"complaint": "by train"}),
        ({"when": ["braking"]}, {"when": ["braking"]}, {"when": ["bumps"]}),
        ({"when": ["braking"]}, {"complaint": "刹车时响"}, {"complaint": "响"}),
        ({"when": ["braking", "bumps"]}, {"when": ["bumps"]}, {"when": ["parked"]}),
        ({"when": ["braking"]}, {"when": ["always"]}, {}),
        ({"make": ["Example"]}, {"vehicle": {"make": " EXAMPLE "}}, {"vehicle": {"make": "Other"}}),
        ({"model": ["E7", "E8"]}, {"vehicle": {"model": "e8"}}, {}),
        ({"powertrain": ["diesel"]}, {"vehicle": {"powertrain": "diesel"}}, {}),
        ({"year": {"from": 2019, "to": 2020}}, {"vehicle": {"year": 2020}},
         {"vehicle": {"year": 2021}}),
        ({"ambient_c": {"below": 5}}, {"ambient_c": 4.9}, {"ambient_c": 5}),
        ({"humidity_pct": {"from": 80}}, {"humidity_pct": 80}, {}),
        ({"mileage_km": {"from": 1e5}}, {"vehicle": {"mileage_km": 1e5}}, {"vehicle": {}}),
        ({"speed_kmh": {"from": 20, "below": 60}}, {"speed_kmh": 20}, {"speed_kmh": 60}),
    ],
)  # fmt: skip
def test_each_kind_holds_where_it_fits_and_not_where_it_does_not_or_is_unknown(
    conditions, fits, fits_not
):
    given_noise = {"noises": ["squeal"]} | conditions
    noise = heard(squeal=0.9)
    assert held(given_noise, fits, noise) == pytest.approx(0.9)
    assert held(given_noise, fits_not, noise) == 0.0


def test_the_kinds_are_multiplied():
    found = held({"noises": ["squeal"], "damages": ["dent"]}, noise=heard(squeal=0.5),
                 damage=seen(dent=0.6))  # fmt: skip
    assert found == pytest.approx(0.3)


@pytest.mark.parametrize(
    "conditions",
    [
        {"noises": ["squeal", "whine"], "when": ["cold_start", "braking"]},
        {"damages": ["dent"], "ambient_c": {"from": -10, "below": 0}},
        {"codes": ["P03??"], "mileage_km": {"from": 2e5}, "powertrain": ["diesel"]},
        {"words": ["in the rain", "下雨天响"], "speed_kmh": {"below": 30}},
    ],
)
def test_typical_situations_are_such_in_which_the_conditions_hold(conditions):
    found = stated(conditions=conditions).rule.conditions
    situations = list(typical_situations(found))
    assert 1 <= len(situations) <= 8
    for situation in situations:
        assert holding(found, known(shipped(), situation)) >= 0.85
