"""How fast scenes are synthesised, in seconds of sound for one second of one core.

    OMP_NUM_THREADS=1 python -m benchmarks.synthesis [--json] [--repeat 40]

CPU seconds of the process, the median over as many seeds; the first of each is not counted. Parts
are measured alone, so they do not add up to a scene.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.pipeline import machine
from tingzhen.datasets.synthesis.draw_motion import draw_motion
from tingzhen.datasets.synthesis.electric import electric_sound
from tingzhen.datasets.synthesis.engine import engine_sound
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.phone import through_codec, through_phone
from tingzhen.datasets.synthesis.road import road_sound
from tingzhen.datasets.synthesis.scene import synthesise

DURATION_S = 6.0
TARGET = 50  # x real time, a whole scene without a codec


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeat", type=int, default=40, help="seeds of each")
    arguments = parser.parse_args()
    result = run(arguments.repeat)
    if arguments.json:
        print(json.dumps(result, indent=1))
    else:
        show(result)


def run(repeat: int) -> dict[str, Any]:
    """Median CPU milliseconds and x real time of each part and of whole scenes."""
    random = np.random.default_rng(0)
    driven = draw_motion(random, duration_s=DURATION_S, manoeuvre="accelerate", powertrain="petrol")
    silent = draw_motion(
        random, duration_s=DURATION_S, manoeuvre="accelerate", powertrain="electric"
    )
    noise = random.standard_normal(int(DURATION_S * SAMPLE_RATE_HZ)).astype(np.float32) * 0.1
    ways: dict[str, Callable[[int], object]] = {
        "motion": lambda seed: draw_motion(np.random.default_rng(seed), duration_s=DURATION_S),
        "engine": lambda seed: engine_sound(driven, np.random.default_rng(seed)),
        "electric drive": lambda seed: electric_sound(silent, np.random.default_rng(seed)),
        "road": lambda seed: road_sound(driven, np.random.default_rng(seed), inside=True),
        "phone": lambda seed: through_phone(noise, np.random.default_rng(seed)),
        "codec": lambda seed: through_codec(noise, np.random.default_rng(seed)),
        "healthy scene": lambda seed: synthesise(seed, types={"normal"}, duration_s=DURATION_S),
        "scene": lambda seed: synthesise(seed, duration_s=DURATION_S),
        "scene with codec": lambda seed: synthesise(seed, duration_s=DURATION_S, codec=True),
    }
    rows = {name: timed(way, repeat) for name, way in ways.items()}
    return {"machine": machine(), "repeat": repeat, "duration_s": DURATION_S, "ways": rows}


def timed(way: Callable[[int], object], repeat: int) -> dict[str, float]:
    spent = []
    for seed in range(repeat + 1):
        begin = time.process_time()
        way(seed)
        spent.append(time.process_time() - begin)
    spent = spent[1:]
    middle = statistics.median(spent)
    return {
        "cpu_ms": 1000 * middle,
        "slowest_ms": 1000 * max(spent),
        "x_real_time": DURATION_S / middle,
    }


def show(result: dict[str, Any]) -> None:
    table = Table(title=f"{result['duration_s']:g} s of sound, median of {result['repeat']} seeds")
    for heading in ("what", "CPU ms", "slowest", "x real time"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for name, row in result["ways"].items():
        table.add_row(
            name, f"{row['cpu_ms']:.1f}", f"{row['slowest_ms']:.1f}", f"{row['x_real_time']:.0f}"
        )
    Console().print(table)
    print(f"mark for a scene without codec: {TARGET} x real time; machine: {result['machine']}")


if __name__ == "__main__":
    main()
