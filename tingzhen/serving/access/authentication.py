"""From an Authorization header to who asks (RFC 6750: bearer tokens)."""

from typing import TYPE_CHECKING, Final

from sqlalchemy import Engine

from tingzhen.errors import TokenInvalid, TokenMissing
from tingzhen.language import Text
from tingzhen.serving.access.caller import Caller
from tingzhen.serving.access.tokens import PREFIX, check_token

if TYPE_CHECKING:
    from tingzhen.serving.access.oidc import Verifier
    from tingzhen.serving.settings import Settings

_MOST_CHARACTERS: Final = 16_384
_MISSING: Final = Text(
    "请在 Authorization: Bearer 中附上令牌。令牌由 tingzhen token create 生成。",
    "Send a token as `Authorization: Bearer ...`. `tingzhen token create` makes one.",
)
_NOT_BEARER: Final = Text(
    "Authorization 须为 Bearer 加令牌。", "Authorization must be `Bearer` and a token."
)
_NO_PROVIDER: Final = Text(
    "令牌无效：它不是本服务签发的，且未设置身份提供方（TINGZHEN_OIDC_ISSUER）。",
    "The token is not valid: this service did not make it, and no identity provider is set "
    "(TINGZHEN_OIDC_ISSUER).",
)


class Authenticator:
    """Tokens of our own, and of an identity provider where one is set. Blocking; safe to use from
    several threads."""

    def __init__(self, records: Engine, verifier: "Verifier | None") -> None:
        self._records = records
        self._verifier = verifier

    def caller(self, authorization: str | None) -> Caller:
        """Who asks. Nothing is remembered from request to request: a token that is taken back opens
        nothing from then on.

        Raises TokenMissing, TokenInvalid, TokenExpired, TokenRevoked, NotAllowed,
        IdentityUnavailable, RecordsUnavailable.
        """
        if authorization is None:
            raise TokenMissing(_MISSING)
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token or len(token) > _MOST_CHARACTERS:
            raise TokenInvalid(_NOT_BEARER)
        if token.startswith(PREFIX):
            return check_token(self._records, token)
        if self._verifier is None:
            raise TokenInvalid(_NO_PROVIDER)
        return self._verifier.caller(token)


def open_authenticator(records: Engine, settings: "Settings") -> Authenticator:
    """As the settings say. No identity provider is asked before the first token of it comes.

    Raises SettingsError.
    """
    if settings.oidc_issuer is None and settings.oidc_audience is None:
        return Authenticator(records, None)
    from tingzhen.serving.access.oidc import Verifier  # noqa: PLC0415 - only with a provider
    from tingzhen.serving.access.oidc_settings import provider_of  # noqa: PLC0415 - see above

    return Authenticator(records, Verifier(provider_of(settings)))
