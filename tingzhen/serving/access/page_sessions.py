"""Sessions of the pages: a cookie in place of a token, for browsers.

The cookie holds 256 random bits; what is kept of them is their SHA-256, as with tokens. A session
ends with the token that opened it, with signing out, or when it was not used for a while.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, or_, select
from starlette.requests import Request

from tingzhen.errors import RecordsUnavailable, SessionEnded, StorageFull
from tingzhen.language import Text
from tingzhen.serving.access.caller import Caller
from tingzhen.serving.logs import log
from tingzhen.serving.records import AccessToken, PageSession, reading, writing

COOKIE: Final = "tingzhen"
_SECURE_COOKIE: Final = "__Host-tingzhen"
_USE_KEPT_EVERY: Final = timedelta(minutes=1)
_ENDED: Final = Text("登录已结束。请重新登录。", "You are no longer signed in. Sign in again.")
_CHECKED: Final = (
    select(PageSession, AccessToken.revoked_at, AccessToken.expires_at, AccessToken.id)
    .outerjoin(AccessToken, AccessToken.id == PageSession.token_id)
)  # fmt: skip


def cookie_name(*, secure: bool) -> str:
    """secure: over https, where no other host may set it (RFC 6265bis, 4.1.3.2)."""
    return _SECURE_COOKIE if secure else COOKIE


@dataclass(frozen=True, slots=True)
class PageSessions:
    """The sessions in the database of the service. idle_s: unused for longer, one is over.

    over_https: whether the service is reached by https even where requests do not say so.
    """

    records: Engine
    idle_s: float
    over_https: bool = False

    def secure(self, request: Request) -> bool:
        """Whether the browser speaks https to us."""
        return self.over_https or request.url.scheme == "https"

    def secret_of(self, request: Request) -> str | None:
        """Of the cookie that came with a request."""
        return request.cookies.get(cookie_name(secure=self.secure(request))) or None

    def open(self, caller: Caller, *, valid_for: timedelta | None = None) -> str:
        """A new session; its secret, for the cookie. Sessions that are over are forgotten.

        Raises RecordsUnavailable, StorageFull.
        """
        secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
        with writing(self.records) as session:
            unused = PageSession.last_used_at < now - timedelta(seconds=self.idle_s)
            session.execute(delete(PageSession).where(or_(unused, PageSession.expires_at < now)))
            session.add(PageSession(
                id=_hashed(secret), subject=caller.subject, role=caller.role,
                workshop=caller.workshop, scopes=sorted(caller.scopes), token_id=caller.token_id,
                created_at=now, last_used_at=now,
                expires_at=None if valid_for is None else now + valid_for,
            ))  # fmt: skip
        return secret

    def caller(self, secret: str) -> Caller:
        """Whose session it is. Raises SessionEnded, RecordsUnavailable."""
        with reading(self.records) as session:
            found = session.execute(_CHECKED.where(PageSession.id == _hashed(secret))).first()
        if found is None:
            raise SessionEnded(_ENDED)
        row, revoked_at, token_expires_at, token_id = found
        now = datetime.now(UTC)
        over = (
            row.token_id != token_id
            or revoked_at is not None
            or any(at is not None and at <= now for at in (row.expires_at, token_expires_at))
            or row.last_used_at < now - timedelta(seconds=self.idle_s)
        )
        if over:
            raise SessionEnded(_ENDED)
        if now - row.last_used_at >= _USE_KEPT_EVERY:
            self._keep_use(row.id, now)
        return Caller(row.subject, row.role, row.workshop, frozenset(row.scopes), row.token_id)

    def end(self, secret: str) -> None:
        """Again it changes nothing. Raises RecordsUnavailable, StorageFull."""
        with writing(self.records) as session:
            session.execute(delete(PageSession).where(PageSession.id == _hashed(secret)))

    def _keep_use(self, session_id: str, now: datetime) -> None:
        try:
            with writing(self.records) as session:
                row = session.get(PageSession, session_id)
                if row is not None:
                    row.last_used_at = now
        except (RecordsUnavailable, StorageFull) as error:
            # A full disk must not keep people from reading what is there.
            log.warning("use of a page session not kept", extra={"code": error.code})


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
