"""The command on every odd file: a report or an error object for each, and nothing left behind."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import OpenWatch
from tests.odd.files import REPORT, OddFile

# No clip may take longer; the first one also waits for the command to start.
DEADLINE_S = 20.0
MARK = "TINGZHEN_TEST_RUN"


def printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def lines_in_time(process: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
    """Each JSON line of the command; fails when one takes longer than the deadline."""
    arrived: queue.Queue[bytes | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            arrived.put(line)
        arrived.put(None)

    reader = threading.Thread(target=read)
    reader.start()
    while (line := arrived.get(timeout=DEADLINE_S)) is not None:
        yield json.loads(line)
    reader.join()


def diagnose(paths: Sequence[Path]) -> tuple[list[dict[str, Any]], int, str, list[str]]:
    """Objects, exit status and error output of the command, and what it left running."""
    run, sessions = uuid.uuid4().hex, set[int]()
    process = subprocess.Popen(
        [sys.executable, "-m", "tingzhen.command_line", "diagnose", "--json", "--lang", "en",
         *map(str, paths)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {MARK: run},
    )  # fmt: skip
    with process:
        try:
            objects = []
            for line in lines_in_time(process):
                # The decoder is told nothing of our environment; it leads a session of its own.
                sessions |= {child.pid for child in psutil.Process(process.pid).children()}
                objects.append(line)
            assert process.stderr is not None
            complaints = process.stderr.read().decode()
            status = process.wait(DEADLINE_S)
        finally:
            process.kill()
    deadline = time.monotonic() + 5
    while (left := running(run, sessions)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return objects, status, complaints, left


def running(run: str, sessions: Set[int]) -> list[str]:
    """What still runs of a command: itself by its mark, its decoder and children by session."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = os.getsid(process.pid) in sessions or process.environ().get(MARK) == run
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
        except (psutil.Error, ProcessLookupError):
            continue
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_odd_file_gets_its_line(odd_files: dict[str, OddFile], secret: OpenWatch) -> None:
    odd = [one for one in odd_files.values() if not one.skipped]
    objects, status, complaints, left = diagnose([one.path for one in odd])
    assert [found.get("clip", found).get("name") for found in objects] == [
        printable(one.path.name) for one in odd
    ]
    for one, found in zip(odd, objects, strict=True):
        if found["schema"] == "tingzhen.report/1":
            outcome = REPORT
        else:
            assert found["schema"] == "tingzhen.error/1"
            assert found["message"]
            outcome = found["code"]
        assert outcome in one.outcomes, f"{one.path.name!a}: {found}"
    assert status == 1
    assert "Traceback" not in complaints
    assert "root:x:0" not in json.dumps(objects)
    assert not secret.opened
    assert left == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_folder_of_odd_files_gives_a_line_for_each_clip(
    odd_files: dict[str, OddFile], secret: OpenWatch
) -> None:
    folder = odd_files["playlist.mp4"].path.parent
    objects, status, complaints, left = diagnose([folder])
    assert {found["schema"] for found in objects} == {"tingzhen.report/1", "tingzhen.error/1"}
    codes = {found.get("code", REPORT) for found in objects}
    assert "internal_error" not in codes
    assert "decoder_crashed" not in codes
    names = {found.get("clip", found).get("name") for found in objects}
    assert {"turned-90.mp4", "truncated.mp4", "message.amr", "black.jpg"} <= names
    assert status == 1
    assert "Traceback" not in complaints
    assert not secret.opened
    assert left == []


def test_a_missing_file_is_said_so_and_nothing_is_left() -> None:
    objects, status, _, left = diagnose([Path("/nowhere/clip.mp4"), Path("/dev/zero")])
    assert [found["code"] for found in objects] == ["not_found", "not_a_file"]
    assert status == 1
    assert left == []
