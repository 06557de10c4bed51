"""Who is looked at first: the order that docs/http.md states, kept by the database."""

import itertools
from datetime import timedelta

from sqlalchemy import Engine

from tests.postgres import on_both_databases
from tests.serving.records.example_clips import START, example_clip
from tingzhen.serving.records import (
    ClipFilter,
    Place,
    add_clip,
    clips_by_urgency,
    lock_clip,
    reading,
    writing,
)
from tingzhen.serving.records.urgency import CLOSED, urgency_of

IN_ORDER = [
    {"state": "done", "drive": "stop", "severity": "dangerous"},
    {"state": "done", "drive": "stop"},
    {"state": "waiting"},
    {"state": "failed"},
    {"state": "done", "drive": "soon", "severity": "serious"},
    {"state": "done", "drive": "soon", "severity": "minor"},
    {"state": "done", "drive": "unknown"},
    {"state": "done", "drive": "ok", "severity": "moderate"},
    {"state": "done", "drive": "ok"},
    {"state": "done", "drive": "stop", "severity": "dangerous", "confirmed_fault": "knock"},
    {"state": "cancelled"},
]


def names(records: Engine, **more: object) -> list[int]:
    with reading(records) as session:
        found = clips_by_urgency(session, ClipFilter(), **more)  # type: ignore[arg-type]
    return [int(clip.id, 16) for clip in found]


@on_both_databases
def test_the_most_urgent_first_and_page_by_page(records: Engine) -> None:
    count = len(IN_ORDER)
    with writing(records) as session:
        for number in reversed(range(count)):  # the latest is the most urgent
            at = START + timedelta(minutes=number)
            add_clip(session, example_clip(number, created_at=at, **IN_ORDER[number]))
    assert names(records) == list(range(count))
    read, after = [], None
    while page := names(records, after=after, limit=3):
        read += page
        with reading(records) as session:
            last = clips_by_urgency(session, ClipFilter(), after=after, limit=3)[-1]
        after = Place(last.created_at, last.id, last.urgency)
    assert read == list(range(count))


def test_urgency_follows_when_a_clip_changes(records: Engine) -> None:
    with writing(records) as session:
        add_clip(session, example_clip(1, state="done", drive="soon"))
    with writing(records) as session:
        lock_clip(session, f"{1:032x}").confirmed_fault = "knock"
    with reading(records) as session:
        (found,) = clips_by_urgency(session, ClipFilter(confirmed=True))
        assert clips_by_urgency(session, ClipFilter(confirmed=False)) == []
    assert found.urgency == CLOSED


def test_a_clip_that_is_analysed_again_stays_where_it_was() -> None:
    for drive in ("stop", "ok"):
        ranks = {
            urgency_of(state=state, drive=drive, severity="minor", confirmed=False)  # type: ignore[arg-type]
            for state in ("done", "waiting", "running", "failed")
        }
        assert len(ranks) == 1


def test_advice_weighs_more_than_gravity() -> None:
    drives, severities = ("stop", "soon", "unknown", "ok"), ("dangerous", "serious", "minor", None)
    ranks = [
        urgency_of(state="done", drive=drive, severity=severity, confirmed=False)  # type: ignore[arg-type]
        for drive, severity in itertools.product(drives, severities)
    ]
    assert ranks == sorted(set(ranks))
    assert max(ranks) < CLOSED
