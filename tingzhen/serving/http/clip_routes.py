"""All endpoints of clips and uploads, with what they share and what runs beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import anyio.to_thread
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.errors import TingzhenError
from tingzhen.serving.clips.watch import ClipWatch
from tingzhen.serving.corrections import http as http_corrections
from tingzhen.serving.http import clip_actions as http_clip_actions
from tingzhen.serving.http import clip_events as http_clip_events
from tingzhen.serving.http import clip_files as http_clip_files
from tingzhen.serving.http import clip_likeness as http_clip_likeness
from tingzhen.serving.http import clips_reading as http_clips_reading
from tingzhen.serving.http import clips_sending as http_clips_sending
from tingzhen.serving.http import faults as http_faults
from tingzhen.serving.http import owners as http_owners
from tingzhen.serving.http import reanalyses as http_reanalyses
from tingzhen.serving.http import uploads as http_uploads
from tingzhen.serving.logs import log
from tingzhen.serving.service import Service
from tingzhen.serving.uploads import resumable, tus_headers
from tingzhen.serving.uploads.sending import open_sending

ROUTERS: Final = (
    http_clips_sending.router, http_clips_reading.router, http_clip_events.router,
    http_clip_files.router, http_clip_actions.router, http_corrections.router,
    http_clip_likeness.router, http_faults.router, http_reanalyses.router, http_owners.router,
    http_uploads.router,
)  # fmt: skip
_CLEAN_UP_S: Final = 600.0
_UPLOADS: Final = "/v1/uploads"


def add_clips(app: FastAPI, service: Service) -> None:
    """Raises OSError where the folder of uploads cannot be made, RecordsUnavailable."""
    app.state.sending = open_sending(service)
    app.state.watch = ClipWatch(service)
    for router in ROUTERS:
        app.include_router(router)


@asynccontextmanager
async def beside_requests(app: FastAPI) -> AsyncIterator[None]:
    """What runs while requests are answered: watching for events, removing expired uploads."""
    watch: ClipWatch = app.state.watch
    service: Service = app.state.service
    async with watch.running(), anyio.create_task_group() as group:
        group.start_soon(_clean_up, service)
        yield
        group.cancel_scope.cancel()


async def _clean_up(service: Service) -> None:
    while True:
        await anyio.sleep(_CLEAN_UP_S)
        try:
            await anyio.to_thread.run_sync(resumable.end_expired, service)
        except TingzhenError as error:
            log.warning("expired uploads are removed later", extra={"code": error.code})


class TusProtocol:
    """ASGI middleware: what tus asks of every answer, and of clients that can send GET and POST
    alone (X-HTTP-Method-Override). Outside of whatever looks at the method."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_UPLOADS):
            await self._app(scope, receive, send)
            return
        given: Any = dict(scope["headers"]).get(b"x-http-method-override", b"")
        if scope["method"] == "POST" and given.upper() in (b"PATCH", b"DELETE"):
            scope["method"] = given.decode().upper()

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {b"tus-resumable": tus_headers.VERSION.encode()}
                if message["status"] == 412:
                    own[b"tus-version"] = tus_headers.VERSION.encode()
                headers = message.setdefault("headers", [])
                there = {name.lower() for name, _ in headers}
                headers.extend((n, v) for n, v in own.items() if n not in there)
            await send(message)

        await self._app(scope, receive, completed)
