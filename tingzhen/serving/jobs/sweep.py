"""What no single job can see: clips whose job is missing or stuck, deadlines, jobs long ended.

Any worker does it, every few seconds; doing it twice at once does no harm.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from dbos import WorkflowStatus
from sqlalchemy import select

from tingzhen.errors import AnalysisFailed, DeadlinePassed
from tingzhen.serving.jobs.database import VERSION
from tingzhen.serving.jobs.outcome import keep_failure
from tingzhen.serving.jobs.queue import enqueue, workflow_of
from tingzhen.serving.jobs.steps import deadline_passed
from tingzhen.serving.jobs.turns import queue_priority, take_turn
from tingzhen.serving.jobs.workflow import MAX_ATTEMPTS, analysis_failed
from tingzhen.serving.logs import log
from tingzhen.serving.operations.clip_measures import put_aside
from tingzhen.serving.records import (
    ENDED,
    ClipRecord,
    WorkerProcess,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.service import Service

_SETTLED_S: Final = 3.0
"""A clip younger than this may be on its way into the queue."""

_PAGE: Final = 200
_KEPT_FOR: Final = timedelta(days=1)
_UNFINISHED: Final = ("waiting", "running")
_ALIVE: Final = frozenset({"ENQUEUED", "DELAYED", "PENDING"})


class Sweep:
    """One for each worker; goes through the unfinished clips page by page."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._client = service.jobs.client
        self._after = ""

    def run(self) -> None:
        """One page. Raises RecordsUnavailable, and what the database of jobs raises."""
        self._end_overdue()
        page = self._next_page()
        jobs = self._jobs_of(page)
        for record in page:
            job = jobs.get(workflow_of(record))
            if job is None:
                self._hand_in(record.id)
            elif job.status in _ALIVE and not self._orphaned(job):
                continue
            elif job.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED" or record.attempts >= MAX_ATTEMPTS:
                self._give_up(record)
            else:
                self._begin_anew(record.id, job.workflow_id)

    def remove_ended(self) -> None:
        """Jobs that ended long ago; the clips keep their reports."""
        before = (datetime.now(UTC) - _KEPT_FOR).isoformat()
        ended = self._client.list_workflows(
            completed_before=before, status=["SUCCESS", "ERROR", "CANCELLED"], limit=_PAGE,
            load_input=False, load_output=False,
        )  # fmt: skip
        if ended:
            self._client.delete_workflows([status.workflow_id for status in ended])

    def _end_overdue(self) -> None:
        now = datetime.now(UTC)
        query = select(ClipRecord.id).where(
            ClipRecord.state.in_(_UNFINISHED), ClipRecord.deadline_at <= now
        )
        with reading(self._service.records) as session:
            overdue = list(session.scalars(query.limit(_PAGE)))
        for clip_id in overdue:
            with writing(self._service.records) as session:
                workflow_id = workflow_of(lock_clip(session, clip_id))
                first = keep_failure(session, clip_id, deadline_passed())
            if first:
                put_aside(DeadlinePassed.code)
            self._client.cancel_workflow(workflow_id)

    def _next_page(self) -> Sequence[ClipRecord]:
        settled = datetime.now(UTC) - timedelta(seconds=_SETTLED_S)
        query = (
            select(ClipRecord)
            .where(
                ClipRecord.state.in_(_UNFINISHED),
                ClipRecord.created_at < settled,
                ClipRecord.id > self._after,
            )
            .order_by(ClipRecord.id)
            .limit(_PAGE)
        )
        with reading(self._service.records) as session:
            page = list(session.scalars(query))
        self._after = page[-1].id if len(page) == _PAGE else ""
        return page

    def _jobs_of(self, page: Sequence[ClipRecord]) -> dict[str, WorkflowStatus]:
        if not page:
            return {}
        found = self._client.list_workflows(
            workflow_ids=[workflow_of(record) for record in page],
            load_input=False,
            load_output=False,
        )
        return {job.workflow_id: job for job in found}

    def _orphaned(self, job: WorkflowStatus) -> bool:
        """Of a version of which no worker is left, so that nobody would ever go on with it."""
        if job.app_version in (None, VERSION):
            return False
        with reading(self._service.records) as session:
            return job.app_version not in set(session.scalars(select(WorkerProcess.version)))

    def _hand_in(self, clip_id: str) -> None:
        with writing(self._service.records) as session:
            record = lock_clip(session, clip_id)
            if record.state in ENDED:
                return
            turn = take_turn(session, record)
            workflow_id, owner, priority = workflow_of(record), record.owner, record.priority
        enqueue(self._client, clip_id, workflow_id, queue_priority(priority, turn), owner)
        log.info("job handed in later", extra={"clip_id": clip_id})

    def _begin_anew(self, clip_id: str, workflow_id: str) -> None:
        """The job ended, and the clip did not: the database was full or an older one is back."""
        with writing(self._service.records) as session:
            record = lock_clip(session, clip_id)
            if record.state in ENDED or workflow_of(record) != workflow_id:
                return
            record.rerun += 1
        self._client.cancel_workflow(workflow_id)
        self._hand_in(clip_id)
        log.warning("job begun anew", extra={"clip_id": clip_id})

    def _give_up(self, record: ClipRecord) -> None:
        with writing(self._service.records) as session:
            first = keep_failure(session, record.id, analysis_failed(), rerun=record.rerun)
        if first:
            put_aside(AnalysisFailed.code)
        log.error("job given up", extra={"clip_id": record.id})
