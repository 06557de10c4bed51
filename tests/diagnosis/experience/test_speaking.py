"""What experience does to a diagnosis: causes, evidence, and never a softer drive advice."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.diagnosis.examples import SEEN_NOTHING, SOUND_NORMAL, heard, shipped
from tests.diagnosis.experience.rules import TODAY, linked, record, stated, unhurried
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import diagnose, parse_circumstances, weigh
from tingzhen.diagnosis.experience import Link, Situation, learned_observations, weight_of
from tingzhen.diagnosis.experience.expected import (
    expectations,
    expected_of_conditions,
    looked_at,
)
from tingzhen.diagnosis.experience.learning import CAP
from tingzhen.diagnosis.experience.rule import LookAt

STRICTNESS = ("ok", "unknown", "soon", "stop")
COLD = {"when": ["cold_start"]}


def situation(context=None, noise=None):
    return Situation(
        noise or heard(squeal=0.97), SEEN_NOTHING, parse_circumstances(context or COLD)
    )


def learned(links, where=None):
    return learned_observations(shipped(), links, where or situation(), TODAY)


def posterior(fault, observed, where=None):
    where = where or situation()
    group = weigh(
        shipped(), where.noise, where.damage, where.circumstances, learned=observed
    ).mechanical
    rows = [shipped().faults[row].id for row in group.rows]
    return float(group.posterior[rows.index(fault)]), group.nothing


def odds(fault, observed):
    """Against "nothing wrong"."""
    of_fault, nothing = posterior(fault, observed)
    return of_fault / nothing


def test_without_rules_nothing_is_learned():
    assert learned([]) == []


def test_a_rule_raises_its_cause_and_shows_who_says_so_and_since_when():
    where = situation()
    (one,) = learned([linked(record(20, 0))])
    with_it = diagnose(shipped(), where.noise, where.damage, where.circumstances, learned=[one])
    before, _ = posterior("alternator_bearing", [])
    cause = next(c for c in with_it.causes if c.fault == "alternator_bearing")
    assert cause.probability > 5.0 * before
    (evidence,) = [e for e in cause.evidence if e.kind == "experience"]
    for text in (evidence.text.zh, evidence.text.en):
        assert all(word in text for word in ("t017", "2026-11-02", "20.0"))
    assert "师傅" in evidence.text.zh
    assert "master" in evidence.text.en


def test_an_apprentice_without_a_record_moves_the_posterior_little():
    before, _ = posterior("alternator_bearing", [])
    after, _ = posterior("alternator_bearing", learned([linked(role="apprentice")]))
    assert 0.0 <= after - before < 0.05


def test_right_in_twenty_surprising_cases_moves_the_odds_by_its_estimate():
    """With every weight of the record as a likelihood ratio: the odds of the fault alone against
    nothing wrong are multiplied by exactly it, where its conditions hold for sure."""
    conditions = {"codes": ["P0562"], "when": ["cold_start"]}
    link = linked(record(20, 0), conditions=conditions)
    where = situation({"codes": ["P0562"], **COLD})
    (one,) = learned([link], where)
    row = next(i for i, f in enumerate(shipped().faults) if f.id == "alternator_bearing")
    estimate = weight_of(shipped(), link, TODAY).log_ratio
    assert one.log_ratio[row] == pytest.approx(estimate)
    assert np.count_nonzero(one.log_ratio) == 1
    assert np.exp(estimate) > 20.0
    before, nothing_before = posterior("alternator_bearing", [], where)
    after, nothing_after = posterior("alternator_bearing", [one], where)
    gain = np.log(after / nothing_after) - np.log(before / nothing_before)
    assert 0.8 * estimate < gain <= estimate + 1e-9


def test_wrong_in_ten_of_ten_moves_nothing():
    assert learned([linked(record(0, 10, expected=0.3))]) == []


def test_a_retired_rule_says_nothing():
    assert learned([replace(linked(record(20, 0)), retired=True)]) == []


def test_conditions_that_do_not_hold_say_nothing():
    assert learned([linked(record(20, 0))], situation({"when": ["braking"]})) == []


def test_a_noise_that_is_less_sure_says_less():
    ratios = []
    for score in (0.3, 0.6, 0.97):
        found = learned([linked(record(20, 0))], situation(noise=heard(squeal=score)))
        ratios.append(found[0].log_ratio.max())
    assert ratios[0] < ratios[1] < ratios[2] < np.log(CAP)


def test_the_same_rule_by_many_is_one_link_and_no_stronger():
    one = stated()
    many = tuple(replace(one, author=f"t{i:03}", stated_on=date(2026, 10, 1)) for i in range(5))
    alone, together = Link(one.rule, (one,)), Link(one.rule, (*many, one))
    (first,), (second,) = learned([alone]), learned([together])
    assert second.log_ratio.max() == pytest.approx(first.log_ratio.max())
    assert "等 6 人" in second.text.zh
    assert "and 3 more" in second.text.en


def test_rules_that_overlap_do_not_add_up():
    """A special case of a rule, for the same fault: the weightier of the two counts."""
    broad = linked(record(20, 0), conditions={"noises": ["squeal"]})
    narrow = linked(record(18, 2))
    found = learned([broad, narrow])
    assert len(found) == 1
    each = [learned([link])[0].log_ratio.max() for link in (broad, narrow)]
    assert found[0].log_ratio.max() == pytest.approx(max(each))


def test_rules_that_say_otherwise_are_shown_together():
    belt = linked(record(9, 1, 0.3), look_at={"fault": "accessory_belt_worn"}, strength="always")
    found = learned([belt, linked(record(20, 0))])
    assert len(found) == 2
    assert all("says otherwise" in o.text.en and "相反" in o.text.zh for o in found)
    assert any(belt.rule.id in o.text.en for o in found if belt.rule.id not in o.text.en[:25])


def test_a_rule_that_looks_at_a_test_speaks_for_the_faults_that_the_test_confirms():
    base = shipped()
    rows = looked_at(base, LookAt("test", "charge_voltage"))
    assert rows
    confirmed = {base.faults[row].id for row in rows}
    assert "alternator_bearing" in confirmed
    assert "wheel_bearing_worn" not in confirmed
    assert any(fault.id == "wheel_bearing_worn" for fault in base.faults)
    link = linked(record(20, 0), look_at={"test": "charge_voltage"})
    (one,) = learned([link])
    assert {base.faults[i].id for i in np.flatnonzero(one.log_ratio)} == confirmed


def test_what_the_base_knows_already_is_no_news():
    """In a base of two faults of which only one squeals, "often" claims no more than it says."""
    two = ("accessory_belt_worn", "wheel_bearing_worn")
    base = replace(shipped(), faults=tuple(f for f in shipped().faults if f.id in two))
    belt = linked(
        conditions={"noises": ["squeal"]}, look_at={"fault": two[0]}, strength="often"
    )  # fmt: skip
    assert expected_of_conditions(base, belt.rule) > 0.6
    assert weight_of(base, belt, TODAY).log_ratio == 0.0
    assert expected_of_conditions(shipped(), belt.rule) < 0.6
    assert weight_of(shipped(), belt, TODAY).log_ratio > 0.0


def test_expectations_are_shares_of_what_is_wrong():
    found = expectations(shipped(), situation())
    for group, expected in found.items():
        assert 0.0 < expected.sum() <= 1.0 + 1e-9
        rows = np.flatnonzero(expected)
        assert all(shipped().faults[row].damage == group for row in rows)


faults = [f.id for f in shipped().faults if f.damage is None]


@unhurried
@given(
    st.sampled_from(faults), st.sampled_from(FAULT_NOISES), st.floats(0.05, 0.99),
    st.tuples(st.integers(0, 20), st.integers(0, 20)), st.booleans(),
)  # fmt: skip
def test_a_rule_never_makes_the_drive_advice_less_strict(fault, noise, score, trials, sure):
    link = linked(
        record(*trials), conditions={"noises": [noise]}, look_at={"fault": fault},
        strength="always",
    )  # fmt: skip
    sound = heard(**{noise: score, "grind": 0.4}) if sure else replace(SOUND_NORMAL)
    where = situation({}, sound)
    observed = learned([link], where)
    advice = [
        diagnose(shipped(), where.noise, where.damage, where.circumstances, learned=taught).drive
        for taught in ([], observed)
    ]
    assert STRICTNESS.index(advice[1]) >= STRICTNESS.index(advice[0])
