"""/v1/lab: the label queue, labels, and labels as files for Label Studio and for training."""

import json
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from tingzhen.errors import LabelsInvalid, LabelUnknown
from tingzhen.language import Language, Text
from tingzhen.serving.access import Granted
from tingzhen.serving.http.asking import ClipId, language_of, service_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.problems import documented
from tingzhen.serving.labelling.bundles import Written, write_manifest, write_tasks
from tingzhen.serving.labelling.deidentified import label_of
from tingzhen.serving.labelling.http_clips import faults_known
from tingzhen.serving.labelling.label import Label
from tingzhen.serving.labelling.labels import give_label, labels_counted, take_back
from tingzhen.serving.labelling.queue import label_queue, labelled_ids
from tingzhen.serving.labelling.taking import take_labels
from tingzhen.serving.records import RecogniserTask

router = APIRouter(prefix="/v1/lab", tags=["lab"])
MOST_BYTES: Final = 20_000_000
_MEMORY_BYTES: Final = 8_000_000
_PIECE_BYTES: Final = 1 << 16
_READING: Final = ("upload_invalid", "records_unavailable")
Task = Annotated[RecogniserTask, InPath(examples=["noise"])]
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    **documented(*_READING, "files_unavailable", "cases_unavailable"),
}


class RefusedTask(BaseModel):
    """task: its number in the file, from 1."""

    model_config = ConfigDict(extra="forbid")
    task: int
    reason: str


class Taken(BaseModel):
    """labels: that were kept. without: tasks that nobody has annotated."""

    model_config = ConfigDict(extra="forbid")
    tasks: int
    labels: int
    without: int
    refused: list[RefusedTask] = Field(max_length=1000)


@router.get("/queue/{task}", summary="The label queue", responses=documented(*_READING))
async def read_queue(
    request: Request,
    task: Task,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    lang: Language | None = None,
) -> Response:
    """Clips without a label, those that would teach most first, each content once. `teaches` holds
    the parts and the value; how it is worked out stands in docs/labelling.md."""
    language = language_of(request, lang)
    queue = await anyio.to_thread.run_sync(
        lambda: label_queue(service_of(request), faults_known(request), task, language, limit=limit)
    )
    content = {
        "task": task, "clips": queue.clips, "waiting": queue.waiting, "pending": queue.pending,
    }  # fmt: skip
    return as_json(content, language)


@router.get("/labels", summary="How many labels there are", responses=documented(*_READING))
async def count_labels(request: Request, lang: Language | None = None) -> Response:
    """By task and type."""
    found = await anyio.to_thread.run_sync(labels_counted, service_of(request))
    return as_json(found, language_of(request, lang))


@router.put("/clips/{clip_id}/label", summary="Label a clip",
            responses=documented(*_READING, "clip_unknown", "clip_file_unknown"))  # fmt: skip
async def label_clip(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    label: Annotated[Label, Body()],
    lang: Language | None = None,
) -> Response:
    """In place of an earlier label of the same task."""
    language = language_of(request, lang)
    author = access.caller.key
    kept = await anyio.to_thread.run_sync(
        lambda: give_label(service_of(request), clip_id, label, author=author)
    )
    return as_json(label_of(kept), language)


@router.delete("/clips/{clip_id}/label/{task}", summary="Take a label back", status_code=204,
               response_class=Response,
               responses=documented(*_READING, "clip_unknown", "label_unknown"))  # fmt: skip
async def unlabel_clip(request: Request, clip_id: ClipId, task: Task) -> Response:
    """The clip stands in the queue again."""
    if not await anyio.to_thread.run_sync(take_back, service_of(request), clip_id, task):
        raise LabelUnknown(
            Text("这段记录没有这种标注。", "The clip has no label of that task.")
        )  # fmt: skip
    return Response(status_code=204)


@router.get("/label-studio/{task}.zip", summary="Tasks for Label Studio", responses=_ZIP,
            response_class=Response)  # fmt: skip
