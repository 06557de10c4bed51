"""/login and /logout: a token becomes a session, whose secret only a cookie holds."""

from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from tingzhen.errors import TingzhenError, TokenExpired, TokenInvalid, TokenMissing, TokenRevoked
from tingzhen.serving.access import Caller
from tingzhen.serving.access.csrf import from_here
from tingzhen.serving.access.gate import Doorkeeper
from tingzhen.serving.access.page_sessions import PageSessions, cookie_name
from tingzhen.serving.http.problems import STATUS
from tingzhen.serving.pages.shell.page import render
from tingzhen.serving.pages.shell.taste import taste_of
from tingzhen.serving.pages.shell.texts import text

router = APIRouter(include_in_schema=False)
START: Final = "/"


@router.get("/login", response_model=None)
async def login(request: Request, next: str = START) -> Response:
    """A form for the token. A token behind `#` signs in by itself: a fragment is never sent to a
    server, so it stands in no log."""
    return form(request, inside(next))


@router.post("/login", response_model=None)
async def sign_in(
    request: Request,
    token: Annotated[str, Form(max_length=16_384)] = "",
    next: Annotated[str, Form(max_length=2048)] = START,
) -> Response:
    """From a form of ours alone: nobody is to be signed in as somebody else unawares."""
    taste = taste_of(request)
    if not from_here(request):
        return form(request, START, said=text("shell.login.elsewhere", taste.language), status=403)
    if not token.strip():
        said = text("shell.login.empty", taste.language)
        return form(request, inside(next), said=said, status=422)
    try:
        caller = await _caller(request, f"Bearer {token.strip()}")
        return await signed_in(request, caller, inside(next))
    except TingzhenError as error:
        said, status = error.message(taste.language), STATUS[error.code]
        return form(request, inside(next), said=said, status=status)


@router.post("/logout", response_model=None)
async def sign_out(request: Request) -> Response:
    """204; the session is over and its cookie gone."""
    sessions = _keeper(request).sessions
    secret = sessions.secret_of(request)
    response = Response(status_code=204)
    if secret is not None:
        await anyio.to_thread.run_sync(sessions.end, secret)
        secure = sessions.secure(request)
        response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure,
                               httponly=True, samesite="strict")  # fmt: skip
    return response


async def signed_in(request: Request, caller: Caller, to: str) -> Response:
    """The way on, with the cookie of a new session. Raises RecordsUnavailable, StorageFull."""
    sessions = _keeper(request).sessions
    secret = await anyio.to_thread.run_sync(sessions.open, caller)
    response = RedirectResponse(to, status_code=303)
    set_cookie(request, response, sessions, secret)
    return response


def set_cookie(request: Request, response: Response, sessions: PageSessions, secret: str) -> None:
    """Out of reach of scripts and of other sites; gone with the session."""
    secure = sessions.secure(request)
    response.set_cookie(cookie_name(secure=secure), secret, max_age=int(sessions.idle_s), path="/",
                        secure=secure, httponly=True, samesite="strict")  # fmt: skip


def inside(address: str) -> str:
    """An address of this service, or its start: nobody is led elsewhere by a link to /login."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\", "/login"))
    return address if fine and address.isprintable() and " " not in address else START


async def _caller(request: Request, authorization: str) -> Caller:
    keeper = _keeper(request)
    host = request.client.host if request.client else ""
    keeper.failures.check(host, authorization)
    try:
        caller = await anyio.to_thread.run_sync(keeper.authenticator.caller, authorization)
    except (TokenMissing, TokenInvalid, TokenExpired, TokenRevoked):
        keeper.failures.failed(host, authorization)
        raise
    caller.grant("pages.use")
    keeper.failures.succeeded(authorization)
    return caller


def form(request: Request, to: str, *, said: str = "", status: int = 200) -> Response:
    """The page for signing in. said: what went wrong."""
    return render(request, "shell/login.html", area="shell", title="shell.login.title",
                  status=status, next=to, said=said,
                  provider=_keeper(request).code_flow is not None)  # fmt: skip


def _keeper(request: Request) -> Doorkeeper:
    keeper: Doorkeeper = request.app.state.doorkeeper
    return keeper
