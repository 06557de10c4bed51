"""Real workers: the same report as the command's, sound before pictures, and what ends a job."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.serving.conftest import Tingzhen, clean_environment
from tests.serving.jobs.clips import ended, hand_in, keep_clip, kinds, record
from tingzhen.serving.records import ClipEvent, WorkerProcess, events_after, reading
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings

pytestmark = pytest.mark.slow
CONTEXT = {"complaint": "冷车启动时有敲击声", "when": ["cold_start"], "codes": ["P0301"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    built = build_service(Settings(data_dir=folder / "data"))
    yield built
    built.close()


@pytest.fixture(scope="module")
def worker(service: Service, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One, as `tingzhen worker` starts and stops it."""
    log = folder / "worker.log"
    environment = clean_environment(
        TINGZHEN_DATA_DIR=str(service.settings.data_dir), TINGZHEN_WORKER_CLIPS="1"
    )
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tingzhen.command_line", "worker", "--processes", "1"],
            env=environment, stderr=stderr,
        )  # fmt: skip
        yield process
        process.terminate()
        assert process.wait(60) == 0
    text = log.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "worker ended" in text


def events(service: Service, clip_id: str) -> list[ClipEvent]:
    with reading(service.records) as session:
        return events_after(session, clip_id=clip_id)


def test_the_report_is_that_of_the_command(
    service: Service, worker: object, sample_clip: Path, tmp_path: Path, tingzhen: Tingzhen
) -> None:
    context = tmp_path / "context.json"
    context.write_text(json.dumps(CONTEXT), encoding="utf-8")
    clip_id = hand_in(service, sample_clip, circumstances=json.dumps(CONTEXT))
    (done,) = ended(service, [clip_id], within_s=120)
    assert (done.state, done.kind, done.attempts) == ("done", "video", 1)
    for language, kept in (("en", done.report_en), ("zh", done.report_zh)):
        command = tingzhen(
            "diagnose", sample_clip, "--json", "--lang", language, "--context", context,
            TINGZHEN_DATA_DIR=str(tmp_path),
        )  # fmt: skip
        expected, ours = json.loads(command.stdout), json.loads(kept or "")
        assert expected.pop("timing_ms").keys() == ours.pop("timing_ms").keys()
        for report in (expected, ours):
            for model in report["models"].values():
                model.pop("version")  # the service has versions of its own
        assert ours == expected
    order = [str(event.data.get("step", event.kind)) for event in events(service, clip_id)]
    assert order == [
        "accepted", "facts", "noise", "frames", "recognition", "diagnosis", "report",
    ]  # fmt: skip
    noise = events(service, clip_id)[2].data
    assert noise["verdict"] == json.loads(done.report_en or "")["noise"]["verdict"]


def test_a_clip_that_cannot_be_decoded_is_put_aside_with_its_reason(
    service: Service, worker: object, tmp_path: Path
) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + b"\xff" * 4000)
    (put_aside,) = ended(service, [hand_in(service, path)])
    assert put_aside.state == "failed"
    assert put_aside.error_code == "damaged_file"
    assert put_aside.error_zh
    assert put_aside.error_en
    assert put_aside.attempts <= 1
    assert kinds(service, put_aside.id)["failed"] == 1


def test_a_file_that_is_gone_and_a_deadline_that_passed(
    service: Service, worker: object, knocking: Path
) -> None:
    gone = hand_in(service, knocking, file_key="originals/00/none")
    late = hand_in(service, knocking, deadline_at=datetime.now(UTC) - timedelta(seconds=1))
    records = ended(service, [gone, late])
    assert [one.error_code for one in records] == ["file_missing", "deadline_passed"]


def test_cancelled_clips_are_not_analysed(service: Service, worker: object, knocking: Path) -> None:
    before = keep_clip(service, knocking)
    service.jobs.cancel(before)
    service.submit(before)
    after = hand_in(service, knocking)
    ended(service, [after])
    assert record(service, before).state == "cancelled"
    assert kinds(service, before) == {"accepted": 1, "cancelled": 1}


def test_one_owner_with_many_clips_keeps_nobody_waiting(
    service: Service, worker: object, knocking: Path
) -> None:
    fleet = [hand_in(service, knocking, owner="fleet", priority=5) for _ in range(12)]
    anna = hand_in(service, knocking, owner="anna", priority=5)
    bay = hand_in(service, knocking, owner="bay", priority=0)
    records = {one.id: one for one in ended(service, [*fleet, anna, bay], within_s=120)}

    def ended_before(clip_id: str) -> int:
        moment = records[clip_id].finished_at
        assert moment is not None
        return sum((records[one].finished_at or moment) < moment for one in fleet)

    # Those that were taken while the others were handed in go before, and one in turn.
    assert ended_before(anna) < 8
    assert ended_before(bay) <= ended_before(anna)


def test_a_database_that_is_locked_for_seconds_loses_nothing(
    service: Service, worker: object, knocking: Path
) -> None:
    with sqlite3.connect(service.settings.data_dir / "jobs.sqlite3", isolation_level=None) as jobs:
        clip_ids = [hand_in(service, knocking) for _ in range(2)]
        jobs.execute("BEGIN IMMEDIATE")
        time.sleep(2)
        jobs.execute("ROLLBACK")
    with sqlite3.connect(
        service.settings.data_dir / "records.sqlite3", isolation_level=None
    ) as records:
        records.execute("BEGIN IMMEDIATE")
        time.sleep(2)
        records.execute("ROLLBACK")
    assert {one.state for one in ended(service, clip_ids, within_s=120)} == {"done"}
    assert all(max(kinds(service, clip_id).values()) == 1 for clip_id in clip_ids)


def test_a_store_that_is_gone_for_seconds_loses_nothing(
    service: Service, worker: object, knocking: Path
) -> None:
    files = Path(service.settings.files_location())
    clip_id = keep_clip(service, knocking)
    hidden = files.with_name("hidden")
    files.rename(hidden)
    files.touch()  # where a folder is expected: an error of the store, not a missing file
    service.submit(clip_id)
    time.sleep(2)
    files.unlink()
    hidden.rename(files)
    assert ended(service, [clip_id], within_s=120)[0].state == "done"


def test_a_worker_that_is_killed_is_started_again_under_its_name(
    service: Service, worker: object, knocking: Path
) -> None:
    def row() -> WorkerProcess:
        with reading(service.records) as session:
            return session.query(WorkerProcess).one()

    ended(service, [hand_in(service, knocking)], within_s=120)
    before = row()
    clip_ids = [hand_in(service, knocking) for _ in range(4)]
    os.kill(before.pid, signal.SIGKILL)
    assert {one.state for one in ended(service, clip_ids, within_s=120)} == {"done"}
    assert row().executor_id == before.executor_id
    assert row().pid != before.pid
