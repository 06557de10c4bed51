"""The thread of a worker that sends deliveries: many at once, few to one receiver.

    look     claims what is due, and takes claims away from workers that are gone
    attempt  sends one delivery and keeps what came of it, one coroutine each

A receiver that does not answer costs a coroutine for as long as an attempt may take, and nobody
else anything. What a kill leaves unsaid is sent again with the same id.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import anyio
import anyio.abc
import anyio.to_thread
from sqlalchemy import Engine

from tingzhen.errors import RecordsUnavailable, StorageFull
from tingzhen.serving.jobs.boundaries import Boundary
from tingzhen.serving.logs import log
from tingzhen.serving.operations import measures
from tingzhen.serving.records import Changes
from tingzhen.serving.settings import Settings
from tingzhen.serving.webhooks.claims import (
    SOME_WAIT,
    Claimed,
    ClaimWatch,
    claim_due,
    forget_ended,
    let_go,
    settle,
    some_wait,
)
from tingzhen.serving.webhooks.events import body_of
from tingzhen.serving.webhooks.retrying import Patience
from tingzhen.serving.webhooks.sending import Answer, Sender

T = TypeVar("T")
OF_ONE: Final = 2
"""Deliveries to one webhook that a worker sends at the same time."""

_LOOK_S: Final = 0.5
_LOOK_IN_VAIN_S: Final = 5.0
"""Where nothing waits and changes are seen as they come."""

_LOOK_FOR_CHANGES_S: Final = 0.1
_AFTER_ERROR_S: Final = 1.0
_WATCH_S: Final = 1.0
_CLEAN_S: Final = 600.0
_LEASE_ATTEMPTS: Final = 6
_NAMES_AT_ONCE: Final = 32
FINISH_WITHIN_S: Final = 5.0


@dataclass
class Deliveries:
    """Call `run` in a thread until `stop` is set. lives: of workers of this machine, as
    `Installation.lives`."""

    records: Engine
    settings: Settings
    worker: str
    lives: Callable[[str], bool | None]
    stop: threading.Event
    at: Boundary
    _under_way: dict[str, Claimed] = field(default_factory=dict)
    _some_wait: bool = True
    _watched: float = float("-inf")
    _cleaned: float = float("-inf")

    def run(self) -> None:
        anyio.run(self._main)

    async def _main(self) -> None:
        settings = self.settings
        # Names that nobody answers for hold a thread each for as long as the resolver waits.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_NAMES_AT_ONCE))
        self._sender = Sender(settings.webhook_targets, settings.webhook_timeout_s)
        self._patience = Patience(settings.webhook_retry_s, settings.webhook_max_age_s)
        self._lease_s = _LEASE_ATTEMPTS * settings.webhook_timeout_s
        self._threads = anyio.CapacityLimiter(1)  # SQLite has one writer at a time anyway
        self._free = anyio.Event()
        watch = ClaimWatch(self.worker, self.lives, self._lease_s)
        changes, looked = Changes(self.records, SOME_WAIT), float("-inf")
        async with anyio.create_task_group() as attempts:
            while not self.stop.is_set():
                changed = changes.cheap and changes.any()
                due_s = _LOOK_S if self._some_wait or not changes.cheap else _LOOK_IN_VAIN_S
                if changed or self._free.is_set() or time.monotonic() - looked > due_s:
                    looked, self._free = time.monotonic(), anyio.Event()
                    try:
                        await self._look(watch, attempts)
                    except (RecordsUnavailable, StorageFull) as error:
                        log.warning("deliveries wait", extra={"code": error.code})
                        await anyio.sleep(_AFTER_ERROR_S)
                with anyio.move_on_after(_LOOK_FOR_CHANGES_S):
                    await self._free.wait()
            changes.close()
            left = await self._finish()
            attempts.cancel_scope.cancel()
        with suppress(RecordsUnavailable, StorageFull):  # else others see that we are gone
            await self._blocking(lambda: let_go(self.records, left))

    async def _look(self, watch: ClaimWatch, attempts: anyio.abc.TaskGroup) -> None:
        now = time.monotonic()
        if now - self._cleaned > _CLEAN_S:
            self._cleaned = now
            await self._blocking(lambda: forget_ended(self.records, self._oldest()))
        self._some_wait = await self._blocking(lambda: some_wait(self.records))
        if not self._some_wait:
            return
        if now - self._watched > _WATCH_S:
            self._watched = now
            own = list(self._under_way)
            gone = await self._blocking(lambda: watch.abandoned(self.records, own))
            await self._blocking(lambda: let_go(self.records, gone))
            if gone:
                log.warning("deliveries taken over", extra={"deliveries": len(gone)})
        await self._claim(attempts)

    async def _claim(self, attempts: anyio.abc.TaskGroup) -> None:
        busy = Counter(claimed.webhook_id for claimed in self._under_way.values())
        claimed = await self._blocking(
            lambda: claim_due(self.records, self.worker, busy, of_one=OF_ONE, now=datetime.now(UTC))
        )
        begun = time.monotonic()
        for one in claimed:
            self._under_way[one.claim] = one
            attempts.start_soon(self._attempt, one, begun)

    async def _attempt(self, claimed: Claimed, claimed_at: float) -> None:
        try:
            if time.monotonic() - claimed_at > self._lease_s / 2:
                return  # this process stood still: somebody else may have it by now
            self.at("webhook:before")
            answer = await self._answer(claimed)
            self.at("webhook:sent")
            measures.WEBHOOK_ATTEMPTS.labels(answer.failure or "delivered").inc()
            fields = {"webhook_id": claimed.webhook_id, "delivery_id": claimed.id,
                      "status": answer.status, "code": answer.failure or "delivered"}  # fmt: skip
            log.info("delivery", extra=fields)
            with anyio.CancelScope(shield=True):
                await self._keep(claimed, answer)
        finally:
            self._under_way.pop(claimed.claim, None)
            self._free.set()

    async def _answer(self, claimed: Claimed) -> Answer:
        try:
            return await self._sender.send(
                claimed.url, claimed.secret_keys, claimed.id, body_of(claimed.content)
            )
        except Exception as error:  # noqa: BLE001 - a defect costs this delivery, not the others
            log.error("delivery failed", exc_info=error, extra={"delivery_id": claimed.id})
            return Answer("internal_error")

    async def _keep(self, claimed: Claimed, answer: Answer) -> None:
        while True:
            try:
                await self._blocking(
                    lambda: settle(self.records, claimed, answer, self._patience, datetime.now(UTC))
                )
            except (RecordsUnavailable, StorageFull) as error:
                if self.stop.is_set():
                    return  # it is sent again, with the same id
                log.warning("delivery kept later", extra={"code": error.code})
                await anyio.sleep(_AFTER_ERROR_S)
            else:
                return

    async def _finish(self) -> list[str]:
        """What is under way may end; the claims of what does not in time, to be let go."""
        with anyio.move_on_after(FINISH_WITHIN_S):
            while self._under_way:
                self._free = anyio.Event()
                await self._free.wait()
        return list(self._under_way)

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._threads)

    def _oldest(self) -> datetime:
        return datetime.now(UTC) - timedelta(days=self.settings.webhook_keep_days)
