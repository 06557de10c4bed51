"""Tokens of the service's own: made, shown once, checked, taken back.

A token is `tz_<id>_<secret>`. The secret is 256 random bits, and what is kept of it is its SHA-256:
a slow hash protects words that people choose, which can be guessed; 256 random bits cannot, however
fast a guess is checked, and every request checks one (NIST SP 800-63B, 5.1.2 look-up secrets).
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, select

from tingzhen.errors import (
    RecordsUnavailable,
    StorageFull,
    TokenExpired,
    TokenInvalid,
    TokenOptionInvalid,
    TokenRevoked,
    TokenUnknown,
)
from tingzhen.language import Text
from tingzhen.serving.access.caller import SUBJECT, Caller
from tingzhen.serving.access.roles import ACTIONS, ROLES
from tingzhen.serving.logs import log
from tingzhen.serving.records import AccessToken, Role, lock_name, reading, writing

PREFIX: Final = "tz_"
FIRST_ADMIN: Final = "first-admin"
_WRITTEN: Final = re.compile(r"tz_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_CHECKED: Final = select(
    AccessToken.secret_hash, AccessToken.subject, AccessToken.role, AccessToken.workshop,
    AccessToken.scopes, AccessToken.expires_at, AccessToken.revoked_at, AccessToken.last_used_at,
)  # fmt: skip
_USE_KEPT_EVERY: Final = timedelta(minutes=1)
_INVALID: Final = Text("令牌无效。请检查是否完整复制，或让管理员重新签发。",
                       "The token is not valid. Check that all of it was copied, or ask for a "
                       "new one.")  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made. text: the whole of it, kept nowhere."""

    id: str
    text: str


def create_token(
    records: Engine,
    *,
    subject: str,
    role: str,
    workshop: str | None = None,
    scopes: Collection[str] = (),
    valid_for: timedelta | None,
    note: str = "",
) -> NewToken:
    """Make a token. valid_for: None for one that is valid until it is revoked.

    Raises TokenOptionInvalid, RecordsUnavailable.
    """
    made, record = _drawn(
        subject=_key("subject", subject), role=_role(role),
        workshop=None if workshop is None else _key("workshop", workshop),
        scopes=_scopes(scopes), valid_for=valid_for, note=note,
    )  # fmt: skip
    if record.role == "technician" and record.workshop is None:
        raise TokenOptionInvalid(
            Text("技师的令牌必须写明车间（--workshop）。",
                 "A technician's token needs a workshop (--workshop).")
        )  # fmt: skip
    with writing(records) as session:
        session.add(record)
    return made


def first_admin_token(records: Engine) -> NewToken | None:
    """A token for an admin where there has never been any token; None otherwise, also for the
    slower of two processes that start at once. Raises RecordsUnavailable."""
    with reading(records) as session:
        if session.scalars(select(AccessToken.id).limit(1)).first() is not None:
            return None
    made, record = _drawn(
        subject=FIRST_ADMIN, role="admin", workshop=None, scopes=[], valid_for=None,
        note="printed at the first start",
    )  # fmt: skip
    with writing(records) as session:
        lock_name(session, "first admin token")
        if session.scalars(select(AccessToken.id).limit(1)).first() is not None:
            return None
        session.add(record)
    return made


def revoke_token(records: Engine, token_id: str) -> None:
    """Take a token back; from then on it opens nothing. Again it changes nothing.

    token_id: or the whole token, of which no more than the id is said again. Raises TokenUnknown,
    RecordsUnavailable.
    """
    if token_id.startswith(PREFIX):
        token_id = token_id.removeprefix(PREFIX).partition("_")[0]
    with writing(records) as session:
        record = session.get(AccessToken, token_id)
        if record is None:
            raise TokenUnknown(
                Text(f"没有编号为 {token_id} 的令牌。tingzhen token list 会列出全部。",
                     f"There is no token with the id {token_id}. `tingzhen token list` shows all.")
            )  # fmt: skip
        record.revoked_at = record.revoked_at or datetime.now(UTC)


