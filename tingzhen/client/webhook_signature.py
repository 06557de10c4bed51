"""Whether a webhook comes from the service: Standard Webhooks 1.0.0.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tingzhen.errors import SignatureInvalid
from tingzhen.language import Text

TOLERANCE_S: Final = 300.0
_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """What came. id: the same however often it comes. type: such as clip.report. data: with
    clip_id, but for a test."""

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify_webhook(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    tolerance_s: float = TOLERANCE_S,
    clock: Callable[[], float] = time.time,
) -> Webhook:
    """The content of a webhook that was signed with the secret. secret: as the service showed it,
    `whsec_...`. headers: of the request, capitals alike. body: as it came, not parsed and written
    anew. tolerance_s: how far its time may be from now. clock: seconds since 1970.

    Raises SignatureInvalid.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"].split()
        sent_s = int(timestamp)
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (KeyError, ValueError, binascii.Error) as error:
        raise _invalid("缺少签名头或密钥格式不对", "a header or the secret is not there, or "
                       "not as the service writes it") from error  # fmt: skip
    if abs(clock() - sent_s) > tolerance_s:
        raise _invalid("时间相差过大", "its time is too far from now")
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    if not any(_same(signature, wanted) for signature in signatures):
        raise _invalid("签名不符", "it was not signed with this secret, or was changed since")
    try:
        content = json.loads(body)
        moment = datetime.fromisoformat(content["timestamp"])
        return Webhook(message_id, str(content["type"]), moment, dict(content["data"]))
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid("内容无法读取", "its content cannot be read") from error


def _same(signature: str, wanted: bytes) -> bool:
    version, _, value = signature.partition(",")
    return version == "v1" and hmac.compare_digest(value.encode(), wanted)


def _invalid(reason_zh: str, reason_en: str) -> SignatureInvalid:
    return SignatureInvalid(
        Text(f"无法确认此 webhook 来自服务：{reason_zh}。请勿处理，并核对密钥和时钟。",
             f"The webhook is not shown to come from the service: {reason_en}. Do not act on it; "
             "check the secret and the clock.")
    )  # fmt: skip
