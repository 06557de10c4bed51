"""The counts of inference (`InferenceCounters`), carried over into the measures of this process."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from prometheus_client import Counter

from tingzhen.serving.inference.counters import SCORE_EDGES, InferenceCounters, InferenceCounts
from tingzhen.serving.operations import measures

CARRIED_EVERY_S: Final = 2.0
_Key = tuple[Counter, tuple[str, ...]]


class InferenceMeasures:
    """Call `carry_over` now and then; what was counted since the last call is added."""

    def __init__(self, counters: InferenceCounters) -> None:
        self._counters = counters
        self._carried: dict[_Key, int] = {}
        self._lock = threading.Lock()

    def carry_over(self) -> None:
        with self._lock:
            for key, count in _counted(self._counters.counts()):
                measure, labels = key
                new = count - self._carried.get(key, 0)
                if new:
                    (measure.labels(*labels) if labels else measure).inc(new)
                    self._carried[key] = count


@asynccontextmanager
async def beside(inference: InferenceMeasures) -> AsyncIterator[None]:
    """Carry over every few seconds while the context is open, and at its end."""

    async def now_and_then() -> None:
        while True:
            await anyio.sleep(CARRIED_EVERY_S)
            inference.carry_over()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(now_and_then)
        yield
        tasks.cancel_scope.cancel()
    inference.carry_over()


def _counted(counts: InferenceCounts) -> Iterator[tuple[_Key, int]]:
    for found, count in counts.verdicts.items():
        yield (measures.VERDICTS, found), count
    for model, bins in counts.top_scores.items():
        for edge, count in zip(SCORE_EDGES, bins, strict=True):
            yield (measures.TOP_SCORES, (*model, str(edge))), count
    for code, count in counts.quality.items():
        yield (measures.QUALITY, (code,)), count
    yield (measures.JUDGED, ()), counts.clips
    for measure, by_task in (
        (measures.NETWORK_RUNS, counts.runs),
        (measures.NETWORK_REQUESTS, counts.joined_requests),
        (measures.NETWORK_ROWS, counts.rows),
        (measures.MODEL_LOAD_FAILURES, counts.load_failures),
    ):
        for task, count in by_task.items():
            yield (measure, (task,)), count
    for loaded, count in counts.loads.items():
        yield (measures.MODEL_LOADS, loaded), count
    for shadowed, count in counts.shadow.items():
        yield (measures.SHADOW_RUNS, shadowed), count
