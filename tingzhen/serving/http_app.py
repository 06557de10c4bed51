"""The web application: routes, limits and problems put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI
from pydantic import BaseModel

from tingzhen import __version__
from tingzhen.serving import (
    http_cases,
    http_clips,
    http_experience,
    http_guide,
    http_patterns,
    http_reason,
)
from tingzhen.serving.archive import Archive
from tingzhen.serving.http_middleware import BodyLimit, RequestLog
from tingzhen.serving.http_problems import Problem, add_problem_handlers
from tingzhen.serving.logs import log
from tingzhen.serving.pipeline import Parts
from tingzhen.serving.report_model import ModelReport
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings, default_language

DESCRIPTION = """Hears and sees what is wrong with a vehicle: send a clip, get a report.

Errors are problem details (RFC 9457) with a stable `code`. Texts are in Chinese or English:
`lang` decides, else `Accept-Language`."""


class Health(BaseModel):
    """The service answers and its models are loaded."""

    status: str
    version: str
    models: dict[str, ModelReport]


def create_app(settings: Settings, parts: Parts) -> FastAPI:
    """The application over the service's database and files. Raises OSError when the data folder
    cannot be made, RecordsUnavailable, FilesUnavailable.

    parts: loaded before, so that a bundle that cannot be used ends the start with its own error.
    """
    service = build_service(settings)
    archive = Archive(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.slots = anyio.CapacityLimiter(max(1, settings.workers))
        log.info("ready", extra={"version": __version__})
        yield
        app.state.guide.sessions.close()
        app.state.patterns.close()
        service.close()

    app = FastAPI(title="Tingzhen", version=__version__, description=DESCRIPTION, lifespan=lifespan)
    app.state.service = service
    app.state.language = default_language(settings)
    app.state.intake = http_clips.Intake(archive, parts, settings.limits())
    app.state.cases = http_cases.Cases(settings, parts.knowledge.result())
    app.state.rules = http_experience.Rules(settings.cases_url(), parts.knowledge.result())
    app.state.patterns = http_patterns.PatternSearches(
        settings.cases_url(), parts.knowledge.result()
    )
    app.state.guide = http_guide.open_guide(settings, parts.knowledge.result())
    app.state.reasoner = http_reason.Reasoner(
        settings, parts.knowledge.result(), parts.rules, parts.frequencies
    )
    recognisers = parts.recognisers.result()
    health = Health(
        status="ok",
        version=__version__,
        models={
            task: ModelReport(name=info.name, version=info.version, sha256=info.sha256)
            for task, info in (
                ("noise", recognisers.noise.info),
                ("damage", recognisers.damage.info),
            )
        },
    )

    @app.get("/healthz", tags=["service"], summary="Is the service up?")
    async def healthz() -> Health:
        """Answers without touching clips; needs no credentials."""
        return health

    app.include_router(http_clips.router)
    app.include_router(http_experience.router)
    app.include_router(http_guide.router)
    app.include_router(http_patterns.router)
    app.include_router(http_reason.router)
    app.include_router(http_cases.router)  # last: /v1/cases/{case_id} takes what is left
    app.add_middleware(RequestLog)
    app.add_middleware(BodyLimit, max_file_bytes=settings.max_bytes)
    add_problem_handlers(app)
    _document_problem(app)
    return app


def _document_problem(app: FastAPI) -> None:
    """Put the problem's schema into the OpenAPI document, to which all responses refer."""
    document = app.openapi()
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
