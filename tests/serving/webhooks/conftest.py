"""Records with a clip and webhooks, and the thread that delivers, on SQLite or on Postgres."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.serving.webhooks.receiver import Receiver, receiving
from tingzhen.serving.records import (
    ClipRecord,
    EventKind,
    Webhook,
    WebhookDelivery,
    add_clip,
    append_event,
    reading,
    writing,
)
from tingzhen.serving.settings import Settings
from tingzhen.serving.webhooks.delivering import Deliveries
from tingzhen.serving.webhooks.signing import new_secret

SOON: dict[str, Any] = {"webhook_targets": "any", "webhook_retry_s": 0.01}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def add_webhook(records: Engine, url: str, **more: Any) -> str:
    webhook_id = uuid.uuid4().hex
    row = {"owner": "anna", "secret": new_secret(), "created_at": datetime.now(UTC)} | more
    with writing(records) as session:
        session.add(Webhook(id=webhook_id, url=url, **row))
    return webhook_id


def add_event(
    records: Engine, kind: EventKind = "accepted", *, owner: str = "anna",
    workshop: str | None = None, data: dict[str, Any] | None = None,
) -> str:  # fmt: skip
    """An event of a new clip; the clip's id."""
    clip_id, now = uuid.uuid4().hex, datetime.now(UTC)
    with writing(records) as session:
        add_clip(session, ClipRecord(
            id=clip_id, owner=owner, workshop=workshop, created_at=now, label="a.wav",
            sha256="0" * 64, size_bytes=1, file_key="originals/none",
        ))  # fmt: skip
        append_event(session, clip_id, kind, data or {"bytes": 1}, at=now)
    return clip_id


def rows(records: Engine) -> list[WebhookDelivery]:
    with reading(records) as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.created_at)))


@contextmanager
def delivering(records: Engine, folder: Path, worker: str = "here-0", **more: Any) -> Iterator[Any]:
    """A worker's thread that delivers; `lives` and `at` as the worker gives them."""
    lives, at = more.pop("lives", lambda name: None), more.pop("at", lambda name: None)
    settings = Settings(data_dir=folder, **(SOON | more))
    running = Deliveries(records, settings, worker, lives, threading.Event(), at)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield running
    finally:
        running.stop.set()
        thread.join(30)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    """Fails where the condition does not come true."""
    waiting, looks = threading.Event(), int(within_s / 0.02)
    for _ in range(looks):
        if condition():
            return
        waiting.wait(0.02)
    raise AssertionError("it has not come true")
