"""/v1/experience: state rules of experience, read them with their record, take them out of force.

The endpoints only carry bytes; `Rules` is plain blocking code that knows nothing of HTTP.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.experience import opposing, parse_statement
from tingzhen.diagnosis.experience.problems import problem_text
from tingzhen.diagnosis.experience.statement_model import Key, StatementModel
from tingzhen.diagnosis.experience.store import ExperienceStore
from tingzhen.errors import ExperienceError
from tingzhen.language import Language, Text
from tingzhen.serving.access import Caller, Granted
from tingzhen.serving.experience import view
from tingzhen.serving.experience.in_use import open_rules
from tingzhen.serving.experience.signed import must_be, signed
from tingzhen.serving.http.problems import documented, request_language

_T = TypeVar("_T")
RuleId = Annotated[str, InPath(pattern="^x[0-9a-f]{10}$", examples=["x3f9a1c2b7d"])]
router = APIRouter(prefix="/v1/experience", tags=["experience"])


class WeightReport(BaseModel):
    """What a rule weighs where its conditions hold for sure, and its record."""

    log_ratio: float
    likelihood_ratio: float
    trust: float
    bayes_factor: float
    fade: float
    held: float
    right: float
    expected: float
    record: dict[str, str]


class RuleReport(BaseModel):
    """One rule: what it says, what it weighs, who says so, which rules say otherwise."""

    id: str
    sentence: str
    retired: bool
    conditions: dict[str, Any]
    look_at: dict[str, str]
    weight: WeightReport
    says_otherwise: list[str]
    statements: list[dict[str, str]]


class UnknownFaultReport(BaseModel):
    """A fault that people look at first and that the base does not know."""

    text: str
    rules: list[str]
    authors: int
    held: float
    unexplained: float


class RulesReport(BaseModel):
    """All rules, retired ones too, and the faults that the base does not know."""

    model_config = ConfigDict(populate_by_name=True)
    schema_: str = Field(alias="schema")
    rules: list[RuleReport]
    unknown_faults: list[UnknownFaultReport]


class TrialReport(BaseModel):
    """A confirmed case that counted. held, expected: 0..1."""

    case: str
    date: str
    held: float
    expected: float
    right: bool


class ChangeReport(BaseModel):
    """One entry of the history of a rule."""

    at: str
    by: str
    change: str
    reason: str | None


class RecordReport(BaseModel):
    """The record of right and wrong, and who changed what."""

    cases: list[TrialReport]
    history: list[ChangeReport]


class ChangeRequest(BaseModel):
    """Why a rule is taken out of force or put back. by: the caller, and nobody else."""

    model_config = ConfigDict(extra="forbid")
    by: Key | None = None
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of experience, for the endpoints. url: of their database."""

    url: str
    knowledge: KnowledgeBase

    def all(self, language: Language) -> dict[str, Any]:
        links = self._store().links()
        return view.rules_as_dict(self.knowledge, links, language, date.today())

    def one(self, rule_id: str, language: Language) -> dict[str, Any]:
        """Raises RuleUnknown."""
        store = self._store()
        link = store.link(rule_id)
        against = opposing(self.knowledge, store.links()).get(rule_id, [])
        return view.rule_as_dict(self.knowledge, link, language, date.today(), against)

    def record(self, rule_id: str) -> dict[str, Any]:
        """Raises RuleUnknown."""
        store = self._store()
        cases = view.record_as_list(store.link(rule_id))
        return {"cases": cases, "history": view.history_as_list(store.history(rule_id))}

    def add(self, caller: Caller, item: object) -> str:
        """Keep a statement, entered by the caller, and return the id of its rule.

        Raises ExperienceError, also for a technician who states in another's name.
        """
        statement = parse_statement(signed(caller, item), self.knowledge)
        self._store().add([statement], by=caller.key)
        return statement.rule.id

    def change(self, caller: Caller, rule_id: str, item: object, *, retire: bool) -> None:
        """By the caller. Raises RuleUnknown, or ExperienceError when the item does not fit."""
        try:
            asked = ChangeRequest.model_validate(item)
        except ValidationError as error:
            texts = [problem_text(dict(e)) for e in error.errors(include_url=False)]
            raise ExperienceError(
                Text("；".join(t.zh for t in texts) + "。", "; ".join(t.en for t in texts) + ".")
            ) from None
        act = self._store().retire if retire else self._store().restore
        must_be(caller, "by", asked.by)
        act(rule_id, by=caller.key, reason=asked.reason)

    def _store(self) -> ExperienceStore:
        return _opened(self.url)


@cache
def _opened(url: str) -> ExperienceStore:
    """One store for the life of the service; a database that cannot be used is tried again."""
    return open_rules(url)


