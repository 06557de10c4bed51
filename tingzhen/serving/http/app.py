"""The web application: routes, limits and problems put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import Depends, FastAPI
from pydantic import BaseModel

from tingzhen import __version__
from tingzhen.serving.access import http as http_audit
from tingzhen.serving.access.described import describe_access
from tingzhen.serving.access.door import add_gate, show_first_token
from tingzhen.serving.fleet.application import add_fleet
from tingzhen.serving.http import cases as http_cases
from tingzhen.serving.http import experience as http_experience
from tingzhen.serving.http import guide as http_guide
from tingzhen.serving.http import models as http_models
from tingzhen.serving.http import open_inference as http_open_inference
from tingzhen.serving.http import reason as http_reason
from tingzhen.serving.http import webhooks as http_webhooks
from tingzhen.serving.http.clip_routes import TusProtocol, add_clips, beside_requests
from tingzhen.serving.http.middleware import BodyLimit, RequestLog
from tingzhen.serving.http.problems import Problem, add_problem_handlers
from tingzhen.serving.http.text import refuse_unkeepable_text
from tingzhen.serving.inference import ModelsInService
from tingzhen.serving.labelling import add_lab
from tingzhen.serving.logs import log
from tingzhen.serving.operations import http as http_operations
from tingzhen.serving.operations.exposition import Exposition
from tingzhen.serving.operations.http import Operations
from tingzhen.serving.operations.inference_measures import InferenceMeasures, beside
from tingzhen.serving.operations.readiness import Readiness
from tingzhen.serving.pages import add_pages
from tingzhen.serving.pipeline import Reasoning
from tingzhen.serving.report.model import ModelReport
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings, default_language

DESCRIPTION = """Hears and sees what is wrong with a vehicle: send a clip, get a report.

Errors are problem details (RFC 9457) with a stable `code`. Texts are in Chinese or English:
`lang` decides, else `Accept-Language`."""


class ServingModel(ModelReport):
    """provider: what ONNX Runtime runs it with, in its words."""

    provider: str


class Health(BaseModel):
    """The service answers and its models are loaded."""

    status: str
    version: str
    models: dict[str, ServingModel]


def create_app(settings: Settings, parts: Reasoning) -> FastAPI:
    """The application over the service's database and files. Raises OSError when the data folder
    cannot be made, RecordsUnavailable, FilesUnavailable, and BundleError when an active model
    cannot be used.
    """
    service = build_service(settings)
    models = ModelsInService(settings, service.records, service.files)
    models.start()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(show_first_token, service.records)
        log.info("ready", extra={"version": __version__})
        async with beside_requests(app), beside(InferenceMeasures(models.counters)):
            yield
        app.state.guide.sessions.close()
        close_fleet()
        audit.close()
        app.state.operations.readiness.close()
        models.close()
        service.close()

    app = FastAPI(
        title="Tingzhen", version=__version__, description=DESCRIPTION, lifespan=lifespan,
        dependencies=[Depends(refuse_unkeepable_text)],
    )  # fmt: skip
    app.state.service = service
    app.state.models = models
    audit = add_gate(app, service.records, settings)  # first: the innermost middleware
    app.state.operations = Operations(
        Readiness(service, lambda: bool(models.active())), Exposition(service.records, settings)
    )
    app.state.language = default_language(settings)
    app.state.cases = http_cases.Cases(settings, parts.knowledge.result())
    app.state.rules = http_experience.Rules(settings.cases_url(), parts.knowledge.result())
    app.state.guide = http_guide.open_guide(settings, parts.knowledge.result())
    app.state.reasoner = http_reason.Reasoner(
        settings, parts.knowledge.result(), parts.rules, parts.frequencies
    )

    @app.get("/healthz", tags=["service"], summary="Is the service up?")
    async def healthz() -> Health:
        """Answers without touching clips; needs no credentials."""
        serving = {
            str(task): ServingModel(
                name=model.info.name, version=model.info.version, sha256=model.info.sha256,
                provider=model.provider,
            )
            for task, model in models.active().items()
        }  # fmt: skip
        return Health(status="ok", version=__version__, models=serving)

    app.include_router(http_operations.router)
    app.include_router(http_audit.router)
    add_clips(app, service)
    app.include_router(http_experience.router)
    app.include_router(http_guide.router)
    app.include_router(http_models.router)
    add_lab(app, parts.knowledge.result())
    app.include_router(http_open_inference.router)
    close_fleet = add_fleet(app, settings, parts.knowledge.result())
    app.include_router(http_reason.router)
    app.include_router(http_webhooks.router)
    app.include_router(http_cases.router)  # last: /v1/cases/{case_id} takes what is left
    add_pages(app)
    app.add_middleware(TusProtocol)
    app.add_middleware(BodyLimit, max_file_bytes=settings.max_bytes)
    app.add_middleware(RequestLog)  # last: the outermost
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
    describe_access(document)
