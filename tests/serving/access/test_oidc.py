"""Tokens of an identity provider."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from tests.serving.access.identity_provider import AUDIENCE, Signer
from tingzhen.errors import (
    IdentityUnavailable,
    NotAllowed,
    SettingsError,
    TokenExpired,
    TokenInvalid,
)
from tingzhen.serving.access.oidc import Provider, Verifier, safe_url
from tingzhen.serving.access.oidc_settings import provider_of
from tingzhen.serving.settings import Settings


@pytest.fixture
def provider(signer: Signer) -> Provider:
    return Provider(
        issuer=signer.issuer, audience=AUDIENCE, algorithms=("ES256",), role_claim="roles",
        workshop_claim="workshop", roles={"boss": "admin", "mechanic": "technician"}, skew_s=5,
    )  # fmt: skip


def test_claims_become_a_caller(signer: Signer, provider: Provider) -> None:
    verifier = Verifier(provider)
    caller = verifier.caller(signer.token())
    assert (caller.subject, caller.role, caller.workshop) == ("auth|42", "technician", "w1")
    assert caller.key.startswith("u") and "|" not in caller.key
    assert verifier.caller(signer.token(roles=["mechanic", "boss"])).role == "admin"
    assert verifier.caller(signer.token(roles="boss", workshop=None)).workshop is None
    assert signer.asked == 1


def test_a_claim_may_lie_deeper_or_have_dots_in_its_name(
    signer: Signer, provider: Provider
) -> None:
    deeper = Verifier(replace(provider, role_claim="realm_access.roles"))
    assert deeper.caller(signer.token(realm_access={"roles": ["boss"]})).role == "admin"
    url = "https://maker.example/roles"
    dotted = Verifier(replace(provider, role_claim=url))
    assert dotted.caller(signer.token(**{url: ["boss"]})).role == "admin"


def test_an_account_without_a_role_or_a_workshop_is_let_in_nowhere(
    signer: Signer, provider: Provider
) -> None:
    verifier = Verifier(provider)
    for claims in ({"roles": ["guest"]}, {"roles": None}, {"workshop": None}):
        with pytest.raises(NotAllowed):
            verifier.caller(signer.token(**claims))


def forged_by_another(signer: Signer) -> str:
    return jwt.encode(
        jwt.decode(signer.token(), options={"verify_signature": False}),
        generate_private_key(SECP256R1()), "ES256", {"kid": "k1"},
    )  # fmt: skip


def signed_with_the_public_key(signer: Signer) -> str:
    """The classic confusion: HMAC with what everybody may read."""
    public = signer.keys["k1"].public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = base64url_encode(b'{"alg": "HS256", "kid": "k1"}')
    signed = header + b"." + signer.token().split(".")[1].encode()
    mac = hmac.digest(secret, signed, "sha256")
    return (signed + b"." + base64url_encode(mac)).decode()


@pytest.mark.parametrize(
    "forge",
    [
        forged_by_another,
        signed_with_the_public_key,
        lambda s: jwt.encode({"sub": "x"}, None, "none", {"kid": "k1"}),
        lambda s: s.token(aud="other"),
        lambda s: s.token(aud=None),
        lambda s: s.token(iss="https://elsewhere.example"),
        lambda s: s.token(exp=None),
        lambda s: s.token(sub=None),
        lambda s: s.token(nbf=datetime.now(UTC) + timedelta(minutes=1)),
        lambda s: s.token(workshop="No Key"),
        lambda s: s.token() + "x",
        lambda s: "a.b.c",
        lambda s: "nonsense",
    ],
)
def test_what_does_not_fit_is_refused(
    signer: Signer, provider: Provider, forge: Callable[[Signer], str]
) -> None:
    with pytest.raises(TokenInvalid):
        Verifier(provider).caller(forge(signer))


def test_clocks_may_differ_a_little(signer: Signer, provider: Provider) -> None:
    verifier, now = Verifier(provider), datetime.now(UTC)
    assert verifier.caller(signer.token(exp=now - timedelta(seconds=2)))
    assert verifier.caller(signer.token(iat=now + timedelta(seconds=3)))
    with pytest.raises(TokenExpired):
        verifier.caller(signer.token(exp=now - timedelta(seconds=9)))


def test_changed_keys_are_fetched_but_not_for_everyone_who_asks(
    signer: Signer, provider: Provider
) -> None:
    verifier = Verifier(replace(provider, refetch_floor_s=0))
    old = signer.token()
    verifier.caller(old)
    signer.rotate("k2")
    assert verifier.caller(signer.token("k2")).role == "technician"
    assert signer.asked == 2
    with pytest.raises(TokenInvalid):  # its key is gone, though it has not expired
        verifier.caller(old)
    careful = Verifier(replace(provider, refetch_floor_s=60))
    careful.caller(signer.token("k2"))
    asked = signer.asked
    for _ in range(5):
        with pytest.raises(TokenInvalid):
            careful.caller(old)
    assert signer.asked == asked


def test_keys_are_used_on_while_the_provider_is_away(signer: Signer, provider: Provider) -> None:
    verifier = Verifier(replace(provider, keys_kept_s=0, refetch_floor_s=0))
    verifier.caller(signer.token())
    signer.away = True
    assert verifier.caller(signer.token()).role == "technician"
    with pytest.raises(IdentityUnavailable):
        Verifier(provider).caller(signer.token())


def test_a_provider_that_calls_itself_another_is_not_believed(
    signer: Signer, provider: Provider
) -> None:
    signer.calls_itself = "https://elsewhere.example"
    with pytest.raises(IdentityUnavailable):
        Verifier(provider).caller(signer.token())


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://id.example"},
        {"oidc_audience": "x"},
        {"oidc_issuer": "http://id.example", "oidc_audience": "x"},
        {"oidc_algorithms": "HS256"},
        {"oidc_roles": "boss"},
        {"oidc_roles": "boss=root"},
    ],
)
def test_settings_that_do_not_fit_are_named(given: dict[str, str]) -> None:
    if "oidc_algorithms" in given or "oidc_roles" in given:
        given = {"oidc_issuer": "https://id.example", "oidc_audience": "x"} | given
    with pytest.raises(SettingsError, match="TINGZHEN_OIDC_"):
        provider_of(Settings(**given))  # type: ignore[arg-type]


def test_only_what_cannot_be_forged_on_the_way_is_read() -> None:
    assert safe_url("https://id.example/x")
    assert safe_url("http://127.0.0.1:8080/x")
    for url in ("http://id.example", "file:///etc/passwd", "http://127.0.0.1.example/",
                "ftp://id.example", "http://localhost.example"):  # fmt: skip
        assert not safe_url(url)
