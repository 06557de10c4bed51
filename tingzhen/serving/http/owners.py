"""/v1/owners: all data of one owner, to take along or to delete."""

from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from starlette.responses import StreamingResponse

from tingzhen.errors import OwnerUnknown
from tingzhen.language import Text
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.http.asking import service_of
from tingzhen.serving.http.guide import Guide
from tingzhen.serving.http.problems import documented
from tingzhen.serving.privacy.export import export_of
from tingzhen.serving.privacy.owner_deletion import delete_owner

router = APIRouter(prefix="/v1/owners", tags=["privacy"])
Subject = Annotated[str, InPath(max_length=255, pattern=r"^[^\x00]+$", examples=["o42"])]
Originals = Annotated[bool, Query(description="The clips as they were sent too.")]
_CODES: Final = ("owner_unknown", "upload_invalid", "records_unavailable", "session_unavailable",
                 "cases_unavailable", "files_unavailable")  # fmt: skip
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A ZIP file, sent while it is made; its last entry is `manifest.json`.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    },
    **documented(*_CODES),
}
_HEADERS: Final = {
    "Content-Disposition": 'attachment; filename="tingzhen.zip"', "Cache-Control": "no-store",
}  # fmt: skip


@router.get("/me/export", summary="All my data as a file", response_class=Response,
            responses=_ZIP)  # fmt: skip
async def export_mine(
    request: Request, access: Granted, originals: Originals = False
) -> StreamingResponse:
    """Of who asks."""
    return await _export(request, access.caller.subject, originals)


@router.get("/{subject}/export", summary="All data of an owner as a file",
            response_class=Response, responses=_ZIP)  # fmt: skip
async def export_owner(
    request: Request, access: Granted, subject: Subject, originals: Originals = False
) -> StreamingResponse:
    """Owners have their own, admins everybody's."""
    _reached(access, subject)
    return await _export(request, subject, originals)


@router.delete("/me", status_code=204, summary="Delete all my data for good",
               response_class=Response, responses=documented(*_CODES))  # fmt: skip
async def delete_me(request: Request, access: Granted) -> Response:
    """Clips, uploads, webhooks, re-analyses; tokens open nothing afterwards, this one included."""
    return await _delete(request, access.caller.subject)


@router.delete("/{subject}", status_code=204, summary="Delete all data of an owner for good",
               response_class=Response, responses=documented(*_CODES))  # fmt: skip
async def delete_one(request: Request, access: Granted, subject: Subject) -> Response:
    """The same for another one, by an admin. Asked again it changes nothing."""
    _reached(access, subject)
    return await _delete(request, subject)


def _reached(access: Access, subject: str) -> None:
    """Raises OwnerUnknown."""
    if not access.admits(subject, None):
        raise OwnerUnknown(
            Text("没有保存该用户的任何数据。", "Nothing is kept of that owner, or not for you.")
        )


async def _export(request: Request, subject: str, originals: bool) -> StreamingResponse:
    service = service_of(request)
    export = await anyio.to_thread.run_sync(
        lambda: export_of(service, subject, originals=originals)
    )
    return StreamingResponse(export.pieces(), headers=_HEADERS, media_type="application/zip")


async def _delete(request: Request, subject: str) -> Response:
    guide: Guide = request.app.state.guide
    await anyio.to_thread.run_sync(delete_owner, service_of(request), guide.sessions, subject)
    return Response(status_code=204)
