"""How far a run is: a bar for people, or nothing."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error; the function is called with how much of `total` is done."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(name, total=total)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def silent(name: str, total: int, *, parent: int | None = None) -> Iterator[Callable[[int], None]]:
    """Shows nothing. parent: process that has to live, or this one ends: a part that is learned in
    a process of its own must not go on when the run that started it was killed, since the next run
    starts it again."""

    def advance(done: int) -> None:
        if parent is not None and os.getppid() != parent:
            raise SystemExit(1)

    yield advance
