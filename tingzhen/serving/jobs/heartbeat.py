"""Workers tell that they live, and take over the jobs of those that do not.

A worker of the same machine that died is known at once by its lock (executor_id.py). One of another
machine counts as dead when its beat has not changed for a stated time, measured by the clock that
only runs forward of whoever looks: clocks that differ or jump do no harm. A worker that was only
slow loses nothing but its work on those jobs: DBOS lets the one who took over write, and nobody
else.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine, delete, select

from tingzhen.serving.jobs.database import VERSION
from tingzhen.serving.records import WorkerProcess, reading, writing

BEAT_S: Final = 1.0
_PATIENCE: Final = 10
_FORGOTTEN_AFTER: Final = 3
"""So many silences after which a dead worker's row is removed."""


def say_hello(records: Engine, executor_id: str, host: str, pid: int) -> None:
    """This process works under that name from now on. Raises RecordsUnavailable."""
    now = datetime.now(UTC)
    with writing(records) as session:
        session.merge(WorkerProcess(
            executor_id=executor_id, host=host, pid=pid, version=VERSION, started_at=now,
            beat_at=now, stopping=False,
        ))  # fmt: skip


def say_goodbye(records: Engine, executor_id: str) -> None:
    """Raises RecordsUnavailable."""
    with writing(records) as session:
        session.execute(delete(WorkerProcess).where(WorkerProcess.executor_id == executor_id))


def beat(records: Engine, executor_id: str, *, stopping: bool) -> bool:
    """Tell that it lives; False where somebody removed the row. Raises RecordsUnavailable."""
    with writing(records) as session:
        row = session.get(WorkerProcess, executor_id)
        if row is None:
            return False
        row.beat_at = datetime.now(UTC)
        row.stopping = stopping
    return True


@dataclass
class Watch:
    """Which other workers are silent. One for each process, asked about every second.

    lives: whether a worker of this machine lives, None where nobody can tell. One that lives is
    left ten times as long: a machine with too much to do gets no more by doing it twice. clock:
    seconds that only run forward.
    """

    own_id: str
    silence_s: float
    lives: Callable[[str], bool | None]
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[datetime, float]] = field(default_factory=dict)

    def silent(self, records: Engine) -> list[str]:
        """Names of workers that are dead or not heard of. Raises RecordsUnavailable."""
        now = self.clock()
        with reading(records) as session:
            rows = list(session.scalars(select(WorkerProcess)))
        self._seen = {
            row.executor_id: self._last_change(row.executor_id, row.beat_at, now) for row in rows
        }
        return [
            name
            for name, (_, changed) in self._seen.items()
            if name != self.own_id and now - changed > self._patience_s(name)
        ]

    def long_silent(self) -> list[str]:
        """Of those last seen: whose jobs were taken over long ago."""
        before = self.clock() - _FORGOTTEN_AFTER * self.silence_s
        return [name for name, (_, changed) in self._seen.items() if changed < before]

    def _patience_s(self, name: str) -> float:
        lives = self.lives(name)
        if lives is None:
            return self.silence_s
        return _PATIENCE * self.silence_s if lives else -1.0

    def _last_change(self, name: str, beat_at: datetime, now: float) -> tuple[datetime, float]:
        before = self._seen.get(name)
        return before if before is not None and before[0] == beat_at else (beat_at, now)


def forget(records: Engine, names: Collection[str]) -> None:
    """Remove the rows of dead workers. Raises RecordsUnavailable."""
    with writing(records) as session:
        session.execute(delete(WorkerProcess).where(WorkerProcess.executor_id.in_(names)))
