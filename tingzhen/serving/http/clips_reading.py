"""/v1/clips: take a clip, tell how far it is, list clips, and give their reports."""

import json
from functools import partial
from typing import Annotated, Any, Final, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from tingzhen.audio.findings import NoiseVerdict
from tingzhen.diagnosis.result import Drive
from tingzhen.language import Language
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips import view
from tingzhen.serving.clips.page import clip_page
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.clips.reports import ReportList, report_of_version, reports_of
from tingzhen.serving.clips.watch import ClipWatch
from tingzhen.serving.http.asking import (
    ClipId,
    Prefer,
    known,
    known_clip,
    language_of,
    service_of,
    wait_s,
)
from tingzhen.serving.http.clips_documents import REPORT_DOCUMENT
from tingzhen.serving.http.day import Moment
from tingzhen.serving.http.problems import documented
from tingzhen.serving.records import (
    ENDED,
    ClipEvent,
    ClipFilter,
    ClipRecord,
    ClipState,
    EventKind,
    clips_by_urgency,
    clips_page,
    events_after,
    reading,
)
from tingzhen.serving.report.example import REPORT_EXAMPLE
from tingzhen.serving.report.model import DiagnosisReport, Report
from tingzhen.serving.service import Service
from tingzhen.vision.findings import DamageVerdict

router = APIRouter(prefix="/v1/clips", tags=["clips"])
_READING: Final = ("clip_unknown", "upload_invalid", "records_unavailable")
_REPORT: Final = (*_READING, "clip_not_ready", "clip_without_report")
_END: Final = frozenset[EventKind]({"report", "failed", "cancelled"})
_VERSIONS: Final = (*_REPORT, "report_unknown")
_Word = Annotated[str | None, Query(max_length=80, pattern=r"^[^\x00]*$")]


@router.get("", summary="Clips, newest first or by urgency", response_model=view.ClipPage,
            responses=documented("upload_invalid", "records_unavailable"))  # fmt: skip
