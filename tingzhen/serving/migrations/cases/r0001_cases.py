"""Cases, experience and guided sessions: what is missing is made.

Before there were migrations each part made its own tables when it was first used, so a database may
hold any of them. Their columns were never changed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ONLY_ADDED = "the history of experience is only added to"
_HISTORY = ("experience_statements", "experience_changes", "experience_trials")


def upgrade() -> None:
    _make_tables()
    if op.get_context().dialect.name == "sqlite":
        for table in _HISTORY:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change.lower()} BEFORE {change} "
                    f"ON {table} BEGIN SELECT RAISE(ABORT, '{_ONLY_ADDED}'); END"
                )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION experience_is_only_added() RETURNS trigger LANGUAGE plpgsql "
        f"AS $$ BEGIN RAISE EXCEPTION '{_ONLY_ADDED}'; END $$"
    )
    for table in _HISTORY:
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} EXECUTE FUNCTION experience_is_only_added()"
        )


def _make_tables() -> None:
    op.create_table(
        "case_facts",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_case_facts"),
        if_not_exists=True,
    )
    op.create_table(
        "case_imports",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("records_done", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_imports"),
        sa.UniqueConstraint(
            "file_sha256", "mapping_sha256", name="uq_case_imports_file_sha256_mapping_sha256"
        ),
        if_not_exists=True,
    )
    op.create_table(
        "case_rejected",
        sa.Column("import_id", sa.String(length=32), nullable=False),
        sa.Column("record_number", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("start_byte", sa.BigInteger(), nullable=False),
        sa.Column("end_byte", sa.BigInteger(), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["case_imports.id"], name="fk_case_rejected_import_id"
        ),
        sa.PrimaryKeyConstraint("import_id", "record_number", name="pk_case_rejected"),
        if_not_exists=True,
    )
    op.create_table(
        "cases",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("order_key", sa.String(length=64), nullable=False),
        sa.Column("duplicate_of", sa.String(length=64), nullable=True),
        sa.Column("duplicate_why", sa.String(length=16), nullable=True),
        sa.Column("import_id", sa.String(length=32), nullable=True),
        sa.Column("record_number", sa.Integer(), nullable=True),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("season", sa.String(length=8), nullable=False),
        sa.Column("mileage_band", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("make", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("powertrain", sa.String(length=16), nullable=True),
        sa.Column("mileage_km", sa.Float(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("ambient_c", sa.Float(), nullable=True),
        sa.Column("humidity_pct", sa.Float(), nullable=True),
        sa.Column("speed_kmh", sa.Float(), nullable=True),
        sa.Column("when", sa.Text(), nullable=False),
        sa.Column("complaint", sa.Text(), nullable=True),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("noises", sa.Text(), nullable=True),
        sa.Column("damages", sa.Text(), nullable=True),
        sa.Column("sound_embedding", sa.LargeBinary(), nullable=True),
        sa.Column("picture_embedding", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_text", sa.Text(), nullable=True),
        sa.Column("none_of_these", sa.Boolean(), nullable=False),
        sa.Column("repair", sa.Text(), nullable=True),
        sa.Column("minutes", sa.Float(), nullable=True),
        sa.Column("cost_cny", sa.Float(), nullable=True),
        sa.Column("fixed_first_time", sa.Boolean(), nullable=True),
        sa.Column("vehicle_key", sa.String(length=64), nullable=True),
        sa.Column("workshop", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["duplicate_of"], ["cases.id"], name="fk_cases_duplicate_of"),
        sa.ForeignKeyConstraint(["import_id"], ["case_imports.id"], name="fk_cases_import_id"),
        sa.PrimaryKeyConstraint("seq", name="pk_cases"),
        sa.UniqueConstraint("id", name="uq_cases_id"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_cases_counted", "cases", ["duplicate_of", "fault", "month"], if_not_exists=True
    )
    op.create_index(
        "ix_cases_model", "cases", ["model", "duplicate_of", "fault"], if_not_exists=True
    )
    op.create_index("ix_cases_order_key", "cases", ["order_key"], if_not_exists=True)
    op.create_index("ix_cases_vehicle_key", "cases", ["vehicle_key"], if_not_exists=True)
    op.create_table(
        "experience_changes",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("rule_id", sa.String(length=16), nullable=False),
        sa.Column("statement_seq", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_experience_changes"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_experience_changes_rule_id", "experience_changes", ["rule_id"], if_not_exists=True
    )
    op.create_table(
        "experience_progress",
        sa.Column("rule_id", sa.String(length=16), nullable=False),
        sa.Column("statement_seq", sa.Integer(), nullable=False),
        sa.Column("cases_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name="pk_experience_progress"),
        if_not_exists=True,
    )
    op.create_table(
        "experience_statements",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_experience_statements"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_experience_statements_rule_id", "experience_statements", ["rule_id"], if_not_exists=True
    )
    op.create_table(
        "experience_trials",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("rule_id", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.String(length=96), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("held", sa.Float(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_experience_trials"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_experience_trials_rule_id",
        "experience_trials",
        ["rule_id", "case_id"],
        if_not_exists=True,
    )
    op.create_table(
        "guide_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_guide_sessions_opened_at", "guide_sessions", ["opened_at"], if_not_exists=True
    )
    op.create_table(
        "guide_steps",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["guide_sessions.id"]),
        sa.PrimaryKeyConstraint("session_id", "number"),
        if_not_exists=True,
    )
