"""Processes that are watched over: started again, stopped together, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.serving.conftest import clean_environment

WATCH = """
import sys
from tingzhen.serving.jobs.processes import Command, Processes
from tingzhen.serving.logs import log_to_stderr
log_to_stderr("warning")
children = [Command(f"child {i}", ["-c", code]) for i, code in enumerate(sys.argv[1:])]
raise SystemExit(Processes(children).run())
"""
CHILD = """
import os, sys, threading
from tingzhen.serving.jobs.child import end_with_parent
ended = threading.Event()
end_with_parent(ended.set)
with open({file!r}, "a") as file:
    print(os.getpid(), file=file)
ended.wait()
"""


def soon(what: Callable[[], object]) -> object:
    """What it gives when that is something, within a minute."""
    deadline = time.monotonic() + 60
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def pids(file: Path, count: int) -> list[int]:
    def written() -> list[int]:
        found = file.read_text().split() if file.exists() else []
        return [int(pid) for pid in found] if len(found) >= count else []

    return soon(written)  # type: ignore[return-value]


def watch(*codes: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WATCH, *codes], env=clean_environment(), stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def test_a_killed_child_is_started_again_and_all_stop_together(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    parent = watch(CHILD.format(file=str(file)))
    (first,) = pids(file, 1)
    os.kill(first, signal.SIGKILL)
    _, second = pids(file, 2)
    parent.terminate()
    _, log = parent.communicate(timeout=60)
    assert parent.returncode == 0
    assert not psutil.pid_exists(second)
    assert '"event": "process ended"' in log
    assert "Traceback" not in log


def test_children_stop_when_the_parent_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    parent = watch(CHILD.format(file=str(file)))
    (child,) = pids(file, 1)
    parent.kill()
    parent.communicate(timeout=60)
    soon(lambda: not psutil.pid_exists(child))


@pytest.mark.parametrize("status", [1, 2])
def test_what_cannot_start_is_not_tried_for_ever(tmp_path: Path, status: int) -> None:
    file = tmp_path / "pids"
    parent = watch(CHILD.format(file=str(file)), f"raise SystemExit({status})")
    parent.communicate(timeout=60)
    assert parent.returncode == status
