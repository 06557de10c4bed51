"""The whole application on loopback, with clients of several roles; jobs are run by the steps of a
worker when a test says so."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.serving.clips.conftest import SOUND, Here, Server, settings_in
from tingzhen.client import Client
from tingzhen.media import close_decoder
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.http.app import create_app
from tingzhen.serving.pipeline import start_loading, start_reasoning


@dataclass(frozen=True)
class Running:
    """A running service. as_: a client of somebody, to be closed by the fixture."""

    app: FastAPI
    here: Here
    as_: Callable[..., Client]

    def client_at(self, url: str) -> Client:
        """An owner's, over another line."""
        token = create_token(
            self.here.service.records, subject="anna", role="owner", valid_for=None
        )
        return Client(url, token.text, language="en")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = settings_in(
        tmp_path_factory.mktemp("service") / "data", webhook_targets="any", max_bytes=20_000_000
    )
    app = create_app(settings, start_reasoning(settings))
    server, clients = Server(app), []
    service = app.state.service

    def as_(subject: str, role: str, workshop: str | None = None) -> Client:
        token = create_token(
            service.records, subject=subject, role=role, workshop=workshop, valid_for=None  # type: ignore[arg-type]
        )  # fmt: skip
        clients.append(Client(server.url, token.text, language="en"))
        return clients[-1]

    with httpx.Client() as unused:
        here = Here(service, unused, start_loading(settings), server.url, server.stop)
        yield Running(app, here, as_)
    for client in clients:
        client.close()
    server.stop()
    close_decoder()


@pytest.fixture
def anna(running: Running) -> Client:
    return running.as_("anna", "owner")


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "声音 a.wav"
    path.write_bytes(SOUND)
    return path
