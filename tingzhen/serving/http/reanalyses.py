"""Clips analysed again: /v1/clips/{id}/reanalysis for one, /v1/reanalyses for many."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Body, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from tingzhen.audio.findings import NoiseVerdict
from tingzhen.language import Language
from tingzhen.serving import reanalysis as again
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.clips.priority import BULK, priority_of
from tingzhen.serving.http.asking import ClipId, known, language_of, service_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.day import Moment
from tingzhen.serving.http.problems import documented
from tingzhen.serving.reanalysis import view
from tingzhen.serving.reanalysis.progress import items_page, progress_of, reanalyses_page
from tingzhen.serving.records import (
    ClipFilter,
    ItemState,
    Reanalysis,
    RecogniserTask,
    reading,
    reanalysis,
    unknown_reanalysis,
)
from tingzhen.serving.service import Service
from tingzhen.vision.findings import DamageVerdict

router = APIRouter(tags=["re-analysis"])
T = TypeVar("T")
MOST_IDS: Final = 10_000
_COMMON: Final = ("upload_invalid", "records_unavailable")
_ONE: Final = ("reanalysis_unknown", *_COMMON)
_Id = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
_Word = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]
ReanalysisId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
_ACCEPTED: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "It is kept and will be done, whatever stops meanwhile.",
        "headers": {"Location": {"description": "Where its progress is.",
                                 "schema": {"type": "string"}}},
    }
}  # fmt: skip


class ReanalysisRequest(BaseModel):
    """Which of the clips whose analysis has ended; what is left out asks nothing."""

    model_config = ConfigDict(extra="forbid")
    ids: Annotated[list[_Id], Field(max_length=MOST_IDS)] | None = Field(
        None, description="Only these.", examples=[["0" * 32]]
    )
    state: list[Literal["done", "failed", "cancelled"]] = Field(
        ["done", "failed"], min_length=1, max_length=3
    )
    noise: NoiseVerdict | None = None
    damage: DamageVerdict | None = None
    since: Moment | None = Field(None, description="since <= created_at < until")
    until: Moment | None = None
    make: _Word | None = None
    model: _Word | None = None
    outdated: list[RecogniserTask] = Field(
        [],
        max_length=2,
        description="Only those whose report was made by another version of this recogniser than "
        "the active one; of both, where one of them was.",
    )


@router.post("/v1/clips/{clip_id}/reanalysis", status_code=202, summary="Analyse a clip again",
             response_model=view.ReanalysisView,
             responses={**_ACCEPTED, **documented("clip_unknown", "reanalysis_impossible",
                                                  *_COMMON)})  # fmt: skip
async def reanalyse_clip(
    request: Request, access: Granted, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """With the active models and the knowledge of today. The clip keeps its report until the new
    one is there, and the old one can be read afterwards too."""

    def work() -> view.ReanalysisView:
        service = service_of(request)
        record = known(service, access, clip_id)
        asker = _asker(access, priority_of(access.caller))
        return _view(service, again.analyse_again(service, asker, record).id, access)

    return await _accepted(request, lang, work)


@router.post("/v1/reanalyses", status_code=202, summary="Analyse many clips again",
             response_model=view.ReanalysisView,
             responses={**_ACCEPTED, **documented(*_COMMON)})  # fmt: skip
async def reanalyse_many(
    request: Request,
    access: Granted,
    wanted: Annotated[
        ReanalysisRequest,
        Body(openapi_examples={"new model": {"value": {"outdated": ["noise"]}}}),
    ],
    lang: Language | None = None,
) -> Response:
    """All that fit now, behind everything that people wait for, a few at a time. A clip whose
    original is gone is skipped and counted so."""

    def work() -> view.ReanalysisView:
        service = service_of(request)
        made = again.analyse_many_again(service, _asker(access, BULK), _wanted(wanted))
        return _view(service, made.id, access)

    return await _accepted(request, lang, work)


@router.get("/v1/reanalyses", summary="Re-analyses, newest first",
            response_model=view.ReanalysisPage, responses=documented(*_ONE))  # fmt: skip
async def list_reanalyses(
    request: Request,
    access: Granted,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
    lang: Language | None = None,
) -> Response:
    """Those that the caller may see."""

    def work() -> view.ReanalysisPage:
        with reading(service_of(request).records) as session:
            after = None if cursor is None else reanalysis(session, cursor)
            found = reanalyses_page(
                session, owner=access.only_owner, workshop=access.only_workshop, after=after,
                limit=limit + 1,
            )  # fmt: skip
            more, found = len(found) > limit, found[:limit]
            shown = [view.view_of(wish, progress_of(session, wish.id)) for wish in found]
        return view.ReanalysisPage(
            schema="tingzhen.reanalyses/1", reanalyses=shown,
            next_cursor=found[-1].id if more else None,
        )  # fmt: skip

    return await _answer(request, lang, work)


@router.get("/v1/reanalyses/{reanalysis_id}", summary="How far a re-analysis is",
            response_model=view.ReanalysisView, responses=documented(*_ONE))  # fmt: skip
async def read_reanalysis(
    request: Request, access: Granted, reanalysis_id: ReanalysisId, lang: Language | None = None
) -> Response:
    """How many clips are in which state, and how many reports say something else than before."""
    return await _answer(request, lang, lambda: _view(service_of(request), reanalysis_id, access))


@router.get("/v1/reanalyses/{reanalysis_id}/clips", summary="What became of each clip",
            response_model=view.ItemPage, responses=documented(*_ONE))  # fmt: skip
async def read_reanalysis_clips(
    request: Request,
    access: Granted,
    reanalysis_id: ReanalysisId,
    *,
    state: ItemState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    after: Annotated[str, Query(pattern="^[0-9a-f]{32}$")] = "0" * 32,
    lang: Language | None = None,
) -> Response:
    """With the verdicts of both reports; nothing else of the clips is in it."""

    def work() -> view.ItemPage:
        with reading(service_of(request).records) as session:
            _reached(access, reanalysis(session, reanalysis_id))
            found = items_page(session, reanalysis_id, state=state, after=after, limit=limit)
        return view.ItemPage(
            schema="tingzhen.reanalysis-clips/1", clips=[view.item_view(item) for item in found],
            next_after=found[-1].clip_id if len(found) == limit else None,
        )  # fmt: skip

    return await _answer(request, lang, work)


@router.post("/v1/reanalyses/{reanalysis_id}/cancel", summary="Stop a re-analysis",
             response_model=view.ReanalysisView, responses=documented(*_ONE))  # fmt: skip
async def cancel_reanalysis(
    request: Request, access: Granted, reanalysis_id: ReanalysisId, lang: Language | None = None
) -> Response:
    """Clips that were not done keep the reports that they have. Asked again it changes nothing."""

    def work() -> view.ReanalysisView:
        service = service_of(request)
        with reading(service.records) as session:
            _reached(access, reanalysis(session, reanalysis_id))
        again.cancel(service, reanalysis_id)
        return _view(service, reanalysis_id, access)

    return await _answer(request, lang, work)


def _wanted(asked: ReanalysisRequest) -> again.Wanted:
    shown = asked.model_dump(mode="json", exclude_unset=True, exclude={"ids"})
    if asked.ids is not None:
        shown["ids"] = len(asked.ids)  # which they were, the clips know as long as they are kept
    return again.Wanted(
        clips=ClipFilter(
            states=asked.state, since=asked.since, until=asked.until, noise_verdict=asked.noise,
            damage_verdict=asked.damage, make=asked.make, model=asked.model,
        ),
        ids=None if asked.ids is None else tuple(dict.fromkeys(asked.ids)),
        outdated=frozenset(asked.outdated), as_asked=shown,
    )  # fmt: skip


def _asker(access: Access, priority: int) -> again.Asker:
    return again.Asker(access.caller.subject, access.caller.workshop, priority)


def _view(service: Service, reanalysis_id: str, access: Access) -> view.ReanalysisView:
    """Raises ReanalysisUnknown."""
    with reading(service.records) as session:
        wish = reanalysis(session, reanalysis_id)
        if wish.asked_by != access.caller.subject:
            _reached(access, wish)
        return view.view_of(wish, progress_of(session, reanalysis_id))


def _reached(access: Access, wish: Reanalysis) -> None:
    """Raises ReanalysisUnknown."""
    if not access.admits(wish.asked_by, wish.workshop):
        raise unknown_reanalysis()


async def _answer(
    request: Request, lang: Language | None, work: Callable[[], BaseModel]
) -> Response:
    language = language_of(request, lang)
    found = await anyio.to_thread.run_sync(work)
    return as_json(found.model_dump_json(by_alias=True), language)


async def _accepted(
    request: Request, lang: Language | None, work: Callable[[], view.ReanalysisView]
) -> Response:
    language = language_of(request, lang)
    made = await anyio.to_thread.run_sync(work)
    headers = {"Location": f"{view.ROOT}/{made.id}"}
    return as_json(made.model_dump_json(by_alias=True), language, 202, headers)
