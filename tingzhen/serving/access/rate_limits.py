"""How many requests a token may make: a bucket each, filled at a steady rate.

A bucket holds what a minute allows, so that a page of pictures may be fetched at once; on average
no more than the rate gets through. Buckets live in the process: a service of several HTTP processes
allows so many times as much.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from threading import Lock
from typing import Final

_MOST_BUCKETS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit. quota: requests a minute. full_in_s: until all of it is there.

    retry_after_s: None where the request is within the limit.
    """

    quota: int
    remaining: int
    full_in_s: float
    retry_after_s: float | None

    def headers(self) -> dict[str, str]:
        """RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers, version 10."""
        return {
            "RateLimit-Policy": f'"requests";q={self.quota};w=60',
            "RateLimit": f'"requests";r={self.remaining};t={ceil(self.full_in_s)}',
        }


class Buckets:
    """Token buckets by key; safe to use from several threads. The longest unused are forgotten,
    and so are full, when there are very many."""

    def __init__(self, most: int = _MOST_BUCKETS) -> None:
        self._most = most
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, per_minute: int) -> Left:
        """Take one of the bucket, where there is one."""
        return self._take(key, per_minute, 1.0)

    def look(self, key: str, per_minute: int) -> Left:
        """What `take` would say, and nothing is taken."""
        return self._take(key, per_minute, 0.0)

    def _take(self, key: str, per_minute: int, wanted: float) -> Left:
        now, per_s = time.monotonic(), per_minute / 60
        with self._lock:
            level, at = self._buckets.get(key, (float(per_minute), now))
            level = min(float(per_minute), level + (now - at) * per_s)
            lacks = level < 1
            if not lacks:
                level -= wanted
            if wanted:
                self._buckets[key] = level, now
                self._buckets.move_to_end(key)
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return Left(
            quota=per_minute,
            remaining=int(level),
            full_in_s=(per_minute - level) / per_s,
            retry_after_s=(1 - level) / per_s if lacks else None,
        )
