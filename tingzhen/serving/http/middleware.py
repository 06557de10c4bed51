"""Around every request: a limit on what is read of it, an id, a line in the log, measures."""

import re
import time
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.errors import InternalError
from tingzhen.serving.http.problems import BodyTooLarge
from tingzhen.serving.logs import log, request_id
from tingzhen.serving.operations import measures

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OWN_ID: Final = re.compile(r"[0-9a-f]{32}")
FORM_OVERHEAD_BYTES: Final = 1 << 20
"""Boundaries, part headers and the context that come with a file."""


class BodyLimit:
    """ASGI middleware; BodyTooLarge becomes a problem with status 413."""

    def __init__(self, app: ASGIApp, max_file_bytes: int) -> None:
        self._app = app
        self._most = max_file_bytes + FORM_OVERHEAD_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        read = 0

        async def limited() -> Message:
            nonlocal read
            if announced.isdigit() and int(announced) > self._most:
                raise BodyTooLarge
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise BodyTooLarge
            return message

        await self._app(scope, limited, send)


class RequestLog:
    """ASGI middleware, the outermost: gives each request an id, logs it and measures it.

    The id is the one that came with the request (X-Request-ID, up to 64 letters, digits, `-`, `_`
    and `.`), else a new one; it goes out with the answer and stands in every line of the log that
    is written for the request. Addresses are told as the route has them, never as they were sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})  # what is said of a problem inside is heard out here
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        id_ = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
        # Never taken back: a request has a task and so a context of its own, and what is said of
        # its failure further out shall have it too.
        request_id.set(id_)
        started = time.perf_counter()
        status: int | None = None  # as long as nothing was answered

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", id_.encode())]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            scope["state"].setdefault("problem_code", InternalError.code)
            status = status or 500
            raise
        finally:
            _tell(scope, status, time.perf_counter() - started)


def _tell(scope: Scope, status: int | None, spent_s: float) -> None:
    """status: None where the service stopped, or the client went, before an answer."""
    route, code = _route(scope), scope["state"].get("problem_code")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    facts = {"method": method, "route": route, "status": status, "ms": round(spent_s * 1000)}
    log.info("request", extra=facts | _ids(scope) | ({"code": code} if code else {}))
    measures.HTTP_REQUESTS.labels(method, route, str(status or "none")).inc()
    if code is not None:
        measures.HTTP_PROBLEMS.labels(code).inc()
    # A listener to events is answered for as long as it stays: that says nothing of our speed.
    if not route.endswith("/events"):
        measures.HTTP_SECONDS.labels(method, route).observe(spent_s)


def _route(scope: Scope) -> str:
    """Address of the route that answered, such as /v1/clips/{clip_id}; "none" without one."""
    return getattr(scope.get("route"), "path_format", None) or "none"


def _ids(scope: Scope) -> dict[str, str]:
    """What was asked for, where it is an id that we gave."""
    found = scope.get("path_params") or {}
    return {k: v for k, v in found.items() if isinstance(v, str) and _OWN_ID.fullmatch(v)}
