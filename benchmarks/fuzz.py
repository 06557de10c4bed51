"""Mutated files through the decoder: a clip or a typed error for each, and nothing else.

    python -m benchmarks.fuzz --inputs 100000 --out FOLDER [--seed 1] [--cpu-s 600]

Input number i of a seed is always the same bytes. Each batch of 500 leaves a line in
FOLDER/batches.jsonl, so that the command goes on where it was stopped; inputs that broke a rule are
kept in FOLDER/found. Prints what became of all inputs so far.
"""

import json
import logging
import os
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import psutil
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.fuzz_mutations import mutate
from benchmarks.fuzz_seeds import write_seeds
from tests.conftest import OpenWatch
from tingzhen.errors import ClipError, DecoderCrashed
from tingzhen.media import close_decoder, read_clip, shared_decoder

BATCH = 500
MAX_WALL_S, MAX_BYTES = 20.0, 1_000_000_000
"""What one input may take."""


@dataclass
class Batch:
    """What became of inputs first .. first + count - 1.

    outcomes: by "report" or error code. crashes: [number, why]. largest_bytes: resident memory of
    the decoder or one of its children. decoders_lost: times that the decoder's process ended.
    defects: exceptions that are no typed error, as [number, exception].
    """

    seed: int
    first: int
    count: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    crashes: list[tuple[int, str]] = field(default_factory=list)
    defects: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: int = -1
    largest_bytes: int = 0
    children_left: int = 0
    decoders_lost: int = 0
    opened_outside: int = 0
    cpu_s: float = 0.0

    def broken_rules(self) -> bool:
        return bool(
            self.defects or self.children_left or self.decoders_lost or self.opened_outside
            or self.slowest_s > MAX_WALL_S or self.largest_bytes > MAX_BYTES
        )  # fmt: skip


def input_bytes(seeds: list[bytes], seed: int, number: int) -> bytes:
    """Input `number`: fixed by the seed, the number and the seeds' bytes."""
    rng = np.random.default_rng([seed, number])
    return mutate(seeds[rng.integers(len(seeds))], seeds, rng)


@dataclass(frozen=True)
class _Seen:
    """What became of one input; why: for a crash or a defect."""

    number: int
    outcome: str
    took_s: float
    why: str = ""


def run_batch(
    seeds: list[bytes], folder: Path, *, seed: int, first: int, count: int, threads: int = 2
) -> Batch:
    """Decode `count` inputs with a fresh decoder; folder: holds secret/segment.ts, a named pipe."""
    started_cpu_s = _cpu_s()
    decoder = shared_decoder()
    decoder.layers()
    with (
        OpenWatch(folder / "secret" / "segment.ts") as watch,
        _warnings() as warnings,
        ThreadPoolExecutor(threads) as pool,
    ):
        seen = list(
            pool.map(
                lambda number: _read_one(
                    number, input_bytes(seeds, seed, number), folder, warnings
                ),
                range(first, first + count),
            )
        )
    last = shared_decoder()
    slowest = max(seen, key=lambda one: one.took_s)
    batch = Batch(
        seed,
        first,
        count,
        outcomes=dict(Counter(one.outcome for one in seen)),
        crashes=[(one.number, one.why) for one in seen if one.outcome == DecoderCrashed.code],
        defects=[(one.number, one.why) for one in seen if one.outcome == "defect"],
        slowest_s=slowest.took_s,
        slowest=slowest.number,
        children_left=_children_left(last._process.pid),
        decoders_lost=int(last is not decoder),
        opened_outside=int(watch.opened),
    )
    close_decoder()
    # Of all children that ended and were waited for, those of the decoder included.
    batch.largest_bytes = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    batch.cpu_s = _cpu_s() - started_cpu_s
    return batch


def _read_one(number: int, content: bytes, folder: Path, warnings: dict[int, list[str]]) -> _Seen:
    path = folder / f"input-{threading.get_ident()}.mp4"
    path.write_bytes(content or b"\0")
    said = warnings.setdefault(threading.get_ident(), [])
    said.clear()
    outcome, why = "report", ""
    started = time.perf_counter()
    try:
        read_clip(path)
    except ClipError as error:
        outcome, why = error.code, " ".join(said)
    except Exception as error:  # noqa: BLE001 - a finding, not the end of the run
        outcome, why = "defect", f"{type(error).__name__}: {error}"
    return _Seen(number, outcome, time.perf_counter() - started, why)


