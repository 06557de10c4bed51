"""Who is told of which clip: what the maker of a webhook may see, and nothing else."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from tests.postgres import on_both_databases
from tests.serving.webhooks.conftest import add_event, add_webhook, rows
from tingzhen.serving.access.tokens import create_token, revoke_token
from tingzhen.serving.records import EventKind

URL = "https://receiver.example/"


def told(records: Engine) -> set[str]:
    return {row.webhook_id for row in rows(records)}


@on_both_databases
@pytest.mark.slow
def test_owner_workshop_and_admin(records: Engine) -> None:
    anna = add_webhook(records, URL)
    bob = add_webhook(records, URL, owner="bob")
    bay = add_webhook(records, URL, owner="t1", workshop="w1", reach="workshop", role="technician")
    other = add_webhook(records, URL, owner="t2", workshop="w2", reach="workshop")
    everything = add_webhook(records, URL, owner="a1", reach="all", role="admin")
    add_event(records)
    assert told(records) == {anna, everything}
    add_event(records, workshop="w1")
    assert told(records) == {anna, everything, bay}
    add_event(records, owner="bob", workshop="w2")
    assert told(records) == {anna, everything, bay, bob, other}
    assert len(rows(records)) == 2 + 3 + 3


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        ([], ["accepted", "noise", "report", "failed", "cancelled", "confirmed"]),
        (["report", "failed"], ["report", "failed"]),
    ],
)
def test_kinds_that_were_asked_for(records: Engine, events: list[str], kinds: list[str]) -> None:
    add_webhook(records, URL, events=events)
    all_kinds: list[EventKind] = [
        "accepted", "step", "noise", "report", "failed", "cancelled", "confirmed"
    ]  # fmt: skip
    for kind in all_kinds:
        add_event(records, kind)
    assert [row.kind for row in rows(records)] == kinds


def test_one_that_is_not_active_is_told_nothing(records: Engine) -> None:
    add_webhook(records, URL, active=False)
    add_event(records)
    assert rows(records) == []


@on_both_databases
def test_whose_rights_were_taken_back_is_told_nothing(records: Engine) -> None:
    first = create_token(records, subject="anna", role="owner", valid_for=None)
    add_webhook(records, URL, token_id=first.id)
    add_event(records)
    assert len(rows(records)) == 1
    second = create_token(records, subject="anna", role="owner", valid_for=None)
    revoke_token(records, first.id)
    add_event(records)
    assert len(rows(records)) == 2  # a token was changed for another
    revoke_token(records, second.id)
    add_event(records)
    assert len(rows(records)) == 2
    assert rows(records)[0].created_at <= datetime.now(UTC)


def test_a_technician_who_changes_the_workshop_is_told_of_the_old_one_no_more(
    records: Engine,
) -> None:
    old = create_token(records, subject="t1", role="technician", workshop="w1", valid_for=None)
    add_webhook(
        records, URL, owner="t1", workshop="w1", reach="workshop", role="technician",
        token_id=old.id,
    )  # fmt: skip
    create_token(records, subject="t1", role="technician", workshop="w2", valid_for=None)
    revoke_token(records, old.id)
    add_event(records, workshop="w1")
    assert rows(records) == []
