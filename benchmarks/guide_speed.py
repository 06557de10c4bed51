"""How long the next action of a guided session takes with 8,000 fault trees in the base.

    OMP_NUM_THREADS=1 python -m benchmarks.guide_speed [--trees 8000] [--vehicles 40]

Four causes and three tests to a tree; beliefs as after a report, some sharp, some flat; up to six
actions a vehicle with answers drawn at random. Prints wall and CPU time of one next action, n.
"""

import argparse
import time

import numpy as np

from tingzhen.diagnosis.troubleshooting import (
    NumericRepair,
    NumericTest,
    Problem,
    State,
    Workshop,
    look_ahead,
)

CAUSES, TESTS = 4, 3


def workshop(trees: int, rng: np.random.Generator) -> Workshop:
    """Some tests speak of causes of other trees as well."""
    causes = trees * CAUSES
    tests = []
    for number in range(trees * TESTS):
        rows = np.arange(CAUSES) + number // TESTS * CAUSES
        if number % TESTS == 0:
            rows = np.unique(np.concatenate([rows, rng.integers(0, causes, 8)]))
        else:
            rows = np.sort(rng.choice(rows, 2, replace=False))
        outcomes = int(rng.integers(2, 5))
        tests.append(
            NumericTest(float(rng.uniform(20, 200)), rng.dirichlet(np.ones(outcomes)), rows,
                        rng.dirichlet(np.full(outcomes, 0.4), size=len(rows)))
        )  # fmt: skip
    repairs = [
        NumericRepair(0.0, 48.0, np.array([cause]), in_vain_cost=float(rng.lognormal(6.0, 1.0)))
        for cause in range(causes)
    ]
    return Workshop(causes + 1, tuple(tests), tuple(repairs), 3840.0, 250.0, 0.05, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trees", type=int, default=8000)
    parser.add_argument("--vehicles", type=int, default=40)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    started = time.perf_counter()
    shop = workshop(asked.trees, rng)
    print(f"{shop.hypotheses} hypotheses, {len(shop.tests)} tests: made in "
          f"{time.perf_counter() - started:.1f} s")  # fmt: skip
    wall, cpu = [], []
    for vehicle in range(asked.vehicles):
        sharpness = (0.002, 0.0005, 0.02)[vehicle % 3]
        belief = np.maximum(rng.dirichlet(np.full(shop.hypotheses, sharpness)), 1e-9)
        problem, state = Problem(shop, belief / belief.sum()), State()
        for _ in range(6):
            started, busy = time.perf_counter(), time.process_time()
            action = look_ahead(problem, state)
            wall.append(time.perf_counter() - started)
            cpu.append(time.process_time() - busy)
            if action.kind == "give_up":
                break
            if action.kind == "repair":
                state = state.repaired_in_vain(action.index)
            else:
                outcomes = shop.tests[action.index].outcomes
                state = state.answered(action.index, int(rng.integers(outcomes)))
    for name, times in (("wall", wall), ("CPU", cpu)):
        p50, p95, p99 = np.percentile(np.array(times) * 1e3, [50, 95, 99])
        print(f"{name}: n {len(times)}  p50 {p50:.1f} ms  p95 {p95:.1f} ms  p99 {p99:.1f} ms")


if __name__ == "__main__":
    main()
