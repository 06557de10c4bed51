"""Stops reading a request body as soon as it is larger than an upload may be."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.serving.http_problems import BodyTooLarge

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
