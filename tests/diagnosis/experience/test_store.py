"""The database of experience: a real one, opened again, told twice, never written over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from tests.diagnosis.experience.rules import stated
from tests.postgres import on_both_databases
from tingzhen.diagnosis.cases.store import open_cases
from tingzhen.diagnosis.experience import Trial
from tingzhen.diagnosis.experience.store import open_experience
from tingzhen.errors import CasesUnavailable, RuleUnknown

ONE = stated(note="Wet mornings.")
RULE = ONE.rule
TRIAL = Trial("c1", date(2026, 11, 3), 0.9, 0.25, right=True)


@pytest.fixture
def store(database_url):
    opened = open_experience(database_url)
    yield opened
    opened.close()


@on_both_databases
def test_what_is_kept_is_there_after_opening_again(database_url, store):
    assert store.add([ONE, replace(ONE, author="t2")]) == 2
    assert store.record([(RULE, TRIAL)]) == 1
    again = open_experience(database_url)
    (link,) = again.links()
    assert link == again.link(RULE.id)
    assert sorted(link.statements, key=lambda s: s.author) == [ONE, replace(ONE, author="t2")]
    assert link.trials == (TRIAL,)
    assert not link.retired
    again.close()


@on_both_databases
def test_the_same_told_twice_is_kept_once(store):
    assert store.add([ONE, ONE]) == 1
    assert store.add([ONE]) == 0
    assert store.record([(RULE, TRIAL), (RULE, TRIAL)]) == 1
    assert store.record([(RULE, TRIAL)]) == 0
    assert len(store.history()) == 1


@on_both_databases
def test_a_corrected_case_counts_as_it_was_told_last(store):
    store.add([ONE])
    store.record([(RULE, TRIAL), (RULE, replace(TRIAL, case_id="c2"))])
    store.record([(RULE, replace(TRIAL, right=False))])
    trials = {t.case_id: t.right for t in store.link(RULE.id).trials}
    assert trials == {"c1": False, "c2": True}


@on_both_databases
def test_a_case_that_is_withdrawn_counts_no_more(store):
    store.add([ONE])
    second = replace(TRIAL, case_id="c2")
    store.record([(RULE, TRIAL), (RULE, second)])
    assert store.record([(RULE, second)], complete=True) == 1
    assert store.link(RULE.id).trials == (second,)
    assert store.record([(RULE, second)], complete=True) == 0
    store.record([(RULE, TRIAL), (RULE, second)], complete=True)
    assert len(store.link(RULE.id).trials) == 2


@on_both_databases
def test_a_retired_rule_keeps_its_record_and_comes_back_when_it_is_stated_again(store):
    store.add([ONE])
    store.record([(RULE, TRIAL)])
    store.retire(RULE.id, by="e1", reason="The part was changed in 2026.")
    store.retire(RULE.id, by="e1")
    assert store.link(RULE.id).retired
    store.add([replace(ONE, author="t3")], by="e1")
    link = store.link(RULE.id)
    assert not link.retired
    assert link.trials == (TRIAL,)
    store.retire(RULE.id, by="e2")
    store.restore(RULE.id, by="e2")
    assert not store.link(RULE.id).retired
    changes = [(c.by, c.change) for c in store.history(RULE.id)]
    assert changes == [
        ("t017", "added"), ("e1", "retired"), ("e1", "added"), ("e1", "restored"),
        ("e2", "retired"), ("e2", "restored"),
    ]  # fmt: skip
    assert all(c.at.tzinfo is not None for c in store.history())


@on_both_databases
def test_the_history_cannot_be_written_over(database_url, store):
    store.add([ONE])
    store.record([(RULE, TRIAL)])
    engine = create_engine(database_url)
    for table in ("experience_statements", "experience_changes", "experience_trials"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET seq = 9"):  # noqa: S608
            with engine.connect() as connection, pytest.raises(DatabaseError, match="only added"):
                connection.execute(text(change))
    engine.dispose()
    assert len(store.links()) == 1


def test_an_unknown_rule_is_refused(store):
    for ask in (store.link, lambda i: store.retire(i, by="e1"), lambda i: store.restore(i, by="e")):
        with pytest.raises(RuleUnknown):
            ask("x0000000000")


def test_the_version_changes_with_all_that_is_added(store):
    seen = [store.version()]
    store.add([ONE])
    seen.append(store.version())
    store.record([(RULE, TRIAL)])
    seen.append(store.version())
    store.retire(RULE.id, by="e1")
    seen.append(store.version())
    assert len(set(seen)) == len(seen)
    store.add([ONE], by="x")
    assert store.version() == seen[-1]


@on_both_databases
def test_it_lives_in_one_database_with_the_cases(database_url, store):
    cases = open_cases(database_url)
    store.add([ONE])
    assert cases.count() == 0
    cases.close()


@on_both_databases
def test_several_threads_add_without_losing_any(database_url, store):
    def add(number: int) -> None:
        own = open_experience(database_url)
        own.add([replace(ONE, author=f"t{number}")])
        own.record([(RULE, replace(TRIAL, case_id=f"c{number}"))])
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    link = store.link(RULE.id)
    assert len(link.statements) == len(link.trials) == 12


@pytest.mark.parametrize("made", ["", "no database"])
def test_a_database_that_cannot_be_used_is_named(tmp_path, made):
    url = "nonsense" if not made else f"sqlite:///{tmp_path / 'x.sqlite3'}"
    if made:
        (tmp_path / "x.sqlite3").write_text(made * 100, encoding="utf-8")
    with pytest.raises(CasesUnavailable) as refused:
        open_experience(url)
    assert "TINGZHEN_DATABASE_URL" in refused.value.text.en
    assert not isinstance(refused.value, DatabaseError)
