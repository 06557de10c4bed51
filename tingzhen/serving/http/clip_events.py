"""/v1/clips/{id}/events: what happens to a clip while it happens (Server-Sent Events).

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Header, Request, Response
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from tingzhen.errors import TingzhenError
from tingzhen.language import Language
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.view import in_language
from tingzhen.serving.clips.watch import ClipWatch
from tingzhen.serving.http.asking import ClipId, known, language_of, service_of
from tingzhen.serving.http.clips_documents import EVENTS_DOCUMENT
from tingzhen.serving.http.problems import documented
from tingzhen.serving.records import ENDED, ClipEvent, ClipRecord, events_after, reading
from tingzhen.serving.service import Service

router = APIRouter(prefix="/v1/clips", tags=["clips"])
HEARTBEAT_S: Final = 15.0
_COME_BACK_AFTER_MS: Final = 1000
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/{clip_id}/events", summary="What happens to a clip, as it happens",
            response_class=StreamingResponse,
            responses={**EVENTS_DOCUMENT, **documented("clip_unknown", "upload_invalid",
                                                       "records_unavailable")})  # fmt: skip
async def stream_events(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    last_event_id: Annotated[int | None, Header(
        ge=0, le=2**62, description="`id` of the last event that was read.")] = None,
    lang: Language | None = None,
) -> Response:  # fmt: skip
    """Goes on after `Last-Event-ID`; comments keep the line open while nothing happens."""
    language = language_of(request, lang)
    seen = last_event_id or 0
    record, events = await anyio.to_thread.run_sync(
        _news, service_of(request), access, clip_id, seen
    )
    if record.state in ENDED and not events and last_event_id is not None:
        return Response(status_code=204)
    headers = _HEADERS | {"Content-Language": language}
    lines = _lines(request, access, clip_id, seen, language)
    return StreamingResponse(lines, headers=headers, media_type="text/event-stream")


async def _lines(
    request: Request, access: Access, clip_id: str, seen: int, language: Language
) -> AsyncIterator[bytes]:
    watch: ClipWatch = request.app.state.watch
    service = service_of(request)
    yield format_sse_event(retry=_COME_BACK_AFTER_MS)
    with watch.listening(clip_id) as listener:
        while True:
            try:
                record, events = await anyio.to_thread.run_sync(
                    _news, service, access, clip_id, seen
                )
            except TingzhenError:
                return  # deleted, or the database is gone: who comes back is told which
            for event in events:
                seen = event.seq
                yield _line(event, language)
            if record.state in ENDED or watch.stopping:
                return  # who has not seen the end comes back with Last-Event-ID
            if not await listener.wait(HEARTBEAT_S):
                yield format_sse_event(comment="still at work")


def _news(
    service: Service, access: Access, clip_id: str, seen: int
) -> tuple[ClipRecord, list[ClipEvent]]:
    """The clip, then its events: whatever ended it is among them."""
    record = known(service, access, clip_id)
    with reading(service.records) as session:
        return record, events_after(session, seen, clip_id=clip_id)


def _line(event: ClipEvent, language: Language) -> bytes:
    data = {
        "clip_id": event.clip_id, "at": event.at.isoformat(), **in_language(event.data, language),
    }  # fmt: skip
    return format_sse_event(
        data_str=json.dumps(data, ensure_ascii=False), event=event.kind, id=str(event.seq)
    )
