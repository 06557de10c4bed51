"""Patience ends when the database answers, or when the worker stops."""

import pytest

from tingzhen.errors import DamagedFile, FilesUnavailable, RecordsUnavailable
from tingzhen.language import Text
from tingzhen.serving.jobs import retrying
from tingzhen.serving.jobs.retrying import until_it_answers
from tingzhen.serving.jobs.workflow import InWork, LeftForOthers

GONE = Text("没了", "gone")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(retrying.time, "sleep", waits.append)
    return waits


def test_what_passes_is_waited_for(no_waiting: list[float]) -> None:
    answers = iter([RecordsUnavailable(GONE)] * 6 + [FilesUnavailable(GONE)] * 6)

    def work() -> str:
        for error in answers:
            raise error
        return "done"

    assert until_it_answers(work, between=lambda: None, what="sound") == "done"
    assert no_waiting[0] == pytest.approx(0.1)
    assert max(no_waiting) == no_waiting[-1] == pytest.approx(3.0)


def test_what_the_clip_causes_is_not_tried_again() -> None:
    def work() -> str:
        raise DamagedFile(GONE)

    with pytest.raises(DamagedFile):
        until_it_answers(work, between=lambda: None, what="facts")


def test_a_worker_that_stops_leaves_the_job_to_others() -> None:
    in_work = InWork()
    in_work.stopping.set()

    def work() -> str:
        raise RecordsUnavailable(GONE)

    with pytest.raises(LeftForOthers):
        until_it_answers(work, between=in_work.go_on, what="facts")
    assert not issubclass(LeftForOthers, Exception)
