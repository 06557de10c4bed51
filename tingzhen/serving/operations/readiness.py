"""Whether the service can do its work now: database, files, models, a worker.

Each look is bounded in time, and one answer serves for a second: whoever asks often costs nothing.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, Literal, get_args

from sqlalchemy import select

from tingzhen.errors import TingzhenError
from tingzhen.serving.operations.records_measures import worker_state
from tingzhen.serving.records import WorkerProcess, reading
from tingzhen.serving.service import Service

CheckName = Literal["database", "files", "models", "worker"]
CHECKS: Final[tuple[CheckName, ...]] = get_args(CheckName)
ALLOWED_S: Final = 3.0
KEPT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """state: ok, or a code that says what is wrong: of an error, `too_slow`, `no_worker`."""

    name: CheckName
    state: str

    @property
    def ok(self) -> bool:
        return self.state == "ok"


class Readiness:
    """Ask `checks`; safe to use from several threads. It blocks for ALLOWED_S at most."""

    def __init__(self, service: Service, models_loaded: Callable[[], bool]) -> None:
        self._service = service
        self._looks: dict[CheckName, Callable[[], str]] = {
            "database": self._database,
            "files": self._files,
            "models": lambda: "ok" if models_loaded() else "not_loaded",
            "worker": self._worker,
        }
        # As many threads as looks: one that hangs keeps no other from its turn.
        self._threads = ThreadPoolExecutor(len(CHECKS), thread_name_prefix="readiness")
        self._running: dict[CheckName, Future[str]] = {}
        self._lock = Lock()
        self._found: tuple[Check, ...] = ()
        self._found_at = float("-inf")

    def checks(self) -> tuple[Check, ...]:
        """All of them, in the order of CHECKS."""
        with self._lock:
            if time.monotonic() - self._found_at > KEPT_S:
                until = time.monotonic() + ALLOWED_S
                for name in CHECKS:
                    running = self._running.get(name)
                    if running is None or running.done():
                        self._running[name] = self._threads.submit(self._looks[name])
                self._found = tuple(self._result(name, until) for name in CHECKS)
                self._found_at = time.monotonic()
            return self._found

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _result(self, name: CheckName, until: float) -> Check:
        try:
            state = self._running[name].result(max(0.0, until - time.monotonic()))
        except TooSlow:
            state = "too_slow"
        except TingzhenError as error:
            state = error.code
        return Check(name, state)

    def _database(self) -> str:
        with reading(self._service.records) as session:
            session.execute(select(1))
        return "ok"

    def _files(self) -> str:
        self._service.files.check()
        return "ok"

    def _worker(self) -> str:
        now = datetime.now(UTC)
        silence = timedelta(seconds=self._service.settings.worker_silence_s)
        with reading(self._service.records) as session:
            workers = session.scalars(select(WorkerProcess)).all()
        alive = any(worker_state(worker, now, silence) == "alive" for worker in workers)
        return "ok" if alive else "no_worker"
