"""The database of experience: keep statements and trials, read rules with their records again."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select
from sqlalchemy.exc import DBAPIError

from tingzhen.diagnosis.cases.tables import connect_database
from tingzhen.diagnosis.cases.transactions import reading, reported, writing
from tingzhen.diagnosis.experience.learning import Trial
from tingzhen.diagnosis.experience.link import Link, by_rule
from tingzhen.diagnosis.experience.rule import Rule, Statement
from tingzhen.diagnosis.experience.statement_json import as_json, as_statement
from tingzhen.diagnosis.experience.statement_model import StatementModel
from tingzhen.diagnosis.experience.tables import CHANGES, METADATA, STATEMENTS, TRIALS
from tingzhen.errors import RuleUnknown
from tingzhen.language import Text


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history. change: "added", "retired" or "restored"; by: key of who did it."""

    at: datetime
    by: str
    change: str
    rule_id: str
    reason: str | None


class ExperienceStore:
    """Rules of experience in one database; safe to use from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, statements: Sequence[Statement], *, by: str | None = None) -> int:
        """Keep statements, all or none. One that is kept already is not kept again.

        by: key of who enters them; the author without it. A retired rule that is stated again is
        in force again; its record stays with it. Returns how many were new.
        """
        added = 0
        with self.writing() as connection:
            retired = _retired(connection)
            for statement in statements:
                rule_id, text = statement.rule.id, json.dumps(as_json(statement), sort_keys=True)
                known = select(STATEMENTS.c.seq).where(
                    STATEMENTS.c.rule_id == rule_id, STATEMENTS.c.statement == text
                )
                if connection.execute(known).first() is not None:
                    continue
                row = {"rule_id": rule_id, "author": statement.author, "statement": text}
                key = connection.execute(insert(STATEMENTS).values(row)).inserted_primary_key
                number = int(key[0]) if key is not None else None
                who = by or statement.author
                _change(connection, who, "added", rule_id, statement_seq=number)
                if rule_id in retired:
                    _change(connection, who, "restored", rule_id, reason="stated again")
                    retired -= {rule_id}
                added += 1
        return added

    def retire(self, rule_id: str, *, by: str, reason: str | None = None) -> None:
        """Take a rule out of force; nothing is deleted. Raises RuleUnknown."""
        with self.writing() as connection:
            _known(connection, rule_id)
            if rule_id not in _retired(connection):
                _change(connection, by, "retired", rule_id, reason=reason)

    def restore(self, rule_id: str, *, by: str, reason: str | None = None) -> None:
        """Put a retired rule into force again. Raises RuleUnknown."""
        with self.writing() as connection:
            _known(connection, rule_id)
            if rule_id in _retired(connection):
                _change(connection, by, "restored", rule_id, reason=reason)

    def record(self, trials: Iterable[tuple[Rule, Trial]], *, complete: bool = False) -> int:
        """Keep trials; of a case that is told again, the last counts.

        complete: these are all trials of the rules in force; a trial that is kept and not among
        them (its case was withdrawn, or tells another story now) counts no more. Returns how many
        rows were new.
        """
        told = {(rule.id, trial.case_id): trial for rule, trial in trials}
        with self.writing() as connection:
            retired = _retired(connection)
            kept = {(i, t.case_id): t for i, found in _trials(connection).items() for t in found}
            if complete:
                told = {
                    key: replace(trial, held=0.0)
                    for key, trial in kept.items()
                    if key[0] not in retired
                } | told
            rows = _new_rows(told, kept)
            if rows:
                connection.execute(insert(TRIALS), rows)
        return len(rows)

    def links(self) -> list[Link]:
        """All rules with statements and record, retired ones too, oldest first."""
        with self._reading() as connection:
            texts = connection.execute(select(STATEMENTS.c.statement).order_by(STATEMENTS.c.seq))
            statements = [as_statement(StatementModel.model_validate_json(t)) for (t,) in texts]
            return by_rule(statements, _trials(connection), _retired(connection))

    def link(self, rule_id: str) -> Link:
        """Raises RuleUnknown."""
        found = next((link for link in self.links() if link.rule.id == rule_id), None)
        if found is None:
            raise _unknown()
        return found

    def history(self, rule_id: str | None = None) -> list[Change]:
        """Who changed what, oldest first."""
        columns = (
            CHANGES.c.at,
            CHANGES.c.by,
            CHANGES.c.change,
            CHANGES.c.rule_id,
            CHANGES.c.reason,
        )
        query = select(*columns).order_by(CHANGES.c.seq)
        if rule_id is not None:
            query = query.where(CHANGES.c.rule_id == rule_id)
        with self._reading() as connection:
            return [
                Change(at.replace(tzinfo=at.tzinfo or UTC), by, change, rule, reason)
                for at, by, change, rule, reason in connection.execute(query)
            ]

    def version(self) -> tuple[int, int]:
        """Changes whenever something is added; so what was read before need not be read again."""
        with self._reading() as connection:
            parts = [select(func.max(t.c.seq)) for t in (CHANGES, TRIALS)]
            changes, trials = (connection.execute(part).scalar_one() or 0 for part in parts)
            return changes, trials

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading(self._engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that writes, committed at the end. Raises CasesUnavailable."""
        with writing(self._engine) as connection:
            yield connection


