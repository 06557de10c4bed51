"""Webhooks know whose clips they are told of and have a second secret while one is rotated;
deliveries know their kind, when they were begun and who sends them, and a test is of no event."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_WEBHOOKS = sa.table(
    "webhooks", *map(sa.column, ("reach", "role", "workshop", "description"))
)  # fmt: skip
_DELIVERIES = sa.table(
    "webhook_deliveries",
    *map(sa.column, ("event_seq", "kind", "created_at", "begun_at", "next_at")),
)
_EVENTS = sa.table("clip_events", sa.column("seq"), sa.column("kind"))


def upgrade() -> None:
    with op.batch_alter_table("webhooks") as webhooks:
        webhooks.add_column(sa.Column("reach", sa.String(length=16), nullable=True))
        webhooks.add_column(sa.Column("role", sa.String(length=16), nullable=True))
        webhooks.add_column(sa.Column("token_id", sa.String(length=32), nullable=True))
        webhooks.add_column(sa.Column("description", sa.String(), nullable=True))
        webhooks.add_column(sa.Column("secret_before", sa.String(), nullable=True))
        webhooks.add_column(
            sa.Column("secret_before_until", sa.DateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table("webhook_deliveries") as deliveries:
        deliveries.add_column(sa.Column("kind", sa.String(length=16), nullable=True))
        deliveries.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        deliveries.add_column(sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
        deliveries.add_column(sa.Column("claim", sa.String(), nullable=True))
        deliveries.add_column(sa.Column("last_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_WEBHOOKS.update().values(reach="own", role="owner", description=""))
    kind = sa.select(_EVENTS.c.kind).where(_EVENTS.c.seq == _DELIVERIES.c.event_seq)
    next_at = _DELIVERIES.c.next_at
    op.execute(
        _DELIVERIES.update().values(
            kind=kind.scalar_subquery(), created_at=next_at, begun_at=next_at
        )
    )
    with op.batch_alter_table("webhooks") as webhooks:
        for name in ("reach", "role", "description"):
            webhooks.alter_column(name, nullable=False)
    with op.batch_alter_table("webhook_deliveries") as deliveries:
        for name in ("kind", "created_at", "begun_at"):
            deliveries.alter_column(name, nullable=False)
        deliveries.alter_column("event_seq", existing_type=sa.Integer(), nullable=True)
        deliveries.alter_column("last_error", existing_type=sa.String(), type_=sa.String(length=32))
    op.create_index("ix_webhook_deliveries_created_at", "webhook_deliveries", ["created_at", "id"])
