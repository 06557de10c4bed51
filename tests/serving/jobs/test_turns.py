"""Owners take turns, and what is urgent goes before all of them."""

from pathlib import Path

import pytest

from tests.postgres import on_both_databases
from tests.serving.jobs.clips import keep_clip, record
from tingzhen.serving.jobs.turns import queue_priority, take_turn
from tingzhen.serving.records import lock_clip, writing
from tingzhen.serving.service import Service


def turn(service: Service, path: Path, owner: str, priority: int = 0) -> tuple[int, str]:
    """The place in the queue that a new clip gets, and the clip."""
    clip_id = keep_clip(service, path, owner=owner, priority=priority)
    with writing(service.records) as session:
        taken = take_turn(session, lock_clip(session, clip_id))
    return queue_priority(priority, taken), clip_id


def start(service: Service, clip_id: str) -> None:
    with writing(service.records) as session:
        lock_clip(session, clip_id).state = "running"


@on_both_databases
def test_an_owner_with_many_clips_keeps_nobody_waiting(service: Service, knocking: Path) -> None:
    many = [turn(service, knocking, "fleet") for _ in range(12)]
    assert [place for place, _ in many] == list(range(1, 13))
    for _, clip_id in many[:3]:
        start(service, clip_id)
    # Two of the fleet's clips at most go before the first of anybody else.
    other, _ = turn(service, knocking, "anna")
    assert sum(place <= other for place, _ in many[3:]) == 1
    second, _ = turn(service, knocking, "anna")
    assert second == other + 1


def test_the_turn_is_taken_once(service: Service, knocking: Path) -> None:
    place, clip_id = turn(service, knocking, "anna")
    turn(service, knocking, "anna")
    with writing(service.records) as session:
        again = take_turn(session, lock_clip(session, clip_id))
    assert queue_priority(0, again) == place
    assert record(service, clip_id).turn == again


def test_what_is_urgent_goes_first_however_many_wait(service: Service, knocking: Path) -> None:
    bulk = [turn(service, knocking, "fleet", priority=5)[0] for _ in range(5)]
    urgent = [turn(service, knocking, owner, priority=0)[0] for owner in ("bay", "bay", "anna")]
    assert max(urgent) < min(bulk)


@pytest.mark.parametrize("priority", [-3, 0, 15, 99])
@pytest.mark.parametrize("turn_", [0, 1, 10**9])
def test_places_fit_what_dbos_takes(priority: int, turn_: int) -> None:
    assert 1 <= queue_priority(priority, turn_) <= 2**31 - 1