def open_experience(url: str) -> ExperienceStore:
    """Open the database (the one of the cases) and make the tables where they are missing.

    Raises CasesUnavailable.
    """
    with reported():
        engine = connect_database(url)
    return experience_on(engine)


def experience_on(engine: Engine) -> ExperienceStore:
    """The same on an engine that is open, such as that of the cases. Raises CasesUnavailable."""
    with reported():
        try:
            METADATA.create_all(engine)
        except DBAPIError:
            # Another process may have made them between the look and the making.
            METADATA.create_all(engine)
    return ExperienceStore(engine)


def trial_rows(
    connection: Connection, trials: Iterable[tuple[Rule, Trial]]
) -> list[dict[str, object]]:
    """Rows to insert for the trials that are not kept just so; only those of the same cases are
    read."""
    told = {(rule.id, trial.case_id): trial for rule, trial in trials}
    rules, cases = {rule for rule, _ in told}, sorted({case for _, case in told})
    same = _trials(connection, TRIALS.c.rule_id.in_(rules), TRIALS.c.case_id.in_(cases))
    return _new_rows(told, {(i, t.case_id): t for i, found in same.items() for t in found})


def _new_rows(
    told: Mapping[tuple[str, str], Trial], kept: Mapping[tuple[str, str], Trial]
) -> list[dict[str, object]]:
    return [
        {
            "rule_id": rule_id, "case_id": case_id, "on": trial.on, "held": trial.held,
            "expected": trial.expected, "right": trial.right,
        }
        for (rule_id, case_id), trial in told.items()
        if kept.get((rule_id, case_id)) != trial
    ]  # fmt: skip


def _change(
    connection: Connection,
    by: str,
    change: str,
    rule_id: str,
    *,
    statement_seq: int | None = None,
    reason: str | None = None,
) -> None:
    row = {
        "at": datetime.now(UTC), "by": by, "change": change, "rule_id": rule_id,
        "statement_seq": statement_seq, "reason": reason,
    }  # fmt: skip
    connection.execute(insert(CHANGES), [row])


def _retired(connection: Connection) -> frozenset[str]:
    query = select(CHANGES.c.rule_id, CHANGES.c.change).order_by(CHANGES.c.seq)
    last: dict[str, str] = {}
    for rule_id, change in connection.execute(query.where(CHANGES.c.change != "added")):
        last[rule_id] = change
    return frozenset(rule_id for rule_id, change in last.items() if change == "retired")


def _trials(connection: Connection, *only: ColumnElement[bool]) -> dict[str, list[Trial]]:
    t = TRIALS.c
    query = select(t.rule_id, t.case_id, t.on, t.held, t.expected, t.right).where(*only)
    query = query.order_by(t.seq)
    latest: dict[tuple[str, str], Trial] = {}
    for rule_id, case_id, on, held, expected, right in connection.execute(query):
        latest[rule_id, case_id] = Trial(case_id, _day(on), held, expected, bool(right))
    found: dict[str, list[Trial]] = {}
    for (rule_id, _), trial in latest.items():
        if trial.held == 0.0:
            continue  # withdrawn
        found.setdefault(rule_id, []).append(trial)
    return found


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _known(connection: Connection, rule_id: str) -> None:
    query = select(STATEMENTS.c.seq).where(STATEMENTS.c.rule_id == rule_id).limit(1)
    if connection.execute(query).first() is None:
        raise _unknown()


def _unknown() -> RuleUnknown:
    return RuleUnknown(
        Text("没有这个编号的经验，请核对编号。", "No rule with that id is kept. Check the id.")
    )
