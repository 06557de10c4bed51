"""The identity provider as the settings describe it."""

from typing import TYPE_CHECKING

from tingzhen.errors import SettingsError
from tingzhen.language import Text
from tingzhen.serving.access.oidc import ALGORITHMS, Provider, safe_url
from tingzhen.serving.access.roles import ROLES
from tingzhen.serving.records import Role

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings


def provider_of(settings: "Settings") -> Provider:
    """Raises SettingsError with a sentence for the first setting that does not fit."""
    issuer, audience = settings.oidc_issuer, settings.oidc_audience
    if issuer is None or audience is None:
        raise _wrong("TINGZHEN_OIDC_ISSUER and TINGZHEN_OIDC_AUDIENCE are set together",
                     "TINGZHEN_OIDC_ISSUER 与 TINGZHEN_OIDC_AUDIENCE 须同时设置")  # fmt: skip
    if not safe_url(issuer):
        raise _wrong(f"TINGZHEN_OIDC_ISSUER={issuer} is not https",
                     f"TINGZHEN_OIDC_ISSUER={issuer} 不是 https 地址")  # fmt: skip
    algorithms = tuple(part.strip() for part in settings.oidc_algorithms.split(","))
    unknown = ", ".join(name for name in algorithms if name not in ALGORITHMS)
    if unknown:
        raise _wrong(f"TINGZHEN_OIDC_ALGORITHMS names {unknown}; there are {', '.join(ALGORITHMS)}",
                     f"TINGZHEN_OIDC_ALGORITHMS 中的 {unknown} 不可用；可用的有 "
                     f"{'、'.join(ALGORITHMS)}")  # fmt: skip
    return Provider(
        issuer=issuer, audience=audience, algorithms=algorithms,
        role_claim=settings.oidc_role_claim, workshop_claim=settings.oidc_workshop_claim,
        roles=_roles(settings.oidc_roles), skew_s=settings.oidc_skew_s,
    )  # fmt: skip


def _roles(written: str) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for pair in written.split(","):
        theirs, _, ours = (part.strip() for part in pair.rpartition("="))
        role = next((role for role in ROLES if role == ours), None)
        if not theirs or role is None:
            raise _wrong(f"TINGZHEN_OIDC_ROLES has {pair!r}; write theirs=ours, ours one of "
                         f"{', '.join(ROLES)}",
                         f"TINGZHEN_OIDC_ROLES 中有 {pair!r}；请写成 对方角色=本服务角色，"
                         f"后者只能是 {'、'.join(ROLES)}")  # fmt: skip
        found.setdefault(theirs, role)
    return found


def _wrong(en: str, zh: str) -> SettingsError:
    return SettingsError(
        Text(f"设置有误：{zh}。请参阅 docs/settings.md。",
             f"A setting cannot be used: {en}. See docs/settings.md.")
    )  # fmt: skip
