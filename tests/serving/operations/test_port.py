"""The port for probes: what runs, what is measured, no token."""

import socket

import httpx
import pytest

from tingzhen.errors import SettingsError
from tingzhen.serving import Settings
from tingzhen.serving.operations.port import operations_port
from tingzhen.serving.records import open_records
from tingzhen.serving.records.schema import upgrade_records


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"operations_port": 0})


def test_it_tells_what_runs_and_what_is_measured(settings: Settings) -> None:
    records = open_records(settings.records_url())
    upgrade_records(records)
    records.dispose()
    running = {"http": True, "worker 0": True}
    with operations_port(settings, lambda: running) as port:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        health = client.get("/healthz")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        running["worker 0"] = False
        health = client.get("/healthz?verbose")
        assert health.status_code == 503
        assert health.json() == {
            "status": "degraded", "processes": {"http": "running", "worker 0": "not_running"}
        }  # fmt: skip
        answer = client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert "tingzhen_records_up 1.0" in answer.text
        assert (client.head("/metrics").status_code, client.head("/metrics").content) == (200, b"")
        assert client.get("/v1/clips").status_code == 404
        assert client.post("/metrics").status_code == 501
    with pytest.raises(httpx.ConnectError):
        client.get("/healthz")


def test_there_is_none_unless_it_is_asked_for(settings: Settings) -> None:
    without = settings.model_copy(update={"operations_port": None})
    with operations_port(without, dict) as port:
        assert port is None


def test_a_port_in_use_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wrong = settings.model_copy(update={"operations_port": port})
        with pytest.raises(SettingsError, match="TINGZHEN_OPERATIONS_PORT"):
            operations_port(wrong, dict).__enter__()
