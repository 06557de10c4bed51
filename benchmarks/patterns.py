"""Patterns in simulated histories with planted truths: how many are found, how many are false.

    OMP_NUM_THREADS=1 python -m benchmarks.patterns [--out FILE.jsonl] [--histories 100]
        [--cases 120000] [--seed 0] [--minutes M] [--null] [--json]

One line of the file for each history, so that a run can be stopped and goes on where it was.
--minutes ends the run after that time. --null plants nothing: what is reported then is false.
SIMULATION: no figure says anything about vehicles.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from tingzhen.diagnosis.patterns import find_patterns
from tingzhen.diagnosis.patterns.planted import SIMULATED_NOTE, score, simulate_history


def one_history(seed: int, cases: int, *, null: bool) -> dict[str, Any]:
    history = simulate_history(seed, count=cases, nothing_planted=null)
    start, cpu = time.perf_counter(), time.process_time()
    patterns = find_patterns(history.cases)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - cpu
    result = score(history, patterns).to_json()
    return {"seed": seed, "cases": cases, "null": null, "seconds": seconds, "cpu_s": cpu_s} | result


def interval(hits: int, n: int) -> str:
    if n == 0:
        return "none"
    found = binomtest(hits, n).proportion_ci(method="wilson")
    return f"{hits / n:.3f} ({found.low:.3f} to {found.high:.3f}), {hits} of {n}"


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    truths = [t for line in lines for t in line["truths"]]
    found = [t for t in truths if t["found"]]
    known = [t for t in truths if t["known"]]
    exact = [t for t in found if t["low"] <= t["planted"] <= t["high"]]
    crude = [t for t in known if t["found"] and t["crude_low"] <= 3.2 <= t["crude_high"]]
    reported = sum(line["reported"] for line in lines)
    false = sum(len(line["false"]) for line in lines)
    trapped = sum(len(line["trapped"]) for line in lines)
    seconds = sorted(line["seconds"] for line in lines)
    missed: dict[str, list[int]] = {}
    for truth in truths:
        counts = missed.setdefault(truth["kind"], [0, 0])
        counts[0] += truth["found"]
        counts[1] += 1
    return {
        "histories": len(lines),
        "planted truths found (mark 0.95)": interval(len(found), len(truths)),
        "false among reported (mark 0.05)": interval(false, reported),
        "planted 3.2 inside its interval (mark 0.93)": interval(
            sum(t["found"] and t["low"] <= 3.2 <= t["high"] for t in known), len(known)
        ),
        "the same, crude interval": interval(len(crude), len(known)),
        "all found truths inside their intervals": interval(len(exact), len(found)),
        "traps reported as causes (mark 0)": f"{trapped} of {sum(x['traps'] for x in lines)}",
        "explained, a history": sum(line["explained"] for line in lines) / len(lines),
        "seconds, median and longest (mark 120)": [seconds[len(seconds) // 2], seconds[-1]],
        "cpu_s, mean": sum(line["cpu_s"] for line in lines) / len(lines),
        "found by attributes": {k: f"{a} of {b}" for k, (a, b) in sorted(missed.items())},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=SIMULATED_NOTE)
    parser.add_argument("--out", type=Path, default=Path("patterns.jsonl"))
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--cases", type=int, default=120_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--null", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    lines: list[dict[str, Any]] = []
    if given.out.exists():
        lines = [json.loads(line) for line in given.out.read_text("utf-8").splitlines()]
    seeds = range(given.seed, given.seed + given.histories)
    lines = [x for x in lines if x["cases"] == given.cases and x["null"] == given.null
             and x["seed"] in seeds]  # fmt: skip
    done = {x["seed"] for x in lines}
    ends = time.monotonic() + given.minutes * 60
    for seed in seeds:
        if seed in done or time.monotonic() > ends:
            continue
        lines.append(one_history(seed, given.cases, null=given.null))
        with given.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(lines[-1]) + "\n")
        last = lines[-1]
        sys.stderr.write(
            f"{seed}: {sum(t['found'] for t in last['truths'])} of {len(last['truths'])} found, "
            f"{len(last['false'])} false, {len(last['trapped'])} trapped, {last['seconds']:.1f} s\n"
        )
    if not lines:
        return 1
    figures = {"note": SIMULATED_NOTE, **summary(lines)}
    if given.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(f"{k}: {v}" for k, v in figures.items()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
