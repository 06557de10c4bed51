"""/v1/guide: guided sessions from a report or a clip to the confirmed fault.

The endpoints only carry bytes; `GuidedSessions` is plain blocking code that knows nothing of HTTP.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from tingzhen.diagnosis import Circumstances, KnowledgeBase, parse_circumstances
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.diagnosis.troubleshooting.prices import Prices
from tingzhen.diagnosis.troubleshooting.session_log import open_log, unknown_session
from tingzhen.diagnosis.troubleshooting.steps import Seen, Step, StepKind
from tingzhen.errors import ReportInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.cases.in_use import open_store, upgrade_cases
from tingzhen.serving.clips.confirmation import close_by_session
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.guide.parts import PartsList, parts_of
from tingzhen.serving.guide.sessions import GuidedSessions, Look, Opener
from tingzhen.serving.guide.subject import subject_of
from tingzhen.serving.guide.view import GuideView, case_as_dict, guide_view
from tingzhen.serving.http.asking import known, service_of
from tingzhen.serving.http.problems import documented, request_language
from tingzhen.serving.records import ClipRecord
from tingzhen.serving.report.findings import findings_of, report_of
from tingzhen.serving.settings import Settings

_T = TypeVar("_T")
SessionId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
ClipId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
_Word = Annotated[str, Field(min_length=1, max_length=200)]
router = APIRouter(prefix="/v1/guide", tags=["guide"])
_READING = ("session_unknown", "session_unavailable", "step_invalid", "upload_invalid")
_WRITING = (*_READING, "session_changed")
_REPORT_EXAMPLE = {
    "noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.91}],
              "events": []},
}  # fmt: skip


class GuideRequest(BaseModel):
    """What the session is about: a report (as much of it as there is), or a clip that was sent."""

    model_config = ConfigDict(extra="forbid")
    report: dict[str, Any] | None = Field(
        None, description="tingzhen.report/1, or its noise and damage.", examples=[_REPORT_EXAMPLE]
    )
    clip_id: ClipId | None = Field(None, description="Of a clip sent to /v1/clips.")
    context: dict[str, Any] | None = Field(
        None, description="Circumstances; of a clip, those it was sent with unless given here.",
        examples=[{"when": ["braking"]}],
    )  # fmt: skip


class StepRequest(BaseModel):
    """One step. docs/guide.md says which keys each kind takes."""

    model_config = ConfigDict(extra="forbid")
    kind: StepKind = Field(examples=["answer"])
    version: int | None = Field(
        None, ge=0, description="Of the session that is answered; guards against two at once."
    )
    test: _Word | None = Field(None, examples=["pads_look"])
    outcome: _Word | None = Field(None, examples=["thin"])
    fault: _Word | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None
    seen: Seen | None = None
    minutes: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] | None = None


class UndoRequest(BaseModel):
    """Take the last step back."""

    model_config = ConfigDict(extra="forbid")
    version: int | None = Field(None, ge=0)


class CaseView(BaseModel):
    """The case that an ended session became; what is not known is left out."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)
    schema_: str = Field(alias="schema", examples=["tingzhen.case/1"])
    id: str
    opened_on: str
    none_of_these: bool
    fault: str | None = None
    repair: str | None = None
    minutes: float | None = None
    cost_cny: float | None = None
    fixed_first_time: bool | None = None


@dataclass(frozen=True, slots=True)
class Guide:
    """Guided sessions, for the endpoints."""

    settings: Settings
    knowledge: KnowledgeBase
    sessions: GuidedSessions

    def create(self, report: object, circumstances: Circumstances, opener: Opener) -> Look:
        """Raises ReportInvalid, CasesUnavailable, SessionUnavailable."""
        findings = findings_of(report_of(report), self.settings)
        return self.sessions.create(
            subject_of(self.settings, self.knowledge, findings, circumstances,
                       _digest(report, circumstances)),
            opener,
        )  # fmt: skip

    def create_for_clip(
        self, record: ClipRecord, language: Language, context: dict[str, Any] | None = None
    ) -> Look:
        """The session is whose the clip is. context: in place of the circumstances that the clip
        was sent with. Raises ClipNotReady, ClipWithoutReport and ContextError too."""
        report = json.loads(clip_report(record, language))
        opener = Opener(record.owner, record.workshop, record.id)
        if context is not None:
            return self.create(report, parse_circumstances(context), opener)
        return self.create(report, Circumstances.model_validate_json(record.circumstances), opener)

    def check(self, access: Access, session_id: str) -> Opener | None:
        """Whose it is. Raises SessionUnknown, also for a session that the caller does not reach."""
        opener = self.sessions.opener(session_id)
        whose = (opener.owner, opener.workshop) if opener else (None, None)
        if not access.admits(*whose):
            raise unknown_session()
        return opener

    def look(self, access: Access, session_id: str) -> Look:
        """Raises SessionUnknown."""
        self.check(access, session_id)
        return self.sessions.look(session_id)

    def step(self, access: Access, session_id: str, asked: StepRequest) -> Look:
        """Raises StepInvalid, SessionChanged, SessionUnknown."""
        self.check(access, session_id)
        fields = asked.model_dump(exclude={"version"})
        return self.sessions.step(session_id, Step(at=datetime.now(UTC), **fields), asked.version)

    def undo(self, access: Access, session_id: str, version: int | None) -> Look:
        """Raises StepInvalid, SessionChanged, SessionUnknown."""
        self.check(access, session_id)
        return self.sessions.undo(session_id, version)

    def finish(
        self, access: Access, session_id: str, language: Language
    ) -> tuple[Opener | None, CaseRecord]:
        """Keep the case, of the workshop whose the session is. Raises SessionUnknown, StepInvalid
        where the session goes on, CasesUnavailable."""
        opener = self.check(access, session_id)
        record = self.sessions.case(session_id, language)
        if opener is not None:
            record = replace(record, workshop=opener.workshop)
        self.sessions.keep_case(record)
        return opener, record


