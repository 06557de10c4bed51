"""What each piece of evidence did to each cause, and what is missing."""

import math

import pytest

from tests.diagnosis.examples import HEARD_NOTHING, SEEN_NOTHING, heard, seen
from tingzhen.diagnosis import KnowledgeBase, diagnose, parse_circumstances, weigh
from tingzhen.diagnosis.explanation import explain

CONTEXT = parse_circumstances(
    {"when": ["cold_start"], "codes": ["P0301"], "complaint": "squeals in the morning"}
)


def test_the_weights_add_up_to_the_odds_of_the_cause_alone(knowledge: KnowledgeBase) -> None:
    noise = heard(squeal=0.7, misfire=0.4)
    causes = diagnose(knowledge, noise, SEEN_NOTHING, CONTEXT).causes
    explanation = explain(knowledge, noise, SEEN_NOTHING, CONTEXT, causes)
    group = weigh(knowledge, noise, SEEN_NOTHING, CONTEXT).mechanical
    rows = [knowledge.faults[row].id for row in group.rows]
    assert explanation.causes == tuple(cause.fault for cause in causes)
    for index, cause in enumerate(explanation.causes):
        weights = sum(one.weights[index] for one in explanation.influences)
        after = explanation.log_odds[index]
        assert after == pytest.approx(explanation.log_odds_before[index] + weights)
        place = rows.index(cause)
        # A pair counts half in `share` and whole in `posterior`: this leaves the fault alone.
        alone = (2 * group.share[place] - group.posterior[place]) / group.nothing
        assert math.exp(after) == pytest.approx(alone, rel=1e-9)


def test_visible_damage_is_explained_too(knowledge: KnowledgeBase) -> None:
    damage = seen(dent=0.9)
    causes = diagnose(knowledge, HEARD_NOTHING, damage, parse_circumstances({})).causes
    explanation = explain(knowledge, HEARD_NOTHING, damage, parse_circumstances({}), causes)
    group = next(
        g for g in weigh(knowledge, HEARD_NOTHING, damage, parse_circumstances({})).groups
        if g.damage == "dent"
    )  # fmt: skip
    for index, cause in enumerate(explanation.causes):
        place = [knowledge.faults[row].id for row in group.rows].index(cause)
        odds = group.posterior[place] / group.nothing
        assert math.exp(explanation.log_odds[index]) == pytest.approx(odds, rel=1e-9)


def test_what_decided_comes_first_and_says_what_it_decided(knowledge: KnowledgeBase) -> None:
    context = parse_circumstances({"when": ["braking"]})
    causes = diagnose(knowledge, heard(squeal=0.9), SEEN_NOTHING, context).causes
    explanation = explain(knowledge, heard(squeal=0.9), SEEN_NOTHING, context, causes)
    changes = [one.change for one in explanation.influences]
    assert changes == sorted(changes, reverse=True)
    braking = next(one for one in explanation.influences if "braking" in one.text.en)
    assert causes[0].fault != braking.first_without
    without = diagnose(knowledge, heard(squeal=0.9), SEEN_NOTHING, parse_circumstances({}))
    assert braking.first_without == without.causes[0].fault


def test_what_is_missing_would_change_what_it_says(knowledge: KnowledgeBase) -> None:
    nothing = parse_circumstances({})
    causes = diagnose(knowledge, heard(squeal=0.9), SEEN_NOTHING, nothing).causes
    explanation = explain(knowledge, heard(squeal=0.9), SEEN_NOTHING, nothing, causes)
    assert 1 <= len(explanation.missing) <= 5
    first = explanation.missing[0]
    assert 0.0 < first.change <= 1.0
    assert first.first_then != causes[0].fault
    known = parse_circumstances({"when": ["braking"]})
    causes = diagnose(knowledge, heard(squeal=0.9), SEEN_NOTHING, known).causes
    told = explain(knowledge, heard(squeal=0.9), SEEN_NOTHING, known, causes)
    assert not any("noticed" in one.text.en for one in told.missing)


def test_without_causes_there_is_nothing_to_explain(knowledge: KnowledgeBase) -> None:
    nothing = parse_circumstances({})
    explanation = explain(knowledge, HEARD_NOTHING, SEEN_NOTHING, nothing, ())
    assert explanation.causes == explanation.influences == explanation.missing == ()
