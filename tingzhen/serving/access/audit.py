"""Who saw or changed what: a log that is only added to.

One thread writes; whoever changed something is answered after the entry is on disk, whoever only
looked is not kept waiting. The log holds keys, never names, addresses or what was read.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

from sqlalchemy import Engine, delete, insert, select

from tingzhen.errors import TingzhenError
from tingzhen.serving.logs import log
from tingzhen.serving.records import AuditEntry, reading, writing

_AT_MOST: Final = 500
_TOGETHER_S: Final = 0.2
"""So long a look may wait for others: a disk is asked once for all of them."""
_FORGET_EVERY_S: Final = 3600.0
REFUSED: Final = "refused"
DONE: Final = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Somebody did something. outcome: done, refused, or the code of an error."""

    at: datetime
    subject: str
    role: str
    action: str
    object_id: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A deed on its way to the disk."""

    deed: Deed
    at_once: bool
    written: "Future[None]"


class AuditLog:
    """The log in the database of the service; safe to use from several threads."""

    def __init__(self, records: Engine, *, kept_days: int) -> None:
        """kept_days: older entries are forgotten, at the start and every hour."""
        self._records = records
        self._kept = timedelta(days=kept_days)
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._write, name="audit", daemon=True)
        self._thread.start()

    def add(self, deed: Deed, *, at_once: bool = False) -> "Future[None]":
        """The result is there when the entry is on disk, or has been told to the service's log
        because it could not be written; it never raises. at_once: else it may wait a little, to be
        written together with others."""
        waiting = _Waiting(deed, at_once, Future())
        self._queue.put(waiting)
        return waiting.written

    def close(self) -> None:
        """Write what is still waiting, and end."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        forget_at = datetime.now(UTC)
        while True:
            if datetime.now(UTC) >= forget_at:
                self._forget()
                forget_at = datetime.now(UTC) + timedelta(seconds=_FORGET_EVERY_S)
            batch = self._collected()
            self._keep([waiting for waiting in batch if waiting is not None])
            if batch and batch[-1] is None:
                return

    def _collected(self) -> "list[_Waiting | None]":
        """What is to be written together; None at its end says that nothing comes any more."""
        batch: list[_Waiting | None] = []
        with suppress(Empty):
            batch.append(last := self._queue.get(timeout=_FORGET_EVERY_S))
            until = time.monotonic() + _TOGETHER_S
            while last is not None and len(batch) < _AT_MOST:
                left_s = 0.0 if last.at_once else max(0.0, until - time.monotonic())
                batch.append(last := self._queue.get(block=left_s > 0, timeout=left_s))
        return batch

    def _keep(self, batch: "Sequence[_Waiting]") -> None:
        if not batch:
            return
        try:
            with writing(self._records) as session:
                session.execute(insert(AuditEntry), [_row(waiting.deed) for waiting in batch])
        except TingzhenError as error:
            for waiting in batch:
                log.error("audit entry not kept", extra=asdict(waiting.deed) | {"code": error.code})
        for waiting in batch:
            waiting.written.set_result(None)

    def _forget(self) -> None:
        try:
            with writing(self._records) as session:
                before = datetime.now(UTC) - self._kept
                session.execute(delete(AuditEntry).where(AuditEntry.at < before))
        except TingzhenError as error:
            log.error("old audit entries not forgotten", extra={"code": error.code})


def audit_page(
    records: Engine,
    *,
    after: int = 0,
    limit: int = 100,
    subject: str | None = None,
    object_id: str | None = None,
) -> list[AuditEntry]:
    """Entries with a higher number than `after`, oldest first. Raises RecordsUnavailable."""
    query = select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq).limit(limit)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    if object_id is not None:
        query = query.where(AuditEntry.object_id == object_id)
    with reading(records) as session:
        return list(session.scalars(query))


def _row(deed: Deed) -> dict[str, Any]:
    return asdict(deed) | {"object_kind": deed.action.partition(".")[0]}
