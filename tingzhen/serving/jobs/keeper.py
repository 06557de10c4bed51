"""What a worker does beside its jobs, every second: tell that it lives, take over, look after.

It also tells when the process had better begin anew, since everything that matters is kept:
a job of its own that it is not at, a dead queue thread, or a database server that was gone (DBOS
then waits up to a minute before it tries again).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from dbos import DBOS
from sqlalchemy.exc import SQLAlchemyError

from tingzhen.errors import RecordsUnavailable, StorageFull
from tingzhen.serving.jobs.heartbeat import BEAT_S, Watch, beat, forget, say_hello
from tingzhen.serving.jobs.sweep import Sweep
from tingzhen.serving.jobs.workflow import InWork
from tingzhen.serving.logs import log
from tingzhen.serving.operations import measures
from tingzhen.serving.privacy.retention import Retention
from tingzhen.serving.privacy.videos import Videos
from tingzhen.serving.reanalysis import feed
from tingzhen.serving.service import Service

_SWEEP_S: Final = 3.0
_CLEAN_S: Final = 600.0
_OUTAGE_S: Final = 3.0
_LOST_S: Final = 5.0
_REST_S: Final = 5.0
"""Without a clip, before work is begun that nobody waits for: the next one often follows soon."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Who keeps house: its name, machine and process, and the jobs it is at."""

    executor_id: str
    host: str
    pid: int
    in_work: InWork


@dataclass
class Keeper:
    """Run `run` in a thread until `stop` is set. begin_anew: set when the process had better end
    and be started again. remote: the database is a server, which may be gone for a while. measure:
    brings what is measured of this process up to date. nothing_owed: whether all that clips get
    before their videos is made."""

    service: Service
    worker: Worker
    watch: Watch
    queue_thread: threading.Thread
    remote: bool
    stop: threading.Event
    begin_anew: threading.Event
    measure: Callable[[], None]
    nothing_owed: Callable[[], bool] = lambda: True
    _failing_since: float | None = None
    _lost: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        sweep, retention = Sweep(self.service), Retention(self.service)
        in_work = self.worker.in_work
        videos = Videos(
            self.service,
            busy=lambda: bool(in_work.ids()) or in_work.stopping.is_set(),
            resting=lambda: in_work.quiet_s() > _REST_S and self.nothing_owed(),
        )
        swept = cleaned = time.monotonic()
        while not self.stop.wait(BEAT_S):
            now = time.monotonic()
            self.measure()
            try:
                self._beat()
                self._take_over()
                self._look_for_lost_jobs(now)
                videos.begin()
                if now - swept > _SWEEP_S:
                    swept = now
                    sweep.run()
                    feed(self.service)
                if now - cleaned > _CLEAN_S:
                    cleaned = now
                    sweep.remove_ended()
                    retention.begin()
            except (RecordsUnavailable, StorageFull, SQLAlchemyError) as error:
                self._failed(now, error)
            else:
                self._worked(now)
            if not self.queue_thread.is_alive() and not self.worker.in_work.stopping.is_set():
                log.error("queue thread ended")
                self.begin_anew.set()

    def _beat(self) -> None:
        records, worker = self.service.records, self.worker
        if not beat(records, worker.executor_id, stopping=worker.in_work.stopping.is_set()):
            say_hello(records, worker.executor_id, worker.host, worker.pid)

    def _take_over(self) -> None:
        silent = self.watch.silent(self.service.records)
        for name in silent:
            taken = DBOS._recover_pending_workflows([name])
            if taken:
                measures.JOBS_TAKEN_OVER.inc(len(taken))
                log.warning("jobs taken over", extra={"worker": name, "jobs": len(taken)})
        gone = set(self.watch.long_silent()) & set(silent)
        if gone:
            forget(self.service.records, gone)

    def _look_for_lost_jobs(self, now: float) -> None:
        """Jobs that are this worker's by the database, and that no thread of it is at."""
        running = self.service.jobs.client.list_workflows(
            status="PENDING", executor_id=self.worker.executor_id, load_input=False,
            load_output=False,
        )  # fmt: skip
        lost = {job.workflow_id for job in running} - self.worker.in_work.ids()
        self._lost = {name: self._lost.get(name, now) for name in lost}
        if any(now - since > _LOST_S for since in self._lost.values()):
            log.error("a job got lost", extra={"jobs": sorted(self._lost)})
            self.begin_anew.set()

    def _failed(self, now: float, error: Exception) -> None:
        if self._failing_since is None:
            self._failing_since = now
            log.warning("database is gone", exc_info=error)

    def _worked(self, now: float) -> None:
        if self._failing_since is None:
            return
        gone_s = now - self._failing_since
        self._failing_since = None
        log.info("database is back", extra={"gone_s": round(gone_s, 1)})
        if self.remote and gone_s > _OUTAGE_S:
            self.begin_anew.set()
