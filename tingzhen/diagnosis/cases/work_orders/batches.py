"""Records of a file made into rows of the tables, a batch at a time and in their order; of a large
file in processes beside this one, for that is most of the work of an import."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, Final

from tingzhen.diagnosis.cases.rows import row_of
from tingzhen.diagnosis.cases.work_orders.convert import Convert, NotAnOrder, converter
from tingzhen.diagnosis.cases.work_orders.entries import Entry
from tingzhen.diagnosis.cases.work_orders.mapping import OrderMapping
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.errors import OrdersError
from tingzhen.language import Text

_WORTH_BYTES: Final = 8 << 20
"""A smaller file is done before other processes have started."""
_MOST_PROCESSES: Final = 4
"""With more, they would wait for the one that writes."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes cases of the records of one file: the arguments of `converter`, and the import
    that they belong to."""

    import_id: str
    mapping: OrderMapping
    columns: tuple[str, ...] | None
    knowledge: KnowledgeBase
    secret: bytes

    def converter(self) -> Convert:
        """Raises OrdersError."""
        return converter(self.mapping, self.columns, self.knowledge, self.secret)


@dataclass(frozen=True, slots=True)
class Batch:
    """Records `first` to `last` of a file, which reach to `end` in it. rows: of the table of cases;
    rejected: of the table of records that gave none."""

    first: int
    last: int
    end: int
    rows: list[dict[str, Any]]
    rejected: list[dict[str, Any]]


def processes_for(file_bytes: int) -> int:
    """How many processes a file is worth: 1, this one alone, or some beside it."""
    allowed = getattr(os, "sched_getaffinity", None)  # not on every system
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    return min(cores, _MOST_PROCESSES) if file_bytes >= _WORTH_BYTES else 1


def batches_of(
    entries: Iterator[Entry], recipe: Recipe, *, size: int, processes: int
) -> Generator[Batch, None, None]:
    """The entries as batches of `size` records. Close it when it is not read to its end.

    processes: 1, or how many to start beside this one. Raises what `entries` raises, after the
    batches before it, and OrdersError when a process ends.
    """
    parts = iter(lambda: list(islice(entries, size)), [])
    if processes > 1:
        yield from _beside(parts, recipe, processes)
        return
    convert = recipe.converter()
    for part in parts:
        yield _batch(part, convert, recipe.import_id)


def _beside(
    parts: Iterator[list[Entry]], recipe: Recipe, processes: int
) -> Generator[Batch, None, None]:
    # Started afresh: a fork would copy the locks of a server's other threads as they stand.
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, fresh, initializer=_start, initargs=(recipe,))
    waiting: deque[Future[Batch]] = deque()
    problem: OrdersError | None = None
    try:
        while True:
            try:
                part = next(parts, [])
            except OrdersError as error:
                part, problem = [], error
            if part:
                waiting.append(pool.submit(_work, part))
            elif not waiting:
                break
            if not part or len(waiting) > 2 * processes:
                yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise OrdersError(
            Text("导入的一个子进程意外结束（可能内存不足）。请再次运行，导入会从中断处继续。",
                 "A process of the import has ended (there may be too little memory). Run it "
                 "again: it goes on where it stopped.")
        ) from error  # fmt: skip
    finally:
        pool.shutdown(cancel_futures=True)
    if problem is not None:
        raise problem


# Of a process beside: what it was started with.
_recipe: Recipe | None = None
_convert: Convert | None = None


def _start(recipe: Recipe) -> None:
    global _recipe, _convert
    _recipe, _convert = recipe, recipe.converter()
    # Whoever stops the import stops the process that started this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "this process was started by another one"  # noqa: S101
    wait([parent.sentinel])
    os._exit(1)


def _work(entries: list[Entry]) -> Batch:
    assert _recipe is not None and _convert is not None, "_start comes first"  # noqa: S101
    return _batch(entries, _convert, _recipe.import_id)


def _batch(entries: list[Entry], convert: Convert, import_id: str) -> Batch:
    rows, rejected = [], []
    for entry in entries:
        problem = entry.problem
        if entry.fields is not None:
            try:
                row = row_of(convert(entry.fields))
            except NotAnOrder as bad:
                problem = bad.text
            else:
                row["import_id"], row["record_number"] = import_id, entry.number
                rows.append(row)
        if problem is not None:
            rejected.append({
                "import_id": import_id, "record_number": entry.number, "line": entry.line,
                "start_byte": entry.start, "end_byte": entry.end,
                "reason_zh": problem.zh, "reason_en": problem.en,
            })  # fmt: skip
    return Batch(entries[0].number, entries[-1].number, entries[-1].end, rows, rejected)
