"""/readyz and /metrics: what probes and measuring systems ask."""

from dataclasses import dataclass
from typing import Annotated, Literal, cast

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from tingzhen.serving.http.problems import documented
from tingzhen.serving.operations.exposition import CONTENT_TYPE, Exposition
from tingzhen.serving.operations.readiness import CheckName, Readiness

router = APIRouter(tags=["service"])


@dataclass(frozen=True, slots=True)
class Operations:
    """What these addresses answer from; state of the app under `operations`."""

    readiness: Readiness
    exposition: Exposition


class CheckReport(BaseModel):
    """state: ok, or what is wrong."""

    name: CheckName
    state: str


class ReadinessReport(BaseModel):
    """Whether the service can do its work now, and what each part of it says."""

    status: Literal["ready", "not_ready"]
    checks: list[CheckReport]


@router.get(
    "/readyz",
    summary="Can the service do its work now?",
    responses={
        503: {"model": ReadinessReport, "description": "Something is missing."},
        **documented("upload_invalid"),
    },
)
async def readyz(
    request: Request,
    response: Response,
    exclude: Annotated[
        list[CheckName] | None,
        Query(description="Checks that do not count. They are shown all the same."),
    ] = None,
) -> ReadinessReport:
    """Database, files, models and a live worker, each with its state. Needs no token.

    Without a worker uploads are still accepted and wait: where that shall not take an address out
    of service, ask with `exclude=worker`.
    """
    checks = await anyio.to_thread.run_sync(_operations(request).readiness.checks)
    ready = all(check.ok for check in checks if check.name not in (exclude or ()))
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return ReadinessReport(
        status="ready" if ready else "not_ready",
        checks=[CheckReport(name=check.name, state=check.state) for check in checks],
    )


@router.get(
    "/metrics",
    summary="Measurements for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {CONTENT_TYPE: {"schema": {"type": "string"}}}, "description": "Text."},
        **documented("token_missing", "token_invalid", "not_allowed"),
    },
)
async def metrics(request: Request) -> Response:
    """Of all processes of this machine, and of the queue of the whole service (docs/metrics.md)."""
    text = await anyio.to_thread.run_sync(_operations(request).exposition.text)
    return Response(text, media_type=CONTENT_TYPE)


def _operations(request: Request) -> Operations:
    return cast(Operations, request.app.state.operations)
