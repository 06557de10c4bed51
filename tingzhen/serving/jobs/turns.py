"""Whose clip is next: by priority first, within a priority one clip of each owner in turn.

Start-time fair queueing (Goyal, Vin and Cheng 1996) with clips of equal cost: the turn of a clip is
the turn that is served now, or one more than the owner's last waiting clip, whichever is later.
Clips with smaller turns go first, so that an owner with fifty clips keeps nobody waiting longer
than one clip would.
"""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tingzhen.serving.records import ClipRecord, lock_name

PRIORITIES: Final = 16
"""0 to 15, smaller first; what is beyond counts as the nearest."""

_TURNS: Final = 1 << 26


def take_turn(session: Session, record: ClipRecord) -> int:
    """The clip's turn, set on it once; call it in a writing transaction."""
    if record.turn is not None:
        return record.turn
    lock_name(session, "turns")
    waiting = (ClipRecord.state == "waiting", ClipRecord.priority == record.priority)
    served = session.execute(select(func.min(ClipRecord.turn)).where(*waiting)).scalar_one()
    own = session.execute(
        select(func.max(ClipRecord.turn)).where(*waiting, ClipRecord.owner == record.owner)
    ).scalar_one()
    record.turn = max(0 if served is None else served, 0 if own is None else own + 1)
    session.flush()
    return record.turn


def queue_priority(priority: int, turn: int) -> int:
    """One number for DBOS, 1 to 2^31 - 1, smaller first."""
    level = min(max(priority, 0), PRIORITIES - 1)
    return level * _TURNS + min(turn, _TURNS - 1) + 1
