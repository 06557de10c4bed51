"""How long cases take: import, index, similar cases with recall, frequencies.

    python -m benchmarks.cases                    # 120,000 generated orders
    python -m benchmarks.cases --orders 20000 --queries 200 --json

The orders are generated (benchmarks/work_orders.py): speed and recall are real, what they count is
not. Prints wall seconds, CPU seconds of this process and of those that it started (`beside_s`).
The import is given twice: in one process alone, and as it is by itself, on several cores with
others beside it.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.work_orders import MODELS, generated_cases, write_export
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.cases import CaseStore, open_cases
from tingzhen.diagnosis.cases.frequencies import Stratum, prior_weights
from tingzhen.diagnosis.cases.similar import SimilarCases
from tingzhen.diagnosis.cases.similar.vectors import vectors_of
from tingzhen.diagnosis.cases.work_orders import default_mapping, import_orders

_T = TypeVar("_T")
_EXACT_CHUNK = 5_000


def measure(orders: int, queries: int, folder: Path) -> dict[str, Any]:
    """All figures by name."""
    knowledge = load_knowledge()
    export = folder / f"orders-{orders}.csv"
    if not export.exists():
        write_export(export, generated_cases(knowledge, orders, seed=1))
    figures: dict[str, Any] = {
        "orders": orders, "queries": queries, "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 1),
        "file_mb": round(export.stat().st_size / 1e6, 1),
    }  # fmt: skip

    def imported(database: str, processes: int | None) -> CaseStore:
        target = open_cases(f"sqlite:///{folder / f'{time.time_ns()}.sqlite3'}")
        result, figures[database] = timed(lambda: import_orders(
            target, export, default_mapping(), knowledge=knowledge, secret=b"benchmark",
            rejected_folder=folder / "rejected", processes=processes,
        ))  # fmt: skip
        figures[database]["added"] = result.added
        return target

    imported("import_alone", 1).close()
    store = imported("import", None)
    figures["memory_after_import_mb"] = peak_mb()
    _, figures["columns"] = timed(store.columns)
    index = SimilarCases(store, folder / f"index-{time.time_ns()}")
    _, figures["index"] = timed(index.update)
    index.save()
    _, figures["index_opened"] = timed(SimilarCases(store, index.folder).update)

    asked = list(generated_cases(knowledge, queries, seed=2))
    index.find(asked[0])
    figures["similar"] = percentiles([timed(lambda q=q: index.find(q))[1] for q in asked])
    figures["recall_at_10"] = recall(index, store, asked)
    figures["frequencies"] = percentiles([
        timed(lambda m=m: prior_weights(store, knowledge, Stratum(model=m, mileage_km=48_000)))[1]
        for m in MODELS
    ])  # fmt: skip
    figures["memory_mb"] = peak_mb()
    store.close()
    return figures


def recall(index: SimilarCases, store: Any, asked: Any) -> float:
    """Mean share of the exact ten nearest that the index finds; one as near as the tenth counts."""
    assert index.scaling is not None
    queries = vectors_of(asked, index.scaling)
    scores, seqs, after = [], [], 0
    while page := store.cases(after=after, limit=_EXACT_CHUNK):
        confirmed = [(seq, case) for seq, case in page if case.fault is not None]
        table = vectors_of([case for _, case in confirmed], index.scaling)
        scores.append(queries @ table.T)
        seqs += [seq for seq, _ in confirmed]
        after = page[-1][0]
    exact = np.concatenate(scores, axis=1)
    row_of = {seq: row for row, seq in enumerate(seqs)}
    shares = []
    for query, score in zip(queries, exact, strict=True):
        tenth = np.partition(score, -10)[-10]
        found = [score[row_of[seq]] for seq, _ in index.nearest(query, 10)]
        shares.append(np.mean([near >= tenth - 1e-4 for near in found]))
    return float(np.mean(shares))


def timed(work: Callable[[], _T]) -> tuple[_T, dict[str, float]]:
    """What the work gives, its wall and CPU seconds, and those of processes that ended in it."""
    wall, cpu, beside = time.perf_counter(), time.process_time(), cpu_of_children()
    result = work()
    return result, {
        "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu,
        "beside_s": cpu_of_children() - beside,
    }  # fmt: skip


def cpu_of_children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def percentiles(times: list[dict[str, float]]) -> dict[str, float]:
    """Milliseconds: median and 99th percentile of wall and CPU time, and n."""
    result: dict[str, float] = {"n": len(times)}
    for kind in ("wall", "cpu"):
        ms = [1000 * spent[f"{kind}_s"] for spent in times]
        result |= {f"{kind}_p50_ms": float(np.percentile(ms, 50)),
                   f"{kind}_p99_ms": float(np.percentile(ms, 99))}  # fmt: skip
    return result


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=120_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="Keeps the generated orders between runs.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(given.orders, given.queries, folder)
    if given.json:
        sys.stdout.write(json.dumps(figures) + "\n")
        return
    for name, value in figures.items():
        shown = value
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {number:,.3g}" for key, number in value.items())
        sys.stdout.write(f"{name}: {shown}\n")


if __name__ == "__main__":
    main()
