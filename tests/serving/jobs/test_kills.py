"""kill -9 of workers at every moment of a job and at random: nothing is lost, nothing told twice,
and webhooks come at least once, under one id.

`python -m benchmarks.kills --runs 300` does the same at length.
"""

from pathlib import Path

import pytest

from benchmarks.kill_runs import DELIVERING, MOMENTS, RANDOM, Outcome, run_kills, workers
from tests.serving.webhooks.receiver import receiving
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def machines(tmp_path: Path, count: int) -> list[Path]:
    folders = [tmp_path / f"machine{number}" for number in range(count)]
    for folder in folders:
        folder.mkdir()
    return folders


def all_is_well(outcome: Outcome) -> bool:
    assert (outcome.missed, outcome.lost, outcome.doubled) == ([], [], [])
    assert (outcome.untold, outcome.two_ids) == ([], [])
    return outcome.delivered >= 3 * len(outcome.accepted)


def test_on_sqlite_with_two_workers(tmp_path: Path, knocking: Path) -> None:
    folders = machines(tmp_path, 1)
    orders = tmp_path / "orders"
    orders.mkdir()
    settings = Settings(data_dir=folders[0])
    service = build_service(settings)
    with receiving() as receiver, workers(settings, folders, orders):
        moments = [*MOMENTS, RANDOM, RANDOM]
        outcome = run_kills(service, [knocking], moments, orders, receiver)
    service.close()
    assert outcome.runs == 17  # and four on Postgres
    assert all_is_well(outcome)
    assert outcome.again >= 1  # at least once: whoever was killed after sending had to send again


def test_on_postgres_with_two_machines(tmp_path: Path, postgres_url: str, knocking: Path) -> None:
    folders = machines(tmp_path, 2)
    orders = tmp_path / "orders"
    orders.mkdir()
    settings = Settings(data_dir=folders[0], database_url=postgres_url)
    service = build_service(settings)
    moments = ["sound:done", "recognition:before", *DELIVERING]
    with receiving() as receiver, workers(settings, folders, orders):
        outcome = run_kills(service, [knocking], moments, orders, receiver)
    service.close()
    assert all_is_well(outcome)
