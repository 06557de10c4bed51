"""/login/provider and /login/return: signing in at the identity provider, and coming back."""

import json
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from tingzhen.errors import TingzhenError, TokenInvalid
from tingzhen.language import Text
from tingzhen.serving.access.gate import Doorkeeper
from tingzhen.serving.access.oidc_code_flow import Begun, CodeFlow
from tingzhen.serving.http.problems import STATUS
from tingzhen.serving.pages.shell.page import render
from tingzhen.serving.pages.shell.sign_in import form, inside, set_cookie
from tingzhen.serving.pages.shell.taste import taste_of

router = APIRouter(prefix="/login", include_in_schema=False)

_COOKIE: Final = "tingzhen-sign-in"
_MINUTES: Final = 10
_LATE: Final = Text(
    "登录用时过长，或在另一个浏览器里开始。请重新登录。",
    "The sign-in took too long, or was begun in another browser. Sign in again.",
)


@router.get("/provider", response_model=None)
async def provider(request: Request, next: str = "/") -> Response:
    """Away to the provider."""
    flow = _flow(request)
    if flow is None:
        return RedirectResponse("/login", status_code=303)
    try:
        begin = partial(flow.begin, _return_to(request), inside(next))
        away, begun = await anyio.to_thread.run_sync(begin)
    except TingzhenError as error:
        return _told(request, error)
    response = RedirectResponse(away, status_code=303)
    # The provider leads back from another site: a cookie for this site alone would not come along.
    response.set_cookie(
        _COOKIE, json.dumps(asdict(begun)).encode().hex(), max_age=_MINUTES * 60, path="/login",
        httponly=True, samesite="lax", secure=_keeper(request).sessions.secure(request),
    )  # fmt: skip
    return response


@router.get("/return", response_model=None)
async def come_back(request: Request) -> Response:
    """Back from the provider, signed in or with what went wrong. The page that follows is asked for
    from here, so that the session's cookie, which is for this site alone, goes along."""
    flow, keeper = _flow(request), _keeper(request)
    if flow is None:
        return RedirectResponse("/login", status_code=303)
    try:
        begun = _begun(request)
        finish = partial(flow.finish, dict(request.query_params), begun, _return_to(request))
        caller = await anyio.to_thread.run_sync(finish)
        caller.grant("pages.use")
        lasts = timedelta(hours=request.app.state.service.settings.oidc_session_hours)
        opened = partial(keeper.sessions.open, caller, valid_for=lasts)
        secret = await anyio.to_thread.run_sync(opened)
    except TingzhenError as error:
        return _told(request, error)
    response = render(request, "shell/again.html", area="shell", title="shell.going_on",
                      to=inside(begun.to))  # fmt: skip
    set_cookie(request, response, keeper.sessions, secret)
    response.delete_cookie(_COOKIE, path="/login")
    return response


def _begun(request: Request) -> Begun:
    try:
        return Begun(**json.loads(bytes.fromhex(request.cookies[_COOKIE])))
    except (KeyError, ValueError, TypeError) as error:
        raise TokenInvalid(_LATE) from error


def _told(request: Request, error: TingzhenError) -> Response:
    said = error.message(taste_of(request).language)
    return form(request, "/", said=said, status=STATUS[error.code])


def _return_to(request: Request) -> str:
    public = request.app.state.service.settings.public_url
    return f"{public or str(request.base_url).rstrip('/')}/login/return"


def _flow(request: Request) -> CodeFlow | None:
    return _keeper(request).code_flow


def _keeper(request: Request) -> Doorkeeper:
    keeper: Doorkeeper = request.app.state.doorkeeper
    return keeper
