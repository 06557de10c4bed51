"""Clips that an engineer may look at: found by what their report says, and one of them in full."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, not_, select, tuple_

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.language import Language
from tingzhen.serving.clips.files import frames_of
from tingzhen.serving.clips.view import wrong_cursor
from tingzhen.serving.labelling.deidentified import detail_of, row_of
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.records import (
    ClipFacts,
    ClipLabel,
    ClipRecord,
    ModelAgreement,
    RecogniserTask,
    corrections_of,
    labels_of,
    reading,
    unknown_clip,
)
from tingzhen.serving.service import Service

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Faults:
    """What of the knowledge base is needed here: ids, and how probable it is that a fault is heard
    or seen at all, by task and fault."""

    ids: frozenset[str] = frozenset()
    perceived: Mapping[RecogniserTask, Mapping[str, float]] = field(default_factory=dict)


def faults_of(knowledge: KnowledgeBase) -> Faults:
    heard = {f.id: max(f.noises.values(), default=0.0) for f in knowledge.faults}
    seen = {f.id: max(f.damages.values(), default=0.0) for f in knowledge.faults}
    return Faults(frozenset(heard), {"noise": heard, "damage": seen})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which clips are asked for; None asks nothing. since <= day <= until, UTC. labelled: has a
    label of that task; unlabelled: has none."""

    since: date | None = None
    until: date | None = None
    kind: str | None = None
    source: str | None = None
    noise_verdict: str | None = None
    damage_verdict: str | None = None
    noise_type: str | None = None
    damage_type: str | None = None
    quality: str | None = None
    noise_version: str | None = None
    damage_version: str | None = None
    labelled: RecogniserTask | None = None
    unlabelled: RecogniserTask | None = None
    ids: Collection[str] = ()


def clips_found(
    service: Service,
    faults: Faults,
    wanted: Wanted,
    language: Language,
    *,
    after: str | None = None,
    limit: int = 20,
) -> tuple[list[dict[str, Any]], str | None]:
    """The newest first, and the id after which the next page begins, None at the end. A place in
    the list is a clip's id: its moment is nobody's business here.

    Raises UploadInvalid where the clip after which it goes on is gone.
    """
    catch_up(service.records)
    query = found(wanted)
    if after is not None:
        with reading(service.records) as session:
            last_shown = session.get(ClipRecord, after)
        if last_shown is None:
            raise wrong_cursor()
        place = (last_shown.created_at, last_shown.id)
        query = query.where(tuple_(ClipRecord.created_at, ClipRecord.id) < place)
    query = query.order_by(ClipRecord.created_at.desc(), ClipRecord.id.desc()).limit(limit + 1)
    with reading(service.records) as session:
        rows = session.execute(query).all()
    shown = rows[:limit]
    more = shown[-1][0].id if len(rows) > limit else None
    return [row_of(record, facts, faults.ids, language) for record, facts in shown], more


def clip_shown(
    service: Service, faults: Faults, clip_id: str, language: Language
) -> dict[str, Any]:
    """One clip in full; its copies that may be shown are made where they are missing.

    Raises ClipUnknown, also where there is no report yet.
    """
    catch_up(service.records)
    record, facts = with_facts(service, clip_id)
    with reading(service.records) as session:
        corrections = corrections_of(session, clip_id)
        labels = labels_of(session, clip_id)
        compared = list(
            session.scalars(select(ModelAgreement).where(ModelAgreement.clip_id == clip_id))
        )
    frames = [(frame.number, frame.time_s) for frame in frames_of(service, record)]
    row = row_of(record, facts, faults.ids, language)
    return detail_of(
        row, record, language, frames=frames, corrections=corrections, labels=labels,
        compared=compared,
    )  # fmt: skip


def with_facts(service: Service, clip_id: str) -> tuple[ClipRecord, ClipFacts]:
    """Raises ClipUnknown, also for a clip without a report: nothing of it may be shown yet."""
    with reading(service.records) as session:
        record = session.get(ClipRecord, clip_id)
        facts = session.get(ClipFacts, clip_id)
    if record is None or facts is None or record.report_en is None or facts.noise_version is None:
        raise unknown_clip()
    return record, facts


def probabilities(record: ClipRecord, task: RecogniserTask) -> dict[str, float]:
    """Of all types, as the report has them; empty without one."""
    types = json.loads(record.report_en or "{}").get(task, {}).get("types", [])
    return {score["type"]: float(score["probability"]) for score in types}


def found(wanted: Wanted) -> Select[ClipRecord, ClipFacts]:
    """Clips with a report, joined with what it says."""
    query = select(ClipRecord, ClipFacts).join(ClipFacts, ClipFacts.clip_id == ClipRecord.id)
    known = (ClipRecord.report_en.is_not(None), ClipFacts.noise_version.is_not(None))
    return query.where(*known, *_conditions(wanted))


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    same: list[tuple[Any, Any]] = [
        (ClipRecord.kind, wanted.kind), (ClipRecord.noise_verdict, wanted.noise_verdict),
        (ClipRecord.damage_verdict, wanted.damage_verdict),
        (ClipFacts.noise_type, wanted.noise_type), (ClipFacts.damage_type, wanted.damage_type),
        (ClipFacts.noise_version, wanted.noise_version),
        (ClipFacts.damage_version, wanted.damage_version),
    ]  # fmt: skip
    conditions: list[ColumnElement[bool]] = [
        column == value for column, value in same if value is not None
    ]
    if wanted.ids:
        conditions.append(ClipRecord.id.in_(list(wanted.ids)))
    if wanted.since is not None:
        conditions.append(ClipRecord.created_at >= _begin(wanted.since))
    if wanted.until is not None:
        conditions.append(ClipRecord.created_at < _begin(wanted.until) + timedelta(days=1))
    if wanted.quality is not None:
        clear = wanted.quality == "clear"
        part = ";" if clear else f";{wanted.quality};"
        named = ClipFacts.quality.contains(part, autoescape=True)
        conditions.append(ClipFacts.quality == part if clear else named)
    if wanted.source is not None:
        conditions.append(_from(wanted.source))
    for task, there in ((wanted.labelled, True), (wanted.unlabelled, False)):
        if task is not None:
            has = exists().where(ClipLabel.clip_id == ClipRecord.id, ClipLabel.task == task)
            conditions.append(has if there else not_(has))
    return conditions


def _from(source: str) -> ColumnElement[bool]:
    if source == "generated":
        return ClipFacts.generated.is_(True)
    of_workshop = ClipRecord.workshop.is_not(None)
    return ClipFacts.generated.is_(False) & (of_workshop if source == "workshop" else ~of_workshop)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
