"""Somebody who asks, for tests of one room's endpoints without the gate in front of them."""

from starlette.types import ASGIApp, Receive, Scope, Send

from tingzhen.serving.access.caller import IN_SCOPE, Access, Caller
from tingzhen.serving.access.roles import Reach

ADMIN = Caller("admin1", "admin")


class AdmittedAs:
    """ASGI middleware in place of the gate: every request is this caller's. reach: as the table of
    roles has it for what the test asks."""

    def __init__(self, app: ASGIApp, caller: Caller = ADMIN, reach: Reach = "all") -> None:
        self._app = app
        self.access = Access(caller, "", reach)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[IN_SCOPE] = self.access
        await self._app(scope, receive, send)
