"""The one door: who asks, may they, how often, and the note of what they did.

Around the whole application and before the body of a request is read, so that nobody without a
token makes the service receive a clip. The action is that of the route which will answer: the same
routes, asked in the same order as the router asks them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tingzhen.errors import (
    NotAllowed,
    SessionEnded,
    TingzhenError,
    TokenExpired,
    TokenInvalid,
    TokenMissing,
    TokenRevoked,
)
from tingzhen.language import Text
from tingzhen.serving.access.audit import DONE, REFUSED, AuditLog, Deed
from tingzhen.serving.access.authentication import Authenticator
from tingzhen.serving.access.caller import IN_SCOPE, Access, Caller, key_of
from tingzhen.serving.access.csrf import check_csrf
from tingzhen.serving.access.endpoints import action_of, is_open
from tingzhen.serving.access.failures import Failures, too_many
from tingzhen.serving.access.page_sessions import PageSessions
from tingzhen.serving.access.rate_limits import Buckets, Left
from tingzhen.serving.access.roles import ACTIONS
from tingzhen.serving.http.problems import problem_of
from tingzhen.serving.records import Role

if TYPE_CHECKING:
    from tingzhen.serving.access.oidc_code_flow import CodeFlow

T = TypeVar("T")
_CHECKS_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeper:
    """What the gate works with. sessions: of the pages. code_flow: for
    signing in to them at a provider. rates: requests a minute by role, 0 for any
    number. open_actions: what needs no token."""

    authenticator: Authenticator
    sessions: PageSessions
    code_flow: "CodeFlow | None"
    audit: AuditLog
    failures: Failures
    rates: dict[Role, int]
    open_actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The route that answers. action: None where the table of endpoints lacks it; open: to anybody.
    object_id: the first part of the address that is a parameter."""

    action: str | None
    open: bool
    object_id: str | None


class Gate:
    """ASGI middleware, the innermost one."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper) -> None:
        self._app = app
        self._keeper = doorkeeper
        self._buckets = Buckets()
        self._routes: list[RouteContext] = []
        self._checks = anyio.CapacityLimiter(_CHECKS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # there is none to connect to
            return
        scope.setdefault("state", {})  # what is said of a problem inside must be heard out here
        request = Request(scope)
        asked = self._asked(scope)
        if asked is not None and asked.open:
            await self._app(scope, receive, send)
            return
        try:
            caller = await self._caller(request)
        except TingzhenError as error:
            await problem_of(request, error)(scope, receive, send)
            return
        left = self._take(caller)
        answer = _Answer(request, send, left, self._keeper.audit, caller, asked)
        try:
            _within(left)
            access = _granted(caller, asked)
        except TingzhenError as error:
            await problem_of(request, error)(scope, receive, answer.send)
            return
        if access is not None:
            scope[IN_SCOPE] = access
        await self._app(scope, receive, answer.send)

    async def _caller(self, request: Request) -> Caller:
        """By the token, which goes first, or by the session of the pages."""
        failures, shown = self._keeper.failures, request.headers.get("authorization")
        secret = self._keeper.sessions.secret_of(request) if shown is None else None
        host = request.client.host if request.client else ""
        failures.check(host, shown or secret)
        try:
            if secret is not None:
                check_csrf(request, secret)
                caller = await self._check(self._keeper.sessions.caller, secret)
            else:
                caller = await self._check(self._keeper.authenticator.caller, shown)
        except (TokenMissing, TokenInvalid, TokenExpired, TokenRevoked, SessionEnded):
            failures.failed(host, shown or secret)
            raise
        failures.succeeded(shown or secret)
        return caller

    async def _check(self, who: Callable[[T], Caller], credentials: T) -> Caller:
        return await anyio.to_thread.run_sync(who, credentials, limiter=self._checks)

    def _take(self, caller: Caller) -> Left | None:
        rate = self._keeper.rates[caller.role]
        return (
            self._buckets.take(caller.token_id or f"of provider: {caller.subject}", rate)
            if rate
            else None
        )

    def _asked(self, scope: Scope) -> _Asked | None:
        """None where no route answers, or only to another method."""
        if not self._routes:
            app: FastAPI = scope["app"]
            self._routes = list(iter_route_contexts(app.routes))
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return self._described(scope["method"], route.path_format or "", found)
        return None

    def _described(self, method: str, path: str, found: Scope) -> _Asked:
        action = action_of(method, path)
        open_to_all = is_open(method, path) or action in self._keeper.open_actions
        given = found.get("path_params", {}).items()
        parameters = [key_of(str(v)) if k == "subject" else str(v)[:64] for k, v in given]
        return _Asked(action, open_to_all, parameters[0] if parameters else None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Passes the answer on: with what is left of the limit, and noted before it goes out where
    something was changed."""

    request: Request
    to_caller: Send
    left: Left | None
    audit: AuditLog
    caller: Caller
    asked: _Asked | None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if self.left is not None:
                extra = self.left.headers().items()
                given = [(k.lower().encode(), v.encode()) for k, v in extra]
                message["headers"] = [*message.get("headers", ()), *given]
            await self._note(message)
        await self.to_caller(message)

    async def _note(self, message: Message) -> None:
        asked, status = self.asked, message["status"]
        if asked is None or asked.action is None or not ACTIONS[asked.action].audited:
            return
        code = getattr(self.request.state, "problem_code", str(status))
        outcome = DONE if status < 400 else REFUSED if status == 403 else code
        deed = Deed(
            at=datetime.now(UTC), subject=self.caller.key, role=self.caller.role,
            action=asked.action, object_id=asked.object_id or _made(message), outcome=outcome,
        )  # fmt: skip
        changed = self.request.method not in ("GET", "HEAD")
        written = self.audit.add(deed, at_once=changed)
        if changed:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(written.result)


def _made(message: Message) -> str | None:
    """The id of what was made: the end of Location."""
    for name, value in message.get("headers", ()):
        if name.lower() == b"location":
            return str(value.decode("latin-1").rstrip("/").rsplit("/", 1)[-1])[:64]
    return None


def _within(left: Left | None) -> None:
    if left is not None and left.retry_after_s is not None:
        raise too_many(left.retry_after_s)


def _granted(caller: Caller, asked: _Asked | None) -> Access | None:
    """None where no route answers: the router says so itself. Raises NotAllowed."""
    if asked is None:
        return None
    if asked.action is None:
        raise NotAllowed(
            Text("此地址未列入权限表，任何人都不能使用。",
                 "This address is not in the table of access rights: nobody may use it.")
        )  # fmt: skip
    return caller.grant(asked.action)
