"""Keeps the columns of `ClipFacts` up to the reports, some clips at a time, when somebody asks."""

import json
import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, delete, func, or_, select

from tingzhen.media import QUALITY
from tingzhen.serving.records import ClipFacts, ClipRecord, lock_name, reading, writing

_BATCH: Final = 200
AT_ONCE: Final = 600
"""Reports that one request reads at most; the rest is told as `pending`."""
GENERATED: Final = "generated_clip"
"""The quality code of a clip that is no recording."""
POOR: Final = frozenset({*QUALITY, "mostly_music"}) - {
    GENERATED, "no_audio_track", "no_video_track", "partly_decoded",
}  # fmt: skip
"""Codes that say that a recording is poor; a report holds others too."""
_WITHOUT: Final = frozenset({"no_audio", "no_video"})


def catch_up(records: Engine, at_most: int = AT_ONCE) -> int:
    """Take over reports that are new or were made anew; returns how many are left.

    Raises RecordsUnavailable, StorageFull.
    """
    behind = select(ClipRecord.id, ClipRecord.finished_at, ClipRecord.report_en).outerjoin(
        ClipFacts, ClipFacts.clip_id == ClipRecord.id
    ).where(_behind())  # fmt: skip
    done = 0
    while done < at_most:
        with reading(records) as session:
            rows = session.execute(behind.limit(min(_BATCH, at_most - done))).all()
        if not rows:
            return 0
        with writing(records) as session:
            # Pages ask several things at once: one after the other, and no clip goes meanwhile.
            lock_name(session, "clip-facts")
            kept = select(ClipRecord.id).where(ClipRecord.id.in_([row.id for row in rows]))
            there = set(session.scalars(kept.with_for_update(read=True, key_share=True)))
            session.execute(delete(ClipFacts).where(ClipFacts.clip_id.in_(there)))
            session.add_all(
                _facts(clip_id, report_at, report or "")
                for clip_id, report_at, report in rows
                if clip_id in there and report_at is not None
            )
        done += len(rows)
    with reading(records) as session:
        count = select(func.count()).select_from(ClipRecord).outerjoin(
            ClipFacts, ClipFacts.clip_id == ClipRecord.id
        ).where(_behind())  # fmt: skip
        return session.execute(count).scalar_one()


def _facts(clip_id: str, report_at: datetime, report: str) -> ClipFacts:
    """Of a text that is no report, such as an odd one of an early version, nothing is known: it is
    not looked at again, and not shown."""
    try:
        return facts_of(clip_id, report_at, json.loads(report))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ClipFacts(
            clip_id=clip_id, report_at=report_at, generated=False, duration_s=0.0, quality=";"
        )


def facts_of(clip_id: str, report_at: datetime, report: dict[str, Any]) -> ClipFacts:
    """report: of schema tingzhen.report/1."""
    codes = [str(fact["code"]) for fact in report["quality"]]
    poor = [code for code in codes if code in POOR]
    facts = ClipFacts(
        clip_id=clip_id, report_at=report_at, generated=GENERATED in codes,
        duration_s=float(report["clip"]["duration_s"]),
        quality=f";{';'.join(poor)};" if poor else ";",
    )  # fmt: skip
    for task in ("noise", "damage"):
        part = report[task]
        setattr(facts, f"{task}_version", report["models"][task]["version"])
        if part["verdict"] in _WITHOUT or not part["types"]:
            continue
        first = part["types"][0]
        setattr(facts, f"{task}_type", first["type"])
        setattr(facts, f"{task}_probability", first["probability"])
        bits = least_sure_bits(score["probability"] for score in part["types"])
        setattr(facts, f"{task}_entropy_bits", bits)
    return facts


def least_sure_bits(probabilities: Iterable[float]) -> float:
    """The largest of the binary entropies of some probabilities, 0..1 bit; 0 of none.

    Types are judged one by one, so each is a question of its own with two answers (entropy
    sampling: Settles, Active Learning Literature Survey, 2009, section 3.1).
    """
    return max((_entropy_bits(p) for p in probabilities), default=0.0)


def _entropy_bits(p: float) -> float:
    if p <= 0.0 or p >= 1.0:
        return 0.0
    return -(p * math.log2(p) + (1 - p) * math.log2(1 - p))


def _behind() -> ColumnElement[bool]:
    return (
        ClipRecord.report_en.is_not(None)
        & ClipRecord.finished_at.is_not(None)
        & or_(ClipFacts.clip_id.is_(None), ClipFacts.report_at != ClipRecord.finished_at)
    )
