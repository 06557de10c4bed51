"""/v1/faults: the faults that can be named when one is confirmed."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.result import Severity
from tingzhen.language import Language
from tingzhen.serving.http.asking import language_of
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.problems import documented

router = APIRouter(prefix="/v1/faults", tags=["cases"])


class FaultView(BaseModel):
    """A fault of the knowledge base."""

    model_config = ConfigDict(extra="forbid")
    fault: str
    name: str
    severity: Severity


class Faults(BaseModel):
    """In the order of the base."""

    faults: list[FaultView]


@router.get("", summary="Faults of the knowledge base", response_model=Faults,
            responses=documented("upload_invalid"))  # fmt: skip
async def list_faults(request: Request, lang: Language | None = None) -> Response:
    """What `fault` of a confirmation may be, with its name."""
    language = language_of(request, lang)
    knowledge: KnowledgeBase = request.app.state.guide.knowledge
    faults = [
        {"fault": fault.id, "name": fault.name.to(language), "severity": fault.severity}
        for fault in knowledge.faults
    ]
    return as_json({"faults": faults}, language, headers={"Cache-Control": "private, max-age=60"})
