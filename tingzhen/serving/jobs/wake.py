"""Jobs begin at once: a worker that waits for its next look at the queue is woken.

DBOS looks at a queue at fixed intervals (a second here), and its threads wait on an event.
`WakingEvent` is such an event that can end one wait. Who wakes: on SQLite a change of the file,
which is seen in microseconds (PRAGMA data_version); on Postgres a notice (LISTEN, NOTIFY). Where
neither works, DBOS's interval is what is left.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

NOTIFY: Final = "tingzhen_jobs"
_LOOK_S: Final = 0.01
_AGAIN_S: Final = 1.0
_NOTICE_S: Final = 0.5


class WakingEvent:
    """As much of threading.Event as DBOS's queue thread uses, and `wake`."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._set = self._woken = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        """End this wait and all that follow: the thread stops."""
        with self._condition:
            self._set = True
            self._condition.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is set; returns early when it was woken since the last wait."""
        with self._condition:
            self._condition.wait_for(lambda: self._set or self._woken, timeout)
            self._woken = False
            return self._set

    def wake(self) -> None:
        """End the wait that is under way, or the next one."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()


def watch_jobs(url: str, wake: Callable[[], None], stop: threading.Event) -> None:
    """Call `wake` when jobs may have come, until `stop` is set. Run it in a thread."""
    address = make_url(url)
    while not stop.is_set():
        if address.get_backend_name() == "sqlite":
            _watch_file(Path(str(address.database)), wake, stop)
        else:
            server = address.set(drivername="postgresql").render_as_string(hide_password=False)
            _watch_notices(server, wake, stop)
        wake()  # what came while nobody watched
        stop.wait(_AGAIN_S)


def _watch_file(path: Path, wake: Callable[[], None], stop: threading.Event) -> None:
    """data_version changes when any other connection, of any process, has committed."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        before = None
        while not stop.wait(_LOOK_S):
            now = connection.execute("PRAGMA data_version").fetchone()
            if now != before:
                before = now
                wake()


def _watch_notices(address: str, wake: Callable[[], None], stop: threading.Event) -> None:
    import psycopg  # noqa: PLC0415 - only where Postgres is used

    with (
        contextlib.suppress(psycopg.Error),
        psycopg.connect(address, autocommit=True) as connection,
    ):
        connection.execute(f"LISTEN {NOTIFY}".encode())
        wake()
        while not stop.is_set():
            for _ in connection.notifies(timeout=_NOTICE_S, stop_after=1):
                wake()
