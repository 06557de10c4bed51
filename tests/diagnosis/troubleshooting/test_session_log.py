"""Sessions on disk: real SQLite files, a process that is killed, two that answer at once."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.diagnosis.troubleshooting.vehicles import answer, step
from tingzhen.diagnosis.troubleshooting.session_log import SessionLog, open_log
from tingzhen.errors import SessionChanged, SessionUnavailable, SessionUnknown

WRITER = """
import os, signal, sys
from datetime import UTC, datetime
from tingzhen.diagnosis.troubleshooting.session_log import open_log
from tingzhen.diagnosis.troubleshooting.steps import Step

log = open_log(sys.argv[1])
session = log.create({"report": "x"})
print(session, flush=True)
for number in range(int(sys.argv[2])):
    step = Step(kind="answer", at=datetime.now(UTC), test="pads_look", outcome=str(number))
    log.append(session, number, step)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def log(tmp_path: Path) -> SessionLog:
    return open_log(url(tmp_path))


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'sessions.sqlite3'}"


@pytest.mark.parametrize("answers", [1, 3])
def test_a_killed_process_loses_no_answer(tmp_path: Path, answers: int) -> None:
    process = subprocess.run(
        [sys.executable, "-c", WRITER, url(tmp_path), str(answers)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == -signal.SIGKILL, process.stderr
    log = open_log(url(tmp_path))
    kept = log.read(process.stdout.strip())
    log.close()
    assert [s.outcome for s in kept.steps] == [str(n) for n in range(answers)]
    assert kept.version == answers


def test_undone_steps_stay_in_the_log_and_out_of_the_session(log: SessionLog) -> None:
    session = log.create({"report": {"noise": {}}})
    log.append(session, 0, answer("pads_look", "thin"))
    log.append(session, 1, step("hand_over"))
    log.append(session, 2, None)
    kept = log.read(session)
    log.close()
    assert [s.kind for s in kept.steps] == ["answer"]
    assert kept.version == 3
    assert abs((datetime.now(UTC) - kept.opened_at).total_seconds()) < 3600
    assert kept.subject == {"report": {"noise": {}}}


def test_the_second_of_two_answers_to_the_same_state_is_refused(log: SessionLog) -> None:
    session = log.create({})
    log.append(session, 0, answer("pads_look", "thin"))
    with pytest.raises(SessionChanged):
        log.append(session, 0, answer("pads_look", "metal"))
    assert [s.outcome for s in log.read(session).steps] == ["thin"]
    log.close()


def test_unknown_sessions_and_files_that_are_none(tmp_path: Path, log: SessionLog) -> None:
    with pytest.raises(SessionUnknown):
        log.read("0" * 32)
    assert log.ids() == []
    log.close()
    (tmp_path / "text.sqlite3").write_text("not a database, but long enough to be looked at" * 30)
    with pytest.raises(SessionUnavailable):
        open_log(f"sqlite:///{tmp_path / 'text.sqlite3'}")
    with pytest.raises(SessionUnavailable):
        open_log(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
