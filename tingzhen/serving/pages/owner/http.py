"""/owner: recording a clip and reading its result, installable and usable without a network."""

import json
from typing import Final

from fastapi import APIRouter, Request, Response

from tingzhen.serving.http.asking import ClipId
from tingzhen.serving.pages.shell import render
from tingzhen.serving.pages.shell.headers import STATIC_HEADERS
from tingzhen.serving.pages.shell.static import address, files, newest_version
from tingzhen.serving.pages.shell.taste import taste_of
from tingzhen.serving.pages.shell.texts import text

router = APIRouter(prefix="/owner", include_in_schema=False)

_ICONS: Final = {192: "any", 512: "any maskable"}
_NOT_OFFLINE: Final = ("shell/charts/", "owner/worker.js")


@router.get("", response_model=None)
async def start(request: Request) -> Response:
    """Circumstances, recording, progress, result, and the own clips: one page, so that all of it
    is there when the network is not."""
    return _page(request)


@router.get("/clips/{clip_id}", response_model=None)
async def clip(request: Request, clip_id: ClipId) -> Response:
    """The same page, which shows one clip."""
    return _page(request)


@router.get("/manifest.webmanifest", response_model=None)
async def manifest(request: Request) -> Response:
    """What a phone needs to install the page (W3C Web Application Manifest)."""
    language = taste_of(request).language
    content = {
        "id": "/owner", "start_url": "/owner", "scope": "/owner", "display": "standalone",
        "name": text("owner.install.name", language), "short_name": text("shell.name", language),
        "description": text("shell.about.owner", language),
        "lang": {"zh": "zh-CN", "en": "en"}[language],
        "background_color": "#0d1211", "theme_color": "#0b5f58",
        "icons": [
            {"src": address(f"owner/icon-{size}.png"), "sizes": f"{size}x{size}",
             "type": "image/png", "purpose": purpose}
            for size, purpose in _ICONS.items()
        ] + [{"src": address("shell/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }  # fmt: skip
    return Response(
        json.dumps(content, ensure_ascii=False), media_type="application/manifest+json",
        headers=STATIC_HEADERS | {"Cache-Control": "no-cache"},
    )  # fmt: skip


@router.get("/worker.js", response_model=None)
async def worker() -> Response:
    """The service worker, with the names of what it keeps; its scope is this area."""
    kept = [
        address(name)
        for name in files()
        if name.startswith(("shell/", "owner/")) and not name.startswith(_NOT_OFFLINE)
    ]
    known = f"const VERSION = {json.dumps(newest_version())};\nconst KEPT = {json.dumps(kept)};\n"
    source = files()["owner/worker.js"].content.decode()
    return Response(
        known + source, media_type="text/javascript; charset=utf-8",
        headers=STATIC_HEADERS | {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/owner"},
    )  # fmt: skip


def _page(request: Request) -> Response:
    return render(request, "owner/owner.html", area="owner", title="shell.area.owner")
