"""A worker that waits is woken by a job of another process."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tingzhen.serving.jobs.wake import NOTIFY, WakingEvent, watch_jobs


def test_waking_ends_one_wait_and_setting_all() -> None:
    event = WakingEvent()
    assert event.wait(0.01) is False
    event.wake()
    started = time.monotonic()
    assert event.wait(60) is False
    assert event.wait(0.01) is False
    threading.Timer(0.05, event.set).start()
    assert event.wait(60) is True
    assert event.is_set()
    assert event.wait(60) is True
    assert time.monotonic() - started < 30


def watched(url: str, change: Callable[[], None], patience_s: float = 20) -> bool:
    """Whether `change` wakes whoever watches."""
    stop, woken = threading.Event(), threading.Event()
    thread = threading.Thread(target=watch_jobs, args=(url, woken.set, stop))
    thread.start()
    try:
        assert woken.wait(20)  # by the beginning
        time.sleep(0.1)
        woken.clear()
        change()
        return woken.wait(patience_s)
    finally:
        stop.set()
        thread.join()


def test_a_free_place_ends_waits_soon_after_the_end_of_a_job() -> None:
    event = WakingEvent()
    event.place_free()
    started = time.monotonic()
    assert event.wait(60) is False
    assert event.wait(60) is False  # once more: DBOS may not have known of the end the first time
    assert event.wait(0.01) is False
    assert time.monotonic() - started < 30


def test_on_sqlite_by_a_job_of_another_process_and_by_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE workflow_status (queue_name, status)")

    def change(status: str) -> None:
        row = f"INSERT INTO workflow_status VALUES ('clips', '{status}')"  # noqa: S608
        script = (
            f"import sqlite3; c = sqlite3.connect({str(path)!r}); c.execute({row!r}); c.commit()"
        )
        subprocess.run([sys.executable, "-c", script], check=True)

    assert watched(f"sqlite:///{path}", lambda: change("ENQUEUED"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM workflow_status WHERE status = 'ENQUEUED'")
        connection.commit()
    assert not watched(f"sqlite:///{path}", lambda: change("PENDING"), patience_s=0.5)


def test_on_postgres_by_a_notice(postgres_url: str) -> None:
    server = make_url(postgres_url).set(drivername="postgresql")

    def change() -> None:
        address = server.render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"NOTIFY {NOTIFY}".encode())

    assert watched(postgres_url, change)