def _body(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI of a JSON body that is read by hand, so that every problem is named in zh and en."""
    content = {"application/json": {"schema": _inlined(schema), "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its definitions in place of the references to them."""
    definitions = schema.get("$defs", {})

    def resolve(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                return resolve(definitions[part["$ref"].rsplit("/", 1)[-1]])
            return {key: resolve(value) for key, value in part.items() if key != "$defs"}
        return [resolve(item) for item in part] if isinstance(part, list) else part

    resolved: dict[str, Any] = resolve(schema)
    return resolved


_EXAMPLE = {
    "conditions": {"noises": ["squeal"], "when": ["cold_start"], "ambient_c": {"below": 5}},
    "look_at": {"fault": "alternator_bearing"}, "strength": "mostly", "role": "master",
    "author": "t017", "date": "2026-11-02",
}  # fmt: skip
_SIGNED = StatementModel.model_json_schema()
_SIGNED["required"] = [name for name in _SIGNED["required"] if name != "author"]
_STATEMENT = _body(_SIGNED, _EXAMPLE)
_CHANGE = _body(ChangeRequest.model_json_schema(), {"reason": "The part was changed."})
_COMMON = ("cases_unavailable", "upload_invalid")


@router.get("", summary="All rules of experience", response_model=RulesReport,
            responses=documented(*_COMMON))  # fmt: skip
async def read_rules(request: Request, lang: Language | None = None) -> Response:
    """Retired rules too. `says_otherwise` names the rules that contradict one."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _rules(request).all(language))


@router.post("", status_code=201, summary="State a rule", response_model=RuleReport,
             responses=documented("experience_invalid", "too_large", *_COMMON),
             openapi_extra=_STATEMENT)  # fmt: skip
async def state_rule(request: Request, access: Granted, lang: Language | None = None) -> Response:
    """The same rule stated by another author becomes another voice of it. Without an author it is
    the caller's."""
    request.state.language = lang
    language, item = request_language(request), _parsed(await request.body())

    def keep() -> dict[str, Any]:
        return _rules(request).one(_rules(request).add(access.caller, item), language)

    return await _answer(language, keep, status=201)


@router.get("/{rule_id}", summary="One rule", response_model=RuleReport,
            responses=documented("rule_unknown", *_COMMON))  # fmt: skip
async def read_rule(request: Request, rule_id: RuleId, lang: Language | None = None) -> Response:
    """What it says, what it weighs today, and who says so."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _rules(request).one(rule_id, language))


@router.get("/{rule_id}/record", summary="The record of a rule", response_model=RecordReport,
            responses=documented("rule_unknown", *_COMMON))  # fmt: skip
async def read_record(request: Request, rule_id: RuleId, lang: Language | None = None) -> Response:
    """Every confirmed case in which its conditions held, and who changed what."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _rules(request).record(rule_id))


@router.post("/{rule_id}/retire", summary="Take a rule out of force", response_model=RuleReport,
             responses=documented("rule_unknown", "experience_invalid", "too_large", *_COMMON),
             openapi_extra=_CHANGE)  # fmt: skip
async def retire_rule(
    request: Request, access: Granted, rule_id: RuleId, lang: Language | None = None
) -> Response:
    """Nothing is deleted; the same rule stated again is in force again."""
    return await _changed(request, access.caller, rule_id, lang, retire=True)


@router.post("/{rule_id}/restore", summary="Put a rule into force again", response_model=RuleReport,
             responses=documented("rule_unknown", "experience_invalid", "too_large", *_COMMON),
             openapi_extra=_CHANGE)  # fmt: skip
async def restore_rule(
    request: Request, access: Granted, rule_id: RuleId, lang: Language | None = None
) -> Response:
    """The record goes on where it was."""
    return await _changed(request, access.caller, rule_id, lang, retire=False)


async def _changed(
    request: Request, caller: Caller, rule_id: str, lang: Language | None, *, retire: bool
) -> Response:
    request.state.language = lang
    language, item = request_language(request), _parsed(await request.body())

    def change() -> dict[str, Any]:
        _rules(request).change(caller, rule_id, item, retire=retire)
        return _rules(request).one(rule_id, language)

    return await _answer(language, change)


async def _answer(
    language: Language, work: Callable[[], dict[str, Any]], status: int = 200
) -> Response:
    """Run blocking work in a thread and give what it gives as JSON."""
    found = await anyio.to_thread.run_sync(work)
    headers: dict[str, str] = {"Content-Language": language}
    if status == 201:
        headers["Location"] = f"/v1/experience/{found['id']}"
    content = json.dumps(found, ensure_ascii=False)
    return Response(content, status, headers, media_type="application/json")


def _rules(request: Request) -> Rules:
    rules: Rules = request.app.state.rules
    return rules


def _parsed(body: bytes) -> object:
    """Raises ExperienceError for what is no JSON."""
    try:
        item: object = json.loads(body)
    except (ValueError, RecursionError):
        raise ExperienceError(
            Text("请求内容不是有效的 JSON。", "The body is not valid JSON.")
        ) from None
    return item
