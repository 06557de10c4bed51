"""Jobs handed in, cancelled and forgotten, from any process. Blocking: for worker threads."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Final

from dbos import DBOSClient
from dbos._error import DBOSException
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from tingzhen.errors import QueueFull
from tingzhen.language import Text
from tingzhen.serving.jobs.boundaries import Boundary, boundary_hook
from tingzhen.serving.jobs.database import (
    QUEUE,
    VERSION,
    WORKFLOW,
    is_sqlite,
    jobs_unavailable,
    jobs_url,
    migrate,
    open_client,
)
from tingzhen.serving.jobs.outcome import keep_cancel
from tingzhen.serving.jobs.turns import queue_priority, take_turn
from tingzhen.serving.jobs.wake import NOTIFY
from tingzhen.serving.logs import log
from tingzhen.serving.records import ClipRecord, lock_clip, reading, writing
from tingzhen.serving.settings import Settings

_RATE_WINDOW_S: Final = 60.0
_RETRY_AT_LEAST_S, _RETRY_AT_MOST_S = 1.0, 60.0


class JobQueue:
    """Safe to use from several threads. client: of DBOS, for what only workers ask."""

    def __init__(self, settings: Settings, records: Engine) -> None:
        """Raises RecordsUnavailable."""
        migrate(settings)
        self._records = records
        self._limit = settings.queue_limit
        self.client = open_client(settings)
        self._notifies = not is_sqlite(jobs_url(settings))
        self._at: Boundary = boundary_hook()

    def submit(self, clip_id: str, *, priority: int = 0, owner: str = "") -> None:
        """Have a clip analysed whose record is kept. Doing it twice is the same as once.

        priority: smaller goes first, 0 to 15; within it owners take turns. Where the jobs cannot be
        written now, workers hand the clip in later: it is safe. Raises ClipUnknown,
        RecordsUnavailable (of the record).
        """
        with writing(self._records) as session:
            record = lock_clip(session, clip_id)
            turn = take_turn(session, record)
            workflow_id = workflow_of(record)
        self._at("submit:before")
        try:
            enqueue(self.client, clip_id, workflow_id, queue_priority(priority, turn), owner)
        except (SQLAlchemyError, DBOSException, OSError) as error:
            code = jobs_unavailable(error).code
            log.warning("job is handed in later", extra={"clip_id": clip_id, "code": code})
        else:
            self._wake_workers()
        self._at("submit:after")

    def ensure_room(self) -> None:
        """Ask before an upload is taken in. Raises QueueFull, RecordsUnavailable."""
        since = datetime.now(UTC) - timedelta(seconds=_RATE_WINDOW_S)
        with reading(self._records) as session:
            waiting = session.execute(
                select(func.count()).where(ClipRecord.state == "waiting")
            ).scalar_one()
            if waiting < self._limit:
                return
            ended = session.execute(
                select(func.count()).where(ClipRecord.finished_at > since)
            ).scalar_one()
        raise _full(waiting - self._limit + 1, ended)

    def cancel(self, clip_id: str) -> bool:
        """The clip is not analysed any further; False where it has ended already.

        Raises ClipUnknown, RecordsUnavailable.
        """
        with writing(self._records) as session:
            workflow_id = workflow_of(lock_clip(session, clip_id))
            if not keep_cancel(session, clip_id):
                return False
        # The worker sees the record at its next step anyway.
        self._quietly(lambda: self.client.cancel_workflow(workflow_id))
        return True

    def forget(self, clip_id: str) -> None:
        """Remove what the jobs know of a clip: a part of deleting it for good.

        Raises RecordsUnavailable.
        """
        try:
            found = self.client.list_workflows(
                workflow_id_prefix=clip_id, load_input=False, load_output=False
            )
            self.client.delete_workflows([status.workflow_id for status in found])
        except (SQLAlchemyError, OSError) as error:
            raise jobs_unavailable(error) from error

    def close(self) -> None:
        self.client.destroy()

    def _wake_workers(self) -> None:
        """On Postgres; on SQLite workers see that the file has changed."""
        if self._notifies:
            self._quietly(self._notify)

    def _notify(self) -> None:
        with self._records.begin() as connection:
            connection.execute(text(f"NOTIFY {NOTIFY}"))

    @staticmethod
    def _quietly(what: Callable[[], None]) -> None:
        with contextlib.suppress(SQLAlchemyError, DBOSException, OSError):
            what()


def workflow_of(record: ClipRecord) -> str:
    """Id of the job: the clip's, and a number where it was begun anew."""
    return record.id if record.rerun == 0 else f"{record.id}-{record.rerun}"


def rerun_of(workflow_id: str) -> int:
    """Of the job with that id."""
    return int(workflow_id.partition("-")[2] or 0)


def enqueue(client: DBOSClient, clip_id: str, workflow_id: str, priority: int, owner: str) -> None:
    """Hand in a job; one with that id that is there already is left as it is."""
    client.enqueue(
        {
            "queue_name": QUEUE,
            "workflow_name": WORKFLOW,
            "workflow_id": workflow_id,
            "app_version": VERSION,
            "priority": priority,
            "authenticated_user": owner,
        },
        clip_id,
    )


def _full(too_many: int, ended_lately: int) -> QueueFull:
    """too_many: clips that have to end before there is room."""
    spent_s = too_many * _RATE_WINDOW_S / max(ended_lately, 1)
    error = QueueFull(
        Text("排队等待分析的片段已满，请稍后再试。",
             "Too many clips wait to be analysed already. Try again later.")
    )  # fmt: skip
    error.retry_after_s = float(ceil(min(max(spent_s, _RETRY_AT_LEAST_S), _RETRY_AT_MOST_S)))
    return error
