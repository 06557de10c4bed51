"""/v1/uploads: clips in parts, gone on with after a lost line or a restart (tus 1.0.0).

https://tus.io/protocols/resumable-upload: core, creation, creation-with-upload, expiration,
checksum, termination. A finished upload is the clip of the same id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, TypeVar

import anyio
import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as InPath
from starlette.requests import ClientDisconnect

from tingzhen.errors import StorageFull
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.priority import priority_of
from tingzhen.serving.http.asking import service_of
from tingzhen.serving.http.problems import documented
from tingzhen.serving.logs import log
from tingzhen.serving.records import Upload
from tingzhen.serving.service import Service
from tingzhen.serving.uploads import resumable, tus_headers
from tingzhen.serving.uploads.body import Pouring
from tingzhen.serving.uploads.described import METADATA_KEYS, describe
from tingzhen.serving.uploads.digests import Checksum, parse_checksum
from tingzhen.serving.uploads.finish import finish
from tingzhen.serving.uploads.incoming import too_large
from tingzhen.serving.uploads.part_writer import PartWriter
from tingzhen.serving.uploads.sending import Sending
from tingzhen.serving.uploads.taking_turns import Turn

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])
UploadId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
_Resumable = Annotated[str | None, Header(max_length=20, examples=[tus_headers.VERSION])]
_Number = Annotated[str | None, Header(max_length=20, examples=["1048576"])]
_Checksum = Annotated[
    str | None, Header(max_length=100, examples=["sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="])
]
_COMMON: Final = ("tus_version_unsupported", "upload_invalid", "records_unavailable")
_OF_ONE: Final = (*_COMMON, "upload_unknown", "upload_expired", "upload_locked")
_WRITING: Final = (
    "too_large", "media_type_unsupported", "unknown_format", "digest_invalid", "digest_mismatch",
    "checksum_mismatch", "storage_full", "files_unavailable",
)  # fmt: skip
_T = TypeVar("_T")


def _document(status: int, *names: str) -> dict[int | str, dict[str, Any]]:
    headers = {name: {"schema": {"type": "string"}} for name in ("Tus-Resumable", *names)}
    return {status: {"headers": headers}}


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "content": {tus_headers.PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}
    }
}


@router.options("", status_code=204, summary="What of tus is spoken", response_class=Response,
                responses=_document(204, "Tus-Version", "Tus-Max-Size", "Tus-Extension",
                                    "Tus-Checksum-Algorithm"))  # fmt: skip
async def read_abilities(request: Request) -> Response:
    """Version, extensions, algorithms of checksums, and the largest clip."""
    return _abilities(request)


@router.options("/{upload_id}", status_code=204, summary="The same", response_class=Response,
                responses={**_document(204), **documented("upload_invalid")})  # fmt: skip
async def read_abilities_of_one(request: Request, upload_id: UploadId) -> Response:
    """What of tus is spoken."""
    return _abilities(request)


@router.post("", status_code=201, summary="Begin an upload", response_class=Response,
             openapi_extra=_BODY,
             responses={
                 **_document(201, "Location", "Upload-Expires", "Upload-Offset"),
                 **documented(*_COMMON, *_WRITING, "empty_file", "context_invalid",
                              "too_many_uploads", "queue_full", "upload_locked"),
             })  # fmt: skip
async def begin_upload(
    request: Request,
    access: Granted,
    *,
    tus_resumable: _Resumable = None,
    upload_length: _Number = None,
    upload_metadata: Annotated[str | None, Header(
        max_length=tus_headers.MOST_METADATA_CHARACTERS,
        examples=["filename ZW5naW5lLm1wNA==,context eyJ3aGVuIjpbImJyYWtpbmciXX0="],
        description="`filename`, and as wanted `context`, `workshop` and `sha256` of the whole "
        "file.")] = None,
    upload_checksum: _Checksum = None,
) -> Response:  # fmt: skip
    """`Location` is where its parts go. The first part may come along
    (`Content-Type: application/offset+octet-stream`)."""
    tus_headers.require_version(tus_resumable)
    service, sending = service_of(request), _sending(request)
    size = tus_headers.byte_count("Upload-Length", upload_length)
    said = tus_headers.parse_metadata(upload_metadata, METADATA_KEYS)
    priority = priority_of(access.caller)
    described = describe(said.get("filename") or said.get("name") or "clip", said,
                         priority=priority)  # fmt: skip
    allowed = access.caller.grant("clips.create").workshop_of_new(described.workshop)
    details = described.as_details() | {"workshop": allowed, "metadata": said}
    owner = access.caller.subject
    await _run(service.jobs.ensure_room)
    await _run(partial(sending.open_uploads.require_room, owner))
    upload = await _run(partial(resumable.begin, service, owner, size, details))
    log.info("upload begun", extra={"upload_id": upload.id, "bytes": size})
    offset = 0
    if request.headers.get("content-type"):
        tus_headers.require_part_type(request.headers.get("content-type"))
        part = _Part(upload, 0, parse_checksum(upload_checksum))
        offset = await _write(request, part)
    headers = {"Location": f"/v1/uploads/{upload.id}", **_state(upload, offset)}
    return Response(status_code=201, headers=headers)


@router.head("/{upload_id}", summary="How much of it is there", response_class=Response,
             responses={**_document(200, "Upload-Offset", "Upload-Length", "Upload-Expires",
                                    "Upload-Metadata"),
                        **documented(*_OF_ONE, *_WRITING)})  # fmt: skip
async def read_offset(
    request: Request, access: Granted, upload_id: UploadId, tus_resumable: _Resumable = None
) -> Response:
    """Another request that still waits for bytes of this upload is ended."""
    tus_headers.require_version(tus_resumable)
    service = service_of(request)
    async with _sending(request).turns.turn(upload_id):
        upload = await _run(partial(_reached, service, access, upload_id))
        if resumable.is_finished(upload):
            await _run(partial(finish, service, upload))
    headers = {
        "Upload-Length": str(upload.size_bytes), "Cache-Control": "no-store",
        **_state(upload, upload.offset_bytes),
    }  # fmt: skip
    if upload.details.get("metadata"):
        headers["Upload-Metadata"] = tus_headers.metadata_header(upload.details["metadata"])
    return Response(status_code=200, headers=headers)


@router.patch("/{upload_id}", status_code=204, summary="Send a part", response_class=Response,
              openapi_extra=_BODY,
              responses={**_document(204, "Upload-Offset", "Upload-Expires", "Link"),
                         **documented(*_OF_ONE, *_WRITING, "upload_offset_wrong")})  # fmt: skip
async def send_part(
    request: Request,
    access: Granted,
    upload_id: UploadId,
    *,
    tus_resumable: _Resumable = None,
    upload_offset: _Number = None,
    upload_checksum: _Checksum = None,
) -> Response:
    """It is on disk before this answers; what arrived before the line broke is kept too. With the
    last byte the upload becomes the clip of the same id, and `Link` names it."""
    tus_headers.require_version(tus_resumable)
    tus_headers.require_part_type(request.headers.get("content-type"))
    offset = tus_headers.byte_count("Upload-Offset", upload_offset)
    checksum = parse_checksum(upload_checksum)
    upload = await _run(partial(_reached, service_of(request), access, upload_id))
    offset = await _write(request, _Part(upload, offset, checksum))
    return Response(status_code=204, headers=_state(upload, offset))


@router.delete("/{upload_id}", status_code=204, summary="End an upload", response_class=Response,
               responses={**_document(204), **documented(*_OF_ONE)})  # fmt: skip
async def end_upload(
    request: Request, access: Granted, upload_id: UploadId, tus_resumable: _Resumable = None
) -> Response:
    """Its bytes are removed. A clip that it became stays."""
    tus_headers.require_version(tus_resumable)
    service = service_of(request)
    async with _sending(request).turns.turn(upload_id):
        await _run(partial(_reached, service, access, upload_id))
        await _run(partial(resumable.end, service, upload_id))
    return Response(status_code=204)


@dataclass(frozen=True, slots=True)
class _Part:
    upload: Upload
    offset: int
    checksum: Checksum | None


async def _write(request: Request, part: _Part) -> int:
    """The offset after the part; a finished upload has become its clip."""
    service, sending, upload = service_of(request), _sending(request), part.upload
    async with sending.turns.turn(upload.id) as turn:
        if resumable.is_finished(upload) and part.offset == upload.size_bytes:
            await _run(partial(finish, service, upload))
            return part.offset
        writer = await _run(partial(PartWriter, service, upload, part.offset, part.checksum))
        try:
            announced = request.headers.get("content-length", "")
            if announced.isdigit() and part.offset + int(announced) > (upload.size_bytes or 0):
                raise too_large(upload.size_bytes or 0)
            pouring = Pouring(writer.write, sending.threads)
            cut_short = await _read(request, pouring, turn, writer)
            with anyio.CancelScope(shield=True):
                await _run(partial(writer.keep, cut_short=cut_short))
                if writer.whole:
                    await _run(partial(finish, service, upload, writer))
            return writer.offset
        finally:
            writer.close()


async def _read(request: Request, pouring: Pouring, turn: Turn, writer: PartWriter) -> bool:
    """Whether the part was cut short: the line broke, or the sender came back on another one."""
    try:
        with turn.reading:
            await pouring.pour_all(request.stream())
            return False
    except ClientDisconnect:
        pass
    except StorageFull:
        with anyio.CancelScope(shield=True):
            await _run(partial(writer.keep, cut_short=True))  # what fits needs not come again
        raise
    with anyio.CancelScope(shield=True):
        await pouring.flush()
    return True


def _reached(service: Service, access: Access, upload_id: str) -> Upload:
    """Raises UploadUnknown, also for an upload that is somebody else's, and UploadExpired."""
    upload = resumable.find(service, upload_id)
    if not access.admits(upload.owner, None):
        raise resumable.unknown()
    return upload


def _state(upload: Upload, offset: int) -> dict[str, str]:
    expires = tus_headers.expires_header(upload.expires_at)
    headers = {"Upload-Offset": str(offset), "Upload-Expires": expires}
    if offset == upload.size_bytes:
        headers["Link"] = f'</v1/clips/{upload.id}>; rel="related"'
    return headers


def _abilities(request: Request) -> Response:
    most = service_of(request).settings.max_bytes
    return Response(status_code=204, headers=tus_headers.abilities(most))


def _sending(request: Request) -> Sending:
    sending: Sending = request.app.state.sending
    return sending


async def _run(work: Callable[[], _T]) -> _T:
    return await anyio.to_thread.run_sync(work)
