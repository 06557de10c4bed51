"""The whole application in this process, asked with an engineer's token."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

from tingzhen.serving.access.tokens import create_token


class Engineer:
    """Sends requests through the real application, gate and middleware included."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        token = create_token(
            app.state.service.records, subject="han_meimei", role="engineer", valid_for=None
        )
        self._headers = {"authorization": f"Bearer {token.text}"}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = self._headers | more.pop("headers", {})

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
                return await client.request(method, path, headers=headers, **more)

        return asyncio.run(send())
