"""Scripts, styles and pictures of the pages, kept in memory, compressed once.

An address holds the version of all of them (a hash of their contents), and what a script imports
beside it has the same version by itself; so browsers keep them for good, and a new version of the
service is a new address.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from fastapi import APIRouter, Request, Response

from tingzhen.serving.pages.shell.areas import AREAS, folder
from tingzhen.serving.pages.shell.headers import STATIC_HEADERS

router = APIRouter(include_in_schema=False)

_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".webmanifest": "application/manifest+json",
}
_ZIPPED: Final = frozenset({".js", ".css", ".svg"})
_IMPORT: Final = re.compile(r"""(?:^|\n)\s*(?:import|export)[^;"'`(]*["'](\.[^"']+)["']""")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """zipped: compressed with gzip; None for what is compressed already. etag: of its content."""

    content: bytes
    zipped: bytes | None
    media_type: str
    etag: str


@cache
def files() -> dict[str, StaticFile]:
    """All of them by their name, such as "owner/record.js"."""
    found: dict[str, StaticFile] = {}
    for area in AREAS:
        base = folder(area) / "static"
        for path in sorted(base.rglob("*")):
            if path.suffix not in _TYPES:
                continue
            content = path.read_bytes()
            zipped = gzip.compress(content, 9, mtime=0) if path.suffix in _ZIPPED else None
            etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
            name = f"{area}/{path.relative_to(base).as_posix()}"
            found[name] = StaticFile(content, zipped, _TYPES[path.suffix], etag)
    return found


@cache
def newest_version() -> str:
    """Of all static files together."""
    digest = hashlib.sha256()
    for name, file in files().items():
        digest.update(f"{name} {file.etag}\n".encode())
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """Of a static file by its name. Raises KeyError where there is none."""
    files()[name]
    return f"/static/{newest_version()}/{name}"


@cache
def imported(name: str) -> tuple[str, ...]:
    """Names of all modules that a script imports, and those import, without the script itself: a
    browser that is told of them fetches all at once and not one after the other. What a script
    imports when it is needed, `import(...)`, is not among them."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        at = waiting.pop(0)
        source = files()[at].content.decode()
        for target in _IMPORT.findall(source):
            there = _joined(at, target)
            if there not in found and there != name:
                files()[there]
                found.append(there)
                waiting.append(there)
    return tuple(found)


def _joined(at: str, target: str) -> str:
    parts = at.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


@router.get("/static/{version}/{area}/{file:path}", response_model=None)
async def static(request: Request, version: str, area: str, file: str) -> Response:
    """A static file; of another version than the newest it is not to be kept."""
    found = files().get(f"{area}/{file}")
    if found is None:
        return Response(status_code=404, headers=STATIC_HEADERS)
    newest = version == newest_version()
    headers = STATIC_HEADERS | {
        "ETag": found.etag, "Vary": "Accept-Encoding",
        "Cache-Control": "public, max-age=31536000, immutable" if newest else "no-cache",
    }  # fmt: skip
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if found.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.zipped, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)
