"""How long figures of the fleet take: cases read, faults by group, what comes back, patterns.

    OMP_NUM_THREADS=1 python -m benchmarks.fleet [--cases 120000] [--patterns] [--json]

Cases are generated (benchmarks/work_orders.py), each of one of half as many vehicles: speed is
real, what they count is not. CPU and wall seconds, the median of five. Then an application is
asked, each request twice, and how late its event loop came meanwhile is told; with --patterns for
the search too, which takes minutes here: 148 faults.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import numpy as np
from fastapi import FastAPI

from benchmarks.work_orders import generated_cases
from tests.serving.callers import AdmittedAs
from tingzhen.diagnosis import KnowledgeBase, load_knowledge
from tingzhen.diagnosis.cases import CaseRecord, CaseStore, open_cases
from tingzhen.diagnosis.fleet import (
    DIMENSIONS,
    GROUPINGS,
    Selection,
    fault_rates,
    read_fleet_cases,
    recurrence,
)
from tingzhen.serving.fleet.application import add_fleet
from tingzhen.serving.settings import Settings

Figures = dict[str, dict[str, float]]
_BATCH = 5_000
_REPEATS = 5
_LOOKS_S = 0.005


def of_vehicles(knowledge: KnowledgeBase, count: int) -> Iterator[CaseRecord]:
    rng = np.random.default_rng(1)
    for record in generated_cases(knowledge, count, seed=1):
        yield replace(record, vehicle_key=f"v{rng.integers(count // 2)}")


def filled(url: str, knowledge: KnowledgeBase, count: int) -> CaseStore:
    store = open_cases(url)
    batch: list[CaseRecord] = []
    for record in of_vehicles(knowledge, count):
        batch.append(record)
        if len(batch) == _BATCH:
            store.keep(batch)
            batch = []
    store.keep(batch)
    return store


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Seconds of CPU and by the clock: median of _REPEATS."""
    spent = []
    for _ in range(_REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    cpu_s, wall_s = (statistics.median(one) for one in zip(*spent, strict=True))
    return {"cpu_s": cpu_s, "wall_s": wall_s, "n": _REPEATS}


def measure(store: CaseStore, knowledge: KnowledgeBase) -> Figures:
    systems = {fault.id: fault.system for fault in knowledge.faults}
    found: Figures = {"cases read": timed(lambda: read_fleet_cases(store))}
    cases, all_of_them = read_fleet_cases(store), Selection(simulated=True)
    for by in DIMENSIONS:
        found[f"faults by {by}"] = timed(partial(fault_rates, cases, all_of_them, by=by))
    for group in GROUPINGS:
        found[f"recurrence by {group}"] = timed(
            partial(recurrence, cases, all_of_them, systems, by=group, same="system")
        )
    return found


def asked_of_the_application(
    data_dir: Path, knowledge: KnowledgeBase, paths: tuple[str, ...]
) -> Figures:
    """Each request alone, and how late the event loop came to its next look meanwhile."""
    app = FastAPI()
    app.state.language = "en"
    close = add_fleet(app, Settings(data_dir=data_dir), knowledge)

    async def asking() -> Figures:
        transport = httpx.ASGITransport(AdmittedAs(app))
        found: Figures = {}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            for path in paths:
                for turn in ("first", "again"):
                    asked = asyncio.create_task(client.get(path, timeout=600))
                    cpu, wall, late = time.process_time(), time.perf_counter(), 0.0
                    while not asked.done():
                        before = time.perf_counter()
                        await asyncio.sleep(_LOOKS_S)
                        late = max(late, time.perf_counter() - before - _LOOKS_S)
                    asked.result().raise_for_status()
                    found[f"GET {path}, {turn}"] = {
                        "cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall,
                        "loop_late_s": late, "n": 1,
                    }  # fmt: skip
        return found

    try:
        return asyncio.run(asking())
    finally:
        close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=120_000)
    parser.add_argument("--patterns", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    knowledge = load_knowledge()
    with tempfile.TemporaryDirectory() as made:
        store = filled(f"sqlite:///{made}/cases.sqlite3", knowledge, given.cases)
        figures = measure(store, knowledge)
        store.close()
        paths: tuple[str, ...] = ("/v1/fleet", "/v1/fleet/faults?by=month", "/v1/fleet/recurrence")
        if given.patterns:
            paths = (*paths, "/v1/patterns")
        figures |= asked_of_the_application(Path(made), knowledge, paths)
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for name, values in figures.items():
        shown = ", ".join(f"{key} {value:.3g}" for key, value in values.items())
        sys.stdout.write(f"{name}: {shown}\n")


if __name__ == "__main__":
    main()
