"""A job as DBOS runs it: the steps one after another, each kept, gone on with where it stopped."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from dbos import DBOS

from tingzhen.errors import (
    AnalysisFailed,
    ClipError,
    ClipUnknown,
    DeadlinePassed,
    FileMissing,
    NotAFile,
    NotFound,
    NotReadable,
    TingzhenError,
)
from tingzhen.language import Text
from tingzhen.serving.jobs.boundaries import Boundary
from tingzhen.serving.jobs.database import WORKFLOW
from tingzhen.serving.jobs.kept import Json
from tingzhen.serving.jobs.outcome import keep_failure
from tingzhen.serving.jobs.queue import rerun_of
from tingzhen.serving.jobs.retrying import PASSING, until_it_answers
from tingzhen.serving.jobs.steps import STEPS, Desk, NothingToDo, Step, take
from tingzhen.serving.logs import log
from tingzhen.serving.operations import measures
from tingzhen.serving.operations.clip_measures import put_aside
from tingzhen.serving.records import writing

MAX_ATTEMPTS: Final = 20
"""How often a job is begun, by whichever worker, before it is given up."""

OVER: Final = "over"
"""Key of a step's result after which there is nothing left to do; why, as its value."""

_SURPRISES: Final = 3
_SURPRISE_WAIT_S: Final = 0.5
# Of the clip itself, or of what was asked for it: another try would end the same way.
_FINAL: Final = (ClipError, DeadlinePassed)
_OF_THE_FILE: Final = (FileMissing, NotFound, NotAFile, NotReadable)


class LeftForOthers(BaseException):
    """This worker stops: the job stays as it is, for whoever takes it over.

    No Exception, so that DBOS does not take it for the end of the job.
    """


class InWork:
    """The jobs that this process is at, and whether it takes on the next step of any."""

    def __init__(self, ended: Callable[[], None] = lambda: None) -> None:
        """ended: called at the end of each job."""
        self._ended = ended
        self._lock = threading.Lock()
        self._jobs: dict[str, float] = {}
        self._quiet_since = time.monotonic()
        self.stopping = threading.Event()

    @contextmanager
    def job(self, workflow_id: str) -> Iterator[None]:
        with self._lock:
            self._jobs[workflow_id] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._jobs.pop(workflow_id, None)
                self._quiet_since = time.monotonic()
            self._ended()

    def ids(self) -> set[str]:
        with self._lock:
            return set(self._jobs)

    def quiet_s(self) -> float:
        """Since the last job ended, 0 while there is one."""
        with self._lock:
            return 0.0 if self._jobs else time.monotonic() - self._quiet_since

    def go_on(self) -> None:
        """Raises LeftForOthers when this worker stops."""
        if self.stopping.is_set():
            raise LeftForOthers


@dataclass(frozen=True, slots=True)
class Workplace:
    """What a worker's jobs share."""

    desk: Desk
    in_work: InWork
    at: Boundary


@dataclass(frozen=True, slots=True)
class Job:
    """What is being done: a clip, and which of its jobs it is (ClipRecord.rerun)."""

    clip_id: str
    rerun: int


def register_workflow(place: Workplace) -> Callable[[str], str]:
    """Tell DBOS of the workflow; before it is launched."""

    def analyse_clip(clip_id: str) -> str:
        kept: dict[str, Json] = {}
        workflow_id = DBOS.workflow_id or clip_id
        job = Job(clip_id, rerun_of(workflow_id))
        with place.in_work.job(workflow_id):
            try:
                for step in STEPS:
                    place.in_work.go_on()
                    place.at(f"{step.name}:before")
                    result = DBOS.run_step({"name": step.name}, _run, place, step, job, kept)
                    if OVER in result:
                        return str(result[OVER])
                    kept[step.name] = result
                place.at("job:after")
                return "done"
            finally:
                place.desk.bench.clear(clip_id)

    return DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_ATTEMPTS)(analyse_clip)


def _run(place: Workplace, step: Step, job: Job, kept: dict[str, Json]) -> Json:
    """One step, with patience for databases and stores; a clip that cannot be analysed is put aside
    with its reason. Raises LeftForOthers."""
    desk, in_work, clip_id = place.desk, place.in_work, job.clip_id
    started = time.perf_counter()
    surprises = 0

    def once() -> Json:
        nonlocal surprises
        while True:
            try:
                return step.run(desk, take(desk, clip_id, job.rerun), kept)
            except (NothingToDo, ClipUnknown):
                return {OVER: "ended before"}
            except _OF_THE_FILE as error:
                desk.bench.clear(clip_id)
                desk.service.files.check()  # a store that is gone as a whole comes back
                return _put_aside(desk, job, error)
            except _FINAL as error:
                return _put_aside(desk, job, error)
            except PASSING:
                raise
            except Exception as error:  # noqa: BLE001 - a defect, or memory that ran out
                surprises += 1
                measures.STEP_RETRIES.labels(step.name, AnalysisFailed.code).inc()
                log.warning("step failed", exc_info=error, extra=_fields(clip_id, step, started))
                if surprises >= _SURPRISES:
                    return _put_aside(desk, job, analysis_failed())
            time.sleep(_SURPRISE_WAIT_S)
            in_work.go_on()

    result = until_it_answers(once, between=in_work.go_on, what=step.name)
    measures.STEP_SECONDS.labels(step.name).observe(time.perf_counter() - started)
    log.info("step", extra=_fields(clip_id, step, started))
    place.at(f"{step.name}:done")
    return result


def analysis_failed() -> AnalysisFailed:
    return AnalysisFailed(
        Text("分析多次失败，已放弃；片段仍保存着。请重新提交；若再次失败，请联系管理员。",
             "The analysis failed several times and was given up; the clip is kept. Send it again, "
             "and tell the administrator if it fails again.")
    )  # fmt: skip


def _put_aside(desk: Desk, job: Job, error: TingzhenError) -> Json:
    with writing(desk.service.records) as session:
        first = keep_failure(session, job.clip_id, error, rerun=job.rerun)
    if first:
        put_aside(error.code)
    log.info("clip put aside", extra={"clip_id": job.clip_id, "code": error.code})
    return {OVER: error.code}


def _fields(clip_id: str, step: Step, started: float) -> Json:
    spent_ms = round((time.perf_counter() - started) * 1000)
    return {"clip_id": clip_id, "step": step.name, "ms": spent_ms}
