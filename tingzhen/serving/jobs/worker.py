"""A worker process: takes clips from the queue until it is told to stop.

    main thread   waits for the end
    queue thread  DBOS's: claims jobs when it is woken, or every second
    watch thread  wakes it when jobs may have come
    keeper        tells that it lives, takes over, sweeps
    job threads   DBOS's: the steps
    webhooks      sends what webhooks are to be told
    copies        makes what of a clip may be shown, while there is nothing to analyse

Run as `python -m tingzhen.serving.jobs.worker`; standard input is a pipe whose other end is the
process that watches over it, and is closed when that one is gone.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import cv2
from dbos import DBOS
from dbos._dbos import _get_dbos_instance
from dbos._queue import queue_worker_thread
from sqlalchemy.exc import SQLAlchemyError

from tingzhen.errors import TingzhenError
from tingzhen.media import close_decoder, shared_decoder
from tingzhen.serving.inference import ModelsInService, ShadowRuns
from tingzhen.serving.jobs.boundaries import boundary_hook
from tingzhen.serving.jobs.child import end_with_parent
from tingzhen.serving.jobs.database import QUEUE, is_sqlite, jobs_url, worker_config
from tingzhen.serving.jobs.executor_id import take_executor_id, this_installation
from tingzhen.serving.jobs.heartbeat import Watch, say_goodbye, say_hello
from tingzhen.serving.jobs.keeper import Keeper, Worker
from tingzhen.serving.jobs.shown_copies import ShownCopies
from tingzhen.serving.jobs.steps import Desk
from tingzhen.serving.jobs.wake import WakingEvent, watch_jobs
from tingzhen.serving.jobs.workbench import Workbench
from tingzhen.serving.jobs.workflow import InWork, Workplace, register_workflow
from tingzhen.serving.logs import log, log_to_stderr
from tingzhen.serving.operations import measures
from tingzhen.serving.operations.inference_measures import InferenceMeasures
from tingzhen.serving.pipeline import start_loading
from tingzhen.serving.sandbox_in_force import require_sandbox
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings, load_settings
from tingzhen.serving.webhooks.delivering import FINISH_WITHIN_S as DELIVERIES_FINISH_WITHIN_S
from tingzhen.serving.webhooks.delivering import Deliveries

BEGIN_ANEW: Final = 75
"""Exit status: start me again (EX_TEMPFAIL of sysexits.h)."""

CANNOT_START: Final = 1
FINISH_WITHIN_S: Final = 8.0
_POLLING_S: Final = 1.0


def run_worker(settings: Settings, ended: threading.Event) -> int:
    """Work until `ended` is set; the exit status. Steps under way are finished, and the rest of
    their jobs is left to others.

    Raises TingzhenError when it cannot start.
    """
    # Its threads shorten what takes a millisecond, at twice the CPU time.
    cv2.setNumThreads(1)
    shared_decoder()
    service = build_service(settings)
    models = ModelsInService(settings, service.records, service.files)
    parts = start_loading(settings, models.start)
    installation = this_installation(settings.data_dir)
    executor_id = take_executor_id(installation)
    bench = Workbench(service.files, settings.limits(), settings.worker_clips)
    event = WakingEvent()
    worker = Worker(executor_id, socket.gethostname(), os.getpid(), InWork(event.place_free))
    parts.recognisers.result()
    parts.knowledge.result()
    require_sandbox(settings)
    shadow = ShadowRuns(models, service.records)
    in_work = worker.in_work
    copies = ShownCopies(service, lambda: bool(in_work.ids()))
    desk = Desk(service, parts, bench, models, shadow, copies)
    register_workflow(Workplace(desk, worker.in_work, boundary_hook()))
    say_hello(service.records, executor_id, worker.host, worker.pid)
    deliveries = Deliveries(
        service.records, settings, executor_id, installation.lives, threading.Event(),
        boundary_hook(),
    )  # fmt: skip
    delivering = threading.Thread(target=deliveries.run, name="webhooks", daemon=True)
    delivering.start()
    threading.Thread(target=copies.run, name="copies", daemon=True).start()
    begin_anew, inference = threading.Event(), InferenceMeasures(models.counters)
    with _queue(settings, executor_id, event, in_work) as queue_thread:
        keeper = Keeper(
            service, worker, Watch(executor_id, settings.worker_silence_s, installation.lives),
            queue_thread, not is_sqlite(jobs_url(settings)), threading.Event(), begin_anew,
            inference.carry_over, copies.resting,
        )  # fmt: skip
        keeping = threading.Thread(target=keeper.run, name="keeper", daemon=True)
        keeping.start()
        log.info("worker ready", extra={"worker": executor_id, "pid": worker.pid})
        while not ended.wait(0.1) and not begin_anew.is_set():
            if not keeping.is_alive() or not delivering.is_alive():
                begin_anew.set()  # of a defect: nobody would tell that we live, or deliver
        in_work.stopping.set()
        deliveries.stop.set()
        copies.stop()
    _wait_for_steps(in_work)
    delivering.join(DELIVERIES_FINISH_WITHIN_S)
    keeper.stop.set()
    models.close()
    inference.carry_over()
    try:
        DBOS._recover_pending_workflows([executor_id])
        say_goodbye(service.records, executor_id)
    except (TingzhenError, SQLAlchemyError) as error:
        log.warning("jobs are left to the heartbeat", exc_info=error)
    close_decoder()
    log.info("worker ended", extra={"worker": executor_id})
    return BEGIN_ANEW if begin_anew.is_set() and not ended.is_set() else 0


@contextmanager
def _queue(
    settings: Settings, executor_id: str, event: WakingEvent, in_work: InWork
) -> Iterator[threading.Thread]:
    """DBOS launched, and the thread that claims jobs, until the context ends. event: wakes it."""

    def wake() -> None:
        # A worker whose places are taken looks again when one is free.
        if len(in_work.ids()) < settings.worker_clips:
            event.wake()

    DBOS(config=worker_config(settings, executor_id))
    _log_as_we_do()
    DBOS.listen_queues([])  # its own thread for the queue cannot be woken: ours runs the same code
    DBOS.launch()
    queue = DBOS.register_queue(
        QUEUE,
        worker_concurrency=settings.worker_clips,
        polling_interval_sec=_POLLING_S,
        on_conflict="always_update",
    )
    stop = threading.Event()
    claiming = threading.Thread(
        target=queue_worker_thread, args=(event, _get_dbos_instance(), queue), name="queue",
        daemon=True,
    )  # fmt: skip
    watching = threading.Thread(
        target=watch_jobs, args=(jobs_url(settings), wake, stop), name="watch", daemon=True
    )
    claiming.start()
    watching.start()
    try:
        yield claiming
    finally:
        stop.set()
        event.set()
        claiming.join(5)


def _wait_for_steps(in_work: InWork) -> None:
    deadline = time.monotonic() + FINISH_WITHIN_S
    while in_work.ids() and time.monotonic() < deadline:
        time.sleep(0.02)


def _log_as_we_do() -> None:
    """DBOS's warnings as JSON lines like all others."""
    import logging  # noqa: PLC0415 - for this one adjustment

    theirs = logging.getLogger("dbos")
    theirs.handlers[:] = []
    theirs.propagate = True


def main() -> NoReturn:
    """Exit status 0 after a stop, BEGIN_ANEW to be started again, CANNOT_START."""
    ended = threading.Event()
    end_with_parent(ended.set)
    status = CANNOT_START
    try:
        settings = load_settings()
        log_to_stderr(settings.log_level)
        measures.process_started()
        status = run_worker(settings, ended)
    except TingzhenError as error:
        print(f"{error.code}: {error.text.en}\n{error.text.zh}", file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - the process that watches over us starts another
        log.error("worker failed", exc_info=error)
        status = BEGIN_ANEW
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of DBOS that wait for a database would hold the interpreter's own end up.
    os._exit(status)


if __name__ == "__main__":
    main()
