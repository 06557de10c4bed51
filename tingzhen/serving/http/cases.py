"""/v1/cases: send work orders, read cases, how often faults were confirmed, and similar cases.

The endpoints only carry bytes; `Cases` is plain blocking code that knows nothing of HTTP.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from tingzhen.diagnosis import KnowledgeBase, parse_circumstances
from tingzhen.diagnosis.cases import CaseRecord, CaseStore
from tingzhen.diagnosis.cases.frequencies import Stratum, fault_frequencies
from tingzhen.diagnosis.cases.similar import SimilarCases
from tingzhen.diagnosis.cases.work_orders import (
    default_mapping,
    import_orders,
    parse_mapping,
    rejected_rows,
)
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.language import Language
from tingzhen.serving.access import Access, Granted
from tingzhen.serving.cases import view
from tingzhen.serving.cases.deidentified import case_for, similar_for
from tingzhen.serving.cases.in_use import open_store, vehicle_secret
from tingzhen.serving.cases.similar import open_index, query_of, similar_as_dict
from tingzhen.serving.experience.in_use import teach_rules
from tingzhen.serving.http.day import Day
from tingzhen.serving.http.problems import documented, request_language
from tingzhen.serving.report.build import printable
from tingzhen.serving.report.findings import findings_of, report_of
from tingzhen.serving.settings import Settings

_PAGE = 100
_ROWS_TOLD = 1000
CaseId = Annotated[str, InPath(pattern=r"^[\w.~-]{1,64}$", examples=["wo-0bf91584920efbe68115"])]
_Word = Annotated[str | None, Query(max_length=80)]
_Count = Annotated[int, Query(ge=1, le=100)]
router = APIRouter(prefix="/v1/cases", tags=["cases"])


class SimilarRequest(BaseModel):
    """What cases shall be similar to. report: a report, or as much of one as there is."""

    model_config = ConfigDict(extra="forbid")
    report: dict[str, Any] = Field(default={}, examples=[
        {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.91}]}}
    ])  # fmt: skip
    context: dict[str, Any] = Field(default={}, examples=[{"when": ["cold_start"]}])
    count: Annotated[int, Field(ge=1, le=100)] = 10


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases for the endpoints."""

    settings: Settings
    knowledge: KnowledgeBase

    def take(
        self,
        upload: IO[bytes],
        name: str,
        mapping: bytes | None,
        language: Language,
        *,
        simulated: bool = False,
    ) -> dict[str, Any]:
        """Import an uploaded file. What is not taken stays with the sender, who has the file: it
        is told by line and not kept here. Raises OrdersError."""
        rule = default_mapping() if mapping is None else parse_mapping(mapping, "mapping")
        if simulated:
            rule = rule.of_simulation()
        with tempfile.TemporaryDirectory(prefix="tingzhen-orders-") as folder:
            path = Path(folder) / "orders"
            with path.open("wb") as file:
                shutil.copyfileobj(upload, file, 1 << 20)
            result = import_orders(
                self._store(), path, rule, knowledge=self.knowledge,
                secret=vehicle_secret(self.settings), rejected_folder=Path(folder) / "rejected",
                name=name,
            )  # fmt: skip
        teach_rules(self._store(), self.knowledge)
        rows = rejected_rows(self._store(), result.import_id, _ROWS_TOLD)
        return view.import_as_dict(result, rows, language) | {"rejected_file": None}

    def some(
        self, access: Access, fault: str | None, model: str | None, after: int, language: Language
    ) -> dict[str, Any]:
        found = self._store().cases(fault=fault, model=model, after=after, limit=_PAGE)
        return {
            "schema": "tingzhen.cases/1",
            "cases": [self._shown(access, case, language) for _, case in found],
            "next_after": found[-1][0] if len(found) == _PAGE else None,
        }

    def one(self, access: Access, case_id: str, language: Language) -> dict[str, Any]:
        """Raises CaseUnknown."""
        return self._shown(access, self._store().case(case_id), language)

    def frequencies(self, stratum: Stratum, language: Language) -> dict[str, Any]:
        found = fault_frequencies(self._store(), self.knowledge, stratum)
        return view.frequencies_as_dict(found, self.knowledge, language)

    def like_case(
        self, access: Access, case_id: str, count: int, language: Language
    ) -> dict[str, Any]:
        """Raises CaseUnknown."""
        return self._similar(access, self._store().case(case_id), count, language)

    def like_report(
        self, access: Access, asked: SimilarRequest, language: Language
    ) -> dict[str, Any]:
        """Raises ReportInvalid and ContextError."""
        return self.like(access, asked.report, asked.context, asked.count, language)

    def like(
        self,
        access: Access,
        report: dict[str, Any],
        context: dict[str, Any],
        count: int,
        language: Language,
    ) -> dict[str, Any]:
        """The same, of a report and its circumstances."""
        findings = findings_of(report_of(report), self.settings)
        query = query_of(findings, parse_circumstances(context))
        return self._similar(access, query, count, language)

    def _shown(self, access: Access, case: CaseRecord, language: Language) -> dict[str, Any]:
        shown = view.case_as_dict(case, self.knowledge, language)
        return case_for(access, shown, self.knowledge)

    def _similar(
        self, access: Access, case: CaseRecord, count: int, language: Language
    ) -> dict[str, Any]:
        found = similar_as_dict(self._index().find(case, count), self.knowledge, language)
        return similar_for(access, found, self.knowledge, language)

    def _store(self) -> CaseStore:
        return _opened(self.settings.cases_url())

    def _index(self) -> SimilarCases:
        return _indexed(self.settings.cases_url(), self.settings.data_dir)


