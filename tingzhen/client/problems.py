"""From a problem (RFC 9457) of the service to the typed error with the same code."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import httpx

from tingzhen.errors import AnswerInvalid, ServiceUnreachable, TingzhenError
from tingzhen.language import Text

_OF_NO_BODY: Final[Mapping[int, str]] = {
    401: "token_invalid", 403: "not_allowed", 404: "upload_unknown", 410: "upload_expired",
    412: "tus_version_unsupported", 423: "upload_locked", 429: "too_many_requests",
    503: "records_unavailable",
}  # fmt: skip
"""Codes of answers to HEAD, which have no body to say them; uploads alone are asked so."""


def error_of(response: httpx.Response) -> TingzhenError:
    """The error of the tree in tingzhen.errors that has the problem's code, with its sentence and
    `retry_after_s`; AnswerInvalid for what is no problem, or of a code that this version does not
    know. response: read to its end."""
    if response.request.method == "HEAD":
        said = f"HTTP {response.status_code}"
        kind = _kinds().get(_OF_NO_BODY.get(response.status_code, ""))
        return kind(Text(said, said)) if kind else answer_invalid(said)
    try:
        problem = response.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        return answer_invalid(f"HTTP {response.status_code}")
    kind = _kinds().get(code)
    error = kind(Text(detail, detail)) if kind else answer_invalid(f"{code}: {detail}")
    given = response.headers.get("retry-after", "")
    if given.isascii() and given.isdigit():
        error.retry_after_s = float(given)
    return error


def unreachable(error: httpx.HTTPError | httpx.InvalidURL) -> ServiceUnreachable:
    reason = str(error) or type(error).__name__
    return ServiceUnreachable(
        Text(f"服务没有应答：{reason}。请检查地址和网络后重试。",
             f"The service does not answer: {reason}. Check the address and the line, and try "
             "again.")
    )  # fmt: skip


def answer_invalid(what: str) -> AnswerInvalid:
    return AnswerInvalid(
        Text(f"无法理解服务的应答（{what}）。请检查地址，或更新 tingzhen。",
             f"The answer of the service cannot be read ({what}). Check the address, or install a "
             "newer tingzhen.")
    )  # fmt: skip


@cache
def _kinds() -> dict[str, type[TingzhenError]]:
    found: dict[str, type[TingzhenError]] = {}
    below = [TingzhenError]
    while below:
        kind = below.pop()
        below += kind.__subclasses__()
        if kind.code:
            found[kind.code] = kind
    return found
