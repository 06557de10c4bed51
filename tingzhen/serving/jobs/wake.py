"""Jobs begin at once: a worker that waits for its next look at the queue is woken.

DBOS looks at a queue at fixed intervals (a second here), and its threads wait on an event.
`WakingEvent` is such an event that can end one wait. Who wakes: on SQLite a change of the file,
which is seen in microseconds (PRAGMA data_version), where a job waits in it by then: each step of
a job changes the file too, and DBOS's look costs thousands of times as much and locks writers out;
on Postgres a notice (LISTEN, NOTIFY); and a job of this worker that ended. Where none of them
works, DBOS's interval is what is left.
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from tingzhen.serving.jobs.database import QUEUE

NOTIFY: Final = "tingzhen_jobs"
_LOOK_S: Final = 0.01
_AGAIN_S: Final = 1.0
_NOTICE_S: Final = 0.5
_PLACE_FREE_S: Final = (0.02, 0.2)
"""DBOS counts a job as running until it has kept its end, soon after the job's own."""

_WAITING: Final = (
    "SELECT EXISTS (SELECT 1 FROM workflow_status WHERE queue_name = ? AND status = 'ENQUEUED')"
)


class WakingEvent:
    """As much of threading.Event as DBOS's queue thread uses, and `wake`."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._set = False
        self._due: list[float] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        """End this wait and all that follow: the thread stops."""
        with self._condition:
            self._set = True
            self._condition.notify_all()

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is set; returns early when it was woken since the last wait."""
        ends = float("inf") if timeout is None else time.monotonic() + timeout
        with self._condition:
            while not self._set:
                now = time.monotonic()
                until = min(ends, *self._due, ends)
                if until <= now:
                    break
                self._condition.wait(None if until == float("inf") else until - now)
            now = time.monotonic()
            self._due = [due for due in self._due if due > now]
            return self._set

    def wake(self) -> None:
        """End the wait that is under way, or the next one."""
        self._wake_in([0.0])

    def place_free(self) -> None:
        """A job of this worker has just ended: end the waits that are under way soon after."""
        self._wake_in(_PLACE_FREE_S)

    def _wake_in(self, delays_s: Sequence[float]) -> None:
        with self._condition:
            now = time.monotonic()
            self._due += [now + delay_s for delay_s in delays_s]
            self._condition.notify_all()


def watch_jobs(
    url: str, wake: Callable[[], None], stop: threading.Event, queue: str = QUEUE
) -> None:
    """Call `wake` when jobs may have come to a queue, until `stop` is set. Run it in a thread."""
    address = make_url(url)
    while not stop.is_set():
        if address.get_backend_name() == "sqlite":
            _watch_file(Path(str(address.database)), queue, wake, stop)
        else:
            server = address.set(drivername="postgresql").render_as_string(hide_password=False)
            _watch_notices(server, wake, stop)
        wake()  # what came while nobody watched
        stop.wait(_AGAIN_S)


def _watch_file(path: Path, queue: str, wake: Callable[[], None], stop: threading.Event) -> None:
    """data_version changes when any other connection, of any process, has committed."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        before = None
        while not stop.wait(_LOOK_S):
            now = connection.execute("PRAGMA data_version").fetchone()
            if now != before:
                first, before = before is None, now
                if first or connection.execute(_WAITING, (queue,)).fetchone()[0]:
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
