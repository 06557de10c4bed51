"""kill -9 of workers while clips are analysed again: each gets one new report and keeps the old."""

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from benchmarks.kill_runs import workers
from tests.serving.jobs.clips import ended, hand_in, kinds, record
from tingzhen.serving.reanalysis import Asker, Wanted, analyse_many_again
from tingzhen.serving.reanalysis.progress import progress_of
from tingzhen.serving.records import (
    ClipFilter,
    WorkerProcess,
    earlier_reports,
    reading,
    reanalysis,
)
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings

MOMENTS = ("submit:before", "facts:before", "sound:done", "publish:before", "publish:done")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_clip_is_analysed_again_once(tmp_path: Path, knocking: Path) -> None:
    folder, orders = tmp_path / "machine", tmp_path / "orders"
    folder.mkdir()
    orders.mkdir()
    settings = Settings(data_dir=folder)
    service = build_service(settings)
    ids = [hand_in(service, knocking, owner=f"o{n % 2}") for n in range(6)]
    with workers(settings, [folder], orders):
        ended(service, ids, within_s=120)
        for moment in MOMENTS:
            (orders / moment).touch()
        asked = analyse_many_again(
            service, Asker("eng1", None, 15), Wanted(clips=ClipFilter(states=["done"]))
        )
        pids = _until(service, asked.id, orders)
    service.close()
    assert pids >= 1
    for clip_id in ids:
        told = kinds(service, clip_id)
        assert (told["accepted"], told["report"], told["failed"]) == (2, 2, 0)
        assert record(service, clip_id).state == "done"
        with reading(service.records) as session:
            assert [one.version for one in earlier_reports(session, clip_id)] == [1]
            assert progress_of(session, asked.id).counts["done"] == len(ids)


def _until(service: Service, reanalysis_id: str, orders: Path, within_s: float = 240.0) -> int:
    """Kill a worker at random too, and wait for the end. Returns how many moments were met."""
    with reading(service.records) as session:
        pid = session.scalars(select(WorkerProcess.pid)).first()
    if pid is not None and Path(f"/proc/{pid}").exists():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with reading(service.records) as session:
            if reanalysis(session, reanalysis_id).ended_at is not None:
                return len(MOMENTS) - len(list(orders.iterdir()))
        time.sleep(0.05)
    raise AssertionError("it did not end")
