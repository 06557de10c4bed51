"""What endpoints of clips ask of a request: which clip, which language, how long to wait."""

import re
from typing import Annotated, Final

import anyio.to_thread
from fastapi import Header, Request
from fastapi import Path as InPath

from tingzhen.language import Language
from tingzhen.serving.access import Access
from tingzhen.serving.http.problems import request_language
from tingzhen.serving.records import ClipRecord, clip, reading, unknown_clip
from tingzhen.serving.service import Service

MOST_WAIT_S: Final = 60.0
_WAIT: Final = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", re.IGNORECASE)

ClipId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
Prefer = Annotated[
    str | None,
    Header(max_length=200, description="`wait=N` (RFC 7240): wait up to N seconds for the end, "
           "60 at most.", examples=["wait=30"]),
]  # fmt: skip


def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def language_of(request: Request, given: Language | None) -> Language:
    """given: the parameter `lang`; it decides for this request's problems too."""
    request.state.language = given or getattr(request.state, "language", None)
    return request_language(request)


def wait_s(prefer: str | None) -> float | None:
    """Seconds of `wait` in Prefer, at most 60; None without it. What else it says is ignored, as
    RFC 7240, 2 has it."""
    found = _WAIT.search(prefer or "")
    return min(float(found[1]), MOST_WAIT_S) if found else None


def known(service: Service, access: Access, clip_id: str) -> ClipRecord:
    """Blocking. Raises ClipUnknown, also for a clip that the caller does not reach."""
    with reading(service.records) as session:
        record = clip(session, clip_id)
    if not access.admits(record.owner, record.workshop):
        raise unknown_clip()
    return record


async def known_clip(request: Request, access: Access, clip_id: str) -> ClipRecord:
    """The same from a coroutine."""
    return await anyio.to_thread.run_sync(known, service_of(request), access, clip_id)
