"""Jobs handed in once however often, cancelled, forgotten, and refused when too many wait."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import on_both_databases
from tests.serving.conftest import clean_environment
from tests.serving.jobs.clips import hand_in, keep_clip, kinds, record
from tingzhen.errors import ClipUnknown, QueueFull
from tingzhen.serving.jobs.sweep import Sweep
from tingzhen.serving.records import lock_clip, writing
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings


def jobs(service: Service) -> list[str]:
    """Ids of all jobs, the one that is next first."""
    found = service.jobs.client.list_workflows()
    return [j.workflow_id for j in sorted(found, key=lambda j: (j.priority or 0, j.created_at))]


@on_both_databases
def test_a_job_is_handed_in_once_and_in_turn(service: Service, knocking: Path) -> None:
    fleet = [hand_in(service, knocking, owner="fleet") for _ in range(3)]
    anna = hand_in(service, knocking, owner="anna")
    bay = hand_in(service, knocking, owner="bay", priority=0)
    service.submit(anna, priority=0, owner="anna")
    assert jobs(service) == [fleet[0], anna, bay, *fleet[1:]]
    service.jobs.forget(anna)
    assert jobs(service) == [fleet[0], bay, *fleet[1:]]


@on_both_databases
def test_cancelling_ends_a_clip_once(service: Service, knocking: Path) -> None:
    clip_id = hand_in(service, knocking)
    assert service.jobs.cancel(clip_id)
    assert not service.jobs.cancel(clip_id)
    assert record(service, clip_id).state == "cancelled"
    assert kinds(service, clip_id) == {"accepted": 1, "cancelled": 1}
    (job,) = service.jobs.client.list_workflows()
    assert job.status == "CANCELLED"
    with pytest.raises(ClipUnknown):
        service.jobs.cancel("0" * 32)


@on_both_databases
def test_too_many_clips_are_refused_with_a_time_to_come_again(
    service: Service, knocking: Path
) -> None:
    service.jobs.ensure_room()
    service.jobs._limit = 2
    first, _ = (hand_in(service, knocking) for _ in range(2))
    with pytest.raises(QueueFull) as refused:
        service.jobs.ensure_room()
    assert refused.value.retry_after_s is not None
    assert 1 <= refused.value.retry_after_s <= 60
    service.jobs.cancel(first)
    service.jobs.ensure_room()


@pytest.mark.slow
@on_both_databases
def test_a_clip_whose_upload_was_killed_before_its_job_is_handed_in_later(
    service: Service, knocking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip_id = keep_clip(service, knocking)
    orders = service.settings.data_dir / "orders"
    orders.mkdir()
    (orders / "submit:before").touch()
    script = (
        "import sys; from tingzhen.serving.service import build_service\n"
        "from tingzhen.serving.settings import load_settings\n"
        "build_service(load_settings()).submit(sys.argv[1])"
    )
    environment = clean_environment(
        TINGZHEN_DATA_DIR=str(service.settings.data_dir), TINGZHEN_TEST_KILL_ORDERS=str(orders)
    )
    if service.settings.database_url:
        environment["TINGZHEN_DATABASE_URL"] = service.settings.database_url
    done = subprocess.run(
        [sys.executable, "-c", script, clip_id], env=environment, check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert jobs(service) == []
    monkeypatch.setattr("tingzhen.serving.jobs.sweep._SETTLED_S", 0.0)
    Sweep(service).run()
    Sweep(service).run()
    assert jobs(service) == [clip_id]


def test_a_job_of_which_the_clip_knows_no_end_is_begun_anew(
    service: Service, knocking: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the restore of an older backup of the records."""
    monkeypatch.setattr("tingzhen.serving.jobs.sweep._SETTLED_S", 0.0)
    clip_id = hand_in(service, knocking)
    service.jobs.client.cancel_workflow(clip_id)
    Sweep(service).run()
    assert set(jobs(service)) == {clip_id, f"{clip_id}-1"}
    with writing(service.records) as session:
        lock_clip(session, clip_id).attempts = 20
    service.jobs.client.cancel_workflow(f"{clip_id}-1")
    Sweep(service).run()
    assert record(service, clip_id).error_code == "analysis_failed"


@pytest.mark.slow
def test_processes_that_start_at_once_make_one_database(settings: Settings) -> None:
    environment = clean_environment(TINGZHEN_DATA_DIR=str(settings.data_dir))
    script = (
        "from tingzhen.serving.service import build_service\n"
        "from tingzhen.serving.settings import load_settings\n"
        "print(build_service(load_settings()).jobs.client.list_workflows())"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=120)[0] for process in started] == [b"[]\n"] * 3
    build_service(settings).close()
    assert (settings.data_dir / "jobs.sqlite3").exists()
