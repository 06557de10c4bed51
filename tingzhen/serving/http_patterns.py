"""/v1/patterns: conditions under which a fault is unusually likely.

The endpoint only carries bytes; `PatternSearches` is plain blocking code without HTTP.
"""

import hashlib
import json
from datetime import date
from threading import Lock
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.patterns import Patterns, find_patterns
from tingzhen.diagnosis.patterns.as_json import patterns_as_dict
from tingzhen.errors import UploadInvalid
from tingzhen.language import Language, Text
from tingzhen.serving.cases_in_use import open_store
from tingzhen.serving.http_day import Day
from tingzhen.serving.http_problems import documented, request_language
from tingzhen.serving.patterns_files import StoredCases, read_cases

_KEPT: Final = 8
router = APIRouter(prefix="/v1/patterns", tags=["patterns"])


class PatternSearches:
    """Searches over the database of cases, one at a time; the last results are kept as long as the
    cases stay what they are."""

    def __init__(self, url: str, knowledge: KnowledgeBase) -> None:
        self._url = url
        self._names = {fault.id: fault.name for fault in knowledge.faults}
        self._one_at_a_time = Lock()
        self._store: CaseStore | None = None
        self._results: dict[tuple[str, tuple[str, ...], date | None], Patterns] = {}

    def find(self, faults: tuple[str, ...], since: date | None, language: Language) -> str:
        """The answer as JSON. faults: only these; empty: all.

        Raises CasesUnavailable, and UploadInvalid for a fault that the base does not have.
        """
        unknown = ", ".join(fault for fault in faults if fault not in self._names)
        if unknown:
            raise UploadInvalid(Text(f"知识库中没有故障 {unknown}。",
                                     f"The base has no fault {unknown}."))  # fmt: skip
        with self._one_at_a_time:
            if self._store is None:
                self._store = open_store(self._url)
            stored = read_cases(self._store)
            key = (_digest(stored), tuple(sorted(set(faults))), since)
            if key not in self._results:
                while len(self._results) >= _KEPT:
                    del self._results[next(iter(self._results))]
                self._results[key] = find_patterns(
                    stored.columns, codes=stored.codes, faults=faults or None, since=since
                )
            found = patterns_as_dict(self._results[key], self._names, language)
        return json.dumps(found, ensure_ascii=False)

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


def _digest(stored: StoredCases) -> str:
    """Of all that a search looks at."""
    cases = stored.columns
    total = hashlib.sha256(json.dumps([cases.ids, stored.codes]).encode())
    words = (cases.make, cases.model, cases.powertrain, cases.region, cases.fault,
             cases.vehicle_key)  # fmt: skip
    for category in words:
        total.update(json.dumps(category.names).encode() + category.codes.tobytes())
    numbers = (cases.opened_on, cases.year, cases.mileage_km, cases.ambient_c, cases.humidity_pct,
               cases.speed_kmh, cases.when, cases.none_of_these)  # fmt: skip
    for column in numbers:
        total.update(column.tobytes())
    return total.hexdigest()


@router.get(
    "",
    summary="Conditions under which a fault is unusually likely",
    responses=documented("upload_invalid", "cases_unavailable"),
)
async def read_patterns(
    request: Request,
    fault: Annotated[
        list[Annotated[str, Query(max_length=80)]] | None,
        Query(max_length=50, description="Only this fault; may be given several times."),
    ] = None,
    since: Annotated[Day | None, Query(description="Cases opened from this day on.")] = None,
    lang: Language | None = None,
) -> Response:
    """Confirmed ones, seen ones that something else explains, and those not confirmed. A first
    search over many cases takes a while; its result is kept as long as the cases do not change."""
    request.state.language = lang
    language = request_language(request)
    searches: PatternSearches = request.app.state.patterns
    content = await anyio.to_thread.run_sync(searches.find, tuple(fault or ()), since, language)
    headers = {"Content-Language": language}
    return Response(content, 200, headers, media_type="application/json")