def list_tokens(records: Engine) -> list[AccessToken]:
    """All tokens that were ever made, oldest first. Raises RecordsUnavailable."""
    with reading(records) as session:
        query = select(AccessToken).order_by(AccessToken.created_at, AccessToken.id)
        return list(session.scalars(query))


def check_token(records: Engine, text: str) -> Caller:
    """Whose token it is.

    Only who has the secret hears that a token has expired or was revoked. Raises TokenInvalid,
    TokenExpired, TokenRevoked, RecordsUnavailable.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise TokenInvalid(_INVALID)
    token_id, secret = written.groups()
    with reading(records) as session:
        record = session.execute(_CHECKED.where(AccessToken.id == token_id)).first()
    kept = record.secret_hash if record else ""
    if not hmac.compare_digest(kept, _hashed(secret)) or record is None:
        raise TokenInvalid(_INVALID)
    now = datetime.now(UTC)
    if record.revoked_at is not None:
        raise TokenRevoked(
            Text("此令牌已被收回。请让管理员签发新的令牌。",
                 "This token was taken back. Ask for a new one.")
        )  # fmt: skip
    if record.expires_at is not None and record.expires_at <= now:
        raise TokenExpired(
            Text("此令牌已过期。请让管理员签发新的令牌。",
                 "This token has expired. Ask for a new one.")
        )  # fmt: skip
    if record.last_used_at is None or now - record.last_used_at >= _USE_KEPT_EVERY:
        _keep_use(records, token_id, now)
    return Caller(record.subject, record.role, record.workshop, frozenset(record.scopes), token_id)


def _keep_use(records: Engine, token_id: str, now: datetime) -> None:
    try:
        with writing(records) as session:
            record = session.get(AccessToken, token_id)
            if record is not None:
                record.last_used_at = now
    except (RecordsUnavailable, StorageFull) as error:
        # A full disk must not keep people from reading what is there.
        log.warning("use of a token not kept", extra={"token_id": token_id, "code": error.code})


def _drawn(
    *,
    subject: str,
    role: Role,
    workshop: str | None,
    scopes: list[str],
    valid_for: timedelta | None,
    note: str,
) -> tuple[NewToken, AccessToken]:
    token_id, secret, now = secrets.token_hex(6), secrets.token_urlsafe(32), datetime.now(UTC)
    record = AccessToken(
        id=token_id, subject=subject, role=role, workshop=workshop, scopes=scopes,
        secret_hash=_hashed(secret), created_at=now,
        expires_at=None if valid_for is None else now + valid_for, note=note,
    )  # fmt: skip
    return NewToken(token_id, f"{PREFIX}{token_id}_{secret}"), record


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(name: str, given: str) -> str:
    if not SUBJECT.fullmatch(given):
        raise TokenOptionInvalid(
            Text(f"{name} 须为不含个人信息的代号：小写字母开头，后接小写字母、数字、_ 或 -，"
                 f"最多 32 个字符；收到的是 {given!r}。",
                 f"{name} is a key without personal data: a small letter, then small letters, "
                 f"digits, _ or -, at most 32 characters; got {given!r}.")
        )  # fmt: skip
    return given


def _role(given: str) -> Role:
    for role in ROLES:
        if given == role:
            return role
    raise TokenOptionInvalid(
        Text(f"角色只能是 {'、'.join(ROLES)}；收到的是 {given!r}。",
             f"The role is one of {', '.join(ROLES)}; got {given!r}.")
    )  # fmt: skip


def _scopes(given: Collection[str]) -> list[str]:
    kinds = {f"{action.partition('.')[0]}.*" for action in ACTIONS}
    unknown = sorted(set(given) - set(ACTIONS) - kinds)
    if unknown:
        raise TokenOptionInvalid(
            Text(f"没有权限范围 {'、'.join(unknown)}。可用的有 {'、'.join(sorted(ACTIONS))}，"
                 "或某一类，如 clips.*。",
                 f"There is no scope {', '.join(unknown)}. There are {', '.join(sorted(ACTIONS))}, "
                 "and whole kinds such as clips.*.")
        )  # fmt: skip
    return sorted(set(given))
