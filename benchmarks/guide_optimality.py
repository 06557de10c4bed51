"""What the guided session's engine costs beside the exact optimum, on problems nobody tuned it on.

    OMP_NUM_THREADS=1 python -m benchmarks.guide_optimality [--seed 700000] [--instances 200]
        [--states 8192] [--large 20]

Small problems: up to 6 causes and a seventh that nobody can repair, up to 5 tests, of every kind
that tests/diagnosis/troubleshooting/instances.py draws. Large ones: 8 causes, 6 tests, whose states
the engine cannot all hold. Every figure is an expected cost, worked out exactly under the problem's
own model: for the engine, for what people do without it, and for the optimum. Prints the
distribution of cost over optimum; seeds from 700000 on were looked at by nobody while it was made.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np

from tests.diagnosis.troubleshooting.instances import instance
from tingzhen.diagnosis.troubleshooting import (
    Policy,
    Problem,
    expected_cost,
    fixed_order,
    most_probable_first,
    one_step,
    optimum,
    probability_over_cost,
)
from tingzhen.diagnosis.troubleshooting.engine import Effort, plan


def engine(states: int) -> Policy:
    effort = Effort(states=states)
    return lambda problem, state: plan(problem, state, effort).action


def compare(problems: Sequence[Problem], policies: dict[str, Policy]) -> None:
    """One line for each policy: cost over optimum, over all problems."""
    best = np.array([optimum(problem) for problem in problems])
    for name, policy in policies.items():
        started = time.process_time()
        ratio = np.array([expected_cost(p, policy) for p in problems]) / best
        spent = time.process_time() - started
        low, middle, high = np.percentile(ratio, [50, 95, 99])
        print(
            f"  {name:22} n {len(ratio)}  mean {ratio.mean():.4f}  p50 {low:.4f}  "
            f"p95 {middle:.4f}  p99 {high:.4f}  max {ratio.max():.4f}  "
            f"over 1.02: {(ratio > 1.02).sum()}  ({spent:.1f} CPU s)",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=700_000)
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--large", type=int, default=20)
    parser.add_argument("--states", type=int, default=Effort().states)
    asked = parser.parse_args()
    policies = {
        "engine": engine(asked.states),
        "engine, 2048 states": engine(2048),
        "engine, 256 states": engine(256),
        "one step (Heckerman)": one_step,
        "P/C": probability_over_cost,
        "most probable first": most_probable_first,
        "fixed order": fixed_order,
    }
    print("small: expected cost over the exact optimum")
    compare([instance(asked.seed + n) for n in range(asked.instances)], policies)
    if asked.large:
        print("large: 8 causes, 6 tests")
        large = [
            instance(asked.seed + 100_000 + n, causes=8, tests=6, asks=1)
            for n in range(asked.large)
        ]
        compare(large, policies)


if __name__ == "__main__":
    main()
