"""The label queue of one recogniser: clips without a label, those that would teach most first.

Clips of the same content (SHA-256) stand in it once, and not at all where one of them is labelled.
Generated clips come last: they teach nothing about the road.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from tingzhen.language import Language
from tingzhen.serving.labelling.deidentified import row_of
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.labelling.label import TYPES
from tingzhen.serving.labelling.reading import Faults
from tingzhen.serving.labelling.value import Teaching, contradicted, rarity
from tingzhen.serving.records import (
    ClipCorrection,
    ClipFacts,
    ClipLabel,
    ClipRecord,
    ModelAgreement,
    RecogniserTask,
    reading,
)
from tingzhen.serving.service import Service

LOOKED_AT: Final = 20_000
"""Newest clips that are put in order; older ones wait until these are labelled."""
_COLUMNS: Final = (
    ClipRecord.id, ClipRecord.sha256, ClipRecord.created_at, ClipRecord.confirmed_fault,
    ClipFacts.generated,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Queue:
    """clips: rows of `row_of` with `teaches` (the parts and the value). waiting: how many there
    are in all, each content once. pending: reports that are not counted yet."""

    clips: list[dict[str, Any]]
    waiting: int
    pending: int


def label_queue(
    service: Service, faults: Faults, task: RecogniserTask, language: Language, *, limit: int
) -> Queue:
    """Raises RecordsUnavailable."""
    pending = catch_up(service.records)
    with reading(service.records) as session:
        ranked = _ranked(session, faults, task)
        rows = {
            record.id: (record, facts)
            for record, facts in session.execute(
                select(ClipRecord, ClipFacts)
                .join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
                .where(ClipRecord.id.in_([clip_id for clip_id, _ in ranked[:limit]]))
            )
        }
    clips = [
        row_of(*rows[clip_id], faults.ids, language)
        | {"teaches": asdict(teaching) | {"value": round(teaching.value, 4)}}
        for clip_id, teaching in ranked[:limit]
        if clip_id in rows
    ]
    return Queue(clips, len(ranked), pending)


def labels_by_type(session: Session, task: RecogniserTask) -> dict[str, int]:
    """How many labels each type of the vocabulary has, those without as 0."""
    counted = dict.fromkeys(TYPES[task], 0)
    for types in session.scalars(select(ClipLabel.types).where(ClipLabel.task == task)):
        for type_ in types:
            if type_ in counted:
                counted[type_] += 1
    return counted


def _ranked(
    session: Session, faults: Faults, task: RecogniserTask
) -> list[tuple[str, Teaching]]:  # fmt: skip
    candidates = _candidates(session, task)
    labels = labels_by_type(session, task)
    corrected = set(session.scalars(select(ClipCorrection.clip_id).where(
        ClipCorrection.task == task)))  # fmt: skip
    differ = _disagreements(session, task)
    perceived = faults.perceived.get(task, {})
    ranked = []
    seen: set[str] = set()
    for row in candidates:
        if row.sha256 in seen:
            continue
        seen.add(row.sha256)
        teaching = Teaching(
            uncertainty=row.entropy or 0.0, disagreement=differ.get(row.id, 0.0),
            corrected=row.id in corrected,
            contradicted=contradicted(row.verdict, row.confirmed_fault, perceived),
            rarity=rarity(row.first, labels),
        )  # fmt: skip
        ranked.append((row.generated, -teaching.value, row.id, teaching))
    ranked.sort(key=lambda one: one[:2])  # of equal ones the newest stays first
    return [(clip_id, teaching) for _, _, clip_id, teaching in ranked]


def _candidates(session: Session, task: RecogniserTask) -> Sequence[Any]:
    same = aliased(ClipRecord)
    labelled = exists().where(
        and_(ClipLabel.task == task, ClipLabel.clip_id == same.id, same.sha256 == ClipRecord.sha256)
    )
    first = getattr(ClipFacts, f"{task}_type")
    query = (
        select(
            *_COLUMNS, first.label("first"),
            getattr(ClipFacts, f"{task}_entropy_bits").label("entropy"),
            getattr(ClipRecord, f"{task}_verdict").label("verdict"),
        )
        .join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
        .where(first.is_not(None), ~labelled)
        .order_by(ClipRecord.created_at.desc(), ClipRecord.id)
        .limit(LOOKED_AT)
    )  # fmt: skip
    return session.execute(query).all()


def _disagreements(session: Session, task: RecogniserTask) -> dict[str, float]:
    """Of clips that a version in the shadow judged too, by id: 1 where verdicts differ, 1/2 where
    first types do; the greatest of several comparisons."""
    verdict = func.min(_as_number(ModelAgreement.agree))
    first = func.min(_as_number(ModelAgreement.data["same_first"].as_boolean()))
    query = (
        select(ModelAgreement.clip_id, verdict, first)
        .where(ModelAgreement.task == task)
        .group_by(ModelAgreement.clip_id)
    )
    return {
        clip_id: 1.0 if not same_verdict else 0.5
        for clip_id, same_verdict, same_first in session.execute(query)
        if not same_verdict or not same_first
    }


def _as_number(flag: Any) -> Any:
    return case((flag, 1), else_=0)


def labelled_ids(service: Service, task: RecogniserTask, limit: int) -> list[str]:
    """Clips with a label of that task, the last labelled first."""
    query = select(ClipLabel.clip_id).where(ClipLabel.task == task)
    with reading(service.records) as session:
        return list(session.scalars(query.order_by(ClipLabel.labelled_at.desc()).limit(limit)))
