"""/v1/patterns: conditions under which a fault is unusually likely, each with its picture in
numbers and the vehicles that it concerns.

The endpoints only carry bytes; the work is done by a process beside the service.
"""

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as InPath

from tingzhen.diagnosis.patterns.as_json import pattern_as_dict, patterns_as_dict
from tingzhen.language import Language
from tingzhen.serving.access import Granted
from tingzhen.serving.fleet.csv_tables import csv_file
from tingzhen.serving.http.day import Day
from tingzhen.serving.http.problems import documented, request_language
from tingzhen.serving.patterns.process import Asked
from tingzhen.serving.patterns.search import PatternSearches

router = APIRouter(prefix="/v1/patterns", tags=["patterns"])
_COMMON = ("upload_invalid", "cases_unavailable")
Kind = Literal["real", "simulated"]
PatternId = Annotated[str, InPath(pattern="^[0-9a-f]{12}$", examples=["0" * 12])]


def asked_for(
    fault: Annotated[
        list[Annotated[str, Query(max_length=80)]] | None,
        Query(max_length=50, description="Only this fault; may be given several times."),
    ] = None,
    since: Annotated[Day | None, Query(description="Cases opened from this day on.")] = None,
    cases: Annotated[
        Kind | None,
        Query(description="Cases of workshops, or generated ones; never both. Without it those of "
              "workshops, if there are any."),
    ] = None,
) -> Asked:  # fmt: skip
    simulated = None if cases is None else cases == "simulated"
    return Asked(faults=tuple(fault or ()), since=since, simulated=simulated)


Search = Annotated[Asked, Depends(asked_for)]


@router.get("", summary="Conditions under which a fault is unusually likely",
            responses=documented(*_COMMON))  # fmt: skip
async def read_patterns(request: Request, asked: Search, lang: Language | None = None) -> Response:
    """Confirmed ones, seen ones that something else explains, and those not confirmed. A first
    search over many cases takes a while; its result is kept as long as the cases do not change."""
    searches, language = _asked(request, lang)
    found = await searches.find(asked)
    shown = patterns_as_dict(
        found.patterns, searches.names, language, simulated=found.simulated,
        left_out=found.left_out,
    )  # fmt: skip
    return _json(shown, language)


@router.get("/{pattern_id}", summary="One pattern, with the shares that its picture shows",
            responses=documented("pattern_unknown", *_COMMON))  # fmt: skip
async def read_pattern(
    request: Request, asked: Search, pattern_id: PatternId, lang: Language | None = None
) -> Response:
    """`shares`: how frequent the fault is along each attribute of the condition, over the closed
    cases in which the other part holds; those that proposed the pattern are among them."""
    searches, language = _asked(request, lang)
    found, pattern = await searches.pattern(asked, pattern_id)
    shown = {
        "schema": "tingzhen.pattern/1",
        "kind": "simulated" if found.simulated else "real",
        "status": pattern.status,
        **pattern_as_dict(pattern, searches.names, language),
        "shares": await searches.shares(asked, pattern, language),
    }
    return _json(shown, language)


@router.get("/{pattern_id}/vehicles", summary="Vehicles that a pattern concerns",
            responses=documented("pattern_unknown", *_COMMON))  # fmt: skip
async def read_pattern_vehicles(
    request: Request,
    access: Granted,
    asked: Search,
    pattern_id: PatternId,
    *,
    output: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
    lang: Language | None = None,
) -> Response:
    """Vehicles with a case in which the condition held; those with open cases first. JSON has the
    first 200 of them and says how many there are; CSV has all. Vehicles of other workshops come
    without key and cases, with the month for the day and a rounded mileage."""
    searches, language = _asked(request, lang)
    _, pattern = await searches.pattern(asked, pattern_id)
    content = await searches.vehicles(asked, pattern, access, output)
    if output == "csv":
        return csv_file(f"pattern-{pattern_id}-vehicles", content)
    return Response(content, 200, {"Content-Language": language}, media_type="application/json")


def _asked(request: Request, lang: Language | None) -> tuple[PatternSearches, Language]:
    request.state.language = lang
    searches: PatternSearches = request.app.state.patterns
    return searches, request_language(request)


def _json(found: dict[str, Any], language: Language) -> Response:
    content = json.dumps(found, ensure_ascii=False)
    return Response(content, 200, {"Content-Language": language}, media_type="application/json")
