"""What engineers work with: labels of clips, and what reports say in columns."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "clip_labels",
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_clip_labels_clip_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", "task", name="pk_clip_labels"),
    )
    op.create_index("ix_clip_labels_labelled_at", "clip_labels", ["task", "labelled_at"])
    op.create_table(
        "clip_facts",
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("report_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.Column("duration_s", sa.Double(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        *_of_task("noise"),
        *_of_task("damage"),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_clip_facts_clip_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", name="pk_clip_facts"),
    )


def _of_task(task: str) -> list[sa.Column[object]]:
    return [
        sa.Column(f"{task}_version", sa.String(length=80), nullable=True),
        sa.Column(f"{task}_type", sa.String(length=32), nullable=True),
        sa.Column(f"{task}_probability", sa.Double(), nullable=True),
        sa.Column(f"{task}_entropy_bits", sa.Double(), nullable=True),
    ]
