"""A full disk is waited for: what was accepted is done when there is room again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.conftest import clean_environment
from tests.serving.jobs.clips import ended, hand_in, kinds
from tingzhen.serving.records import WorkerProcess, reading
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.settings import Settings

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder with room for 96 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("only root can make a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def ready(service: Service) -> bool:
    with reading(service.records) as session:
        return session.query(WorkerProcess).count() > 0


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\1" * size)
            except OSError:
                continue
    return ballast


def test_clips_are_done_when_there_is_room_again(small_disk: Path, knocking: Path) -> None:
    service = build_service(Settings(data_dir=small_disk / "data"))
    worker = subprocess.Popen(
        [sys.executable, "-m", "tingzhen.command_line", "worker", "--processes", "1"],
        env=clean_environment(TINGZHEN_DATA_DIR=str(small_disk / "data")), stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not ready(service) and time.monotonic() < deadline:
            time.sleep(0.1)
        clip_ids = [hand_in(service, knocking) for _ in range(3)]
        ballast = fill(small_disk)
        time.sleep(4)
        ballast.unlink()
        assert {one.state for one in ended(service, clip_ids, within_s=120)} == {"done"}
        assert all(max(kinds(service, clip_id).values()) == 1 for clip_id in clip_ids)
    finally:
        worker.terminate()
        worker.communicate(timeout=60)
        service.close()
