"""What a technician's pages need: corrections, small copies of videos, and clips by urgency."""

import hashlib
import json
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BATCH: Final = 200
_STANDS_OUT: Final = 0.25
_SEVERITIES: Final = ("dangerous", "serious", "moderate", "minor")
_DRIVE: Final = {"stop": 0, "soon": 20, "unknown": 30, "ok": 40}


def upgrade() -> None:
    _make_tables()
    op.add_column("clips", sa.Column("case_id", sa.String(length=64), nullable=True))
    op.add_column("clips", sa.Column("drive", sa.String(length=8), nullable=True))
    op.add_column("clips", sa.Column("severity", sa.String(length=16), nullable=True))
    op.add_column("clips", sa.Column("urgency", sa.Integer(), nullable=False, server_default="10"))
    op.create_index("ix_clips_case_id", "clips", ["case_id"])
    op.create_index("ix_clips_urgency", "clips", ["urgency", "created_at", "id"])
    op.create_index(
        "ix_clips_workshop_urgency", "clips", ["workshop", "urgency", "created_at", "id"]
    )
    connection = op.get_bind()
    clips = sa.Table("clips", sa.MetaData(), autoload_with=connection)
    wanted = (clips.c.id, clips.c.state, clips.c.report_en, clips.c.confirmed_fault,
              clips.c.session_id)  # fmt: skip
    last = ""
    while True:
        query = sa.select(*wanted).where(clips.c.id > last).order_by(clips.c.id).limit(_BATCH)
        rows = connection.execute(query).all()
        if not rows:
            break
        for row in rows:
            known = _known(row.report_en)
            case_id = None
            if row.confirmed_fault is not None:
                digest = hashlib.sha256(row.id.encode()).hexdigest()[:24]
                case_id = row.session_id or f"clip-{digest}"
            connection.execute(
                sa.update(clips).where(clips.c.id == row.id).values(
                    case_id=case_id, drive=known[0], severity=known[1],
                    urgency=_urgency(row.state, *known, row.confirmed_fault),
                )
            )  # fmt: skip
        last = rows[-1].id


def _known(report: str | None) -> tuple[str | None, str | None]:
    """Advice and the gravest of the causes that stand out. Nothing that is kept may stop a
    migration: None for what is no report."""
    try:
        diagnosis = json.loads(report or "{}").get("diagnosis") or {}
        drive = diagnosis.get("drive")
        severities = {
            cause["severity"]
            for cause in diagnosis.get("causes", [])
            if cause["probability"] >= _STANDS_OUT
        }
    except (ValueError, AttributeError, KeyError, TypeError):
        return None, None
    severity = next((name for name in _SEVERITIES if name in severities), None)
    return (drive if drive in _DRIVE else None), severity


def _urgency(
    state: str, drive: str | None, severity: str | None, confirmed_fault: Any
) -> int:  # fmt: skip
    if confirmed_fault is not None or state == "cancelled":
        return 100
    if state != "done":
        return 10
    grave = _SEVERITIES.index(severity) if severity else len(_SEVERITIES)
    return _DRIVE[drive or "unknown"] + grave


def _make_tables() -> None:
    op.create_table(
        "clip_corrections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("workshop", sa.String(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("task", sa.String(length=8), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=True),
        sa.Column("instead", sa.String(length=32), nullable=True),
        sa.Column("start_s", sa.Double(), nullable=True),
        sa.Column("end_s", sa.Double(), nullable=True),
        sa.Column("low_hz", sa.Double(), nullable=True),
        sa.Column("high_hz", sa.Double(), nullable=True),
        sa.Column("frame", sa.Integer(), nullable=True),
        sa.Column("time_s", sa.Double(), nullable=True),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("width", sa.Double(), nullable=True),
        sa.Column("height", sa.Double(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("noise_model", sa.String(), nullable=True),
        sa.Column("damage_model", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_clip_corrections_clip_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clip_corrections"),
    )
    op.create_index("ix_clip_corrections_clip_id", "clip_corrections", ["clip_id", "made_at"])
    op.create_index("ix_clip_corrections_made_at", "clip_corrections", ["made_at", "id"])
    op.create_table(
        "clip_videos",
        sa.Column("clip_id", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_key", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id"], ["clips.id"], name="fk_clip_videos_clip_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("clip_id", name="pk_clip_videos"),
    )
    op.create_index("ix_clip_videos_asked_at", "clip_videos", ["asked_at"])
