"""Signing in at an identity provider in a browser: the authorization code flow with PKCE.

OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE, S256); RFC 9207 (whose answer it is). What must come
back unchanged (state), what the token must name (nonce) and what proves that the code is redeemed
by whoever asked for it (verifier) lie with the browser, in a cookie of a few minutes.
"""

import base64
import hashlib
import hmac
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from tingzhen.errors import IdentityUnavailable, SettingsError, TokenInvalid
from tingzhen.language import Text
from tingzhen.serving.access.caller import Caller
from tingzhen.serving.access.oidc import NoRedirect, Verifier, fetch_json, safe_url
from tingzhen.serving.access.oidc_settings import provider_of

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

_TIMEOUT_S: Final = 5.0
_MOST_BYTES: Final = 1 << 20
_FAILED: Final = Text("登录没有完成。请重新登录。", "The sign-in was not completed. Sign in again.")
_AWAY: Final = Text(
    "暂时无法连接身份提供方。请稍后再试。",
    "The identity provider cannot be reached. Try again later.",
)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps until it comes back. to: the page that was asked for."""

    state: str
    nonce: str
    verifier: str
    to: str


@dataclass(frozen=True, slots=True)
class CodeFlow:
    """The flow at one provider. Blocking where it says so; safe to use from several threads.

    verifier: of ID tokens, whose audience is client_id.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    verifier: Verifier

    def begin(self, return_to: str, to: str) -> tuple[str, Begun]:
        """The provider's address to lead the browser to, and what to keep. Blocks.

        Raises IdentityUnavailable.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = Begun(state, nonce, verifier, to)
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        asked = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": return_to,
            "scope": "openid profile", "state": begun.state, "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }  # fmt: skip
        at = self._endpoint("authorization_endpoint")
        return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}", begun

    def finish(self, answer: Mapping[str, str], begun: Begun, return_to: str) -> Caller:
        """Who has signed in. answer: the query that the browser came back with. Blocks.

        Raises TokenInvalid, TokenExpired, NotAllowed for somebody without a role, and
        IdentityUnavailable.
        """
        ours = hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode())
        if not ours or answer.get("iss", self.issuer) != self.issuer or not answer.get("code"):
            raise TokenInvalid(_FAILED)
        claims = self.verifier.claims(self._redeem(answer["code"], begun.verifier, return_to))
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), begun.nonce.encode()):
            raise TokenInvalid(_FAILED)
        return self.verifier.caller_of(claims)

    def _redeem(self, code: str, verifier: str, return_to: str) -> str:
        """The ID token for a code."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": return_to,
            "client_id": self.client_id, "code_verifier": verifier,
        }  # fmt: skip
        headers = {"Accept": "application/json"}
        if self.client_secret is not None:  # client_secret_basic, RFC 6749, 2.3.1
            pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        request = urllib.request.Request(  # noqa: S310 - _endpoint gives https alone
            self._endpoint("token_endpoint"), urlencode(form).encode(), headers
        )
        try:
            with urllib.request.build_opener(NoRedirect).open(request, timeout=_TIMEOUT_S) as got:
                body = got.read(_MOST_BYTES)
            token = json.loads(body)["id_token"]
        except urllib.error.HTTPError as error:
            with error:
                if error.code < 500:
                    raise TokenInvalid(_FAILED) from error
            raise IdentityUnavailable(_AWAY) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IdentityUnavailable(_AWAY) from error
        return str(token)

    def _endpoint(self, name: str) -> str:
        try:
            found: dict[str, Any] = fetch_json(
                self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            )
            address = str(found[name])
        except (OSError, ValueError, KeyError) as error:
            raise IdentityUnavailable(_AWAY) from error
        if found.get("issuer") != self.issuer or not safe_url(address):
            raise IdentityUnavailable(_AWAY)
        return address


def code_flow_of(settings: "Settings") -> CodeFlow | None:
    """As the settings say; None where people do not sign in at a provider. Raises SettingsError."""
    if settings.oidc_client_id is None:
        return None
    if settings.oidc_issuer is None:
        raise SettingsError(
            Text("设置了 TINGZHEN_OIDC_CLIENT_ID，须同时设置 TINGZHEN_OIDC_ISSUER。",
                 "TINGZHEN_OIDC_CLIENT_ID needs TINGZHEN_OIDC_ISSUER as well.")
        )  # fmt: skip
    secret = settings.oidc_client_secret
    provider = replace(provider_of(settings), audience=settings.oidc_client_id)
    return CodeFlow(
        provider.issuer, settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(), Verifier(provider),
    )  # fmt: skip
