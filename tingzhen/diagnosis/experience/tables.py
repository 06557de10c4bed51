"""Tables of the rules of experience. Of all but the progress rows are only ever added: what was is
never written over."""

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
)

METADATA = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

# One row for each time that somebody states a rule. statement: as a file writes it, JSON.
STATEMENTS = Table(
    "experience_statements", METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("rule_id", String(16), nullable=False),
    Column("author", String(32), nullable=False),
    Column("statement", Text, nullable=False),
    Index("ix_experience_statements_rule_id", "rule_id"),
)  # fmt: skip

# Who changed what: change is "added", "retired" or "restored".
CHANGES = Table(
    "experience_changes", METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", String(32), nullable=False),
    Column("change", String(16), nullable=False),
    Column("rule_id", String(16), nullable=False),
    Column("statement_seq", Integer),
    Column("reason", Text),
    Index("ix_experience_changes_rule_id", "rule_id"),
)  # fmt: skip

# The record. A case that is corrected gets another row; the last one counts. held 0: withdrawn.
TRIALS = Table(
    "experience_trials", METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("rule_id", String(16), nullable=False),
    Column("case_id", String(96), nullable=False),
    Column("on", Date, nullable=False),
    Column("held", Float, nullable=False),
    Column("expected", Float, nullable=False),
    Column("right", Boolean(create_constraint=False), nullable=False),
    Index("ix_experience_trials_rule_id", "rule_id", "case_id"),
)  # fmt: skip

# Up to which case each rule has learned, as it was stated then. Not history: written over.
PROGRESS = Table(
    "experience_progress", METADATA,
    Column("rule_id", String(16), primary_key=True),
    Column("statement_seq", Integer, nullable=False),
    Column("cases_seq", Integer, nullable=False),
)  # fmt: skip

_ONLY_ADDED = "the history of experience is only added to"
_REFUSE = DDL(  # type: ignore[no-untyped-call]
    "CREATE OR REPLACE FUNCTION experience_is_only_added() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED}'; END $$"
)
event.listen(STATEMENTS, "before_create", _REFUSE.execute_if(dialect="postgresql"))

for _table in (STATEMENTS, CHANGES, TRIALS):
    for _change in ("UPDATE", "DELETE"):
        _trigger = DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER {_table.name}_no_{_change.lower()} BEFORE {_change} ON {_table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED}'); END"
        )
        event.listen(_table, "after_create", _trigger.execute_if(dialect="sqlite"))
    _trigger = DDL(  # type: ignore[no-untyped-call]
        f"CREATE TRIGGER {_table.name}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {_table.name} EXECUTE FUNCTION experience_is_only_added()"
    )
    event.listen(_table, "after_create", _trigger.execute_if(dialect="postgresql"))
