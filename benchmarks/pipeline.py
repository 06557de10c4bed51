"""Ours beside what one would write first and beside bare decoding, on the same clips.

    python -m benchmarks.pipeline [--json] [--repeat 3] [--clip FILE]... [--skip-naive] [--quick]

Every way runs on every clip in a process of its own, warm (the first treatment is not counted);
CPU seconds are the median of the repetitions. Memory is the proportional set size of the process
and all its children, sampled from outside while it works.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import clips

Result = dict[str, Any]
ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--clip", type=Path, action="append", help="only this clip; repeatable")
    parser.add_argument("--skip-naive", action="store_true", help="for machines without torch")
    parser.add_argument("--quick", action="store_true", help="only the first generated clip")
    arguments = parser.parse_args()
    result = run(arguments)
    if arguments.json:
        print(json.dumps(result, indent=1))
    else:
        show(result)


def run(arguments: argparse.Namespace) -> Result:
    """All measurements as one object."""
    recipes = clips.RECIPES[:1] if arguments.quick else clips.RECIPES
    given = arguments.clip or [clips.generated(recipe) for recipe in recipes]
    if not arguments.clip and not arguments.quick:
        given += clips.real()
    ways = ["ours", "floor"] if arguments.skip_naive else ["ours", "floor", "naive"]
    rows = []
    for clip in given:
        row: Result = {"clip": clip.name}
        for way in ways:
            row[way] = measured(way, clip, arguments.repeat)
        rows.append(row)
    result: Result = {"machine": machine(), "repeat": arguments.repeat, "clips": rows}
    if not arguments.clip and not arguments.quick:
        sound = clips.ten_seconds_of_sound()
        result["sound only"] = measured("ours", sound, max(arguments.repeat, 5))
        result["three minutes"] = measured("ours", clips.three_minutes(), 1)
        result["start-up"] = start_up(sound, repeat=5)
    return result


def measured(way: str, clip: Path, repeat: int) -> Result:
    """Median CPU and wall seconds, the parts of the median run, and peak memory."""
    print(f"{clip.name}: {way} …", file=sys.stderr, flush=True)
    warm_file_cache(clip)
    child = _child(way, clip, repeat)
    peak = watch_memory(child)
    answer, problem = child.communicate()
    if child.returncode:
        raise SystemExit(f"{way} failed on {clip}:\n{problem.decode(errors='replace')}")
    found = json.loads(answer)
    middle = found["cpu_s"].index(statistics.median_low(found["cpu_s"]))
    return {
        "cpu_s": found["cpu_s"][middle],
        "cpu_s_all": found["cpu_s"],
        "wall_s": statistics.median_low(found["wall_s"]),
        "first_cpu_s": found["first_cpu_s"],
        "parts_cpu_s": found["parts"][middle],
        "peak_bytes": peak,
    }


def warm_file_cache(clip: Path) -> None:
    """Read the file once: how fast a disk is belongs to the machine, not to the three ways."""
    with clip.open("rb") as file:
        while file.read(1 << 22):
            pass


def _child(way: str, clip: Path, repeat: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.ways", way, str(clip), "--repeat", str(repeat)]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )


def watch_memory(child: "subprocess.Popen[bytes]") -> int:
    """Highest proportional set size of the process and its children, sampled each 20 ms."""
    process, peak = psutil.Process(child.pid), 0
    while child.poll() is None:
        total = 0
        try:
            for one in [process, *process.children(recursive=True)]:
                total += one.memory_full_info().pss
        except psutil.Error:
            continue  # it ended while it was looked at
        peak = max(peak, total)
        time.sleep(0.02)
    return peak


def start_up(clip: Path, repeat: int) -> Result:
    """Wall seconds of the command: nothing to do, and one short sound from cold to its report."""
    tingzhen = [sys.executable, "-m", "tingzhen.command_line"]
    empty, whole, own = [], [], []
    for _ in range(repeat):
        started = time.perf_counter()
        subprocess.run([*tingzhen, "--version"], check=True, capture_output=True, cwd=ROOT)
        empty.append(time.perf_counter() - started)
        started = time.perf_counter()
        answer = subprocess.run(
            [*tingzhen, "diagnose", "--json", str(clip)],
            check=True, capture_output=True, cwd=ROOT,
        )  # fmt: skip
        whole.append(time.perf_counter() - started)
        own.append(json.loads(answer.stdout)["timing_ms"]["total"] / 1000)
    return {
        "version_wall_s": statistics.median(empty),
        "diagnose_sound_wall_s": statistics.median(whole),
        "of_that_analysis_s": statistics.median(own),
    }


def machine() -> Result:
    """What the figures depend on, without a name of the machine."""
    model = platform.processor()
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.exists():
        names = [line for line in cpu_info.read_text().splitlines() if "model name" in line]
        model = names[0].split(":", 1)[1].strip() if names else model
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version()}


def show(result: Result) -> None:
    """Tables for people."""
    console = Console(width=130)
    console.print(
        f"{result['machine']['cpu']}, {result['machine']['cores']} cores; CPU seconds, median of "
        f"{result['repeat']}"
    )
    table = Table("clip", "ours", "floor", "naive", "ours / floor", "naive / ours",
                  "ours MB", "floor MB", "naive MB")  # fmt: skip
    for row in result["clips"]:
        ours, floor, naive = row["ours"], row["floor"], row.get("naive")
        table.add_row(
            row["clip"], f"{ours['cpu_s']:.3f}", f"{floor['cpu_s']:.3f}",
            f"{naive['cpu_s']:.3f}" if naive else "-",
            f"{ours['cpu_s'] / floor['cpu_s']:.2f}",
            f"{naive['cpu_s'] / ours['cpu_s']:.1f}" if naive else "-",
            f"{ours['peak_bytes'] / 1e6:.0f}", f"{floor['peak_bytes'] / 1e6:.0f}",
            f"{naive['peak_bytes'] / 1e6:.0f}" if naive else "-",
        )  # fmt: skip
    console.print(table)
    console.print("Where the time goes, CPU ms:")
    for row in result["clips"]:
        for way in ("ours", "floor", "naive"):
            if way in row:
                parts = row[way]["parts_cpu_s"].items()
                listed = ", ".join(f"{name} {1000 * value:.0f}" for name, value in parts)
                console.print(f"  {row['clip']} {way}: {listed}")
    if "three minutes" in result:
        long, sound, start = result["three minutes"], result["sound only"], result["start-up"]
        console.print(f"Three minutes of 1080p: {long['cpu_s']:.2f} CPU s, {long['wall_s']:.2f} s, "
                      f"peak {long['peak_bytes'] / 1e6:.0f} MB")  # fmt: skip
        console.print(f"10 s of sound alone: {sound['wall_s']:.3f} s, {sound['cpu_s']:.3f} CPU s")
        console.print(
            f"Start-up of the command: {start['version_wall_s']:.2f} s; cold to report of 10 s of "
            f"sound: {start['diagnose_sound_wall_s']:.2f} s, of which analysis "
            f"{start['of_that_analysis_s']:.2f} s"
        )


if __name__ == "__main__":
    main()
