"""Signatures of webhooks: those of the standard's own example and of ours, and nothing else."""

import json
from typing import Any

import pytest

from tingzhen.client import verify_webhook
from tingzhen.errors import SignatureInvalid
from tingzhen.serving.webhooks.signing import new_secret, signed_headers

NOW_S = 1_774_000_000
CONTENT = {
    "type": "clip.report", "timestamp": "2026-03-20T09:46:40+00:00", "data": {"clip_id": "听"},
}  # fmt: skip
BODY = json.dumps(CONTENT, ensure_ascii=False).encode()
SECRET = new_secret()


def verified(headers: dict[str, str], body: bytes = BODY, secret: str = SECRET) -> Any:
    return verify_webhook(secret, headers, body, clock=lambda: NOW_S)


def headers(*secrets: str, at_s: int = NOW_S) -> dict[str, str]:
    return signed_headers(secrets or (SECRET,), "m1", at_s, BODY)


def test_what_the_service_signs_is_taken() -> None:
    webhook = verified({name.title(): value for name, value in headers().items()})
    assert (webhook.id, webhook.type, webhook.data) == ("m1", "clip.report", {"clip_id": "听"})
    assert webhook.timestamp.isoformat() == CONTENT["timestamp"]
    assert verified(headers(new_secret(), SECRET)).id == "m1"  # while the secret is rotated


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the specification's own libraries."""
    signed = signed_headers(
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330, b'{"test": 2432232314}',
    )  # fmt: skip
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "m2"},
        {"webhook-timestamp": str(NOW_S + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": headers()["webhook-signature"].replace("v1,", "v1a,")},
        {"webhook-signature": "v1,é"},
    ],
)
def test_what_was_changed_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verified(headers() | changed)


def test_other_bodies_secrets_and_times_are_refused() -> None:
    for attempt in (
        lambda: verified(headers(), BODY + b" "),
        lambda: verified(headers(), secret=new_secret()),
        lambda: verified(headers(), secret="whsec_no base64"),  # noqa: S106 - no secret
        lambda: verified(headers(at_s=NOW_S - 301)),
        lambda: verified(headers(at_s=NOW_S + 301)),
        lambda: verified({}),
    ):
        with pytest.raises(SignatureInvalid):
            attempt()
    assert verified(headers(at_s=NOW_S - 299)).id == "m1"


def test_a_signed_body_that_is_none_of_ours_is_refused() -> None:
    for body in (b"[]", b"{}", b"\xff", b'{"type": "a", "timestamp": "x", "data": {}}'):
        with pytest.raises(SignatureInvalid):
            verified(signed_headers((SECRET,), "m1", NOW_S, body), body)
