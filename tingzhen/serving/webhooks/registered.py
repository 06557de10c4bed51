"""Webhooks as people keep them: made, changed, tried, looked at and replayed. Plain blocking code;
every function raises RecordsUnavailable and StorageFull too."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, func, select, tuple_, update
from sqlalchemy.orm import Session

from tingzhen.errors import DeliveryUnknown, WebhookInvalid, WebhookUnknown
from tingzhen.language import Text
from tingzhen.serving.access.caller import Access
from tingzhen.serving.records import (
    DeliveryState,
    Webhook,
    WebhookDelivery,
    lock_name,
    not_withdrawn,
    reading,
    writing,
)
from tingzhen.serving.records.webhooks import TEST
from tingzhen.serving.webhooks.addresses import Targets, check_url
from tingzhen.serving.webhooks.claims import content_of_delivery
from tingzhen.serving.webhooks.events import EventName, kind_of
from tingzhen.serving.webhooks.signing import new_secret

MOST_OF_ONE: Final = 20
MOST_REPLAYED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a webhook; None leaves it as it is."""

    url: str | None = None
    events: Sequence[EventName] | None = None
    description: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook, and whether every token that it could have been made with is revoked."""

    webhook: Webhook
    withdrawn: bool


def create(records: Engine, access: Access, wanted: Wanted, targets: Targets) -> Registered:
    """Told of the clips that the caller may see. Raises WebhookInvalid, and NotAllowed where the
    caller may not read clips."""
    caller, reach = access.caller, access.caller.grant("clips.read").reach
    if reach == "deidentified":
        raise WebhookUnknown(_UNKNOWN)  # no role has it of clips
    webhook = Webhook(
        id=uuid.uuid4().hex, owner=caller.subject, reach=reach, role=caller.role,
        workshop=caller.workshop if reach == "workshop" else None, token_id=caller.token_id,
        url=check_url(wanted.url or "", targets), description=wanted.description or "",
        secret=new_secret(), events=_kinds(wanted.events), created_at=datetime.now(UTC),
    )  # fmt: skip
    with writing(records) as session:
        lock_name(session, f"webhooks:{caller.subject}")
        own = select(func.count(Webhook.id)).where(Webhook.owner == caller.subject)
        if session.execute(own).scalar_one() >= MOST_OF_ONE:
            raise WebhookInvalid(
                Text(f"最多可有 {MOST_OF_ONE} 个 webhook。请先删除不用的。",
                     f"There are {MOST_OF_ONE} webhooks of yours already. Delete one first.")
            )  # fmt: skip
        session.add(webhook)
    return Registered(webhook, withdrawn=False)


def within_reach(records: Engine, access: Access) -> list[Registered]:
    """Those that the caller reaches, the newest first."""
    query = select(Webhook, not_withdrawn()).order_by(Webhook.created_at.desc(), Webhook.id)
    if access.only_owner is not None:
        query = query.where(Webhook.owner == access.only_owner)
    if access.only_workshop is not None:
        query = query.where(Webhook.workshop == access.only_workshop)
    with reading(records) as session:
        return [Registered(row, not good) for row, good in session.execute(query)]


def one(records: Engine, access: Access, webhook_id: str) -> Registered:
    """Raises WebhookUnknown, also for one that the caller does not reach."""
    with reading(records) as session:
        return _found(session, access, webhook_id)


def change(
    records: Engine, access: Access, webhook_id: str, wanted: Wanted, targets: Targets
) -> Registered:
    """Raises WebhookUnknown, WebhookInvalid."""
    with writing(records) as session:
        found = _found(session, access, webhook_id)
        webhook = found.webhook
        if wanted.url is not None:
            webhook.url = check_url(wanted.url, targets)
        if wanted.events is not None:
            webhook.events = _kinds(wanted.events)
        if wanted.description is not None:
            webhook.description = wanted.description
        if wanted.active is not None:
            webhook.active = wanted.active
    return found


def delete(records: Engine, access: Access, webhook_id: str) -> None:
    """With its deliveries. Raises WebhookUnknown."""
    with writing(records) as session:
        session.delete(_found(session, access, webhook_id).webhook)


def rotate(records: Engine, access: Access, webhook_id: str, overlap_s: float) -> Registered:
    """A new secret; the one before signs too for so long. Raises WebhookUnknown."""
    with writing(records) as session:
        found = _found(session, access, webhook_id)
        webhook = found.webhook
        webhook.secret_before, webhook.secret = webhook.secret, new_secret()
        webhook.secret_before_until = datetime.now(UTC) + timedelta(seconds=overlap_s)
    return found


def begin_test(records: Engine, access: Access, webhook_id: str) -> WebhookDelivery:
    """A delivery of no event, sent like any other. Raises WebhookUnknown, and WebhookInvalid where
    the webhook is not active."""
    now = datetime.now(UTC)
    with writing(records) as session:
        if not _found(session, access, webhook_id).webhook.active:
            raise WebhookInvalid(
                Text("webhook 已停用。请先启用（active）。",
                     "The webhook is not active. Make it active first.")
            )  # fmt: skip
        row = WebhookDelivery(
            id=uuid.uuid4().hex, webhook_id=webhook_id, kind=TEST, created_at=now, begun_at=now,
            next_at=now,
        )  # fmt: skip
        session.add(row)
    return row


def deliveries(
    records: Engine,
    access: Access,
    webhook_id: str,
    *,
    state: DeliveryState | None,
    after: str | None,
    limit: int,
) -> list[WebhookDelivery]:
    """The newest first. after: id of the delivery that they go on behind. Raises WebhookUnknown,
    DeliveryUnknown."""
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    order = (WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    with reading(records) as session:
        _found(session, access, webhook_id)
        if after is not None:
            last = _delivery(session, access, webhook_id, after)
            at = (last.created_at, last.id)
            query = query.where(tuple_(WebhookDelivery.created_at, WebhookDelivery.id) < at)
        return list(session.scalars(query.order_by(*order).limit(limit)))


def delivery(
    records: Engine, access: Access, webhook_id: str, delivery_id: str
) -> tuple[WebhookDelivery, dict[str, Any]]:
    """With what its body says. Raises WebhookUnknown, DeliveryUnknown."""
    with reading(records) as session:
        row = _delivery(session, access, webhook_id, delivery_id)
        return row, content_of_delivery(session, row)


def replay(
    records: Engine, access: Access, webhook_id: str, delivery_id: str
) -> WebhookDelivery:  # fmt: skip
    """Send it again, under the same id. Raises WebhookUnknown, DeliveryUnknown."""
    now = datetime.now(UTC)
    with writing(records) as session:
        row = _delivery(session, access, webhook_id, delivery_id)
        row.state, row.begun_at, row.next_at = "waiting", now, now
    return row


def replay_failed(records: Engine, access: Access, webhook_id: str) -> int:
    """Send all again that were put aside, the oldest 10,000; how many. Raises WebhookUnknown."""
    now = datetime.now(UTC)
    with writing(records) as session:
        _found(session, access, webhook_id)
        failed = (
            select(WebhookDelivery.id)
            .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state == "failed")
            .order_by(WebhookDelivery.created_at)
            .limit(MOST_REPLAYED)
        )
        ids = list(session.scalars(failed))
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id.in_(failed))
            .values(state="waiting", begun_at=now, next_at=now)
        )
    return len(ids)


def _kinds(names: Sequence[EventName] | None) -> list[str]:
    return list(dict.fromkeys(kind_of(name) for name in names or ()))


def _found(session: Session, access: Access, webhook_id: str) -> Registered:
    query = select(Webhook, not_withdrawn()).where(Webhook.id == webhook_id)
    found = session.execute(query).first()
    if found is None or not access.admits(found[0].owner, found[0].workshop):
        raise WebhookUnknown(_UNKNOWN)
    return Registered(found[0], not found[1])


def _delivery(
    session: Session, access: Access, webhook_id: str, delivery_id: str
) -> WebhookDelivery:
    _found(session, access, webhook_id)
    row = session.get(WebhookDelivery, delivery_id)
    if row is None or row.webhook_id != webhook_id:
        raise DeliveryUnknown(
            Text("没有这个编号的投递：可能已过期，或其片段已删除。",
                 "No delivery with that id is kept: it is too old, or its clip was deleted.")
        )  # fmt: skip
    return row


_UNKNOWN: Final = Text(
    "没有这个编号的 webhook，请核对。", "No webhook with that id is kept. Check it."
)
