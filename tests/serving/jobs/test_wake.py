"""A worker that waits is woken by a job of another process."""

import sqlite3
import subprocess
import sys
import threading
import time
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


def watched(url: str, change: object) -> bool:
    """Whether `change` wakes whoever watches."""
    stop, woken = threading.Event(), threading.Event()
    thread = threading.Thread(target=watch_jobs, args=(url, woken.set, stop))
    thread.start()
    try:
        assert woken.wait(20)  # by the beginning
        time.sleep(0.1)
        woken.clear()
        change()  # type: ignore[operator]
        return woken.wait(20)
    finally:
        stop.set()
        thread.join()


def test_on_sqlite_by_a_commit_of_another_process(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE jobs (id)")
    script = f"import sqlite3; c = sqlite3.connect({str(path)!r}); " + (  # noqa: S608
        "c.execute('INSERT INTO jobs VALUES (1)'); c.commit()"
    )

    def change() -> None:
        subprocess.run([sys.executable, "-c", script], check=True)

    assert watched(f"sqlite:///{path}", change)


def test_on_postgres_by_a_notice(postgres_url: str) -> None:
    server = make_url(postgres_url).set(drivername="postgresql")

    def change() -> None:
        address = server.render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"NOTIFY {NOTIFY}".encode())

    assert watched(postgres_url, change)
