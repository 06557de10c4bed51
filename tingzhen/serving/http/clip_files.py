"""Frames, spectrogram and sound of a clip."""

from typing import Annotated, Any, Final, Literal

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict

from tingzhen.language import Language
from tingzhen.serving.access import Granted
from tingzhen.serving.clips.files import (
    ensure_shown,
    frame_of,
    frames_of,
    hidden_in,
    missing,
    sound_of,
    spectrogram_of,
)
from tingzhen.serving.clips.spectrogram import SpectrogramView, spectrogram_view
from tingzhen.serving.http.asking import ClipId, known_clip, language_of, service_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.problems import documented
from tingzhen.serving.http.ranges import with_ranges
from tingzhen.serving.privacy.videos import video_of

router = APIRouter(prefix="/v1/clips", tags=["clips"])
_CODES: Final = (
    "clip_unknown", "clip_file_unknown", "upload_invalid", "records_unavailable",
    "files_unavailable", "file_missing", "storage_full",
)  # fmt: skip
_MADE_WITHIN_S: Final = 2
_KEPT: Final = {"Cache-Control": "private, max-age=3600"}


class HiddenView(BaseModel):
    """A blurred place. box: x, y, width, height, 0..1 of the picture. over_finding: it covers a
    part of a damage that the report shows in this picture."""

    model_config = ConfigDict(extra="forbid")
    what: Literal["face", "plate"]
    box: tuple[float, float, float, float]
    over_finding: bool


class FrameView(BaseModel):
    """time_s: its moment in the clip. hidden: what is blurred in it."""

    model_config = ConfigDict(extra="forbid")
    number: int
    time_s: float
    url: str
    hidden: list[HiddenView]


class Frames(BaseModel):
    """In their order; none of a sound."""

    model_config = ConfigDict(extra="forbid")
    frames: list[FrameView]


def _binary(mime: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {"content": {mime: {"schema": {"type": "string", "format": "binary"}}}},
        **documented(*_CODES),
    }


@router.get("/{clip_id}/frames", summary="The pictures that were looked at", response_model=Frames,
            responses=documented(*_CODES))  # fmt: skip
async def list_frames(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """Upright, in the size that they were looked at in; faces and number plates that were found are
    blurred."""
    language = language_of(request, lang)
    record = await known_clip(request, access, clip_id)
    service = service_of(request)
    found = await anyio.to_thread.run_sync(frames_of, service, record)
    hidden = await anyio.to_thread.run_sync(hidden_in, service, record, found)
    frames = [
        {"number": frame.number, "time_s": round(frame.time_s, 3),
         "url": f"/v1/clips/{clip_id}/frames/{frame.number}.jpg",
         "hidden": [{"what": place.what, "box": [round(side, 4) for side in place.box],
                     "over_finding": over} for place, over in hidden[frame.number]]}
        for frame in found
    ]  # fmt: skip
    return as_json({"frames": frames}, language)


@router.get("/{clip_id}/frames/{number}.jpg", summary="One picture", response_class=Response,
            responses=_binary("image/jpeg"))  # fmt: skip
async def read_frame(
    request: Request, access: Granted, clip_id: ClipId, number: Annotated[int, InPath(ge=1, le=256)]
) -> Response:
    """JPEG."""
    record = await known_clip(request, access, clip_id)
    content = await anyio.to_thread.run_sync(frame_of, service_of(request), record, number)
    return Response(content, headers=_KEPT, media_type="image/jpeg")


@router.get("/{clip_id}/spectrogram.png", summary="The sound as a picture",
            response_class=Response, responses=_binary("image/png"))  # fmt: skip
async def read_spectrogram(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """PNG: time in s, frequency in Hz, the noise events in boxes with their numbers."""
    record = await known_clip(request, access, clip_id)
    content = await anyio.to_thread.run_sync(spectrogram_of, service_of(request), record)
    return Response(content, headers=_KEPT, media_type="image/png")


@router.get("/{clip_id}/spectrogram", summary="The spectrogram in numbers",
            response_model=SpectrogramView, responses=documented(*_CODES))  # fmt: skip
async def read_spectrogram_view(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """Where the plot lies in the picture, what its axes mean, and the events in it, each with the
    band in which it is heard."""
    language = language_of(request, lang)
    record = await known_clip(request, access, clip_id)
    service = service_of(request)

    def work() -> dict[str, Any]:
        shown = ensure_shown(service, record)
        if shown.spectrogram_key is None:
            raise missing()
        return spectrogram_view(service.files, shown, language)

    return as_json(await anyio.to_thread.run_sync(work), language)


@router.get("/{clip_id}/video", summary="A small copy of the video", response_class=Response,
            responses={
                202: {"description": "A worker makes it now; `Retry-After` says when to ask."},
                206: {"description": "The part that `Range` asked for.", "content": {
                    "video/mp4": {"schema": {"type": "string", "format": "binary"}}}},
                **_binary("video/mp4"),
            })  # fmt: skip
async def read_video(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """MP4 with H.264 and AAC, at most 640 pixels and four pictures a second, faces and plates
    blurred, voices masked. Asked for the first time it may still have to be made."""
    record = await known_clip(request, access, clip_id)
    content = await anyio.to_thread.run_sync(video_of, service_of(request), record)
    if content is None:
        return Response(status_code=202, headers={"Retry-After": str(_MADE_WITHIN_S)})
    return with_ranges(request, content, "video/mp4", _KEPT)


@router.get("/{clip_id}/sound", summary="The sound", response_class=Response,
            responses={
                206: {"description": "The part that `Range` asked for.", "content": {
                    "audio/mpeg": {"schema": {"type": "string", "format": "binary"}}}},
                **_binary("audio/mpeg"),
            })  # fmt: skip
async def read_sound(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """MP3, mono, 16 kHz, voices masked; in parts where a player asks for them with `Range`."""
    record = await known_clip(request, access, clip_id)
    mime, content = await anyio.to_thread.run_sync(sound_of, service_of(request), record)
    return with_ranges(request, content, mime, _KEPT)
