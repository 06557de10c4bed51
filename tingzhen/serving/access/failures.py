"""Failed tokens of one address: after so many a minute nothing more of it is looked at.

Tokens cannot be guessed; what is limited is the work that guessing makes. A token that was good a
moment ago goes on being checked, so that one broken device does not lock out a whole workshop
behind the same address.
"""

import hashlib
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Final

from tingzhen.errors import TooManyRequests
from tingzhen.language import Text
from tingzhen.serving.access.rate_limits import Buckets

_KNOWN: Final = 10_000


class Failures:
    """Counts by address; safe to use from several threads."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets = Buckets()
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def check(self, host: str, authorization: str | None) -> None:
        """Raises TooManyRequests for an address that failed too often."""
        with self._lock:
            if _digest(authorization) in self._good:
                return
        left = self._buckets.look(network_of(host), self._per_minute)
        if left.retry_after_s is not None:
            raise too_many(left.retry_after_s)

    def failed(self, host: str, authorization: str | None) -> None:
        """What was good before is so no longer: it was taken back, or has expired."""
        with self._lock:
            self._good.pop(_digest(authorization), None)
        self._buckets.take(network_of(host), self._per_minute)

    def succeeded(self, authorization: str | None) -> None:
        with self._lock:
            digest = _digest(authorization)
            self._good[digest] = None
            self._good.move_to_end(digest)
            if len(self._good) > _KNOWN:
                self._good.popitem(last=False)


def too_many(retry_after_s: float) -> TooManyRequests:
    """The error that says when to go on."""
    error = TooManyRequests(
        Text("请求过于频繁。请按 Retry-After 给出的秒数等待后再试。",
             "Too many requests. Wait for as many seconds as Retry-After says.")
    )  # fmt: skip
    error.retry_after_s = retry_after_s
    return error


def network_of(host: str) -> str:
    """What is counted as one address: of IPv6 the network of 64 bits, which one customer has."""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv6Address):
        return str(IPv6Address(int(found) >> 64 << 64))
    return host


def _digest(authorization: str | None) -> bytes:
    return hashlib.sha256((authorization or "").encode()).digest()
