"""/v1/reason: the diagnosis for given findings, without a clip."""

import json
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from tingzhen.diagnosis import KnowledgeBase, parse_circumstances
from tingzhen.diagnosis.result import EvidenceKind
from tingzhen.language import Language
from tingzhen.serving.cases.in_use import FrequenciesInUse
from tingzhen.serving.experience.in_use import RulesInUse
from tingzhen.serving.http.problems import documented, request_language
from tingzhen.serving.reason import Reasoned, reason, reasoned_as_dict
from tingzhen.serving.report.example import REPORT_EXAMPLE
from tingzhen.serving.report.findings import findings_of, report_of
from tingzhen.serving.report.model import DiagnosisReport, Probability
from tingzhen.serving.settings import Settings

router = APIRouter(prefix="/v1/reason", tags=["reason"])
_FINDINGS_EXAMPLE = {
    "noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.91}]},
}  # fmt: skip


class ReasonRequest(BaseModel):
    """What was found, and under which circumstances; everything may be left out."""

    model_config = ConfigDict(extra="forbid")
    report: dict[str, Any] = Field(
        default_factory=dict, description="tingzhen.report/1, or only its noise and damage.",
        examples=[_FINDINGS_EXAMPLE],
    )  # fmt: skip
    context: dict[str, Any] | None = Field(
        None, description="Circumstances, the same as for `--context`.",
        examples=[{"when": ["cold_start"], "complaint": "squeals in the morning"}],
    )  # fmt: skip
    explain: StrictBool = Field(False, description="Also tell what each piece of evidence did.")


class ExplainedCause(BaseModel):
    """log_odds: ln odds of this cause alone against "nothing wrong", before and after."""

    fault: str
    name: str
    log_odds_before: float
    log_odds: float


class ExplainedEvidence(BaseModel):
    """weights: for each of the causes, in their order, ln of the likelihood ratio."""

    kind: EvidenceKind
    text: str
    weights: list[float]
    change: Probability = Field(description="Probability that lay elsewhere without it.")
    first_without: str | None


class MissingEvidence(BaseModel):
    """What is not known, and what would change if it were so."""

    text: str
    change: Probability
    first_then: str | None


class ExplanationReport(BaseModel):
    """Evidence times causes; log_odds is log_odds_before plus the weights."""

    causes: list[ExplainedCause]
    evidence: list[ExplainedEvidence]
    missing: list[MissingEvidence]
    error: Probability = Field(description="How far probabilities can be off.")


class ReasonReport(DiagnosisReport):
    """The `diagnosis` of a report; `explanation` only where it was asked for."""

    explanation: ExplanationReport | None = None


@dataclass(frozen=True, slots=True)
class Reasoner:
    """What the endpoint needs, loaded once."""

    settings: Settings
    knowledge: KnowledgeBase
    rules: RulesInUse
    frequencies: FrequenciesInUse

    def answer(self, asked: ReasonRequest) -> Reasoned:
        """Blocks. Raises ReportInvalid, ContextError, CasesUnavailable."""
        circumstances = parse_circumstances(asked.context)
        findings = findings_of(report_of(asked.report), self.settings)
        return reason(
            self.knowledge, findings, circumstances, rules=self.rules,
            frequencies=self.frequencies, explained=asked.explain,
        )  # fmt: skip


@router.post(
    "",
    summary="Diagnose given findings",
    response_model=ReasonReport,
    responses={
        200: {"content": {"application/json": {"example": REPORT_EXAMPLE["diagnosis"]}}},
        **documented(
            "report_invalid", "context_invalid", "cases_unavailable", "too_large", "upload_invalid"
        ),
    },
)
async def reason_about(
    request: Request, asked: ReasonRequest, lang: Language | None = None
) -> Response:
    """The same as the diagnosis of a clip with these findings. Nothing is kept."""
    request.state.language = lang
    language = request_language(request)
    reasoner: Reasoner = request.app.state.reasoner
    reasoned = await anyio.to_thread.run_sync(reasoner.answer, asked)
    return Response(
        json.dumps(reasoned_as_dict(reasoned, language), ensure_ascii=False),
        headers={"Content-Language": language}, media_type="application/json",
    )  # fmt: skip