def open_guide(settings: Settings, knowledge: KnowledgeBase) -> Guide:
    """The sessions live in the database of cases, opened now. Raises SessionUnavailable."""
    upgrade_cases(settings.cases_url())
    sessions = GuidedSessions(
        lambda: knowledge, Prices(labour_cny_per_min=settings.labour_cny_per_min),
        open_log(settings.cases_url()), lambda: open_store(settings.cases_url()),
    )  # fmt: skip
    return Guide(settings, knowledge, sessions)


def _digest(report: object, circumstances: Circumstances) -> str:
    text = json.dumps(report, sort_keys=True) + circumstances.model_dump_json()
    return hashlib.sha256(text.encode()).hexdigest()


@router.post("", status_code=201, summary="Begin a guided session", response_model=GuideView,
             responses=documented("report_invalid", "context_invalid", "clip_unknown",
                                  "clip_not_ready", "clip_without_report", "records_unavailable",
                                  "cases_unavailable", "session_unavailable", "too_large",
                                  "upload_invalid"))  # fmt: skip
async def begin(
    request: Request, access: Granted, asked: GuideRequest, lang: Language | None = None
) -> Response:
    """`Location` is where the session can be read again."""
    request.state.language = lang
    language = request_language(request)

    def work() -> Look:
        if (asked.report is None) == (asked.clip_id is None):
            raise ReportInvalid(
                Text("请给出 report 或 clip_id 之一。", "Give either `report` or `clip_id`.")
            )
        if asked.clip_id is None:
            opener = Opener(access.caller.subject, access.workshop_of_new(None))
            return _guide(request).create(asked.report, parse_circumstances(asked.context), opener)
        record = known(service_of(request), access, asked.clip_id)
        return _guide(request).create_for_clip(record, language, asked.context)

    return _view(await _run(work), language, 201)


@router.get("/{session_id}", summary="Read a session", response_model=GuideView,
            responses=documented(*_READING))  # fmt: skip
async def read(
    request: Request, access: Granted, session_id: SessionId, lang: Language | None = None
) -> Response:
    """As it stands, with what to do next."""
    request.state.language = lang
    look = await _run(lambda: _guide(request).look(access, session_id))
    return _view(look, request_language(request))


@router.post("/{session_id}/steps", summary="Take a step", response_model=GuideView,
             responses=documented(*_WRITING))  # fmt: skip
async def take_step(
    request: Request,
    access: Granted,
    session_id: SessionId,
    asked: StepRequest,
    lang: Language | None = None,
) -> Response:
    """An answer, a test set aside, a repair and what was seen after it, or the end. It is kept
    before this answers."""
    request.state.language = lang
    look = await _run(lambda: _guide(request).step(access, session_id, asked))
    return _view(look, request_language(request))


@router.post("/{session_id}/undo", summary="Take the last step back", response_model=GuideView,
             responses=documented(*_WRITING))  # fmt: skip
async def take_back(
    request: Request,
    access: Granted,
    session_id: SessionId,
    asked: UndoRequest,
    lang: Language | None = None,
) -> Response:
    """Any number of times; the log keeps what was undone."""
    request.state.language = lang
    look = await _run(lambda: _guide(request).undo(access, session_id, asked.version))
    return _view(look, request_language(request))


@router.get("/{session_id}/parts", summary="Parts of its repairs", response_model=PartsList,
            responses=documented(*_READING))  # fmt: skip
async def read_parts(
    request: Request, access: Granted, session_id: SessionId, lang: Language | None = None
) -> Response:
    """Of repairs that were done, of the one that is proposed, and of the likeliest while there is
    none."""
    request.state.language = lang
    language = request_language(request)
    look = await _run(lambda: _guide(request).look(access, session_id))
    content = parts_of(look, language).model_dump_json(by_alias=True)
    return Response(content, headers={"Content-Language": language}, media_type="application/json")


@router.post("/{session_id}/finish", summary="Keep the case", response_model=CaseView,
             responses=documented(*_READING, "cases_unavailable"))  # fmt: skip
async def finish(
    request: Request, access: Granted, session_id: SessionId, lang: Language | None = None
) -> Response:
    """Of a session that has ended; asked again, the case counts once. A clip that it was about is
    closed with it."""
    request.state.language = lang
    language = request_language(request)

    def work() -> dict[str, Any]:
        opener, case = _guide(request).finish(access, session_id, language)
        if opener is not None and opener.clip_id is not None:
            close_by_session(service_of(request), opener.clip_id, case)
        return case_as_dict(case)

    case = await _run(work)
    return Response(json.dumps(case, ensure_ascii=False), headers={"Content-Language": language},
                    media_type="application/json")  # fmt: skip


def _guide(request: Request) -> Guide:
    guide: Guide = request.app.state.guide
    return guide


async def _run(work: Callable[[], _T]) -> _T:
    return await anyio.to_thread.run_sync(work)


def _view(look: Look, language: Language, status: int = 200) -> Response:
    headers: dict[str, str] = {"Content-Language": language}
    if status == 201:
        headers["Location"] = f"/v1/guide/{look.kept.id}"
    content = guide_view(look, language).model_dump_json(by_alias=True)
    return Response(content, status, headers, media_type="application/json")
