"""A disk that fills up, a store that is gone: told as such, nothing half kept, and it goes on."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving.clips.conftest import SOUND, Here, Open, is_problem
from tests.serving.clips.test_resumable import TUS, begin, offset_of, send

LARGE = SOUND + bytes(2_500_000)
_ROOM_BYTES = 1_600_000


@contextmanager
def files_grow_no_further() -> Iterator[None]:
    """Writing beyond the limit fails as on a full disk, in this process."""
    ignored = signal.getsignal(signal.SIGXFSZ)
    assert ignored == signal.SIG_IGN  # as Python has it: an error instead of the end
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def nothing_is_kept(here: Here) -> bool:
    originals = here.data_dir / "files" / "originals"
    assert here.client.get("/v1/clips").json()["clips"] == []
    assert not originals.exists() or here.originals() == []
    assert list((here.data_dir / "incoming").iterdir()) == []
    return True


@pytest.mark.slow
def test_a_full_disk(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data")
    location = begin(here, len(LARGE))
    with files_grow_no_further():
        refused = here.send(LARGE)
        is_problem(refused, 507, "storage_full")
        assert int(refused.headers["retry-after"]) > 0
        assert nothing_is_kept(here)
        is_problem(send(here, location, LARGE, 0), 507, "storage_full")
        offset = offset_of(here, location)
    assert 0 < offset <= _ROOM_BYTES  # what fitted needs not come again
    assert send(here, location, LARGE[offset:], offset).status_code == 204
    assert here.send(LARGE).status_code == 202
    assert len(here.originals()) == 1


@pytest.mark.slow
def test_more_than_the_disk_holds_is_refused_at_once(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data", max_bytes=1 << 62)
    headers = TUS | {"upload-length": str(10**18 - 1)}
    is_problem(here.client.post("/v1/uploads", headers=headers), 507, "storage_full")


@pytest.mark.slow
def test_a_store_that_is_gone(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data")
    files, away = here.data_dir / "files", here.data_dir / "files.away"
    location = begin(here)
    files.rename(away)
    files.write_bytes(b"no folder")
    try:
        is_problem(here.send(), 503, "files_unavailable")
        is_problem(send(here, location, SOUND, 0), 503, "files_unavailable")
    finally:
        files.unlink()
        away.rename(files)
    assert nothing_is_kept(here)
    assert offset_of(here, location) == len(SOUND)
    clip_id = location.rsplit("/", 1)[-1]
    assert here.client.get(f"/v1/clips/{clip_id}").json()["state"] == "waiting"
    assert here.send().status_code == 202
