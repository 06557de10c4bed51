"""What a service stands on is gone for a while, and what becomes of the clips on their way.

    python -m benchmarks.outages [--seconds 60]

On SQLite: the queue's database locked, the records' database locked, the store of clips gone. On
Postgres: nobody is let in and everybody thrown out. Each time two clips are handed in, then it is
gone for so long, and seconds are counted from when it is back until both have their report.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from benchmarks.kill_runs import Outcome, judge, tell, wait_for_worker, workers
from benchmarks.kills import UnderTest, service_under_test
from tests.serving.jobs.clips import ended, hand_in
from tests.serving.jobs.test_postgres_gone import let_nobody_in
from tests.serving.webhooks.receiver import Receiver, receiving

_WITHIN_S = 180.0
Outage = Callable[[float], None]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds: float = parser.parse_args().seconds
    with running("sqlite") as (place, receiver):
        folder = place.machines[0]
        for name, gone in {
            "queue locked": locked(folder / "jobs.sqlite3"),
            "records locked": locked(folder / "records.sqlite3"),
            "store gone": hidden(Path(place.settings.files_location())),
        }.items():
            report(f"sqlite, {name}", place, receiver, gone, seconds)
    with running("postgres") as (place, receiver):
        address = make_url(place.settings.records_url())
        server = address.set(database="postgres")

        def shut(for_s: float) -> None:
            let_nobody_in(server, str(address.database), for_s)

        report("postgres gone", place, receiver, shut, seconds)


@contextmanager
def running(database: str) -> Iterator[tuple[UnderTest, Receiver]]:
    """With workers, and a receiver of webhooks that is told of everything."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingzhen-outages-")))
        place = stack.enter_context(service_under_test(folder, database))
        receiver = stack.enter_context(receiving())
        tell(place.service, receiver)
        stack.enter_context(workers(place.settings, place.machines, place.orders))
        wait_for_worker(place.service, _WITHIN_S)
        yield place, receiver


def locked(database: Path) -> Outage:
    def outage(seconds: float) -> None:
        with sqlite3.connect(database, isolation_level=None, timeout=30) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")

    return outage


def hidden(folder: Path) -> Outage:
    def outage(seconds: float) -> None:
        away = folder.with_name("away")
        folder.rename(away)
        folder.touch()  # where a folder is expected: an error of the store, not a missing file
        time.sleep(seconds)
        folder.unlink()
        away.rename(folder)

    return outage


def report(name: str, place: UnderTest, receiver: Receiver, outage: Outage, seconds: float) -> None:
    """One outage, and a line of what became of two clips."""
    outcome = Outcome()
    # One first: a worker that is still starting begins anew and has nothing to tell of.
    ended(place.service, [hand_in(place.service, place.clip)], within_s=_WITHIN_S)
    outcome.accepted = [hand_in(place.service, place.clip) for _ in range(2)]
    outage(seconds)
    back = time.monotonic()
    ended(place.service, outcome.accepted, within_s=_WITHIN_S)
    recovery_s = time.monotonic() - back
    judge(place.service, outcome, receiver, _WITHIN_S)
    print(
        f"{name} for {seconds:.0f} s: {len(outcome.accepted)} clips accepted, "
        f"{len(outcome.lost)} lost, {len(outcome.doubled)} told of twice, "
        f"{len(outcome.untold)} events untold, {len(outcome.two_ids)} under two ids; both done "
        f"{recovery_s:.1f} s after it was back", flush=True,
    )  # fmt: skip


if __name__ == "__main__":
    main()
