"""Clips as they were first kept, by a service that answered an upload with its report."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "clips",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column("circumstances", sa.String(), nullable=False),
        sa.Column("report_zh", sa.String(), nullable=False),
        sa.Column("report_en", sa.String(), nullable=False),
    )
    op.create_index("ix_clips_created_at", "clips", ["created_at"])
    op.create_index("ix_clips_sha256", "clips", ["sha256"])