def _children_left(decoder: int) -> int:
    """Children of the decoder's process that are there although nothing is being decoded."""
    with suppress(psutil.Error):
        deadline_s = time.monotonic() + 5
        while time.monotonic() < deadline_s:
            left = psutil.Process(decoder).children(recursive=True)
            if not left:
                return 0
            time.sleep(0.01)
        return len(left)
    return 0


def _cpu_s() -> float:
    """Of this process and all of its children that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


@contextmanager
def _warnings() -> Iterator[dict[int, list[str]]]:
    """What the decoder's client logs in each thread: why a child ended."""
    said: dict[int, list[str]] = {}

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said[threading.get_ident()].append(record.getMessage())

    log, keep = logging.getLogger("tingzhen.media"), Keep()
    log.addHandler(keep)
    log.propagate = False
    try:
        yield said
    finally:
        log.removeHandler(keep)
        log.propagate = True


@contextmanager
def workplace() -> Iterator[tuple[Path, list[bytes]]]:
    """A folder with the watched pipe, and the seeds."""
    with tempfile.TemporaryDirectory(prefix="tingzhen-fuzz-") as name:
        folder = Path(name)
        (folder / "secret").mkdir()
        os.mkfifo(folder / "secret" / "segment.ts")
        yield folder, [path.read_bytes() for path in write_seeds(folder)]


def main(
    inputs: Annotated[int, typer.Option(help="How many inputs in all.")] = 2000,
    out: Annotated[Path, typer.Option(help="Folder of the run; gone on with.")] = Path("fuzz"),
    seed: Annotated[int, typer.Option(help="Seed of all inputs.")] = 1,
    cpu_s: Annotated[float, typer.Option(help="Stop after so many CPU seconds.")] = 1e9,
    threads: Annotated[int, typer.Option(help="Inputs decoded at once.")] = 2,
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    record = out / "batches.jsonl"
    done = _read(record, seed)
    spent_s = 0.0
    with workplace() as (folder, seeds):
        for first in range(0, inputs, BATCH):
            if first in done:
                continue
            if spent_s > cpu_s:
                break
            count = min(BATCH, inputs - first)
            batch = run_batch(seeds, folder, seed=seed, first=first, count=count, threads=threads)
            spent_s += batch.cpu_s
            done[first] = batch
            with record.open("a") as lines:
                lines.write(json.dumps(asdict(batch)) + "\n")
            _keep_found(batch, seeds, out / "found")
    show(list(done.values()))


def _read(record: Path, seed: int) -> dict[int, Batch]:
    if not record.exists():
        return {}
    found: list[dict[str, Any]] = [json.loads(line) for line in record.read_text().splitlines()]
    return {batch["first"]: Batch(**batch) for batch in found if batch["seed"] == seed}


def _keep_found(batch: Batch, seeds: list[bytes], folder: Path) -> None:
    numbers = {number for number, _ in [*batch.crashes, *batch.defects]}
    if batch.slowest_s > MAX_WALL_S:
        numbers.add(batch.slowest)
    for number in numbers:
        folder.mkdir(exist_ok=True)
        content = input_bytes(seeds, batch.seed, number)
        (folder / f"{batch.seed}-{number}").write_bytes(content)


def show(batches: list[Batch]) -> None:
    """The sum of all batches, for people."""
    console = Console(width=110)
    n = sum(batch.count for batch in batches)
    outcomes: Counter[str] = Counter()
    for batch in batches:
        outcomes.update(batch.outcomes)
    table = Table("outcome", "inputs", "share", title=f"n = {n}")
    for outcome, count in outcomes.most_common():
        table.add_row(outcome, str(count), f"{count / n:.2%}")
    console.print(table)
    slowest = max(batches, key=lambda batch: batch.slowest_s)
    console.print(
        f"slowest {slowest.slowest_s:.2f} s (input {slowest.slowest}); "
        f"largest {max(batch.largest_bytes for batch in batches) / 1e6:.0f} MB; "
        f"children left {sum(batch.children_left for batch in batches)}; "
        f"decoders lost {sum(batch.decoders_lost for batch in batches)}; "
        f"opened outside {sum(batch.opened_outside for batch in batches)}; "
        f"defects {sum(len(batch.defects) for batch in batches)}; "
        f"CPU {sum(batch.cpu_s for batch in batches):.0f} s"
    )
    for number, why in [crash for batch in batches for crash in batch.crashes][:20]:
        console.print(f"  crash of input {number}: {why}")


if __name__ == "__main__":
    typer.run(main)
