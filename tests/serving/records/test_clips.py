"""Clips in the database: kept, changed under a lock, listed in pages, deleted."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, func, select

from tests.postgres import on_both_databases
from tests.serving.records.example_clips import START, example_clip
from tingzhen.errors import ClipUnknown, RecordsUnavailable
from tingzhen.serving.records import (
    ClipFilter,
    ClipFrame,
    ClipRecord,
    IdempotencyKey,
    Place,
    add_clip,
    add_frames,
    append_event,
    clip,
    clips_page,
    count_clips,
    delete_clip,
    events_after,
    file_used,
    frames,
    lock_clip,
    lock_file,
    reading,
    set_state,
    writing,
)


def add(records: Engine, *clips: ClipRecord) -> None:
    with writing(records) as session:
        for record in clips:
            add_clip(session, record)


@on_both_databases
def test_a_clip_is_read_as_it_was_kept(records: Engine) -> None:
    beijing = datetime(2026, 5, 1, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    add(records, example_clip(1, label="听 1.mp4", deadline_at=beijing, make="比亚迪"))
    with reading(records) as session:
        found = clip(session, f"{1:032x}")
    assert (found.label, found.make, found.state) == ("听 1.mp4", "比亚迪", "waiting")
    assert found.created_at == START + timedelta(minutes=1)
    assert found.created_at.utcoffset() == timedelta(0)
    assert found.deadline_at == beijing
    assert (found.report("zh"), found.attempts, found.circumstances) == (None, 0, "{}")


def test_a_time_without_a_zone_is_refused(records: Engine) -> None:
    with pytest.raises(RecordsUnavailable, match="without a zone"):
        add(records, example_clip(1, created_at=datetime(2026, 5, 1)))


@on_both_databases
def test_unknown_clips_are_said(records: Engine) -> None:
    with reading(records) as session, pytest.raises(ClipUnknown):
        clip(session, "0" * 32)
    with writing(records) as session, pytest.raises(ClipUnknown):
        set_state(session, "0" * 32, "running", of={"waiting"})
    with writing(records) as session, pytest.raises(ClipUnknown):
        delete_clip(session, "0" * 32)


@on_both_databases
def test_a_state_changes_only_from_where_it_may(records: Engine) -> None:
    add(records, example_clip(1))
    with writing(records) as session:
        running = set_state(session, f"{1:032x}", "running", of={"waiting"})
        assert running is not None
        running.attempts += 1
    with writing(records) as session:
        assert set_state(session, f"{1:032x}", "cancelled", of={"waiting"}) is None
    with reading(records) as session:
        found = clip(session, f"{1:032x}")
    assert (found.state, found.attempts) == ("running", 1)


@on_both_databases
def test_of_many_who_take_a_clip_one_gets_it(records: Engine) -> None:
    add(records, example_clip(1))
    taken, begin = [], threading.Barrier(4)

    def take() -> None:
        begin.wait()
        with writing(records) as session:
            taken.append(set_state(session, f"{1:032x}", "running", of={"waiting"}) is not None)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]


@on_both_databases
def test_changes_under_a_lock_are_not_lost(records: Engine) -> None:
    add(records, example_clip(1))

    def count() -> None:
        for _ in range(5):
            with writing(records) as session:
                lock_clip(session, f"{1:032x}").attempts += 1

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(records) as session:
        assert clip(session, f"{1:032x}").attempts == 20


@on_both_databases
def test_what_fails_leaves_nothing(records: Engine) -> None:
    with pytest.raises(KeyError), writing(records) as session:
        add_clip(session, example_clip(1))
        raise KeyError
    with reading(records) as session:
        assert count_clips(session, ClipFilter()) == 0


@on_both_databases
def test_pages_hold_every_clip_once_while_others_come_in(records: Engine) -> None:
    same_time = START + timedelta(minutes=3)
    add(records, *(example_clip(n, created_at=same_time) for n in range(3)))
    add(records, *(example_clip(n) for n in range(4, 9)))
    seen: list[str] = []
    place = None
    while True:
        with reading(records) as session:
            page = clips_page(session, ClipFilter(), after=place, limit=3)
        if not page:
            break
        seen += [found.id for found in page]
        place = Place(page[-1].created_at, page[-1].id)
        add(records, example_clip(100 + len(seen)))
    assert seen == [f"{n:032x}" for n in (8, 7, 6, 5, 4, 2, 1, 0)]


@on_both_databases
def test_filters(records: Engine) -> None:
    add(
        records,
        example_clip(1, owner="bob", workshop="north", state="done", noise_verdict="abnormal"),
        example_clip(2, workshop="north", make="BYD", model="Han", damage_verdict="damaged"),
        example_clip(3, label="100%_LOUD.mp4", state="failed"),
    )

    def ids(**wanted: object) -> list[int]:
        with reading(records) as session:
            found = clips_page(session, ClipFilter(**wanted))
            assert count_clips(session, ClipFilter(**wanted)) == len(found)
        return sorted(int(record.id, 16) for record in found)

    assert ids() == [1, 2, 3]
    assert ids(owner="ann") == [2, 3]
    assert ids(workshop="north") == [1, 2]
    assert ids(states={"done", "failed"}) == [1, 3]
    assert ids(since=START + timedelta(minutes=2), until=START + timedelta(minutes=3)) == [2]
    assert ids(noise_verdict="abnormal") == [1]
    assert ids(damage_verdict="damaged", make="BYD", model="Han") == [2]
    assert ids(label="loud") == [3]
    assert ids(label="%_") == [3]
    assert ids(label="%") == [3]


@on_both_databases
def test_deleting_takes_all_that_hangs_on_a_clip(records: Engine) -> None:
    add(records, example_clip(1), example_clip(2))
    with writing(records) as session:
        for number in (1, 2):
            append_event(session, f"{number:032x}", "accepted", {}, at=START)
            add_frames(
                session, [ClipFrame(clip_id=f"{number:032x}", number=0, time_s=0.5, file_key="k")]
            )
            session.add(
                IdempotencyKey(
                    owner="ann", key=str(number), clip_id=f"{number:032x}",
                    request_digest="0" * 64, created_at=START,
                )
            )  # fmt: skip
    with writing(records) as session:
        delete_clip(session, f"{1:032x}")
    with reading(records) as session:
        assert [event.clip_id for event in events_after(session)] == [f"{2:032x}"]
        assert frames(session, f"{1:032x}") == []
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


@on_both_databases
def test_frames_of_a_second_attempt_replace_the_first(records: Engine) -> None:
    add(records, example_clip(1))
    for times in ((0.5, 1.5, 2.5), (0.25, 1.0)):
        with writing(records) as session:
            add_frames(
                session,
                [ClipFrame(clip_id=f"{1:032x}", number=n, time_s=t, file_key=f"clips/1/{n}")
                 for n, t in enumerate(times)],
            )  # fmt: skip
    with reading(records) as session:
        assert [frame.time_s for frame in frames(session, f"{1:032x}")] == [0.25, 1.0]


@on_both_databases
def test_an_original_is_used_as_long_as_one_clip_has_it(records: Engine) -> None:
    add(records, example_clip(1, file_key="same"), example_clip(2, file_key="same"))
    used = []
    for number in (1, 2):
        with writing(records) as session:
            lock_file(session, "same")
            delete_clip(session, f"{number:032x}")
            used.append(file_used(session, "same"))
    assert used == [True, False]
