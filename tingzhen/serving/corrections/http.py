"""/v1/clips/{clip_id}/corrections: what a technician says against the machine."""

from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel

from tingzhen.errors import CorrectionUnknown
from tingzhen.language import Language, Text
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.files import frames_of
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.corrections.given import CorrectionRequest, DamageBox, correct
from tingzhen.serving.corrections.shown import CorrectionView, shown_to
from tingzhen.serving.http.asking import ClipId, known, language_of, service_of
from tingzhen.serving.http.problems import documented
from tingzhen.serving.records import (
    ClipCorrection,
    ClipRecord,
    clip,
    corrections_of,
    lock_clip,
    reading,
    unknown_clip,
    writing,
)
from tingzhen.serving.service import Service

router = APIRouter(prefix="/v1/clips", tags=["clips"])
_COMMON: Final = ("clip_unknown", "upload_invalid", "records_unavailable")
_Id = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]


class Corrections(BaseModel):
    """The oldest first."""

    corrections: list[CorrectionView]


@router.get("/{clip_id}/corrections", summary="What people say against the machine",
            responses=documented(*_COMMON))  # fmt: skip
async def list_corrections(request: Request, access: Granted, clip_id: ClipId) -> Corrections:
    """In full where the clip is within reach; for engineers without author and words."""

    def work() -> Corrections:
        service = service_of(request)
        with reading(service.records) as session:
            record = clip(session, clip_id)
            if access.reach != "deidentified" and not access.admits(record.owner, record.workshop):
                raise unknown_clip()
            found = corrections_of(session, clip_id)
        return Corrections(corrections=[shown_to(access, record, one) for one in found])

    return await anyio.to_thread.run_sync(work)


@router.post("/{clip_id}/corrections", status_code=201, summary="Correct the machine",
             responses=documented(*_COMMON, "clip_not_ready", "clip_without_report",
                                  "correction_invalid", "files_unavailable", "file_missing",
                                  "storage_full"))  # fmt: skip
async def make_correction(
    request: Request,
    response: Response,
    access: Granted,
    *,
    clip_id: ClipId,
    said: CorrectionRequest,
    lang: Language | None = None,
) -> CorrectionView:
    """A wrong label, a noise that was missed (seconds and hertz), a box on one of the kept
    pictures, or that nothing is there. The report stays as it is; whoever labels sees it next."""
    language = language_of(request, lang)

    def work() -> CorrectionView:
        service = service_of(request)
        record = known(service, access, clip_id)
        clip_report(record, language)
        return _keep(service, access, record, said)

    made = await anyio.to_thread.run_sync(work)
    response.headers["Location"] = f"/v1/clips/{clip_id}/corrections/{made.id}"
    return made


@router.delete("/{clip_id}/corrections/{correction_id}", status_code=204,
               summary="Take a correction back", response_class=Response,
               responses=documented(*_COMMON, "correction_unknown"))  # fmt: skip
async def delete_correction(
    request: Request, access: Granted, clip_id: ClipId, correction_id: _Id
) -> Response:
    """One of the own workshop's."""

    def work() -> None:
        service = service_of(request)
        known(service, access, clip_id)
        with writing(service.records) as session:
            found = session.get(ClipCorrection, correction_id)
            if found is None or found.clip_id != clip_id:
                raise CorrectionUnknown(
                    Text("没有这条更正，可能已被删除。",
                         "There is no such correction; somebody may have taken it back.")
                )  # fmt: skip
            session.delete(found)

    await anyio.to_thread.run_sync(work)
    return Response(status_code=204)


def _keep(
    service: Service, access: Access, record: ClipRecord, said: CorrectionRequest
) -> CorrectionView:
    boxed = isinstance(said.root, DamageBox)
    frames = frames_of(service, record) if boxed else []
    with writing(service.records) as session:
        now = lock_clip(session, record.id)
        earlier = len(corrections_of(session, record.id))
        made = correct(now, frames, earlier, said.root, access.caller)
        session.add(made)
        session.flush()
        return shown_to(access, now, made)
