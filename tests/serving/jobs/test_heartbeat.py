"""Who is silent is taken over from, and a clock that jumps makes nobody silent."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.postgres import on_both_databases
from tingzhen.serving.jobs.executor_id import take_executor_id, this_installation
from tingzhen.serving.jobs.heartbeat import Watch, beat, forget, say_goodbye, say_hello
from tingzhen.serving.records import WorkerProcess, writing
from tingzhen.serving.service import Service

HOLD = """
import sys, time
from pathlib import Path
from tingzhen.serving.jobs.executor_id import take_executor_id, this_installation
print(take_executor_id(this_installation(Path(sys.argv[1]))), flush=True)
time.sleep(300)
"""


def elsewhere(name: str) -> None:
    return None


@on_both_databases
def test_a_worker_whose_beat_does_not_change_is_silent(service: Service) -> None:
    now = [100.0]
    watch = Watch("here-0", 6.0, elsewhere, clock=lambda: now[0])
    for name in ("here-0", "there-0", "there-1"):
        say_hello(service.records, name, "host", 1)
    assert watch.silent(service.records) == []
    now[0] += 5
    assert beat(service.records, "there-1", stopping=False)
    assert watch.silent(service.records) == []
    now[0] += 2
    assert watch.silent(service.records) == ["there-0"]
    now[0] += 20
    assert set(watch.silent(service.records)) == {"there-0", "there-1"}
    assert "there-0" in watch.long_silent()
    forget(service.records, ["there-0"])
    assert not beat(service.records, "there-0", stopping=False)
    say_goodbye(service.records, "there-1")
    assert watch.silent(service.records) == []


def test_a_clock_that_jumps_makes_nobody_silent(service: Service) -> None:
    now = [0.0]
    watch = Watch("here-0", 6.0, elsewhere, clock=lambda: now[0])
    say_hello(service.records, "there-0", "host", 1)
    for jump in (timedelta(days=-3), timedelta(days=400), timedelta(hours=-9000)):
        now[0] += 5
        with writing(service.records) as session:
            row = session.get(WorkerProcess, "there-0")
            assert row is not None
            row.beat_at = datetime.now(UTC) + jump
        assert watch.silent(service.records) == []


def test_a_name_is_held_by_one_process_and_free_when_it_is_killed(tmp_path: Path) -> None:
    ours = this_installation(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    theirs = process.stdout.readline().strip()
    assert theirs == ours.executor_id(0)
    assert ours.lives(theirs) is True
    assert take_executor_id(ours) == ours.executor_id(1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert ours.lives(theirs) is False
    assert ours.lives(ours.executor_id(1)) is True
    assert ours.lives("elsewhere-0") is None
    assert take_executor_id(this_installation(tmp_path)) == theirs


def test_of_this_machine_the_dead_are_known_at_once_and_the_slow_are_left(
    service: Service,
) -> None:
    now = [0.0]
    lives = {"here-0": True, "here-1": True, "here-2": False}.get
    watch = Watch("here-0", 6.0, lives, clock=lambda: now[0])
    for name in ("here-0", "here-1", "here-2"):
        say_hello(service.records, name, "host", 1)
    assert watch.silent(service.records) == ["here-2"]
    now[0] += 30
    assert watch.silent(service.records) == ["here-2"]
    now[0] += 60
    assert watch.silent(service.records) == ["here-1", "here-2"]
