"""/v1/clips/{clip_id}/similar: confirmed cases like a clip."""

from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from tingzhen.language import Language
from tingzhen.serving.access import Granted
from tingzhen.serving.clips.likeness import like_clip
from tingzhen.serving.http.asking import ClipId, known_clip, language_of, service_of
from tingzhen.serving.http.cases import Cases
from tingzhen.serving.http.clips_reading import as_json
from tingzhen.serving.http.problems import documented

router = APIRouter(prefix="/v1/clips", tags=["clips"])


class HeardClip(BaseModel):
    """Where a similar case can be heard."""

    model_config = ConfigDict(extra="forbid")
    id: str
    sound: str
    spectrogram: str


class LikeReason(BaseModel):
    """What the two share."""

    model_config = ConfigDict(extra="forbid")
    kind: str
    text: str
    likeness: float


class LikeCase(BaseModel):
    """likeness: cosine, -1..1. clip: null where the sound is gone or not for this caller."""

    model_config = ConfigDict(extra="forbid")
    likeness: float
    reasons: list[LikeReason]
    case: dict[str, Any] = Field(description="As `GET /v1/cases/{case_id}` gives it.")
    clip: HeardClip | None


class LikeClip(BaseModel):
    """The nearest first."""

    schema_: Literal["tingzhen.similar/1"] = Field(alias="schema")
    cases: list[LikeCase]


@router.get("/{clip_id}/similar", summary="Confirmed cases like it", response_model=LikeClip,
            responses=documented("clip_unknown", "clip_not_ready", "clip_without_report",
                                 "cases_unavailable", "upload_invalid",
                                 "records_unavailable"))  # fmt: skip
async def read_similar(
    request: Request,
    access: Granted,
    clip_id: ClipId,
    count: Annotated[int, Query(ge=1, le=20)] = 5,
    lang: Language | None = None,
) -> Response:
    """Each with why it is near, and where its masked sound is kept and the caller may hear it, with
    its sound. Cases of other workshops come without what tells whose they are."""
    language = language_of(request, lang)
    record = await known_clip(request, access, clip_id)
    cases: Cases = request.app.state.cases

    def work() -> dict[str, Any]:
        service = service_of(request)
        return like_clip(service, cases, access, record, count=count, language=language)

    return as_json(await anyio.to_thread.run_sync(work), language)
