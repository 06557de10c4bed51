"""Clocks of workers that jump while they work, and what becomes of the clips.

    python -m benchmarks.clock_jumps [--runs 24] [--database sqlite|postgres|both] [--seed 0]

The workers' clock of the day is libfaketime's (Debian: libfaketime), which reads how far it is off
from a file; clocks that only count, the database's and the sender's are true. Each run hands in two
clips, moves the clock within half a second, by seconds or by a month, forwards or back, and waits
for both: clocks that jump and clocks of machines that differ in one. Prints what `kills` prints.
"""

import argparse
import random
import tempfile
import time
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from benchmarks.kill_runs import Outcome, judge, tell, wait_for_worker, workers
from tests.serving.jobs.clips import hand_in, record
from tests.serving.webhooks.receiver import Receiver, receiving
from tingzhen.serving.records import ENDED
from tingzhen.serving.service import Service

JUMPS_S: Final = (-3600, 3600, -30 * 86_400, 30 * 86_400, -20, 20)
_NOTICED_AFTER_S: Final = 1
_LOOK_S: Final = 0.02


def library() -> Path | None:
    """Where Debian keeps it."""
    return next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)


class Clock:
    """The clock of the day of processes with this environment."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._off_s = 0
        self.jump(0)

    def jump(self, by_s: int) -> None:
        self._off_s += by_s
        unfinished = self._file.with_suffix(".part")
        unfinished.write_text(f"{self._off_s:+d}\n")
        unfinished.rename(self._file)

    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(_NOTICED_AFTER_S),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_RESET": "1",
        }


def run_jumps(
    service: Service,
    clip: Path,
    jumps_s: list[int],
    clock: Clock,
    receiver: Receiver,
    *,
    seed: int = 0,
    within_s: float = 120.0,
) -> Outcome:
    """One run for each jump, one after another, while `workers` work by this clock."""
    chance, outcome = random.Random(seed), Outcome()  # noqa: S311 - repeatable on purpose
    tell(service, receiver)
    for by_s in jumps_s:
        wait_for_worker(service, within_s)
        ids = [hand_in(service, clip, owner=f"o{i}") for i in range(2)]
        outcome.accepted += ids
        time.sleep(chance.random() * 0.5)
        clock.jump(by_s)
        jumped = time.monotonic()
        while time.monotonic() - jumped < within_s:
            if all(record(service, clip_id).state in ENDED for clip_id in ids):
                outcome.recovery_s.append(time.monotonic() - jumped)
                break
            time.sleep(_LOOK_S)
        else:
            outcome.missed.append(f"{by_s:+d} s")
        # Else every run would begin before the last jump is felt.
        time.sleep(_NOTICED_AFTER_S)
        outcome.runs += 1
    judge(service, outcome, receiver, within_s)
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=24)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if library() is None:
        raise SystemExit("libfaketime is missing: apt-get install libfaketime")
    from benchmarks.kills import report, service_under_test

    wanted = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    for database in wanted:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingzhen-")))
            place = stack.enter_context(service_under_test(folder, database))
            clock = Clock(folder)
            receiver = stack.enter_context(receiving())
            stack.enter_context(
                workers(place.settings, place.machines, place.orders, clock.environment())
            )
            jumps_s = list(islice(cycle(JUMPS_S), options.runs // len(wanted)))
            report(database, run_jumps(
                place.service, place.clip, jumps_s, clock, receiver, seed=options.seed
            ))  # fmt: skip


if __name__ == "__main__":
    main()