@cache
def _opened(url: str) -> CaseStore:
    """One store for the life of the service; a database that cannot be used is tried again."""
    return open_store(url)


@cache
def _indexed(url: str, data_dir: Path) -> SimilarCases:
    return open_index(_opened(url), data_dir)


_COMMON = ("cases_unavailable", "upload_invalid")


@router.post("", summary="Send a file of work orders",
             responses=documented("orders_invalid", "not_multipart", "too_large",
                                  *_COMMON))  # fmt: skip
async def send_orders(
    request: Request,
    *,
    file: Annotated[UploadFile, File(description="Work orders: CSV, JSON or Parquet.")],
    mapping: Annotated[
        str | None, Form(description="Which column is what, as YAML; the same as for `--mapping`.")
    ] = None,
    simulated: Annotated[
        bool, Form(description="The orders are generated: mark them as such.")
    ] = False,
    lang: Annotated[Language | None, Form(description="Language of the texts.")] = None,
) -> Response:
    """Says what became of the records, and of each that was not taken the line and the reason.
    The same file sent again goes on where it was stopped, or does nothing."""
    request.state.language = lang
    language = request_language(request)
    given = mapping.encode() if mapping else None
    label = printable((file.filename or "").replace("\\", "/").rsplit("/", 1)[-1])[:200]
    label = label or "orders"
    return await _answer(
        language,
        lambda: _cases(request).take(file.file, label, given, language, simulated=simulated),
    )


@router.get("", summary="Cases", responses=documented(*_COMMON))
async def read_cases(
    request: Request,
    access: Granted,
    *,
    fault: _Word = None,
    model: _Word = None,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    lang: Language | None = None,
) -> Response:
    """At most 100, oldest kept first; `next_after` asks for the next ones."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(
        language, lambda: _cases(request).some(access, fault, model, after, language)
    )


@router.get("/frequencies", summary="How often each fault was confirmed",
            responses=documented(*_COMMON))  # fmt: skip
async def read_frequencies(
    request: Request,
    *,
    make: _Word = None,
    model: _Word = None,
    year: Annotated[int | None, Query(ge=1950, le=2100)] = None,
    powertrain: Powertrain | None = None,
    mileage_km: Annotated[float | None, Query(ge=0, le=3_000_000)] = None,
    region: _Word = None,
    season_on: Day | None = None,
    lang: Language | None = None,
) -> Response:
    """Beside the expert's share the counts, the posterior share and its 95 % credible interval."""
    request.state.language = lang
    language = request_language(request)
    stratum = Stratum(
        make=make, model=model, year=year, powertrain=powertrain, mileage_km=mileage_km,
        region=region, season_on=season_on,
    )  # fmt: skip
    return await _answer(language, lambda: _cases(request).frequencies(stratum, language))


@router.get("/similar", summary="Cases like a case", responses=documented("case_unknown", *_COMMON))
async def read_similar(
    request: Request,
    access: Granted,
    case: Annotated[str, Query(max_length=64, description="Id of the case.")],
    count: _Count = 10,
    lang: Language | None = None,
) -> Response:
    """The nearest confirmed cases, each with why it is near."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _cases(request).like_case(access, case, count, language))


@router.post("/similar", summary="Cases like a report",
             responses=documented("report_invalid", "context_invalid", "too_large",
                                  *_COMMON))  # fmt: skip
async def find_similar(
    request: Request, access: Granted, asked: SimilarRequest, lang: Language | None = None
) -> Response:
    """The nearest confirmed cases, each with why it is near."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _cases(request).like_report(access, asked, language))


@router.get("/{case_id}", summary="One case", responses=documented("case_unknown", *_COMMON))
async def read_case(
    request: Request, access: Granted, case_id: CaseId, lang: Language | None = None
) -> Response:
    """Without the vehicle's key and without embeddings; of other workshops without what tells whose
    it is."""
    request.state.language = lang
    language = request_language(request)
    return await _answer(language, lambda: _cases(request).one(access, case_id, language))


async def _answer(language: Language, work: Callable[[], dict[str, Any]]) -> Response:
    found = await anyio.to_thread.run_sync(work)
    content = json.dumps(found, ensure_ascii=False)
    return Response(content, 200, {"Content-Language": language}, media_type="application/json")


def _cases(request: Request) -> Cases:
    cases: Cases = request.app.state.cases
    return cases