async def list_clips(
    request: Request,
    access: Granted,
    *,
    state: Annotated[list[ClipState], Query(max_length=8)] = [],  # noqa: B006 - FastAPI copies it
    noise: NoiseVerdict | None = None,
    damage: DamageVerdict | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    make: _Word = None,
    model: _Word = None,
    drive: Annotated[list[Drive], Query(max_length=8)] = [],  # noqa: B006 - see above
    confirmed: bool | None = None,
    sort: Literal["newest", "urgency"] = "newest",
    q: Annotated[_Word, Query(description="A part of the label.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    lang: Language | None = None,
) -> Response:
    """Those that the caller may see. Clips that come in meanwhile do not shift the pages.

    By urgency: open cases first; vehicles that must not be driven, then what is not analysed, then
    what should be looked at soon, then what cannot be told, then the rest; within each the graver
    fault first; of equally urgent ones the one that waits longest."""
    language = language_of(request, lang)
    wanted = ClipFilter(
        owner=access.only_owner, workshop=access.only_workshop, states=state, since=since,
        until=until, noise_verdict=noise, damage_verdict=damage, make=make, model=model, label=q,
        drives=drive, confirmed=confirmed,
    )  # fmt: skip
    by_urgency = sort == "urgency"
    after = view.place_of(cursor) if cursor else None
    if after is not None and (after.urgency is not None) != by_urgency:
        raise view.wrong_cursor()

    def page() -> list[ClipRecord]:
        with reading(service_of(request).records) as session:
            listed = clips_by_urgency if by_urgency else clips_page
            return listed(session, wanted, after=after, limit=limit + 1)

    found = await anyio.to_thread.run_sync(page)
    more, found = len(found) > limit, found[:limit]
    next_cursor = view.cursor_of(found[-1], by_urgency=by_urgency) if more else None
    headers = {}
    if next_cursor is not None:
        url = request.url.include_query_params(cursor=next_cursor)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    content = {
        "schema": "tingzhen.clips/1",
        "clips": [view.summary_of(record, language) for record in found],
        "next_cursor": next_cursor,
    }
    return as_json(content, language, headers=headers)


@router.get("/{clip_id}", summary="How far a clip is, and its report",
            response_model=view.ClipView, responses=documented(*_READING))  # fmt: skip
async def read_clip(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    prefer: Prefer = None,
    lang: Language | None = None,
) -> Response:
    """`report` and `error` are null until there is one of them. With `Prefer: wait=N` it answers
    when the analysis has ended, after N seconds at the latest."""
    language = language_of(request, lang)
    headers = {}
    if (wait := wait_s(prefer)) is not None:
        await until_ended(request, access, clip_id, wait)
        headers["Preference-Applied"] = f"wait={wait:.0f}"
    shown = await view_now(request, access, clip_id, language)
    return as_json(shown, language, headers=headers)


@router.get("/{clip_id}/report", summary="The report of a clip", response_model=Report,
            responses={**REPORT_DOCUMENT, **documented(*_VERSIONS)})  # fmt: skip
async def read_report(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    version: Annotated[
        int | None,
        Query(ge=1, le=2**31 - 1, description="Of an earlier report, as `/reports` lists them."),
    ] = None,
    lang: Language | None = None,
) -> Response:
    """In the language asked for; as a page where `Accept` prefers text/html."""
    language = language_of(request, lang)
    service = service_of(request)
    record = await known_clip(request, access, clip_id)
    report = clip_report(record, language)
    earlier = None
    if version is not None:
        earlier = await anyio.to_thread.run_sync(
            report_of_version, service, record, version, language
        )
    varies = {"Vary": "Accept, Accept-Language"}
    if not prefers_html(request.headers.get("accept", "")):
        return as_json(earlier or report, language, headers=varies)
    page = await anyio.to_thread.run_sync(
        partial(clip_page, service, record, language, earlier=earlier)
    )
    policy = {"Content-Security-Policy": page.policy, "Content-Language": language}
    return Response(page.html, headers=varies | policy, media_type="text/html")


@router.get("/{clip_id}/reports", summary="All reports that a clip had",
            response_model=ReportList, responses=documented(*_REPORT))  # fmt: skip
async def list_reports(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """The newest first: with which models each was made, and what it says. Each can be read with
    `/report?version=`."""
    language = language_of(request, lang)
    record = await known_clip(request, access, clip_id)
    clip_report(record, language)
    found = await anyio.to_thread.run_sync(reports_of, service_of(request), record)
    return as_json(found.model_dump_json(by_alias=True), language)


@router.get("/{clip_id}/diagnosis", summary="Only the diagnosis of a clip",
            response_model=DiagnosisReport,
            responses={200: {"content": {"application/json": {
                "example": REPORT_EXAMPLE["diagnosis"]}}}, **documented(*_REPORT)})  # fmt: skip
async def read_diagnosis(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """The `diagnosis` part of the report."""
    language = language_of(request, lang)
    record = await known_clip(request, access, clip_id)
    return as_json(json.loads(clip_report(record, language))["diagnosis"], language)


async def view_now(
    request: Request, access: Access, clip_id: str, language: Language
) -> dict[str, Any]:
    """The clip as it stands. Raises ClipUnknown."""
    record, events = await anyio.to_thread.run_sync(
        _with_events, service_of(request), access, clip_id
    )
    return view.view_of(record, events, language)


async def until_ended(
    request: Request, access: Access, clip_id: str, timeout_s: float
) -> ClipRecord:  # fmt: skip
    """The clip when its analysis has ended, after so many seconds, or when the service stops.
    Raises ClipUnknown."""
    watch: ClipWatch = request.app.state.watch
    until = anyio.current_time() + timeout_s
    with watch.listening(clip_id, _END) as listener:
        while True:
            record = await known_clip(request, access, clip_id)
            left_s = until - anyio.current_time()
            if record.state in ENDED or left_s <= 0 or watch.stopping:
                return record
            await listener.wait(left_s)


def prefers_html(accept: str) -> bool:
    """Whether Accept weighs text/html above application/json (RFC 9110, 12.5.1)."""
    weights = {"text/html": 0.0, "application/json": 0.0}
    for part in accept.split(","):
        kind, *parameters = (item.strip().lower() for item in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if kind in weights:
            weights[kind] = max(weights[kind], weight)
    return weights["text/html"] > weights["application/json"]


def as_json(
    content: Any, language: Language, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """content: JSON values, or JSON text as it is."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    own = {"Content-Language": language} | (headers or {})
    return Response(text, status, own, media_type="application/json")


def _with_events(
    service: Service, access: Access, clip_id: str
) -> tuple[ClipRecord, list[ClipEvent]]:
    record = known(service, access, clip_id)
    with reading(service.records) as session:
        return record, events_after(session, clip_id=clip_id)
