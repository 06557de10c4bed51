"""Around every request: a limit on what is read of it, and a line in the log."""

import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.serving.http_problems import BodyTooLarge
from tingzhen.serving.logs import log

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
    """ASGI middleware: one line for each request, with its status and the time it took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            facts = {"method": scope["method"], "path": scope["path"], "status": status}
            spent_ms = round((time.perf_counter() - started) * 1000)
            log.info("request", extra={**facts, "ms": spent_ms})
