"""Labels in the records: given, taken back, counted."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select

from tingzhen.errors import ClipFileUnknown, UploadInvalid
from tingzhen.language import Text
from tingzhen.serving.labelling.facts import catch_up
from tingzhen.serving.labelling.label import DamageLabel, NoiseLabel
from tingzhen.serving.labelling.queue import labels_by_type
from tingzhen.serving.labelling.reading import with_facts
from tingzhen.serving.records import (
    ClipFacts,
    ClipFrame,
    ClipLabel,
    ClipRecord,
    LabelSource,
    RecogniserTask,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.service import Service


def give_label(
    service: Service,
    clip_id: str,
    label: NoiseLabel | DamageLabel,
    *,
    author: str,
    source: LabelSource = "page",
) -> ClipLabel:
    """Keep a label in place of an earlier one. author: key of a subject.

    Raises ClipUnknown, ClipFileUnknown for a place in a picture that the clip has not, and
    UploadInvalid for a noise that ends after the clip, or a clip without such a track.
    """
    catch_up(service.records)
    record, facts = with_facts(service, clip_id)
    _fits(record, facts, label)
    with writing(service.records) as session:
        lock_clip(session, clip_id)
        if isinstance(label, DamageLabel):
            there = set(session.scalars(select(ClipFrame.number).where(
                ClipFrame.clip_id == clip_id)))  # fmt: skip
            if missing := sorted({region.frame for region in label.regions} - there):
                raise ClipFileUnknown(
                    Text(f"这段记录没有第 {missing[0]} 个画面。",
                         f"The clip has no picture {missing[0]}.")
                )  # fmt: skip
        return session.merge(
            ClipLabel(
                clip_id=clip_id, task=label.task, labelled_at=datetime.now(UTC), author=author,
                source=source, types=list(label.types), regions={"regions": label.kept_regions()},
            )
        )  # fmt: skip


def take_back(service: Service, clip_id: str, task: RecogniserTask) -> bool:
    """Whether there was a label. Raises ClipUnknown."""
    with_facts(service, clip_id)
    with writing(service.records) as session:
        gone = session.execute(
            delete(ClipLabel).where(ClipLabel.clip_id == clip_id, ClipLabel.task == task)
            .returning(ClipLabel.clip_id)
        ).all()  # fmt: skip
    return bool(gone)


def labels_counted(service: Service) -> dict[str, Any]:
    """Labels by task and type, and how many clips have one."""
    with reading(service.records) as session:
        return {
            task: {
                "clips": session.execute(
                    select(func.count()).select_from(ClipLabel).where(ClipLabel.task == task)
                ).scalar_one(),
                "types": labels_by_type(session, task),
            }
            for task in ("noise", "damage")
        }


def _fits(record: ClipRecord, facts: ClipFacts, label: NoiseLabel | DamageLabel) -> None:
    verdict = record.noise_verdict if label.task == "noise" else record.damage_verdict
    if verdict in ("no_audio", "no_video"):
        raise UploadInvalid(
            Text("这段记录没有声音，无法标注噪声。" if label.task == "noise"
                 else "这段记录没有画面，无法标注损伤。",
                 f"The clip has no {'sound' if label.task == 'noise' else 'pictures'} to label.")
        )  # fmt: skip
    if isinstance(label, NoiseLabel):
        late = [r for r in label.regions if r.end_s > facts.duration_s + 0.5]
        if late:
            raise UploadInvalid(
                Text(f"区间 {late[0].start_s:g}–{late[0].end_s:g} 秒超出记录长度"
                     f"（{facts.duration_s:g} 秒）。",
                     f"The stretch {late[0].start_s:g} to {late[0].end_s:g} s ends after the clip "
                     f"({facts.duration_s:g} s).")
            )  # fmt: skip
