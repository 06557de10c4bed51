"""What joining the requests of several jobs brings, and what it costs an idle service.

    python -m benchmarks.batching [--jobs 4] [--rounds 6] [--pictures 4] [--idle 20]

The damage network on random pictures, CPU. Throughput: so many jobs ask at the same time, through
the bare session and through the batched one, round by round in turn; the ratio of the medians is
batched to bare, so above 1 batching is faster. Idle: one job alone, one picture a run, in turn.
Where other work runs on the machine only CPU time says something.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.pipeline import machine
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.serving import Settings
from tingzhen.serving.inference import BatchedSession
from tingzhen.serving.inference.loading import batch_rule

OUTPUTS = ["scores", "map", "distance"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=4, help="jobs that ask at the same time")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of each way")
    parser.add_argument("--pictures", type=int, default=4, help="of one request")
    parser.add_argument("--idle", type=int, default=20, help="runs of one job alone, each way")
    result = run(parser.parse_args())
    print(json.dumps(result, indent=1))


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """All measurements as one object."""
    bundle = open_bundle(MODELS_DIR / "damage", "damage", providers=["CPUExecutionProvider"])
    runs: list[tuple[int, int]] = []
    rule = batch_rule(Settings(), "damage", bundle.provider)
    batched = BatchedSession(bundle.session, rule, lambda *made: runs.append(made))
    shape = (arguments.pictures, 3, 384, 384)
    pictures = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    ways = {"bare": bundle.session, "batched": batched}

    def ask(session: Any, rows: int) -> None:
        session.run(OUTPUTS, {"pictures": pictures[:rows]})

    busy: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    with ThreadPoolExecutor(arguments.jobs) as pool:

        def together(session: Any) -> None:
            list(pool.map(lambda _: ask(session, arguments.pictures), range(arguments.jobs)))

        for session in ways.values():
            together(session)
        runs.clear()
        for _ in range(arguments.rounds):
            for way, session in ways.items():
                busy[way].append(timed(lambda session=session: together(session)))
    joined = {"runs": len(runs), "requests": sum(n for n, _ in runs)}
    alone: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(arguments.idle):
        for way, session in ways.items():
            alone[way].append(timed(lambda session=session: ask(session, 1)))
    return {
        "machine": machine(),
        "rule": {"max_rows": rule.max_rows, "parallel": rule.parallel},
        "jobs": arguments.jobs,
        "pictures_a_request": arguments.pictures,
        "n_rounds": arguments.rounds,
        "throughput_ratio": ratios(busy["bare"], busy["batched"]),
        **joined,
        "n_idle": arguments.idle,
        "idle_ms_more": {
            name: round(1000 * (middle(alone["batched"], i) - middle(alone["bare"], i)), 3)
            for i, name in enumerate(("wall", "cpu"))
        },
        "idle_bare_ms": {
            name: round(1000 * middle(alone["bare"], i), 2)
            for i, name in enumerate(("wall", "cpu"))
        },
        "overhead_ms": overhead(),
    }


def overhead(repeat: int = 2000) -> float:
    """CPU milliseconds that the batched session adds to a run that itself costs nothing."""

    class Nothing:
        """Inputs and outputs with an open first dimension, answered at once."""

        def get_inputs(self) -> list[Any]:
            return [argparse.Namespace(shape=["n", 1])]

        get_outputs = get_inputs

        def run(self, names: Any, feeds: Any) -> list[Any]:
            return [feeds["x"]]

    bare, feeds = Nothing(), {"x": np.zeros((1, 1))}
    batched = BatchedSession(bare)
    spent = []
    for session in (bare, batched):
        started = time.process_time()
        for _ in range(repeat):
            session.run(["y"], feeds)
        spent.append(time.process_time() - started)
    return round(1000 * (spent[1] - spent[0]) / repeat, 4)


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def middle(times: list[tuple[float, float]], which: int) -> float:
    return statistics.median(one[which] for one in times)


def ratios(bare: list[tuple[float, float]], batched: list[tuple[float, float]]) -> dict[str, float]:
    return {
        name: round(middle(bare, i) / middle(batched, i), 3)
        for i, name in enumerate(("wall", "cpu"))
    }


if __name__ == "__main__":
    main()
