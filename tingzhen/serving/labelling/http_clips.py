"""/v1/lab: what came in, and clips as an engineer may see them."""

from datetime import date
from typing import Annotated, Any, Final, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath

from tingzhen.audio.findings import NoiseVerdict
from tingzhen.errors import UploadInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.clips.files import frame_of, sound_of, spectrogram_of
from tingzhen.serving.http.asking import ClipId, language_of, service_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.day import Day
from tingzhen.serving.http.problems import documented
from tingzhen.serving.http.ranges import with_ranges
from tingzhen.serving.labelling.deidentified import type_name
from tingzhen.serving.labelling.intake import intake, last_days
from tingzhen.serving.labelling.label import PLACED, TYPES, UNSURE
from tingzhen.serving.labelling.reading import (
    MOST,
    Faults,
    Wanted,
    clip_shown,
    clips_found,
    with_facts,
)
from tingzhen.serving.records import ClipRecord, RecogniserTask
from tingzhen.vision.findings import DamageVerdict

router = APIRouter(prefix="/v1/lab", tags=["lab"])
LONGEST_DAYS: Final = 1100
_READING: Final = ("upload_invalid", "records_unavailable")
_FILES: Final = (
    "clip_unknown", "clip_file_unknown", "files_unavailable", "file_missing", "storage_full",
)  # fmt: skip
_KEPT: Final = {"Cache-Control": "private, max-age=3600"}
_Word = Annotated[str | None, Query(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$")]
FrameNumber = Annotated[int, InPath(ge=1, le=256)]


def faults_known(request: Request) -> Faults:
    faults: Faults = request.app.state.lab_faults
    return faults


@router.get("/types", summary="What can be labelled", responses=documented(*_READING))
async def list_types(request: Request, lang: Language | None = None) -> Response:
    """Noise and damage types with their names; `placed`: whether a label needs or may have places
    of it."""
    language = language_of(request, lang)
    tasks: tuple[RecogniserTask, ...] = ("noise", "damage")
    found = {
        task: [
            {"type": t, "name": type_name(task, t, language), "placed": t in PLACED[task]}
            for t in TYPES[task]
        ]
        for task in tasks
    }
    return as_json({**found, "unsure": UNSURE}, language)


@router.get("/data", summary="What came in", responses=documented(*_READING))
async def read_data(
    request: Request,
    since: Day | None = None,
    until: Day | None = None,
    lang: Language | None = None,
) -> Response:
    """Clips with a report, counted by day (UTC) and by what the reports say; the last 30 days
    unless `since` and `until` say otherwise. Generated clips are counted apart. `pending`: reports
    that are not counted yet; ask again."""
    first, last = period(since, until)
    found = await anyio.to_thread.run_sync(intake, service_of(request), first, last)
    return as_json(found, language_of(request, lang))


@router.get("/clips", summary="Clips, newest first", responses=documented(*_READING))
async def list_clips(
    request: Request,
    *,
    since: Day | None = None,
    until: Day | None = None,
    kind: Literal["video", "audio", "photo"] | None = None,
    source: Literal["owner", "workshop", "generated"] | None = None,
    noise_verdict: NoiseVerdict | None = None,
    damage_verdict: DamageVerdict | None = None,
    noise_type: _Word = None,
    damage_type: _Word = None,
    quality: Annotated[_Word, Query(description="A quality code, or `clear`.")] = None,
    noise_version: _Word = None,
    damage_version: _Word = None,
    labelled: RecogniserTask | None = None,
    unlabelled: RecogniserTask | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 20,
    cursor: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
    lang: Language | None = None,
) -> Response:
    """Without owner, workshop, file name, words and exact time. `noise_type` and `damage_type`: the
    most probable type."""
    language = language_of(request, lang)
    wanted = Wanted(
        since=since, until=until, kind=kind, source=source, noise_verdict=noise_verdict,
        damage_verdict=damage_verdict, noise_type=noise_type, damage_type=damage_type,
        quality=quality, noise_version=noise_version, damage_version=damage_version,
        labelled=labelled, unlabelled=unlabelled,
    )  # fmt: skip
    clips, next_cursor = await anyio.to_thread.run_sync(
        lambda: clips_found(
            service_of(request), faults_known(request), wanted, language, after=cursor, limit=limit
        )
    )
    return as_json({"clips": clips, "next_cursor": next_cursor}, language)


@router.get("/clips/{clip_id}", summary="One clip", responses=documented(*_READING, *_FILES))
async def read_clip(request: Request, clip_id: ClipId, lang: Language | None = None) -> Response:
    """What the machine heard and saw, corrections, labels, what a version in the shadow said."""
    language = language_of(request, lang)
    found = await anyio.to_thread.run_sync(
        clip_shown, service_of(request), faults_known(request), clip_id, language
    )
    return as_json(found, language)


def _binary(mime: str) -> dict[int | str, dict[str, Any]]:
    content = {mime: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"content": content}, **documented(*_READING, *_FILES)}


@router.get("/clips/{clip_id}/sound", summary="Its sound", response_class=Response,
            responses=_binary("audio/mpeg"))  # fmt: skip
async def read_sound(request: Request, clip_id: ClipId) -> Response:
    """MP3, voices masked; in parts where a player asks for them with `Range`."""
    record = await _record(request, clip_id)
    mime, content = await anyio.to_thread.run_sync(sound_of, service_of(request), record)
    return with_ranges(request, content, mime, _KEPT)


@router.get("/clips/{clip_id}/spectrogram.png", summary="Its sound as a picture",
            response_class=Response, responses=_binary("image/png"))  # fmt: skip
async def read_spectrogram(request: Request, clip_id: ClipId) -> Response:
    """PNG, of the sound with masked voices."""
    record = await _record(request, clip_id)
    content = await anyio.to_thread.run_sync(spectrogram_of, service_of(request), record)
    return Response(content, headers=_KEPT, media_type="image/png")


@router.get("/clips/{clip_id}/frames/{number}.jpg", summary="One of its pictures",
            response_class=Response, responses=_binary("image/jpeg"))  # fmt: skip
async def read_frame(request: Request, clip_id: ClipId, number: FrameNumber) -> Response:
    """JPEG, faces and number plates blurred."""
    record = await _record(request, clip_id)
    content = await anyio.to_thread.run_sync(frame_of, service_of(request), record, number)
    return Response(content, headers=_KEPT, media_type="image/jpeg")


def period(since: date | None, until: date | None) -> tuple[date, date]:
    """The last 30 days where nothing is said. Raises UploadInvalid for one that ends before it
    begins, or is too long."""
    first, last = last_days(30, until)
    first = since or first
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise UploadInvalid(
            Text(f"since 必须不晚于 until，且最多 {LONGEST_DAYS} 天。",
                 f"`since` must not be after `until`, and at most {LONGEST_DAYS} days before it.")
        )  # fmt: skip
    return first, last


async def _record(request: Request, clip_id: str) -> ClipRecord:
    """Raises ClipUnknown, also while there is no report."""
    record, _ = await anyio.to_thread.run_sync(with_facts, service_of(request), clip_id)
    return record
