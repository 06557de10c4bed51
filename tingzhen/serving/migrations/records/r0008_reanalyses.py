"""Clips analysed again, and the reports that they had before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "clip_reports",
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_zh", sa.String(), nullable=False),
        sa.Column("report_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_clip_reports_clip_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", "version", name="pk_clip_reports"),
    )
    op.create_table(
        "reanalyses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("workshop", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_reanalyses"),
    )
    op.create_index("ix_reanalyses_asked_by", "reanalyses", ["asked_by"])
    op.create_index("ix_reanalyses_created_at", "reanalyses", ["created_at", "id"])
    op.create_index("ix_reanalyses_open", "reanalyses", ["ended_at", "created_at"])
    verdicts = (("noise", 16), ("damage", 16), ("diagnosis", 32), ("drive", 16))
    op.create_table(
        "reanalysis_items",
        sa.Column("reanalysis_id", sa.String(length=32), nullable=False),
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        *(
            sa.Column(f"{name}_{when}", sa.String(length=length), nullable=True)
            for name, length in verdicts
            for when in ("before", "after")
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_reanalysis_items_clip_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reanalysis_id"],
            ["reanalyses.id"],
            name="fk_reanalysis_items_reanalysis_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reanalysis_id", "clip_id", name="pk_reanalysis_items"),
    )
    op.create_index(
        "ix_reanalysis_items_state", "reanalysis_items", ["reanalysis_id", "state", "clip_id"]
    )
    op.create_index("ix_reanalysis_items_clip_id", "reanalysis_items", ["clip_id", "state"])
