"""Readiness: what is missing is named; looks are bounded in time and shared."""

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tingzhen.serving.operations import readiness
from tingzhen.serving.operations.readiness import CHECKS, Readiness
from tingzhen.serving.records import WorkerProcess, writing
from tingzhen.serving.service import Service


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "KEPT_S", 0.0)


@pytest.fixture
def ready(service: Service) -> Iterator[Readiness]:
    asked = Readiness(service, lambda: True)
    yield asked
    asked.close()


def states(asked: Readiness) -> dict[str, str]:
    return {check.name: check.state for check in asked.checks()}


def add_worker(service: Service, *, stopping: bool = False) -> None:
    now = datetime.now(UTC)
    with writing(service.records) as session:
        session.merge(WorkerProcess(
            executor_id="w", host="h", pid=1, version="v", started_at=now, beat_at=now,
            stopping=stopping,
        ))  # fmt: skip


def test_all_is_well_with_a_worker_that_lives(service: Service, ready: Readiness) -> None:
    assert states(ready) == dict.fromkeys(CHECKS, "ok") | {"worker": "no_worker"}
    add_worker(service)
    assert states(ready) == dict.fromkeys(CHECKS, "ok")
    add_worker(service, stopping=True)
    assert states(ready)["worker"] == "no_worker"


def test_models_that_are_not_loaded_are_said(service: Service) -> None:
    asked = Readiness(service, lambda: False)
    assert states(asked)["models"] == "not_loaded"
    asked.close()


def test_a_database_and_a_store_that_are_gone_are_said(service: Service, ready: Readiness) -> None:
    assert states(ready)["database"] == "ok"
    service.records.dispose()
    shutil.rmtree(service.settings.data_dir)
    service.settings.data_dir.write_bytes(b"in the way")
    assert states(ready) == {
        "database": "records_unavailable", "files": "files_unavailable", "models": "ok",
        "worker": "records_unavailable",
    }  # fmt: skip


def test_a_look_that_hangs_is_said_and_holds_nothing_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "ALLOWED_S", 0.05)
    looks: list[float] = []

    def hang() -> bool:
        looks.append(time.monotonic())
        time.sleep(0.5)
        return True

    asked = Readiness(service, hang)
    assert [states(asked)["models"] for _ in range(3)] == ["too_slow"] * 3
    assert len(looks) == 1  # who asks again waits for the same look
    asked.close()


def test_an_answer_serves_for_a_while(
    service: Service, ready: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "KEPT_S", 60.0)
    before = states(ready)
    add_worker(service)
    assert states(ready) == before
