"""Requests that a page of somebody else makes a browser send are refused.

A cookie goes along with requests that other sites cause. So what changes something and comes with
the cookie needs two signs that a page of ours sent it: a header that only our scripts can know
(OWASP, Cross-Site Request Forgery Prevention: HMAC based token bound to the session), and the
browser's word that it was sent from here (Sec-Fetch-Site, else Origin).
"""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from tingzhen.errors import CsrfFailed
from tingzhen.language import Text

HEADER: Final = "X-CSRF-Token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(secret: str) -> str:
    """What the header must say in the session with that secret: 64 hexadecimal digits, from which
    the secret cannot be found."""
    return hmac.digest(secret.encode(), b"tingzhen csrf", "sha256").hex()


def from_here(request: Request) -> bool:
    """Whether the browser says that a page of this very host sent it. False where it does not say:
    all browsers since 2020 do."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")


def check_csrf(request: Request, secret: str) -> None:
    """For a request that comes with the cookie. Raises CsrfFailed."""
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get(HEADER, "")
    if not from_here(request) or not hmac.compare_digest(
        given.encode("latin-1", "replace"), csrf_token(secret).encode()
    ):
        raise CsrfFailed(
            Text("此请求不是从本站页面发出的，已拒绝。请重新载入页面后再试。",
                 "This request was not sent by a page of this service. Load the page again and "
                 "try once more.")
        )  # fmt: skip
