"""python -m benchmarks.kills --runs 300: kill -9 of workers at every moment of a job and at random.

On SQLite with two workers, and on Postgres (a server of its own, `pgserver`) with two machines'
worth of them. Prints, with n: clips accepted, lost, told of twice, and seconds from the kill until
the clips have ended; and of webhooks: how many came to a receiver, how many of them again under the
same id, events that none came of, and events that came under two ids.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.kill_runs import MOMENTS, RANDOM, Outcome, run_kills, workers
from tests.serving.jobs.clips import wav
from tests.serving.webhooks.receiver import receiving
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wanted = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    for database in wanted:
        report(database, _run(database, options.runs // len(wanted), options.seed))


def _run(database: str, runs: int, seed: int) -> Outcome:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tingzhen-kills-")))
        place = stack.enter_context(service_under_test(folder, database))
        moments = list(islice(cycle([*MOMENTS, *[RANDOM] * len(MOMENTS)]), runs))
        with receiving() as receiver, workers(place.settings, place.machines, place.orders):
            return run_kills(
                place.service, [place.clip], moments, place.orders, receiver, seed=seed
            )


@dataclass(frozen=True, slots=True)
class UnderTest:
    """machines: data folders of workers, each for one. orders: where kills are ordered."""

    settings: Settings
    service: Service
    machines: list[Path]
    orders: Path
    clip: Path


@contextmanager
def service_under_test(folder: Path, database: str) -> Iterator[UnderTest]:
    """A service without workers: on SQLite of one machine, on a Postgres of its own of two."""
    with ExitStack() as stack:
        url = None
        if database == "postgres":
            from tests.postgres import fresh_database, running_postgres

            server = stack.enter_context(running_postgres())
            fresh = stack.enter_context(fresh_database(server))
            url = fresh.render_as_string(hide_password=False)
        machines = [folder / "one", folder / "two"][: 2 if url else 1]
        for made in [*machines, folder / "orders"]:
            made.mkdir()
        clip = folder / "knock.wav"
        clip.write_bytes(wav(np.random.default_rng(5).normal(0, 0.1, 19_200)))
        settings = Settings(data_dir=machines[0], database_url=url)
        service = build_service(settings)
        stack.callback(service.close)
        yield UnderTest(settings, service, machines, folder / "orders", clip)


def report(database: str, outcome: Outcome) -> None:
    """One line of figures, one of webhooks, and what went wrong."""
    recovery = np.sort(outcome.recovery_s or [float("nan")])
    print(
        f"{database}: n={outcome.runs}, {len(outcome.accepted)} clips accepted, "
        f"{len(outcome.lost)} lost, {len(outcome.doubled)} told of twice, "
        f"{len(outcome.missed)} moments missed; seconds to recovery: "
        f"median {np.median(recovery):.1f}, p95 {np.quantile(recovery, 0.95):.1f}, "
        f"most {recovery[-1]:.1f}"
    )
    print(
        f"  webhooks: n={outcome.delivered} came, {outcome.again} of them again under the same id, "
        f"{len(outcome.untold)} events untold, {len(outcome.two_ids)} under two ids"
    )
    for line in [*outcome.lost, *outcome.doubled, *outcome.missed, *outcome.untold,
                 *outcome.two_ids]:  # fmt: skip
        print("  ", line)


if __name__ == "__main__":
    main()
