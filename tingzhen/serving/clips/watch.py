"""Waiting for what happens to clips: one look at the database for all who listen.

Listeners are coroutines, so thousands of them hold no thread. Nothing is asked while nobody
listens. On SQLite a look is taken when the file has changed, which is seen within 10 ms.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import anyio
import anyio.to_thread
from sqlalchemy import select

from tingzhen.errors import TingzhenError
from tingzhen.serving.logs import log
from tingzhen.serving.records import Changes, ClipEvent, EventKind, last_event_seq, reading
from tingzhen.serving.service import Service

_LOOK_S: Final = 0.05
_LOOK_FOR_CHANGES_S: Final = 0.01
_LOOK_AFTER_ERROR_S: Final = 1.0


class Listener:
    """Told whenever something happened to its clip that it listens to; everything without kinds."""

    def __init__(self, kinds: frozenset[EventKind] | None = None) -> None:
        self._kinds = kinds
        self._bell = anyio.Event()

    def hears(self, kinds: set[EventKind]) -> bool:
        return bool(kinds if self._kinds is None else kinds & self._kinds)

    async def wait(self, timeout_s: float) -> bool:
        """Whether something happened since the last call, waiting so long for it."""
        with anyio.move_on_after(timeout_s):
            await self._bell.wait()
        rang = self._bell.is_set()
        if rang:
            self._bell = anyio.Event()
        return rang

    def ring(self) -> None:
        self._bell.set()


class ClipWatch:
    """Run it beside the requests; what happens in any process is seen."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._wanted = anyio.Event()
        self._seq = 0
        self.stopping = False

    def stop(self) -> None:
        """The service stops: whoever listens is rung and had better answer with what there is. May
        be called from a signal handler and from any thread."""
        self.stopping = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks until the context ends."""
        self._threads = anyio.CapacityLimiter(1)
        self._changes = Changes(self._service.records)
        async with anyio.create_task_group() as group:
            group.start_soon(self._run)
            try:
                yield
            finally:
                group.cancel_scope.cancel()
                self._changes.close()

    @contextmanager
    def listening(
        self, clip_id: str, kinds: frozenset[EventKind] | None = None
    ) -> Iterator[Listener]:
        """Read the events after this began, so that none falls in between. kinds: of events that
        matter; all without."""
        listener = Listener(kinds)
        self._listeners[clip_id].add(listener)
        self._wanted.set()
        try:
            yield listener
        finally:
            self._listeners[clip_id].discard(listener)
            if not self._listeners[clip_id]:
                del self._listeners[clip_id]

    async def _run(self) -> None:
        pause_s = _LOOK_FOR_CHANGES_S if self._changes.cheap else _LOOK_S
        unseen = True
        while True:
            if not self._listeners:
                self._wanted = anyio.Event()
                await self._wanted.wait()
                # What happened before anybody listened, listeners read by themselves.
                with suppress(TingzhenError):
                    self._seq = await anyio.to_thread.run_sync(self._last, limiter=self._threads)
                for listener in [one for some in self._listeners.values() for one in some]:
                    listener.ring()
            unseen |= self.stopping or self._changes.any()
            if not unseen:
                await anyio.sleep(pause_s)
                continue
            try:
                happened = await anyio.to_thread.run_sync(self._look, limiter=self._threads)
            except TingzhenError as error:
                log.warning("clip events cannot be read", extra={"code": error.code})
                await anyio.sleep(_LOOK_AFTER_ERROR_S)
                continue
            unseen = False
            for clip_id, listeners in self._listeners.items():
                kinds = happened.get(clip_id, set())
                for listener in listeners:
                    if self.stopping or listener.hears(kinds):
                        listener.ring()
            await anyio.sleep(pause_s)

    def _last(self) -> int:
        with reading(self._service.records) as session:
            return last_event_seq(session)

    def _look(self) -> dict[str, set[EventKind]]:
        """What happened since the last look, by clip."""
        query = select(ClipEvent.seq, ClipEvent.clip_id, ClipEvent.kind)
        query = query.where(ClipEvent.seq > self._seq)
        with reading(self._service.records) as session:
            rows = session.execute(query).all()
        self._seq = max((row.seq for row in rows), default=self._seq)
        happened: defaultdict[str, set[EventKind]] = defaultdict(set)
        for row in rows:
            happened[row.clip_id].add(row.kind)
        return happened
