"""Blurred pictures and masked sound: when a worker makes them, in which order, what stops it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.serving.clips.conftest import Here, Open
from tingzhen.serving.clips.files import is_shown
from tingzhen.serving.jobs.shown_copies import REMEMBERED, ShownCopies
from tingzhen.serving.records import ClipRecord, reading, writing


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("copies") / "data")


@contextmanager
def running(copies: ShownCopies) -> Iterator[None]:
    thread = threading.Thread(target=copies.run)
    thread.start()
    try:
        yield
    finally:
        copies.stop()
        thread.join(20)
        assert not thread.is_alive()


def record(here: Here, clip_id: str) -> ClipRecord:
    with reading(here.service.records) as session:
        return session.get_one(ClipRecord, clip_id)


def shown(here: Here, clip_id: str) -> bool:
    return is_shown(here.service, record(here, clip_id))


def until(holds: Callable[[], bool], within_s: float = 30.0) -> bool:
    ends = time.monotonic() + within_s
    while not holds() and time.monotonic() < ends:
        time.sleep(0.02)
    return holds()


def test_they_wait_for_this_worker_and_for_every_other(here: Here) -> None:
    clip_id = here.done()
    busy = [True]
    copies = ShownCopies(here.service, lambda: busy[0])
    copies.of(clip_id, None)
    waiting = here.accepted(b"".join([here.originals()[0].read_bytes(), b"\0"]))
    with running(copies):
        time.sleep(0.5)
        busy[0] = False
        time.sleep(0.5)
        assert not shown(here, clip_id)
        assert not copies.resting()
        here.work_off(waiting)
        assert until(lambda: shown(here, clip_id))
        assert until(copies.resting)
    assert here.client.get(f"/v1/clips/{clip_id}/sound").status_code == 200


def test_the_newest_comes_first_and_one_that_fails_stops_nobody(here: Here) -> None:
    older, newer = here.done(), here.done()
    broken, gone = here.done(), here.done()
    with writing(here.service.records) as session:
        session.get_one(ClipRecord, broken).file_key = "clips/none"
    assert here.client.delete(f"/v1/clips/{gone}").status_code == 204
    copies = ShownCopies(here.service, lambda: False)
    for clip_id in (older, newer, broken, gone, "0" * 32):
        copies.of(clip_id, None)
    seen: list[tuple[bool, bool]] = []
    with running(copies):
        while not copies.resting():
            seen.append((shown(here, newer), shown(here, older)))
            time.sleep(0.001)
    assert (shown(here, newer), shown(here, older)) == (True, True)
    assert (False, True) not in seen
    assert not shown(here, broken)


def test_a_worker_that_falls_behind_forgets_the_oldest(here: Here) -> None:
    copies = ShownCopies(here.service, lambda: True)
    for number in range(REMEMBERED + 3):
        copies.of(str(number), None)
    assert list(copies._wanted) == [str(number) for number in range(3, REMEMBERED + 3)]
