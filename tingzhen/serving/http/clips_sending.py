"""POST /v1/clips: a clip in one request, acknowledged when file, record and job are safe."""

import hashlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
from fastapi import APIRouter, Header, Query, Request, Response
from starlette.requests import ClientDisconnect

from tingzhen.errors import UploadInvalid
from tingzhen.language import LANGUAGES, Language, Text
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.priority import priority_of
from tingzhen.serving.http.asking import Prefer, language_of, service_of, wait_s
from tingzhen.serving.http.clips_documents import ACCEPTED_DOCUMENT, CREATE_DOCUMENT
from tingzhen.serving.http.clips_reading import as_json, until_ended, view_now
from tingzhen.serving.http.problems import STATUS, documented, problem
from tingzhen.serving.logs import log
from tingzhen.serving.service import Service
from tingzhen.serving.uploads.accept import Accepted, NewClip, accept
from tingzhen.serving.uploads.body import Pouring
from tingzhen.serving.uploads.digests import check_sha256, sha256_of_digest
from tingzhen.serving.uploads.incoming import Incoming
from tingzhen.serving.uploads.sending import Sending
from tingzhen.serving.uploads.whole import Whole, idempotency_key, is_form, read_form, read_raw

router = APIRouter(prefix="/v1/clips", tags=["clips"])
CODES: Final = (
    "too_large", "media_type_unsupported", "unknown_format", "empty_file", "context_invalid",
    "upload_invalid", "digest_invalid", "digest_mismatch", "idempotency_key_reused",
    "too_many_uploads", "queue_full", "storage_full", "files_unavailable", "records_unavailable",
)  # fmt: skip
_ANALYSIS_CODES: Final = (
    "unsupported_codec", "damaged_file", "nothing_to_analyse", "too_long", "too_many_pixels",
    "too_many_streams", "decode_timeout", "decode_memory", "decoder_crashed", "internal_error",
)  # fmt: skip
_DIGEST_EXAMPLE: Final = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
_Digest = Annotated[str | None, Header(max_length=400, examples=[_DIGEST_EXAMPLE])]


@router.post("", status_code=202, summary="Send a clip", openapi_extra=CREATE_DOCUMENT,
             response_class=Response,
             responses={**ACCEPTED_DOCUMENT, **documented(*CODES, *_ANALYSIS_CODES)})  # fmt: skip
async def create_clip(
    request: Request,
    access: Granted,
    *,
    prefer: Prefer = None,
    idempotency_key_given: Annotated[str | None, Header(
        alias="Idempotency-Key", max_length=257,
        description="The same key with the same clip gives the same clip, however often it is "
        "sent.")] = None,
    content_digest: _Digest = None,
    repr_digest: _Digest = None,
    name: Annotated[str | None, Query(max_length=1000, description="File name, of a clip that is "
                                      "the body itself.")] = None,
    context: Annotated[str | None, Query(
        max_length=3000, description="A longer one goes into the form: a line has limits.",
    )] = None,
    workshop: Annotated[str | None, Query(max_length=32)] = None,
    lang: Language | None = None,
) -> Response:  # fmt: skip
    """The clip comes as the field `file` of a form, or as the body itself. The answer comes when
    file and record are safe; with `Prefer: wait=N` it waits for the report, and an analysis that
    fails meanwhile is answered with its problem."""
    language_of(request, lang)
    form = is_form(request.headers.get("content-type", ""), request.headers.get("content-encoding"))
    key = idempotency_key(idempotency_key_given)
    digests = (sha256_of_digest(content_digest), sha256_of_digest(repr_digest))
    query = {"name": name, "context": context, "workshop": workshop}
    accepted = await _receive(
        request, access, form=form, key=key, digests=digests,
        query={key: value for key, value in query.items() if value is not None},
    )  # fmt: skip
    headers = {"Location": f"/v1/clips/{accepted.clip_id}"}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    wait = wait_s(prefer)
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait:.0f}"
        ended = await _ended(request, access, accepted.clip_id, wait)
        if ended is not None:
            ended.headers.update(headers)
            return ended
    language = language_of(request, None)
    shown = await view_now(request, access, accepted.clip_id, language)
    return as_json(shown, language, 202, headers)


