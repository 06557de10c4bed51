"""A Postgres that lets nobody in for some seconds: jobs wait, and go on when it is back."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from tests.serving.conftest import clean_environment
from tests.serving.jobs.clips import ended, hand_in, kinds
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings

pytestmark = pytest.mark.slow


def let_nobody_in(server: URL, database: str, seconds: float) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false".encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database]
        )
        time.sleep(seconds)
        connection.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true".encode())


def test_what_was_accepted_is_done(
    tmp_path: Path, postgres_server: URL, postgres_url: str, knocking: Path
) -> None:
    service = build_service(Settings(data_dir=tmp_path, database_url=postgres_url))
    environment = clean_environment(
        TINGZHEN_DATA_DIR=str(tmp_path), TINGZHEN_DATABASE_URL=postgres_url
    )
    log = tmp_path / "log"
    with log.open("wb") as stderr:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tingzhen.command_line", "worker", "--processes", "1"],
            env=environment, stderr=stderr,
        )  # fmt: skip
    try:
        # One clip first: a worker that is still starting begins anew and has nothing to tell of.
        assert ended(service, [hand_in(service, knocking)], within_s=120)[0].state == "done"
        clip_ids = [hand_in(service, knocking) for _ in range(6)]
        let_nobody_in(postgres_server, str(make_url(postgres_url).database), 5)
        assert {one.state for one in ended(service, clip_ids, within_s=120)} == {"done"}
        assert all(max(kinds(service, clip_id).values()) == 1 for clip_id in clip_ids)
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
        service.close()
    assert '"event": "database is back"' in log.read_text(encoding="utf-8")
