"""Deliveries to a real receiver: signed, tried again under one id, by one worker at a time."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.postgres import on_both_databases
from tests.serving.webhooks.conftest import add_event, add_webhook, delivering, rows, until
from tests.serving.webhooks.receiver import Receiver
from tingzhen.serving.records import WebhookDelivery, delete_clip, writing


def ended(records: Engine) -> bool:
    return all(row.state != "waiting" for row in rows(records))


def test_an_event_arrives_with_its_id_and_content(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    add_webhook(records, f"{receiver.url}/hook?a=1")
    clip_id = add_event(records, "report", data={"noise": "abnormal"})
    with delivering(records, tmp_path):
        until(lambda: ended(records))
    (row,), (came,) = rows(records), receiver.arrived
    assert (row.state, row.attempts, row.last_status, row.last_error) == ("done", 1, 204, None)
    assert (came.id, came.path) == (row.id, "/hook?a=1")
    assert came.headers["content-type"] == "application/json"
    assert came.content["type"] == "clip.report"
    assert came.content["data"] == {"clip_id": clip_id, "noise": "abnormal"}
    assert datetime.fromisoformat(came.content["timestamp"]).tzinfo is not None


def test_what_fails_is_tried_again_under_the_same_id(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    statuses = iter([500, 302, 404, 200])
    receiver.answer = lambda path: (next(statuses), {"location": f"{receiver.url}/elsewhere"})
    add_webhook(records, receiver.url)
    add_event(records)
    with delivering(records, tmp_path):
        until(lambda: ended(records))
    (row,) = rows(records)
    assert (row.state, row.attempts) == ("done", 4)
    assert receiver.ids() == {row.id: 4}
    assert {one.path for one in receiver.arrived} == {"/"}  # redirects are not followed
    assert len({one.body for one in receiver.arrived}) == 1


def test_what_nobody_takes_is_put_aside_and_stays_visible(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answer = lambda path: (503, {})
    add_webhook(records, receiver.url)
    add_event(records)
    with writing(records) as session:
        old = datetime.now(UTC) - timedelta(days=4)
        session.query(WebhookDelivery).update({"begun_at": old})
    with delivering(records, tmp_path):
        until(lambda: ended(records))
    (row,) = rows(records)
    assert (row.state, row.attempts, row.last_status) == ("failed", 5, 503)
    assert row.last_error == "status"


def test_a_receiver_that_is_gone_is_told_no_more(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.answer = lambda path: (410, {})
    add_webhook(records, receiver.url)
    add_event(records)
    with delivering(records, tmp_path):
        until(lambda: ended(records))
        add_event(records)
    assert [(row.state, row.attempts) for row in rows(records)] == [("failed", 1)]


def test_a_receiver_may_ask_to_wait(records: Engine, receiver: Receiver, tmp_path: Path) -> None:
    receiver.answer = lambda path: (429, {"Retry-After": "500"})
    add_webhook(records, receiver.url)
    add_event(records)
    with delivering(records, tmp_path):
        until(lambda: rows(records)[0].attempts == 1)
    wait_s = (rows(records)[0].next_at - datetime.now(UTC)).total_seconds()
    assert 400 < wait_s <= 500


def test_addresses_inside_are_refused(records: Engine, receiver: Receiver, tmp_path: Path) -> None:
    add_webhook(records, receiver.url)
    add_event(records)
    with delivering(records, tmp_path, webhook_targets="public"):
        until(lambda: rows(records)[0].attempts > 0)
    assert rows(records)[0].last_error == "address_refused"
    assert receiver.arrived == []


def test_a_slow_receiver_holds_nobody_up(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    def answer(path: str) -> tuple[int, dict[str, str]]:
        if path == "/slow":
            until(lambda: len(receiver.ids("/quick")) == 5)
        return 204, {}

    receiver.answer = answer
    slow = add_webhook(records, f"{receiver.url}/slow")
    add_webhook(records, f"{receiver.url}/quick", owner="bob")
    for _ in range(5):
        add_event(records)
    for _ in range(5):
        add_event(records, owner="bob")
    with delivering(records, tmp_path, webhook_timeout_s=60):
        until(lambda: ended(records))
    last_quick_s = max(one.ended_s for one in receiver.arrived if one.path == "/quick")
    assert all(one.ended_s >= last_quick_s for one in receiver.arrived if one.path == "/slow")
    assert sum(row.webhook_id == slow for row in rows(records)) == 5


@on_both_databases
@pytest.mark.slow
def test_several_workers_never_send_one_delivery_at_the_same_time(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    times: dict[str, int] = {}

    def answer(path: str) -> tuple[int, dict[str, str]]:
        time.sleep(0.01)  # so that another one would have the time to come in between
        times[path] = times.get(path, 0) + 1
        return (500 if times[path] == 1 else 204), {}

    receiver.answer = answer
    for number in range(12):
        add_webhook(records, f"{receiver.url}/{number}")
    for _ in range(4):
        add_event(records)
    with ExitStack() as workers:
        for number in range(3):
            workers.enter_context(delivering(records, tmp_path, f"here-{number}"))
        until(lambda: ended(records))
    by_id: dict[str, list[tuple[float, float]]] = {}
    for one in receiver.arrived:
        by_id.setdefault(one.id, []).append((one.began_s, one.ended_s))
    assert len(by_id) == 48
    assert sum(map(len, by_id.values())) == 48 + 12
    for spans in by_id.values():
        for (_, end), (begin, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end <= begin


@on_both_databases
@pytest.mark.slow
def test_the_claims_of_a_dead_worker_are_taken_over(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    add_webhook(records, receiver.url)
    for worker in ("here-0", "here-7", "elsewhere-1"):
        add_event(records)
        with writing(records) as session:
            free = session.query(WebhookDelivery).filter(WebhookDelivery.claim.is_(None))
            free.update({"claim": f"{worker}:1"})
    dead = {"here-7": False}
    with delivering(records, tmp_path, lives=dead.get):
        until(lambda: len(receiver.ids()) == 2)
    assert [row.state for row in rows(records)] == ["done", "done", "waiting"]
    # The claim of a worker elsewhere is left alone for as long as its attempt may take.
    with delivering(records, tmp_path, lives=dead.get, webhook_timeout_s=0.1):
        until(lambda: len(receiver.ids()) == 3)
    assert max(receiver.ids().values()) == 1


def test_a_worker_that_stops_leaves_nothing_claimed(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    add_webhook(records, receiver.url)
    with delivering(records, tmp_path) as running:

        def answer(path: str) -> tuple[int, dict[str, str]]:
            running.stop.set()
            return 204, {}

        receiver.answer = answer
        add_event(records)
        receiver.wait_for(lambda arrived: len(arrived) == 1)
    (row,) = rows(records)
    assert (row.state, row.claim) == ("done", None)


def test_old_deliveries_are_forgotten(records: Engine, receiver: Receiver, tmp_path: Path) -> None:
    add_webhook(records, receiver.url)
    for state, days in (("done", 31), ("failed", 31), ("waiting", 31), ("done", 29)):
        add_event(records)
        with writing(records) as session:
            new = session.query(WebhookDelivery).filter(WebhookDelivery.attempts == 0)
            moment = datetime.now(UTC) - timedelta(days=days)
            new.update({"created_at": moment, "state": state, "attempts": 1, "next_at": moment})
    with delivering(records, tmp_path):
        until(lambda: len(rows(records)) == 2)
        until(lambda: ended(records))
    assert len(receiver.arrived) == 1


def test_a_deleted_clip_takes_its_deliveries_along(records: Engine) -> None:
    add_webhook(records, "http://127.0.0.1:9")
    clip_id = add_event(records)
    assert len(rows(records)) == 1
    with writing(records) as session:
        delete_clip(session, clip_id)
    assert rows(records) == []


def test_a_clock_that_jumped_back_holds_nothing_up(
    records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    add_webhook(records, receiver.url)
    add_event(records)
    with writing(records) as session:
        far = datetime.now(UTC) + timedelta(days=1)
        session.query(WebhookDelivery).update({"next_at": far, "begun_at": far})
    with delivering(records, tmp_path):
        until(lambda: ended(records))
    assert len(receiver.arrived) == 1


def test_a_database_that_is_gone_for_a_while_costs_nothing(
    records: Engine, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def rename(old: str, new: str) -> None:
        with writing(records) as session:
            session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    def told(event: str) -> Callable[[], bool]:
        return lambda: event in [record.getMessage() for record in caplog.records]

    def answer(path: str) -> tuple[int, dict[str, str]]:
        rename("webhook_deliveries", "gone")  # before what came of it can be kept
        return 204, {}

    receiver.answer = answer
    add_webhook(records, receiver.url)
    add_event(records)
    rename("webhook_deliveries", "gone")
    with delivering(records, tmp_path):
        until(told("deliveries wait"))
        rename("gone", "webhook_deliveries")
        until(told("delivery kept later"))
        rename("gone", "webhook_deliveries")
        until(lambda: ended(records))
    assert [(row.state, row.attempts) for row in rows(records)] == [("done", 1)]
    assert len(receiver.arrived) == 1
