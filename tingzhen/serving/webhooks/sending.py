"""One attempt: a signed POST, limited in time, to the address that was looked at."""

import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import anyio
import httpcore

from tingzhen import __version__
from tingzhen.serving.webhooks.addresses import (
    AddressRefused,
    CheckedNetwork,
    Targets,
    Unresolved,
)
from tingzhen.serving.webhooks.signing import signed_headers

Failure = Literal[
    "status",
    "redirect",
    "timeout",
    "unreachable",
    "unresolved",
    "address_refused",
    "tls",
    "internal_error",
]
GONE: Final = 410
"""The receiver wants no more of it (Standard Webhooks)."""

_MOST_ANSWER_BYTES: Final = 16_384
_ASKS_TO_WAIT: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. failure: None where the receiver took it (2xx). status: None where
    no answer came. retry_after_s: what the receiver asked for."""

    failure: Failure | None
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """timeout_s: for a whole attempt, the name's resolution included. Of an answer's body no more
    than 16 KiB is read, and nothing of it is kept. Redirects are not followed."""

    targets: Targets
    timeout_s: float
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def send(
        self, url: str, secret_keys: Sequence[str], message_id: str, body: bytes
    ) -> Answer:
        headers = {
            "content-type": "application/json",
            "user-agent": f"Tingzhen/{__version__}",
            **signed_headers(secret_keys, message_id, int(time.time()), body),
        }
        try:
            with anyio.fail_after(self.timeout_s):
                return await self._post(url, headers, body)
        except AddressRefused:
            return Answer("address_refused")
        except Unresolved:
            return Answer("unresolved")
        except (TimeoutError, httpcore.TimeoutException):
            return Answer("timeout")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            return Answer("tls" if _of_tls(error) else "unreachable")

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        network = CheckedNetwork(self.targets)
        # Nothing is shared between attempts: a connection is to the address of this one.
        async with (
            httpcore.AsyncConnectionPool(self.tls, network_backend=network) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as response,
        ):
            answer = _answer(response)
            read = 0
            async for chunk in response.aiter_stream():
                read += len(chunk)
                if read > _MOST_ANSWER_BYTES:
                    break
            return answer


def _answer(response: httpcore.Response) -> Answer:
    status = response.status
    if 200 <= status < 300:
        return Answer(None, status)
    if 300 <= status < 400:
        return Answer("redirect", status)
    wait_s = _retry_after_s(response.headers) if status in _ASKS_TO_WAIT else None
    return Answer("status", status, wait_s)


def _retry_after_s(headers: Sequence[tuple[bytes, bytes]]) -> float | None:
    """Seconds alone; a date would need clocks that agree."""
    found = {name.lower(): value for name, value in headers}.get(b"retry-after", b"")
    return float(found) if found.isdigit() and len(found) <= 6 else None


def _of_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