async def export_tasks(
    request: Request,
    task: Task,
    *,
    clip: Annotated[list[str], Query(max_length=500)] = [],  # noqa: B006 - FastAPI copies it
    labelled: Annotated[bool, Query(description="Labelled clips, else the queue.")] = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    folder: Annotated[str, Query(max_length=200, pattern=r"^[A-Za-z0-9._/-]*$")] = "tingzhen",
    lang: Language | None = None,
) -> Response:
    """A ZIP file: `tasks.json`, `config.xml` (the labelling interface) and `media/`. `clip`: only
    these; else the first of the queue. `folder`: where `media/` will lie below Label Studio's
    document root."""
    language = language_of(request, lang)
    service, faults = service_of(request), faults_known(request)

    def write(file: IO[bytes]) -> Written:
        ids = clip
        if not ids and labelled:
            ids = labelled_ids(service, task, limit)
        elif not ids:
            queue = label_queue(service, faults, task, language, limit=limit)
            ids = [one["id"] for one in queue.clips]
        return write_tasks(service, faults, task, ids, file, language=language, folder=folder)

    return await _zipped(write, f"tingzhen-{task}-tasks.zip")


@router.post("/label-studio", summary="Take over annotations of Label Studio", response_model=Taken,
             responses=documented(*_READING, "labels_invalid", "too_large"),
             openapi_extra={"requestBody": {"required": True, "content": {"application/json": {
                 "schema": {"type": "array", "items": {}}}}}})  # fmt: skip
async def import_annotations(
    request: Request, access: Granted, lang: Language | None = None
) -> Response:
    """The JSON export (not JSON-MIN), up to 20 MB. What cannot be used is named with the number of
    its task; everything else is kept."""
    language = language_of(request, lang)
    body = await request.body()
    author = access.caller.key
    taken = await anyio.to_thread.run_sync(
        lambda: take_labels(service_of(request), tasks_in(body), author=author)
    )
    content = {
        "tasks": taken.tasks, "labels": taken.labels, "without": taken.without,
        "refused": [
            {"task": one.number, "reason": one.reason.to(language)}
            for one in taken.refused[:1000]
        ],
    }  # fmt: skip
    return as_json(content, language)


@router.get("/manifest/{task}.zip", summary="Labelled clips for training", responses=_ZIP,
            response_class=Response)  # fmt: skip
async def export_manifest(
    request: Request,
    task: Task,
    generated: Annotated[bool, Query(description="Take generated clips too.")] = False,
) -> Response:
    """A ZIP file with `manifest.csv` and `media/`, which `tingzhen train` and `tingzhen evaluate`
    read."""
    service = service_of(request)
    return await _zipped(
        lambda file: write_manifest(service, task, file, generated=generated),
        f"tingzhen-{task}-labels.zip",
    )


def tasks_in(body: bytes) -> list[Any]:
    """Raises LabelsInvalid."""
    if len(body) > MOST_BYTES:
        raise LabelsInvalid(
            Text("文件超过 20 MB。请分成几个文件。",
                 "The file is larger than 20 MB. Send it in parts.")
        )  # fmt: skip
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LabelsInvalid(
            Text("文件不是 JSON。请在 Label Studio 中以 JSON 格式导出。",
                 "The file is no JSON. Export it from Label Studio as JSON.")
        ) from error  # fmt: skip
    if not isinstance(found, list):
        raise LabelsInvalid(
            Text("文件应为任务列表。请在 Label Studio 中以 JSON 格式导出。",
                 "The file should hold a list of tasks. Export it from Label Studio as JSON.")
        )  # fmt: skip
    return found


async def _zipped(write: Callable[[IO[bytes]], Written], name: str) -> Response:
    file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115 - closed when sent
    try:
        written = await anyio.to_thread.run_sync(write, file)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size),
        "Cache-Control": "no-store", "X-Clips": str(written.clips),
        "X-Clips-Left-Out": str(written.left_out),
    }  # fmt: skip
    return StreamingResponse(_pieces(file), headers=headers, media_type="application/zip")


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
