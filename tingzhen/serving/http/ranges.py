"""Parts of a content, for players that ask for them with `Range` (RFC 9110, 14)."""

import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def with_ranges(
    request: Request, content: bytes, mime: str, headers: Mapping[str, str]
) -> Response:
    """The content whole (200), or the part that was asked for (206)."""
    own = {**headers, "Accept-Ranges": "bytes"}
    part = range_of(request.headers.get("range", ""), len(content))
    if part is None:
        return Response(content, headers=own, media_type=mime)
    first, last = part
    own["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, own, media_type=mime)


def range_of(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte asked for; None for the whole, also where the range is of another kind or
    lies outside, which RFC 9110, 14.2 lets a server do."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
    return (first, last) if first <= last else None
