"""Training runs: what the folders that TINGZHEN_RUNS_DIR holds say of themselves.

A run is a folder with config.json and log.jsonl, as `tingzhen train` writes them. Only read here;
serving knows nothing of training. A line that is still being written, or is damaged, is left out.
"""

import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tingzhen.errors import RunUnknown
from tingzhen.language import Text

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
MOST: Final = 200
POINTS: Final = 300
"""Points of a curve at most; more are joined by their mean."""
_LOG: Final = "log.jsonl"
_LOG_BYTES: Final = 50_000_000
_NOT_CURVES: Final = frozenset({"time_s", "step"})


def runs_of(folder: Path | None) -> list[dict[str, Any]]:
    """The run whose log was written last first; none where no folder is set or it is missing."""
    if folder is None or not folder.is_dir():
        return []
    found = [run for run in folder.iterdir() if NAME.fullmatch(run.name) and (run / _LOG).is_file()]
    found.sort(key=lambda run: (-(run / _LOG).stat().st_mtime, run.name))
    return [summary_of(run, list(entries_of(run))) for run in found[:MOST]]


def run_of(folder: Path | None, name: str) -> dict[str, Any]:
    """One run with its curves, its log and how the finished bundle was evaluated.

    Raises RunUnknown.
    """
    run = None if folder is None or not NAME.fullmatch(name) else folder / name
    if run is None or not (run / _LOG).is_file():
        raise RunUnknown(
            Text(f"没有训练 {name}。请检查 TINGZHEN_RUNS_DIR。",
                 f"There is no training run {name}. Check TINGZHEN_RUNS_DIR.")
        )  # fmt: skip
    entries = list(entries_of(run))
    return summary_of(run, entries) | {
        "config": _object(run / "config.json"),
        "curves": curves_of(entries),
        "events": [entry for entry in entries if entry["event"] != "step"][-100:],
        "marks": _object(run / "evaluation.json").get("marks", []),
    }


def summary_of(run: Path, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """state: finished, or unfinished. Whether an unfinished one still runs cannot be seen from
    here; `last_at` says when it last wrote something."""
    steps = [entry for entry in entries if entry["event"] == "step"]
    times = [float(entry["time_s"]) for entry in entries]
    finished = bool(entries) and entries[-1]["event"] == "finished"
    model = _object(run / "evaluation.json").get("model", {})
    return {
        "name": run.name, "state": "finished" if finished else "unfinished",
        "started_at": _moment(times[0]) if times else None,
        "last_at": _moment(times[-1]) if times else None,
        "last_event": entries[-1]["event"] if entries else None,
        "steps": max((int(entry.get("step", 0)) for entry in steps), default=0),
        "fits": sorted({str(entry.get("fit", "")) for entry in steps}),
        "bundle": {"name": model.get("name"), "version": model.get("version")} if model else None,
    }  # fmt: skip


def curves_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One curve for each fit and each number that its steps tell: {fit, name, points: [[step,
    value]]}, steps in order. A run that went on after a stop tells some steps twice: the last
    counts."""
    told: dict[tuple[str, str], dict[int, float]] = {}
    for entry in entries:
        if entry["event"] != "step" or not isinstance(entry.get("step"), int):
            continue
        for name, value in entry.items():
            if name in _NOT_CURVES or isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if math.isfinite(value):
                told.setdefault((str(entry.get("fit", "")), name), {})[entry["step"]] = float(value)
    return [
        {"fit": fit, "name": name, "points": thinned(sorted(points.items()))}
        for (fit, name), points in sorted(told.items())
    ]


def thinned(points: list[tuple[int, float]], most: int = POINTS) -> list[list[float]]:
    """At most so many points: the means of as many neighbours each as that takes."""
    size = math.ceil(len(points) / most) if points else 1
    means = []
    for begin in range(0, len(points), size):
        some = points[begin : begin + size]
        value = sum(v for _, v in some) / len(some)
        means.append([some[-1][0], round(value, 6)])
    return means


def entries_of(run: Path) -> Iterator[dict[str, Any]]:
    """What the log says, in its order; of a log beyond 50 MB its end."""
    path = run / _LOG
    with path.open("rb") as file:
        size = path.stat().st_size
        if size > _LOG_BYTES:
            file.seek(size - _LOG_BYTES)
            file.readline()
        for line in file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if (
                isinstance(entry, dict)
                and isinstance(entry.get("event"), str)
                and isinstance(entry.get("time_s"), int | float)
            ):
                yield entry


def _object(path: Path) -> dict[str, Any]:
    """Empty for what is not there or no JSON object."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
