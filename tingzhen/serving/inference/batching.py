"""Dynamic batching: what several jobs ask of one network at the same time becomes one run.

There is no thread of its own: the job that finds the session free runs at once, with whatever else
waits by then, and hands over to the first of those that came meanwhile. Alone, a job never waits
for another and changes no thread; under load, batches form by themselves.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Feeds = Mapping[str, NDArray[Any]]
Outputs = list[NDArray[Any]]
Key = tuple[tuple[str, ...], tuple[tuple[str, str, tuple[int, ...]], ...]]


@dataclass(frozen=True, slots=True)
class BatchRule:
    """How batches are made.

    max_rows: of one run; a request that has more runs alone. max_wait_s: how long a run that
    follows another at once may wait to be filled; one that finds the session free never waits.
    parallel: runs at the same time.
    """

    max_rows: int = 8
    max_wait_s: float = 0.0
    parallel: int = 1


@dataclass(slots=True, eq=False)
class _Request:
    key: Key
    names: Sequence[str]
    feeds: Feeds
    rows: int
    turn: threading.Event = field(default_factory=threading.Event)
    outputs: Outputs | None = None
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        return self.outputs is not None or self.error is not None


class BatchedSession:
    """Stands where a recogniser expects an ONNX Runtime session; safe to use from many threads.

    Only requests for the same outputs, with inputs of the same type and shape beside the first
    dimension, are joined, and only where the graph leaves the first dimension of every input and
    output open; all others run by themselves, as they would without this class. On the CPU the
    scores of a row are the same to the last bit whatever else is in its batch.
    """

    def __init__(
        self,
        session: Any,
        rule: BatchRule | None = None,
        observe: Callable[[int, int], None] | None = None,
    ) -> None:
        """observe: is told the requests and rows of each run that could have been joined."""
        self._session = session
        self._rule = rule or BatchRule()
        self._observe = observe
        tensors = [*session.get_inputs(), *session.get_outputs()]
        self.joins = all(t.shape and not isinstance(t.shape[0], int) for t in tensors)
        self._changed = threading.Condition()
        self._waiting: list[_Request] = []
        self._running = 0

    def get_inputs(self) -> Any:
        return self._session.get_inputs()

    def get_outputs(self) -> Any:
        return self._session.get_outputs()

    def get_providers(self) -> Any:
        return self._session.get_providers()

    def run(self, names: Sequence[str], feeds: Feeds) -> Outputs:
        """Outputs `names` for `feeds`, as onnxruntime.InferenceSession.run gives them.

        Raises what ONNX Runtime raises for these feeds; another job's bad feeds are not felt.
        """
        rows = {array.shape[0] if array.ndim else 0 for array in feeds.values()}
        if not self.joins or len(rows) != 1 or 0 in rows:
            return list(self._session.run(names, feeds))
        request = _Request(_key(names, feeds), names, feeds, rows.pop())
        with self._changed:
            self._waiting.append(request)
            leads = self._running < self._rule.parallel
            if leads:
                self._running += 1
            else:
                self._changed.notify_all()
        if not leads:
            self._wait_for(request)
        if not request.done:
            try:
                self._run_batch(self._batch_of(request, may_wait=not leads))
            finally:
                self._hand_over()
        if request.error is not None:
            raise request.error
        assert request.outputs is not None  # noqa: S101 - done means outputs or an error
        return request.outputs

    def _wait_for(self, request: _Request) -> None:
        try:
            request.turn.wait()
        except BaseException:  # the thread is told to stop: nobody may wait for it to lead
            with self._changed:
                leads = request.turn.is_set() and not request.done
                if request in self._waiting:
                    self._waiting.remove(request)
            if leads:
                self._hand_over()
            raise

    def _batch_of(self, first: _Request, *, may_wait: bool) -> list[_Request]:
        """Take `first` and those that fit beside it out of those that wait."""
        until = time.monotonic() + self._rule.max_wait_s

        def full() -> bool:
            return sum(request.rows for request in self._fitting(first)) >= self._rule.max_rows

        with self._changed:
            while may_wait and not full() and (left_s := until - time.monotonic()) > 0:
                self._changed.wait(left_s)
            batch = self._fitting(first)
            for request in batch:
                self._waiting.remove(request)
        return batch

    def _fitting(self, first: _Request) -> list[_Request]:
        batch, rows = [first], first.rows
        for request in self._waiting:
            if request is first or request.key != first.key or request.turn.is_set():
                continue
            if rows + request.rows <= self._rule.max_rows:
                batch.append(request)
                rows += request.rows
        return batch

    def _run_batch(self, batch: Sequence[_Request]) -> None:
        try:
            self._run_together(batch)
        except Exception as error:  # noqa: BLE001 - raised where it belongs, by request
            if len(batch) == 1:
                batch[0].error = error
            else:
                for request in batch:
                    self._run_batch([request])
        finally:
            with self._changed:
                for request in batch[1:]:
                    if request.done:
                        request.turn.set()
                    else:  # this thread was told to stop before it came to it
                        self._waiting.insert(0, request)

    def _run_together(self, batch: Sequence[_Request]) -> None:
        first = batch[0]
        if self._observe is not None:
            self._observe(len(batch), sum(request.rows for request in batch))
        if len(batch) == 1:
            first.outputs = list(self._session.run(first.names, first.feeds))
            return
        feeds = {name: np.concatenate([r.feeds[name] for r in batch]) for name in first.feeds}
        outputs = self._session.run(first.names, feeds)
        ends = np.cumsum([request.rows for request in batch])[:-1]
        shares = [np.split(output, ends) for output in outputs]
        for index, request in enumerate(batch):
            request.outputs = [share[index] for share in shares]

    def _hand_over(self) -> None:
        """Let the longest waiting request lead; without one the session is free."""
        with self._changed:
            for request in self._waiting:
                if not request.turn.is_set():
                    request.turn.set()
                    return
            self._running -= 1


def _key(names: Sequence[str], feeds: Feeds) -> Key:
    shapes = tuple((name, str(a.dtype), a.shape[1:]) for name, a in sorted(feeds.items()))
    return tuple(names), shapes
