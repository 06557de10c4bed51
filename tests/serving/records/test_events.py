"""Events: in their order, none missed by who reads on, numbers never used again."""

import threading

import pytest
from sqlalchemy import Engine

from tests.postgres import on_both_databases
from tests.serving.records.example_clips import START, example_clip
from tingzhen.serving.records import (
    add_clip,
    append_event,
    delete_clip,
    events_after,
    last_event_seq,
    reading,
    writing,
)


@pytest.fixture(autouse=True)
def _clips(records: Engine) -> None:
    with writing(records) as session:
        for number in range(4):
            add_clip(session, example_clip(number))


def append(records: Engine, number: int, kind: str, **data: object) -> int:
    with writing(records) as session:
        return append_event(session, f"{number:032x}", kind, data, at=START).seq  # type: ignore[arg-type]


@on_both_databases
def test_events_are_read_on_from_a_number(records: Engine) -> None:
    with reading(records) as session:
        assert last_event_seq(session) == 0
    first = append(records, 1, "accepted", name="听")
    append(records, 2, "accepted")
    last = append(records, 1, "noise", types=[{"type": "knock", "probability": 0.5}])
    with reading(records) as session:
        assert [e.kind for e in events_after(session, clip_id=f"{1:032x}")] == ["accepted", "noise"]
        after = events_after(session, first, clip_id=f"{1:032x}")
        assert [(e.seq, e.data, e.at) for e in after] == [
            (last, {"types": [{"type": "knock", "probability": 0.5}]}, START)
        ]
        assert len(events_after(session, kinds={"accepted"})) == 2
        assert [e.data for e in events_after(session, limit=1)] == [{"name": "听"}]
        assert last_event_seq(session) == last


@on_both_databases
def test_a_number_is_never_used_again(records: Engine) -> None:
    last = append(records, 1, "accepted")
    with writing(records) as session:
        delete_clip(session, f"{1:032x}")
    assert append(records, 2, "accepted") > last


@on_both_databases
def test_who_reads_on_misses_none_that_others_add_meanwhile(records: Engine) -> None:
    def add(number: int) -> None:
        for _ in range(25):
            append(records, number, "step")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while any(thread.is_alive() for thread in threads):
        with reading(records) as session:
            seen += [e.seq for e in events_after(session, seen[-1] if seen else 0)]
    with reading(records) as session:
        seen += [e.seq for e in events_after(session, seen[-1] if seen else 0)]
    assert len(seen) == len(set(seen)) == 100
