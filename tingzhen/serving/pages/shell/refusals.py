"""What a browser is shown where a page is refused: the way to sign in, or a page that says why."""

import json
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.serving.http.problems import PROBLEM_JSON
from tingzhen.serving.pages.shell.page import render

_NO_PAGES: Final = ("/v1/", "/v2", "/static/", "/metrics", "/healthz", "/readyz", "/openapi.json")


class PageRefusals:
    """ASGI middleware around the gate: a problem that answers to a browser looking for a page
    becomes a page with the same status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _looks_for_page(scope):
            await self._app(scope, receive, send)
            return
        problem: Message | None = None
        body = b""

        async def held(message: Message) -> None:
            nonlocal problem, body
            if message["type"] == "http.response.start" and _is_problem(message):
                problem = message
            elif problem is None:
                await send(message)
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, held)
        if problem is not None:
            response = _page(Request(scope), problem["status"], json.loads(body))
            await response(scope, receive, send)


def _looks_for_page(scope: Scope) -> bool:
    accept = dict(scope["headers"]).get(b"accept", b"")
    return (
        scope["method"] == "GET"
        and b"text/html" in accept
        and not scope["path"].startswith(_NO_PAGES)
    )


def _is_problem(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(PROBLEM_JSON.encode())
        for name, value in message.get("headers", ())
    )


def _page(request: Request, status: int, problem: dict[str, str]) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    here = request.url.path + query
    if status == 401:
        # The cookie of a session does not come with a link on another site, so the first request
        # of somebody who is signed in may lack it. The same address asked from here has it.
        if request.headers.get("sec-fetch-site") == "cross-site":
            return render(request, "shell/again.html", area="shell", title="shell.going_on",
                          to=here)  # fmt: skip
        return RedirectResponse(f"/login?next={quote(here, safe='/')}", status_code=303)
    return render(request, "shell/refused.html", area="shell", status=status,
                  title=f"shell.refused.{_KNOWN.get(status, 'other')}",
                  detail=problem["detail"])  # fmt: skip


_KNOWN: Final = {403: "not_allowed", 404: "unknown", 429: "too_many", 503: "not_now"}