async def _receive(
    request: Request,
    access: Access,
    *,
    form: bool,
    key: str | None,
    digests: tuple[str | None, str | None],
    query: dict[str, str],
) -> Accepted:
    service, sending = service_of(request), _sending(request)
    owner, priority = access.caller.subject, priority_of(access.caller)
    await anyio.to_thread.run_sync(service.jobs.ensure_room)
    await anyio.to_thread.run_sync(sending.open_uploads.require_room, owner)
    with sending.open_uploads.receiving(owner):
        incoming = await anyio.to_thread.run_sync(
            partial(
                Incoming, sending.folder, most_bytes=service.settings.max_bytes,
                announced_bytes=0 if form else _announced(request),
            )
        )  # fmt: skip
        try:
            pouring = Pouring(incoming.write, sending.threads)
            hashing = hashlib.sha256() if form and any(digests) else None
            body = _chunks(request, hashing)
            if form:
                whole = await read_form(
                    request.headers["content-type"], body, pouring, query=query,
                    priority=priority, said_language=partial(_said_language, request),
                )  # fmt: skip
            else:
                whole = await read_raw(body, pouring, query=query, priority=priority)
            if hashing is not None:
                check_sha256(hashing.hexdigest(), *digests)  # of the whole form, as RFC 9530 has it
                digests = (None, None)
            keep = partial(_keep, service, access, incoming, whole, key=key, digests=digests)
            return await anyio.to_thread.run_sync(keep)
        except ClientDisconnect as error:
            raise UploadInvalid(
                Text("连接在上传完成前中断，没有保存。请重新上传。",
                     "The line broke before all of it arrived, so nothing was kept. Send it again.")
            ) from error  # fmt: skip
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(incoming.discard)


def _keep(
    service: Service,
    access: Access,
    incoming: Incoming,
    whole: Whole,
    *,
    key: str | None,
    digests: tuple[str | None, ...],
) -> Accepted:
    received, described = incoming.finish(), whole.described
    check_sha256(received.sha256, whole.sha256, described.sha256, *digests)
    accepted = accept(service, received, NewClip(
        owner=access.caller.subject, label=described.label,
        circumstances=described.circumstances,
        workshop=access.workshop_of_new(described.workshop), priority=described.priority, key=key,
    ))  # fmt: skip
    log.info("clip accepted", extra={"clip_id": accepted.clip_id, "bytes": received.size_bytes})
    return accepted


async def _ended(
    request: Request, access: Access, clip_id: str, timeout_s: float
) -> Response | None:
    """The report, or the problem of an analysis that failed; None while it goes on, or where it was
    cancelled."""
    record = await until_ended(request, access, clip_id, timeout_s)
    language = language_of(request, None)
    report = record.report(language)
    if report is not None:
        return as_json(report, language)
    if record.error_code is None:
        return None
    message = (record.error_zh if language == "zh" else record.error_en) or record.error_code
    return problem(request, STATUS.get(record.error_code, 422), record.error_code, message)


async def _chunks(request: Request, hashing: Any) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if hashing is not None:
            hashing.update(chunk)
        yield chunk


def _announced(request: Request) -> int:
    given = request.headers.get("content-length", "")
    return int(given) if given.isascii() and given.isdigit() else 0


def _said_language(request: Request, said: str) -> None:
    """Raises UploadInvalid for a language that is not spoken."""
    if not said:
        return
    if said not in LANGUAGES:
        raise UploadInvalid(Text("lang 应为 zh 或 en。", "`lang` is zh or en."))
    request.state.language = said


def _sending(request: Request) -> Sending:
    sending: Sending = request.app.state.sending
    return sending
