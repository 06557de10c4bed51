"""A real service for tests of clips: real database, files and HTTP on loopback; jobs are run when a
test says so, by the steps that a worker runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from tests.diagnosis.examples import shipped
from tests.serving.examples import tone
from tingzhen.errors import TingzhenError
from tingzhen.media import close_decoder
from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.roles import ROLES
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.http.cases import Cases
from tingzhen.serving.http.clip_routes import TusProtocol, add_clips, beside_requests
from tingzhen.serving.http.guide import open_guide
from tingzhen.serving.http.guide import router as guide_router
from tingzhen.serving.http.middleware import BodyLimit
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.jobs.outcome import keep_failure
from tingzhen.serving.jobs.steps import STEPS, Desk, NothingToDo, take
from tingzhen.serving.jobs.workbench import Workbench
from tingzhen.serving.pipeline import Parts, start_loading
from tingzhen.serving.records import writing
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings
from tingzhen.serving.sound import encode_wav

SOUND = encode_wav(tone(1.5))
MAX_BYTES = 3_000_000


@pytest.fixture(scope="session")
def parts() -> Iterator[Parts]:
    """Models and knowledge, loaded once."""
    yield start_loading(Settings())
    close_decoder()


def make_app(service: Service) -> FastAPI:
    """The endpoints of clips, uploads and guided sessions over a service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> Any:
        async with beside_requests(app):
            yield

    app = FastAPI(lifespan=lifespan)
    app.state.audit = add_gate(app, service.records, service.settings)
    app.state.language = "en"
    app.state.service = service
    app.state.guide = open_guide(service.settings, shipped())
    app.state.cases = Cases(service.settings, shipped())
    add_clips(app, service)
    app.include_router(guide_router)
    app.add_middleware(BodyLimit, max_file_bytes=service.settings.max_bytes)
    app.add_middleware(TusProtocol)
    add_problem_handlers(app)
    return app


class Server:
    """An app on loopback in a thread of this process."""

    def __init__(self, app: FastAPI) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2)
        )
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive()
            self._thread.join(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()


@dataclass(frozen=True)
class Here:
    """A running service. client: an admin's."""

    service: Service
    client: httpx.Client
    parts: Parts
    url: str
    close: Callable[[], None]

    def as_somebody(self, subject: str, role: str, workshop: str | None = None) -> httpx.Client:
        """A client with a token; to be closed."""
        token = create_token(
            self.service.records, subject=subject, role=role, workshop=workshop, valid_for=None
        )
        headers = {"authorization": f"Bearer {token.text}"}
        return httpx.Client(base_url=self.url, timeout=60, headers=headers)

    @property
    def data_dir(self) -> Path:
        return self.service.settings.data_dir

    def work_off(self, clip_id: str) -> None:
        """Run the job of a clip to its end."""
        desk = Desk(
            self.service,
            self.parts,
            Workbench(self.service.files, self.service.settings.limits(), 1),
        )
        kept: dict[str, Any] = {}
        try:
            for step in STEPS:
                kept[step.name] = step.run(desk, take(desk, clip_id), kept)
        except NothingToDo:
            return
        except TingzhenError as error:
            with writing(self.service.records) as session:
                keep_failure(session, clip_id, error)
        finally:
            desk.bench.clear(clip_id)

    def send(self, content: bytes = SOUND, name: str = "a.wav", **form: str) -> httpx.Response:
        return self.client.post("/v1/clips", files={"file": (name, content)}, data=form)

    def accepted(self, content: bytes = SOUND, **form: str) -> str:
        """The id of a clip that was sent."""
        response = self.send(content, **form)
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def done(self, content: bytes = SOUND, **form: str) -> str:
        """The id of a clip that was sent and analysed."""
        clip_id = self.accepted(content, **form)
        self.work_off(clip_id)
        return clip_id

    def originals(self) -> list[Path]:
        return [f for f in (self.data_dir / "files" / "originals").rglob("*") if f.is_file()]


def settings_in(folder: Path, **more: Any) -> Settings:
    free: dict[str, Any] = {f"rate_{role}_per_min": 0 for role in ROLES}
    return Settings(data_dir=folder, **({"max_bytes": MAX_BYTES} | free | more))


Open = Callable[..., Here]


@pytest.fixture(scope="session")
def open_service(parts: Parts) -> Iterator[Open]:
    """Starts services; all are stopped at the end of the run."""
    closing: list[Callable[[], None]] = []

    def start(folder: Path, **more: Any) -> Here:
        service = build_service(settings_in(folder, **more))
        app = make_app(service)
        server = Server(app)
        token = create_token(service.records, subject="admin1", role="admin", valid_for=None)
        headers = {"authorization": f"Bearer {token.text}"}
        client = httpx.Client(base_url=server.url, timeout=60, headers=headers)

        def close() -> None:
            client.close()
            server.stop()
            app.state.guide.sessions.close()
            app.state.audit.close()
            service.close()

        def close_once() -> None:
            if close in closing:
                closing.remove(close)
                close()

        closing.append(close)
        return Here(service, client, parts, server.url, close_once)

    yield start
    for close in reversed(closing):
        close()


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    """One service for the tests of a module."""
    return open_service(tmp_path_factory.mktemp("service") / "data")


def is_problem(response: httpx.Response, status: int, code: str) -> bool:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code), body
    assert body["detail"]
    return True
