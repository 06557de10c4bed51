"""`tingzhen guide` as a technician meets it: a terminal, a pipe, files that do not fit."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.serving.conftest import clean_environment
from tests.serving.guide_reports import BRAKING, SQUEAL
from tingzhen.command_line import app
from tingzhen.diagnosis.cases import open_cases

REPAIRED = "r\n1\n1\n"  # "I repaired something else": the first cause of the list; it is gone


class Room:
    """A folder with a report, its circumstances and the data folder of the command."""

    def __init__(self, folder: Path) -> None:
        self.report, self.context = folder / "report.json", folder / "context.json"
        self.report.write_text(json.dumps(SQUEAL), encoding="utf-8")
        self.context.write_text(json.dumps(BRAKING), encoding="utf-8")
        self.session, self.data = folder / "session.sqlite3", folder / "data"

    def command(self, *more: object) -> list[str]:
        arguments = ["guide", self.report, "--context", self.context, "--session", self.session]
        return [sys.executable, "-m", "tingzhen.command_line", *map(str, (*arguments, *more))]

    def environment(self, **more: str) -> dict[str, str]:
        return clean_environment(TINGZHEN_DATA_DIR=str(self.data), **more)

    def guide(self, typed: str, *more: object, **env: str) -> Result:
        """The command in this process, as `typed` is piped into it."""
        return CliRunner().invoke(
            app, self.command(*more)[3:], input=typed, env=self.environment(**env)
        )


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def case_of(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(room.session.with_suffix(".case.json").read_text("utf-8"))
    return found


def test_a_piped_session_is_left_gone_on_with_and_ends_in_a_case(room: Room) -> None:
    first = room.guide("zz\nb\nu\nq\n")
    assert first.exit_code == 0, first.stderr
    assert "squeals" not in first.stdout
    assert "brakes.mp4" in first.stdout
    assert "“zz” is not one of the keys" in first.stdout
    assert "There is no step to undo" in first.stdout
    assert "Kept; go on at any time" in first.stdout
    done = room.guide(REPAIRED)
    assert done.exit_code == 0, done.stderr
    assert "The case is kept in the database of cases" in done.stdout
    case = case_of(room)
    assert (case["schema"], case["source"]) == ("tingzhen.case/1", "session")
    assert case["complaint"] == BRAKING["complaint"]
    assert (case["fixed_first_time"], case["none_of_these"]) == (True, False)
    store = open_cases(f"sqlite:///{room.data / 'cases.sqlite3'}")
    kept = store.case(case["id"])
    assert kept.fault == case["fault"]
    # The same command again shows the end, and the case counts once.
    again = room.guide("")
    assert again.exit_code == 0, again.stderr
    assert store.count() == 1
    store.close()


def test_answers_come_from_a_file_and_texts_in_chinese(room: Room, tmp_path: Path) -> None:
    answers = tmp_path / "answers.txt"
    answers.write_text("r\n清洁了制动盘\n3\nh\n", encoding="utf-8")
    done = room.guide("", "--answers", answers, "--lang", "zh")
    assert done.exit_code == 0, done.stderr
    assert "预计还需" in done.stdout
    assert "已转交专家" in done.stdout
    assert case_of(room)["none_of_these"] is True


@pytest.mark.slow
def test_a_real_terminal_takes_keys_and_a_kill_loses_nothing(room: Room) -> None:
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        room.command(), stdin=follower, stdout=follower, stderr=follower, close_fds=True,
        env=room.environment(TERM="xterm"), start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shown = _until(leader, "> ")
    os.write(leader, b"r\n")
    _until(leader, "> ")
    os.write(leader, b"polished the disc\n")
    _until(leader, "> ")
    os.write(leader, b"3\n")
    shown += _until(leader, "> ")
    process.kill()
    process.wait(timeout=30)
    os.close(leader)
    assert "brakes.mp4" in shown
    after = room.guide("q\n")
    assert "Going on after step 1" in after.stdout


def _until(leader: int, mark: str) -> str:
    """What the terminal shows up to a question."""
    shown, deadline = "", time.monotonic() + 250
    while not shown.endswith(mark):
        assert time.monotonic() < deadline, shown
        if select.select([leader], [], [], 1.0)[0]:
            shown += os.read(leader, 65536).decode("utf-8", errors="replace")
    return shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "does not fit"),
        ('{"noise": {"verdict": "loud"}}', "noise.verdict"),
        ('{"noise": {"verdict": "normal", "types": [{"type": "knock", "probability": NaN}]}}',
         "noise.types.0.probability"),
        (f"{json.dumps(SQUEAL)}\n{json.dumps(SQUEAL)}", "several reports"),
    ],
)  # fmt: skip
def test_reports_that_do_not_fit_are_refused_with_the_key(
    room: Room, content: str, said: str
) -> None:
    room.report.write_text(content, encoding="utf-8")
    done = room.guide("q\n")
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_files_that_cannot_be_used_are_named(room: Room, tmp_path: Path) -> None:
    for more, said in (
        (("--answers", tmp_path / "none.txt"), "none.txt"),
        (("--session", tmp_path), "cannot be read or written"),
    ):
        done = room.guide("q\n", *more)
        assert (done.exit_code, "Traceback" in done.stderr) == (2, False), done.stderr
        assert said in done.stderr
    room.guide("q\n")
    room.context.write_text("{}", encoding="utf-8")
    other = room.guide("q\n")
    assert other.exit_code == 2
    assert "another report" in other.stderr


def test_a_database_of_cases_that_fails_leaves_the_case_in_its_file(room: Room) -> None:
    broken = room.session.with_name("broken.sqlite3")
    broken.write_text("not a database, but long enough to be looked at" * 30, encoding="utf-8")
    done = room.guide(REPAIRED, TINGZHEN_DATABASE_URL=f"sqlite:///{broken}",
                      TINGZHEN_EXPERIENCE="off")  # fmt: skip
    assert done.exit_code == 1, done.stderr
    assert "could not be kept" in done.stdout
    assert case_of(room)["source"] == "session"


def test_an_empty_report_leads_to_a_session_too(room: Room) -> None:
    room.report.write_text("{}", encoding="utf-8")
    done = room.guide("q\n")
    assert done.exit_code == 0, done.stderr
