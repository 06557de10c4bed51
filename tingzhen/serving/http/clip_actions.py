"""What is done with a clip: cancel, delete, guide through its diagnosis, confirm the fault."""

from functools import partial
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, Request, Response

from tingzhen.errors import ClipEnded
from tingzhen.language import Language, Text
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.confirmation import Confirmation, confirm
from tingzhen.serving.clips.deletion import delete_for_good
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.clips.view import ClipView
from tingzhen.serving.guide.sessions import Look
from tingzhen.serving.guide.view import GuideView, case_as_dict, guide_view
from tingzhen.serving.http.asking import ClipId, known, language_of, service_of
from tingzhen.serving.http.clips_reading import as_json, view_now
from tingzhen.serving.http.guide import CaseView, Guide
from tingzhen.serving.http.problems import documented
from tingzhen.serving.records import lock_clip, writing
from tingzhen.serving.service import Service

router = APIRouter(prefix="/v1/clips", tags=["clips"])
_COMMON: Final = ("clip_unknown", "upload_invalid", "records_unavailable")
_OF_REPORT: Final = (
    *_COMMON, "clip_not_ready", "clip_without_report", "cases_unavailable", "session_unavailable",
)  # fmt: skip


@router.delete("/{clip_id}", status_code=204, summary="Delete a clip for good",
               response_class=Response,
               responses=documented(*_COMMON, "files_unavailable",
                                    "session_unavailable", "cases_unavailable"))  # fmt: skip
async def delete_clip(request: Request, access: Granted, clip_id: ClipId) -> Response:
    """File, record, events, pictures, sound and guided session; a file that another clip has too
    stays for that one. A confirmed case stays among the cases, without the owner's words."""

    def work() -> None:
        record = known(service_of(request), access, clip_id)
        delete_for_good(service_of(request), _guide(request).sessions, record)

    await anyio.to_thread.run_sync(work)
    return Response(status_code=204)


@router.post("/{clip_id}/cancel", summary="Stop the analysis of a clip", response_model=ClipView,
             responses=documented(*_COMMON, "clip_ended"))  # fmt: skip
async def cancel_clip(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """The clip stays, without a report."""
    language = language_of(request, lang)

    def work() -> None:
        service = service_of(request)
        known(service, access, clip_id)
        if not service.jobs.cancel(clip_id):
            raise ClipEnded(
                Text(
                    "分析已经结束，无法取消。", "The analysis has ended: nothing is left to cancel."
                )
            )

    await anyio.to_thread.run_sync(work)
    return as_json(await view_now(request, access, clip_id, language), language)


@router.post("/{clip_id}/guide", status_code=201, summary="Begin its guided session",
             response_model=GuideView,
             responses={
                 200: {"description": "The session that was begun before.", "model": GuideView},
                 **documented(*_OF_REPORT, "session_unknown", "step_invalid"),
             })  # fmt: skip
async def guide_clip(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """A clip has one session: asked for again, it comes back as it stands."""
    language = language_of(request, lang)
    work = partial(_begin, service_of(request), _guide(request), access, clip_id, language)
    look, fresh = await anyio.to_thread.run_sync(work)
    content = guide_view(look, language).model_dump_json(by_alias=True)
    headers = {"Location": f"/v1/guide/{look.kept.id}"}
    return as_json(content, language, 201 if fresh else 200, headers)


@router.post("/{clip_id}/confirmation", summary="Say what the fault was", response_model=CaseView,
             responses=documented(*_OF_REPORT, "confirmation_invalid"))  # fmt: skip
async def confirm_fault(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    confirmed: Confirmation,
    lang: Language | None = None,
) -> Response:
    """It becomes a case, and the rules of experience learn from it. Said again, the newer words
    count."""
    language = language_of(request, lang)
    guide = _guide(request)

    def work() -> object:
        service = service_of(request)
        record = known(service, access, clip_id)
        clip_report(record, language)
        return case_as_dict(
            confirm(
                service,
                guide.knowledge,
                guide.sessions,
                record,
                confirmed=confirmed,
                caller=access.caller,
            )
        )

    return as_json(await anyio.to_thread.run_sync(work), language)


def _begin(
    service: Service, guide: Guide, access: Access, clip_id: str, language: Language
) -> tuple[Look, bool]:
    """The session, and whether it is new."""
    record = known(service, access, clip_id)
    clip_report(record, language)
    if record.session_id is not None:
        return guide.sessions.look(record.session_id), False
    look = guide.create_for_clip(record, language)
    with writing(service.records) as session:
        kept = lock_clip(session, clip_id)
        earlier, kept.session_id = kept.session_id, kept.session_id or look.kept.id
    if earlier is not None:  # somebody else was first
        guide.sessions.delete(look.kept.id)
        return guide.sessions.look(earlier), False
    return look, True


def _guide(request: Request) -> Guide:
    guide: Guide = request.app.state.guide
    return guide
