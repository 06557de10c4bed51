"""Kept cases teach the rules: each once, after any stop, and never those that a rule came from."""

from datetime import date

import pytest

from tests.diagnosis.examples import shipped
from tests.diagnosis.experience.rules import stated
from tests.postgres import on_both_databases
from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.diagnosis.experience import admissible, catch_up
from tingzhen.diagnosis.experience.link import Link
from tingzhen.diagnosis.experience.store import experience_on

BEFORE, SAME_DAY, AFTER = date(2026, 10, 1), date(2026, 11, 2), date(2026, 11, 20)
MINE, THEIRS = "W03", "W07"


@pytest.fixture
def cases(database_url):
    opened = open_cases(database_url)
    yield opened
    opened.close()


@pytest.fixture
def rules(cases):
    return experience_on(cases.engine)


def case(number: int, day: date = AFTER, **given) -> CaseRecord:
    known = {
        "id": f"c{number}", "number": f"N{number}", "opened_on": day, "source": "work_order",
        "noises": {"squeal": 0.9}, "when": ("cold_start",), "fault": "alternator_bearing",
    }  # fmt: skip
    return CaseRecord(**(known | given))


def counted(rules, rule) -> list[str]:
    return sorted(trial.case_id for trial in rules.link(rule.id).trials)


@on_both_databases
def test_kept_cases_count_once_and_replaced_ones_no_more(cases, rules):
    statement = stated()
    cases.keep([case(1), case(2), case(3, fault=None), case(4, when=("braking",))])
    assert catch_up(rules, cases, shipped()) == 0  # nobody has stated a rule
    rules.add([statement])
    shares = []
    assert catch_up(rules, cases, shipped(), shares.append, page=1) == 2
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert counted(rules, statement.rule) == ["c1", "c2"]
    assert catch_up(rules, cases, shipped()) == 0
    # Another version of one order, as a later export tells it, and a new order.
    cases.keep([case(2, fault="accessory_belt_worn"), case(5)])
    assert catch_up(rules, cases, shipped()) == 3  # one withdrawn, two new
    trials = {t.case_id.split("~")[0]: t.right for t in rules.link(statement.rule.id).trials}
    assert trials == {"c1": True, "c2": False, "c5": True}


@on_both_databases
def test_a_stop_counts_nothing_twice_and_loses_nothing(cases, rules):
    statement = stated()
    rules.add([statement])
    cases.keep([case(number) for number in range(9)])

    def stop(share: float) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            catch_up(rules, cases, shipped(), stop, page=2)
    assert len(counted(rules, statement.rule)) == 4
    assert catch_up(rules, cases, shipped()) == 5
    assert counted(rules, statement.rule) == [f"c{number}" for number in range(9)]


def test_a_rule_stated_later_begins_with_the_cases_that_it_cannot_come_from(cases, rules):
    statement = stated(workshop="w03")
    cases.keep([
        case(1, BEFORE, workshop=MINE), case(2, BEFORE, workshop=THEIRS), case(3, BEFORE),
        case(4, SAME_DAY, workshop=MINE), case(5, AFTER, workshop=MINE), case(6, AFTER),
    ])  # fmt: skip
    rules.add([statement])
    assert catch_up(rules, cases, shipped()) == 3
    assert counted(rules, statement.rule) == ["c2", "c5", "c6"]
    # Somebody of the other workshop says the same: theirs may be where it comes from.
    rules.add([stated(workshop="w07", author="t900", date="2026-11-21")])
    assert catch_up(rules, cases, shipped()) == 1
    assert counted(rules, statement.rule) == ["c5", "c6"]


@pytest.mark.parametrize(
    ("said", "known", "counts"),
    [
        ({"workshop": "w03"}, {"w03", "w07"}, True),
        ({"workshop": "w07"}, {"w03", "w07"}, False),
        ({"workshop": "w03"}, {"shanghai", "w07"}, False),  # w03 may be called shanghai there
        ({"workshop": "w03", "role": "engineer"}, {"w03", "w07"}, False),  # sees all workshops
        ({}, {"w03", "w07"}, False),
    ],
)
def test_earlier_cases_of_other_workshops_count(said, known, counts):
    statement = stated(**said)
    link = Link(statement.rule, (statement,))
    assert admissible(link, case(1, BEFORE, workshop=THEIRS), known) is counts
    assert admissible(link, case(1, AFTER, workshop=THEIRS), known)


def test_a_retired_rule_learns_nothing_until_it_is_restored(cases, rules):
    statement = stated()
    rules.add([statement])
    rules.retire(statement.rule.id, by="e1")
    cases.keep([case(1)])
    assert catch_up(rules, cases, shipped()) == 0
    rules.restore(statement.rule.id, by="e1")
    assert catch_up(rules, cases, shipped()) == 1
