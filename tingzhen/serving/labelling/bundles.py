"""ZIP files that leave the service: tasks for Label Studio, and labelled clips for training.

Sound is the copy with masked voices, pictures those with blurred faces and plates. Written to a
file that is open already, one clip after the other, so that never more than one is in memory.
"""

import csv
import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlalchemy import select

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import ClipUnknown, TingzhenError
from tingzhen.language import Language
from tingzhen.serving.cases.in_use import vehicle_secret
from tingzhen.serving.clips.files import frame_of, frames_of, sound_of
from tingzhen.serving.labelling.deidentified import source_of
from tingzhen.serving.labelling.jpeg_size import jpeg_size_px
from tingzhen.serving.labelling.label import UNSURE
from tingzhen.serving.labelling.label_studio import config_of, picture_task, sound_task
from tingzhen.serving.labelling.reading import Faults, clip_shown, with_facts
from tingzhen.serving.logs import log
from tingzhen.serving.records import ClipLabel, ClipRecord, RecogniserTask, reading
from tingzhen.serving.service import Service

LOCAL_FILES: Final = "/data/local-files/?d="
"""Where Label Studio serves files of its own disk (Local storage in its documentation)."""
_NOISE_COLUMNS: Final = ("path", "acoustic", "group", "source", "reported", "seconds")
_DAMAGE_COLUMNS: Final = ("path", "source", "group", "labels", "boxes_xywh_norm")


@dataclass(frozen=True, slots=True)
class Written:
    """clips: that are in the file. left_out: that are not, because something of them is gone."""

    clips: int
    left_out: int


def write_tasks(
    service: Service, faults: Faults, task: RecogniserTask, ids: Sequence[str], file: IO[bytes],
    *, language: Language, folder: str,
) -> Written:  # fmt: skip
    """tasks.json, config.xml and the media of some clips. folder: below Label Studio's document
    root, where the media will lie. Raises RecordsUnavailable, FilesUnavailable."""
    tasks: list[dict[str, Any]] = []
    done = left_out = 0
    with ZipFile(file, "w") as archive:
        for clip_id in ids:
            try:
                clip = clip_shown(service, faults, clip_id, language)
                made = list(_tasks_of(service, task, clip, folder))
            except TingzhenError as error:
                _left_out(clip_id, error)
                left_out += 1
                continue
            for name, content, one in made:
                archive.writestr(name, content, ZIP_STORED)
                tasks.append(one)
            done += 1
        archive.writestr(
            "tasks.json", json.dumps(tasks, ensure_ascii=False, indent=1), ZIP_DEFLATED
        )
        archive.writestr("config.xml", config_of(task, language), ZIP_DEFLATED)
    return Written(done, left_out)


def write_manifest(
    service: Service, task: RecogniserTask, file: IO[bytes], *, generated: bool = False
) -> Written:
    """manifest.csv and the media of all labelled clips, as `tingzhen train` and `evaluate` read
    them (tingzhen.datasets). `unsure` labels are in a noise manifest, which leaves them out itself.

    group keeps together what one person sent of one make, model and year; it is a keyed digest, the
    same in every file of this installation. generated: take generated clips too, whose source then
    is `generated_clip`. Raises CasesUnavailable where the key cannot be made, RecordsUnavailable,
    FilesUnavailable.
    """
    with reading(service.records) as session:
        query = select(ClipLabel).where(ClipLabel.task == task).order_by(ClipLabel.clip_id)
        labels = list(session.scalars(query))
    secret = vehicle_secret(service.settings)
    done = left_out = 0
    columns = _NOISE_COLUMNS if task == "noise" else _DAMAGE_COLUMNS
    table = io.StringIO()
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    with ZipFile(file, "w") as archive:
        for label in labels:
            try:
                rows = list(_rows(service, label, secret, generated=generated))
            except TingzhenError as error:
                _left_out(label.clip_id, error)
                left_out += 1
                continue
            for name, content, row in rows:
                archive.writestr(name, content, ZIP_STORED)
                writer.writerow(row)
            done += bool(rows)
        archive.writestr("manifest.csv", table.getvalue(), ZIP_DEFLATED)
    return Written(done, left_out)


def group_of(record: ClipRecord, secret: bytes) -> str:
    """Who sent it and which vehicle it seems to be, as a digest that only this installation can
    make."""
    vehicle = Circumstances.model_validate_json(record.circumstances).vehicle
    told = json.dumps([record.owner, vehicle.make, vehicle.model, vehicle.year])
    return hmac.new(secret, f"label-group:{told}".encode(), hashlib.sha256).hexdigest()[:16]


def _tasks_of(
    service: Service, task: RecogniserTask, clip: dict[str, Any], folder: str
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    clip_id = clip["id"]
    record, _ = with_facts(service, clip_id)
    with reading(service.records) as session:
        label = session.get(ClipLabel, (clip_id, task))
    if task == "noise":
        name = f"media/{clip_id}.{_ending(service, record)}"
        content = sound_of(service, record)[1]
        yield name, content, sound_task(clip, label, _url(folder, name))
        return
    for frame in clip["frames"]:
        name = f"media/{clip_id}-{frame['number']}.jpg"
        content = frame_of(service, record, frame["number"])
        size_px = jpeg_size_px(content)
        yield name, content, picture_task(clip, frame, size_px, label, _url(folder, name))


def _rows(
    service: Service, label: ClipLabel, secret: bytes, *, generated: bool
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    record, facts = with_facts(service, label.clip_id)
    if facts.generated and not generated:
        return
    source = "generated_clip" if facts.generated else source_of(record, facts)
    about = {"group": group_of(record, secret), "source": source}
    if label.task == "noise":
        name = f"media/{record.id}.{_ending(service, record)}"
        row = about | {
            "path": name, "acoustic": ";".join(label.types), "reported": "",
            "seconds": f"{facts.duration_s:g}",
        }  # fmt: skip
        yield name, sound_of(service, record)[1], row
        return
    for number, types, boxes in frame_labels(label, _frame_numbers(service, record)):
        name = f"media/{record.id}-{number}.jpg"
        row = about | {
            "path": name, "labels": ";".join(types),
            "boxes_xywh_norm": json.dumps(boxes) if boxes else "",
        }  # fmt: skip
        yield name, frame_of(service, record, number), row


def frame_labels(
    label: ClipLabel, frames: Iterable[int]
) -> Iterator[tuple[int, list[str], list[list[Any]]]]:
    """What a label says of each picture: number, types, boxes [type, x, y, w, h]. Where damage is
    boxed, the pictures without a box say nothing and are left out; so is everything `unsure`."""
    if label.types == [UNSURE]:
        return
    regions = label.regions.get("regions", [])
    for number in frames:
        own = [r for r in regions if r["frame"] == number]
        if regions and not own:
            continue
        types = sorted({r["type"] for r in own}) or list(label.types)
        boxes = [[r["type"], r["x"], r["y"], r["width"], r["height"]] for r in own]
        yield number, types, boxes


def _frame_numbers(service: Service, record: ClipRecord) -> list[int]:
    return [frame.number for frame in frames_of(service, record)]


def _ending(service: Service, record: ClipRecord) -> str:
    return "mp3" if sound_of(service, record)[0] == "audio/mpeg" else "wav"


def _url(folder: str, name: str) -> str:
    return f"{LOCAL_FILES}{folder}/{name}" if folder else f"{LOCAL_FILES}{name}"


def _left_out(clip_id: str, error: TingzhenError) -> None:
    if not isinstance(error, ClipUnknown):
        log.warning("clip left out of a file", extra={"clip_id": clip_id, "code": error.code})
