"""How far a re-analysis is, and how many reports say something else than before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from tingzhen.serving.records import ItemState, Reanalysis, ReanalysisItem

Verdict = Literal["noise", "damage", "diagnosis", "drive"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Change:
    """So many clips went from one verdict to another. before: None of clips without a report."""

    before: str | None
    after: str
    clips: int


@dataclass(frozen=True, slots=True)
class Progress:
    """counts: clips by state. reasons: why clips were skipped or failed, with how many. changes:
    of each verdict, most frequent first."""

    counts: dict[ItemState, int]
    reasons: dict[str, int]
    changes: dict[Verdict, list[Change]]


def progress_of(session: Session, reanalysis_id: str) -> Progress:
    own = ReanalysisItem.reanalysis_id == reanalysis_id
    many = func.count()
    by_state = session.execute(
        select(ReanalysisItem.state, many).where(own).group_by(ReanalysisItem.state)
    ).all()
    reasons = session.execute(
        select(ReanalysisItem.reason, many)
        .where(own, ReanalysisItem.reason.is_not(None))
        .group_by(ReanalysisItem.reason)
    ).all()
    return Progress(
        counts=dict.fromkeys(get_args(ItemState), 0) | dict(by_state),
        reasons={reason: count for reason, count in reasons if reason is not None},
        changes={verdict: _changes(session, reanalysis_id, verdict) for verdict in VERDICTS},
    )


def reanalyses_page(
    session: Session, *, owner: str | None, workshop: str | None, after: Reanalysis | None,
    limit: int,
) -> list[Reanalysis]:  # fmt: skip
    """Newest first, those older than `after`. owner, workshop: of who asked; None for everybody."""
    query = select(Reanalysis)
    if owner is not None:
        query = query.where(Reanalysis.asked_by == owner)
    if workshop is not None:
        query = query.where(Reanalysis.workshop == workshop)
    if after is not None:
        place = (after.created_at, after.id)
        query = query.where(tuple_(Reanalysis.created_at, Reanalysis.id) < place)
    query = query.order_by(Reanalysis.created_at.desc(), Reanalysis.id.desc())
    return list(session.scalars(query.limit(limit)))


def items_page(
    session: Session, reanalysis_id: str, *, state: ItemState | None, after: str, limit: int
) -> Sequence[ReanalysisItem]:
    """Clips of it by their ids, those with a greater one than `after`."""
    query = select(ReanalysisItem).where(
        ReanalysisItem.reanalysis_id == reanalysis_id, ReanalysisItem.clip_id > after
    )
    if state is not None:
        query = query.where(ReanalysisItem.state == state)
    return session.scalars(query.order_by(ReanalysisItem.clip_id).limit(limit)).all()


def _changes(session: Session, reanalysis_id: str, verdict: Verdict) -> list[Change]:
    before = getattr(ReanalysisItem, f"{verdict}_before")
    after = getattr(ReanalysisItem, f"{verdict}_after")
    many = func.count().label("many")
    query = (
        select(before, after, many)
        .where(
            ReanalysisItem.reanalysis_id == reanalysis_id,
            ReanalysisItem.state == "done",
            before.is_distinct_from(after),
        )
        .group_by(before, after)
        .order_by(many.desc(), before, after)
    )
    return [Change(was, now, clips) for was, now, clips in session.execute(query)]
