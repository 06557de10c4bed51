"""Which rules cannot both be right, and which faults the base does not know."""

from datetime import date

import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.experience.rules import linked
from tingzhen.diagnosis.experience import Trial, opposing, unknown_faults
from tingzhen.diagnosis.experience.contradictions import implies
from tingzhen.diagnosis.experience.rule import Conditions, Range

SQUEAL = {"noises": ["squeal"]}
COLD = {"noises": ["squeal"], "when": ["cold_start"]}
BELT, ALTERNATOR = {"fault": "accessory_belt_worn"}, {"fault": "alternator_bearing"}


@pytest.mark.parametrize(
    ("one", "other", "against"),
    [
        ({"conditions": SQUEAL, "look_at": BELT},
         {"conditions": COLD, "look_at": ALTERNATOR}, True),
        ({"conditions": COLD, "look_at": BELT}, {"conditions": COLD, "look_at": BELT}, False),
        ({"conditions": COLD, "look_at": BELT}, {"conditions": SQUEAL, "look_at": BELT}, False),
        ({"conditions": {"noises": ["knock"]}, "look_at": BELT},
         {"conditions": SQUEAL, "look_at": ALTERNATOR}, False),
        ({"conditions": SQUEAL, "look_at": BELT, "strength": "sometimes"},
         {"conditions": SQUEAL, "look_at": ALTERNATOR, "strength": "often"}, False),
        ({"conditions": SQUEAL, "look_at": BELT, "strength": "often"},
         {"conditions": SQUEAL, "look_at": ALTERNATOR, "strength": "often"}, True),
        ({"conditions": SQUEAL, "look_at": BELT},
         {"conditions": SQUEAL, "look_at": {"unknown_fault": "进气管开裂"}}, True),
        ({"conditions": SQUEAL, "look_at": {"test": "belt_off"}},
         {"conditions": SQUEAL, "look_at": ALTERNATOR}, False),
    ],
)  # fmt: skip
def test_rules_contradict_where_both_cannot_be_right(one, other, against):
    links = [linked(**one), linked(**other)]
    expected = {
        links[0].rule.id: [links[1].rule.id], links[1].rule.id: [links[0].rule.id],
    }  # fmt: skip
    assert opposing(shipped(), links) == (expected if against else {})


def test_narrower_conditions_imply_broader_ones():
    broad = Conditions(noises=("squeal", "whine"), ranges={"ambient_c": Range(None, 10)})
    narrow = Conditions(
        noises=("squeal",), when=("cold_start",), ranges={"ambient_c": Range(-20, 5)}
    )
    assert implies(narrow, broad)
    assert not implies(broad, narrow)
    assert implies(broad, broad)
    assert not implies(Conditions(noises=("squeal",)), broad)
    years = Conditions(noises=("squeal",), year=Range(2019, 2021))
    assert implies(years, Conditions(noises=("squeal",)))
    assert not implies(Conditions(noises=("squeal",)), years)


def test_faults_that_the_base_does_not_know_are_counted():
    day = date(2026, 11, 1)
    trials = (Trial("a", day, 0.9, 0.1, right=True), Trial("b", day, 0.5, 0.1, right=False))
    links = [
        linked(trials, look_at={"unknown_fault": "进气管  开裂"}),
        linked(look_at={"unknown_fault": "进气管 开裂"}, conditions=SQUEAL, author="t2"),
        linked(look_at={"unknown_fault": "Loose bracket"}),
        linked(),
    ]
    first, second = unknown_faults(links)
    assert (first.authors, len(first.rules)) == (2, 2)
    assert (first.held, first.unexplained) == (pytest.approx(1.4), pytest.approx(0.9))
    assert second.text == "Loose bracket"
