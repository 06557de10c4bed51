"""Bring the record of every rule up to the cases that are kept: imported ones, and those that were
there before the rule was stated.

How far each rule has come is committed with its trials, some thousands of cases at a time, so a
stop at any point loses nothing and counts nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from tingzhen.diagnosis.cases.record import CaseRecord
from tingzhen.diagnosis.cases.store import CaseStore, counted
from tingzhen.diagnosis.cases.tables import CASES
from tingzhen.diagnosis.experience.admissible import admissible, folded
from tingzhen.diagnosis.experience.confirmed import trials_of
from tingzhen.diagnosis.experience.link import Link
from tingzhen.diagnosis.experience.rule import Rule
from tingzhen.diagnosis.experience.store import ExperienceStore, trial_rows
from tingzhen.diagnosis.experience.tables import PROGRESS, STATEMENTS, TRIALS
from tingzhen.diagnosis.knowledge import KnowledgeBase

PAGE: Final = 2_000

Progress = Callable[[float], None]
"""Called with the share of the cases that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class _Learner:
    """A rule in force that has learned from the cases up to the sequence number `done`, as it was
    stated up to the statement `statement_seq`."""

    link: Link
    statement_seq: int
    done: int


def catch_up(
    store: ExperienceStore,
    cases: CaseStore,
    knowledge: KnowledgeBase,
    on_progress: Progress = lambda share: None,
    *,
    page: int = PAGE,
) -> int:
    """Count the kept cases that the rules have not seen; returns how many trials were new.

    A case counts once for each rule, and only where it is admissible; one that another has taken
    the place of counts no more. A rule that somebody stated anew is judged anew.
    Raises CasesUnavailable.
    """
    links = [link for link in store.links() if not link.retired]
    if not links:
        return 0
    workshops = workshops_of(cases)
    with store.writing() as connection:
        learners = _learners(connection, links)
        added = _withdraw(connection, learners, workshops)
    last = _newest(cases)
    first = after = min(learner.done for learner in learners)
    while after < last and (found := cases.cases(after=after, limit=page)):
        trials = [
            told
            for seq, case in found
            for told in trials_of(knowledge, _rules(learners, seq, case, workshops), case)
        ]
        after = found[-1][0]
        with store.writing() as connection:
            rows = trial_rows(connection, trials)
            if rows:
                connection.execute(insert(TRIALS), rows)
            _move(connection, learners, after)
        added += len(rows)
        on_progress((after - first) / max(1, last - first))
    return added


def workshops_of(cases: CaseStore) -> frozenset[str]:
    """The workshops that the cases name, as `admissible` asks for them. Raises CasesUnavailable."""
    named = select(CASES.c.workshop).where(CASES.c.workshop.is_not(None)).distinct()
    with cases.reading() as connection:
        return frozenset(folded(workshop) for (workshop,) in connection.execute(named))


def _rules(
    learners: Sequence[_Learner], seq: int, case: CaseRecord, workshops: frozenset[str]
) -> list[Rule]:
    return [
        learner.link.rule
        for learner in learners
        if learner.done < seq and admissible(learner.link, case, workshops)
    ]


def _learners(connection: Connection, links: Sequence[Link]) -> list[_Learner]:
    newest = select(STATEMENTS.c.rule_id, func.max(STATEMENTS.c.seq)).group_by(STATEMENTS.c.rule_id)
    stated = {rule_id: int(seq) for rule_id, seq in connection.execute(newest)}
    known = {row.rule_id: row for row in connection.execute(select(PROGRESS))}
    learners = []
    for link in links:
        row, seq = known.get(link.rule.id), stated[link.rule.id]
        same = row is not None and row.statement_seq == seq
        learners.append(_Learner(link, seq, row.cases_seq if row is not None and same else 0))
    return learners


def _withdraw(
    connection: Connection, learners: Sequence[_Learner], workshops: frozenset[str]
) -> int:
    """Let trials count no more whose case has been replaced, or is not admissible for what the rule
    has become. Returns how many."""
    by_id = {learner.link.rule.id: learner for learner in learners}
    last = select(func.max(TRIALS.c.seq)).group_by(TRIALS.c.rule_id, TRIALS.c.case_id)
    columns = [TRIALS.c[name] for name in ("rule_id", "case_id", "on", "expected", "right")]
    query = (
        select(*columns, CASES.c.opened_on, CASES.c.workshop, CASES.c.duplicate_of)
        .join(CASES, CASES.c.id == TRIALS.c.case_id)
        .where(TRIALS.c.seq.in_(last), TRIALS.c.held > 0.0)
    )
    anew = [rule_id for rule_id, learner in by_id.items() if learner.done == 0]
    query = query.where(CASES.c.duplicate_of.is_not(None) | TRIALS.c.rule_id.in_(anew))
    rows = []
    for row in connection.execute(query).mappings():
        learner = by_id.get(row["rule_id"])
        if row["duplicate_of"] is None and learner is not None:
            case = CaseRecord(id=row["case_id"], opened_on=row["opened_on"], source="import",
                              workshop=row["workshop"])  # fmt: skip
            if admissible(learner.link, case, workshops):
                continue
        rows.append({name: row[name] for name in ("rule_id", "case_id", "on", "expected", "right")}
                    | {"held": 0.0})  # fmt: skip
    if rows:
        connection.execute(insert(TRIALS), rows)
    return len(rows)


def _move(connection: Connection, learners: Sequence[_Learner], after: int) -> None:
    moved: list[Mapping[str, object]] = [
        {"rule_id": learner.link.rule.id, "statement_seq": learner.statement_seq,
         "cases_seq": max(after, learner.done)}
        for learner in learners
    ]  # fmt: skip
    ids = [row["rule_id"] for row in moved]
    connection.execute(delete(PROGRESS).where(PROGRESS.c.rule_id.in_(ids)))
    connection.execute(insert(PROGRESS), moved)


def _newest(cases: CaseStore) -> int:
    with cases.reading() as connection:
        found = connection.execute(select(func.max(CASES.c.seq)).where(counted())).scalar_one()
    return int(found or 0)
