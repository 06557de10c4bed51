"""How long reasoning takes over bases of 80, 800 and 8,000 fault trees.

    python -m benchmarks.reasoning [--trees 80 800 8000] [--reports 200] [--seed 1]

SIMULATION: the bases (generated_base.py) and the reports are made up; only times and the bounds of
the posterior are measured. For each base: making its tables from faults in memory (reading files
comes on top), the posterior from a report (`weigh`), the next test from the posterior (`rank_tests`
over every test of the base), and the whole diagnosis. Wall time of one thread, and its CPU time,
which is the one to read when the machine is not otherwise idle.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from benchmarks.generated_base import generated_base
from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.diagnosis import (
    Circumstances,
    diagnose,
    load_knowledge,
    parse_circumstances,
    weigh,
)
from tingzhen.diagnosis._next_test import rank_tests
from tingzhen.diagnosis.circumstances import WHEN
from tingzhen.vision.findings import DamageFindings, DamageScore
from tingzhen.vision.vocabulary import DAMAGE_TYPES

SAID = (None, "早上冷车启动吱吱响", "过减速带哐当一声", "squeals when braking", "加速时嗡嗡响")
NO_PICTURE = DamageFindings("no_video", tuple(DamageScore(t, 0.01) for t in DAMAGE_TYPES))


def a_report(rng: np.random.Generator) -> tuple[NoiseFindings, Circumstances]:
    """One to three noises heard, up to two situations, some measures, a code in one of three."""
    scores = {t: float(rng.uniform(0.005, 0.05)) for t in NOISE_TYPES}
    for heard in rng.choice(len(FAULT_NOISES), int(rng.integers(1, 4)), replace=False):
        scores[FAULT_NOISES[heard]] = float(rng.uniform(0.3, 0.95))
    types = sorted(scores.items(), key=lambda item: -item[1])
    noise = NoiseFindings("abnormal", tuple(NoiseScore(t, p) for t, p in types))
    context: dict[str, Any] = {
        "when": [WHEN[i] for i in rng.choice(len(WHEN), int(rng.integers(0, 3)), replace=False)],
        "vehicle": {"powertrain": "petrol", "mileage_km": float(rng.uniform(1e3, 3e5))},
        "ambient_c": float(rng.uniform(-15, 38)),
        "complaint": SAID[int(rng.integers(len(SAID)))],
        "codes": [f"P{int(rng.integers(4096)):04X}"] if rng.random() < 1 / 3 else [],
    }
    return noise, parse_circumstances(context)


def measured(work: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def measure(trees: int, reports: int, seed: int) -> dict[str, Any]:
    knowledge = generated_base(load_knowledge(), trees)
    # Made anew from the same faults: how long it takes to make up the faults is of no interest.
    _, tables_wall_ms, tables_cpu_ms = measured(lambda: replace(knowledge))
    rng = np.random.default_rng(seed)
    times: dict[str, list[tuple[float, float]]] = {"posterior": [], "next_test": [], "all": []}
    errors = []
    for number in range(reports + 3):
        noise, told = a_report(rng)
        weighing, *posterior = measured(
            lambda noise=noise, told=told: weigh(knowledge, noise, NO_PICTURE, told)
        )
        _, *test = measured(
            lambda groups=weighing.informed: rank_tests(knowledge, groups, (), may_drive=True)
        )
        _, *whole = measured(
            lambda noise=noise, told=told: diagnose(knowledge, noise, NO_PICTURE, told)
        )
        if number >= 3:  # the first ones warm the caches
            for key, spent in zip(times, (posterior, test, whole), strict=True):
                times[key].append((spent[0], spent[1]))
            errors.append(weighing.mechanical.error)
    return {
        "trees": trees, "faults": len(knowledge.faults), "tests": len(knowledge.tests),
        "reports": reports, "tables_wall_ms": round(tables_wall_ms),
        "tables_cpu_ms": round(tables_cpu_ms),
        "error_median": round(float(np.median(errors)), 4),
        "error_largest": round(float(np.max(errors)), 4),
        **{
            f"{key}_{clock}_ms": [
                round(float(q), 1) for q in np.percentile([t[i] for t in spent], (50, 95, 99))
            ]
            for key, spent in times.items() for i, clock in enumerate(("wall", "cpu"))
        },
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--trees", type=int, nargs="+", default=[80, 800, 8000])
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for trees in given.trees:
        print(json.dumps(measure(trees, given.reports, given.seed)), flush=True)


if __name__ == "__main__":
    main()
