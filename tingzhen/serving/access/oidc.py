"""Tokens of an identity provider (OpenID Connect): JSON Web Tokens signed with its keys.

The keys are found by discovery (OpenID Connect Discovery 1.0, 4) and kept for a while. A token
signed with a key that is not known yet has them fetched again, because providers change their keys,
but not more often than every so many seconds, whoever asks. Checks follow RFC 8725: the algorithm
must be on our list, never the token's word; issuer, audience and expiry must be there and fit.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import jwt

from tingzhen.errors import IdentityUnavailable, NotAllowed, TokenExpired, TokenInvalid
from tingzhen.language import Text
from tingzhen.serving.access.caller import SUBJECT, Caller
from tingzhen.serving.logs import log
from tingzhen.serving.records import Role

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                     "ES512", "EdDSA")  # fmt: skip
"""Those with a public key. A shared secret (HS256) would let everyone who checks also sign."""
_TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 1 << 20
_REQUIRED: Final = ("exp", "iss", "aud", "sub")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Whose tokens are taken, and how their claims become a caller.

    issuer: its URL. audience: what `aud` must name. algorithms: those taken. role_claim,
    workshop_claim: name of the claim, or a path with dots (realm_access.roles). roles: role here
    by role there, most powerful first where somebody has several. skew_s: by how much clocks may
    differ. keys_kept_s: how long keys are used before they are fetched again. refetch_floor_s:
    fewest seconds between two fetches.
    """

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    role_claim: str
    workshop_claim: str
    roles: Mapping[str, Role]
    skew_s: float
    keys_kept_s: float = 3600.0
    refetch_floor_s: float = 10.0


class Verifier:
    """Checks tokens of one provider; safe to use from several threads."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._fetching = Lock()
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")

    def caller(self, token: str) -> Caller:
        """Whose token it is. Blocks where keys are fetched.

        Raises TokenInvalid, TokenExpired, NotAllowed for somebody without a role here, and
        IdentityUnavailable where the keys cannot be had.
        """
        return self.caller_of(self.claims(token))

    def claims(self, token: str) -> Mapping[str, Any]:
        """What a good token says. Blocks where keys are fetched.

        Raises TokenInvalid, TokenExpired, IdentityUnavailable.
        """
        provider = self._provider
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in provider.algorithms:
                raise _invalid("its algorithm is not accepted", "不接受其签名算法")
            claims: dict[str, Any] = jwt.decode(
                token, self._key(header.get("kid")), algorithms=list(provider.algorithms),
                audience=provider.audience, issuer=provider.issuer, leeway=provider.skew_s,
                options={"require": list(_REQUIRED), "enforce_minimum_key_length": True},
            )  # fmt: skip
        except jwt.ExpiredSignatureError:
            raise TokenExpired(
                Text("登录已过期。请重新登录。", "The sign-in has expired. Sign in again.")
            ) from None
        except jwt.PyJWTError as error:
            raise _invalid(str(error), str(error)) from None
        return claims

    def caller_of(self, claims: Mapping[str, Any]) -> Caller:
        """Whom claims name. Raises NotAllowed, TokenInvalid."""
        named = _claim(claims, self._provider.role_claim)
        has = {named} if isinstance(named, str) else set(map(str, named or ()))
        role = next((ours for theirs, ours in self._provider.roles.items() if theirs in has), None)
        if role is None:
            raise NotAllowed(
                Text("此账号在这里没有角色。请让管理员分配。",
                     "This account has no role here. Ask for one.")
            )  # fmt: skip
        workshop = _claim(claims, self._provider.workshop_claim)
        if workshop is not None and not (isinstance(workshop, str) and SUBJECT.fullmatch(workshop)):
            raise _invalid("its workshop is no key", "其车间不是代号")
        if role == "technician" and workshop is None:
            raise NotAllowed(
                Text("此技师账号没有车间。请让管理员分配。",
                     "This technician's account has no workshop. Ask for one.")
            )  # fmt: skip
        return Caller(str(claims["sub"]), role, workshop)

    def _key(self, key_id: str | None) -> jwt.PyJWK:
        """Raises IdentityUnavailable, and TokenInvalid for a key that it does not have."""
        key = self._keys.get(key_id)
        if key is None:
            with self._fetching:  # who needs a key waits for whoever is fetching
                if key_id not in self._keys:
                    self._fetch()
        elif self._old() and self._fetching.acquire(blocking=False):
            # Who has a key goes on with it while one of them fetches.
            try:
                self._fetch()
            finally:
                self._fetching.release()
        if not self._keys:
            raise IdentityUnavailable(
                Text("暂时无法读取身份提供方的密钥。请稍后重试，或检查 TINGZHEN_OIDC_ISSUER。",
                     "The keys of the identity provider cannot be read. Try again later, or "
                     "check TINGZHEN_OIDC_ISSUER.")
            )  # fmt: skip
        key = self._keys.get(key_id)
        if key is None:
            raise _invalid("its key is not known", "其密钥未知")
        return key

    def _old(self) -> bool:
        return time.monotonic() - self._fetched_at > self._provider.keys_kept_s

    def _fetch(self) -> None:
        now = time.monotonic()
        if now - self._tried_at < self._provider.refetch_floor_s:
            return
        self._tried_at = now
        try:
            self._keys = _fetch_keys(self._provider.issuer)
            self._fetched_at = now
        except (OSError, ValueError, KeyError, jwt.PyJWTError) as error:
            # Keys that were good go on being good while the provider is away.
            log.warning("keys of the identity provider not read", extra={"why": str(error)})


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, which may hold dots itself, else by a path with dots."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _invalid(why_en: str, why_zh: str) -> TokenInvalid:
    return TokenInvalid(
        Text(f"登录凭证无效：{why_zh}。请重新登录。",
             f"The sign-in is not valid: {why_en}. Sign in again.")
    )  # fmt: skip


def _fetch_keys(issuer: str) -> dict[str | None, jwt.PyJWK]:
    """Raises OSError, ValueError, KeyError, PyJWTError."""
    found = fetch_json(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise ValueError(f"it calls itself {found.get('issuer')}")
    keys = jwt.PyJWKSet.from_dict(fetch_json(str(found["jwks_uri"]))).keys
    # A key without a purpose may sign (RFC 7517, 4.2); one for encryption may not.
    return {key.key_id: key for key in keys if key.public_key_use in (None, "sig")}


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """An answer that leads elsewhere is an error."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None  # the provider is where the settings say, or nowhere


def fetch_json(url: str) -> dict[str, Any]:
    """An object. Raises OSError, and ValueError for what is no object or could be forged."""
    if not safe_url(url):
        raise ValueError(f"{url} is not https")
    try:
        with urllib.request.build_opener(NoRedirect).open(url, timeout=_TIMEOUT_S) as response:
            body = response.read(_MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise
    if len(body) > _MOST_BYTES:
        raise ValueError(f"{url} answers with too much")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError(f"{url} answers with no object")  # noqa: TRY004 - what was sent is wrong
    return found


def safe_url(url: str) -> bool:
    """Whether what is read there cannot be forged on the way: https, or this machine."""
    return url.startswith(("https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"))
