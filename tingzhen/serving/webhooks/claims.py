"""Which deliveries this worker sends now, so that no two send the same one at the same time.

A delivery is claimed in a short transaction before it is sent, and its outcome is kept under that
claim alone. The claim of a worker that died is taken away: of one of this machine at once (its lock
tells), of one elsewhere when the same claim has been seen for longer than any attempt can take, by
the clock of whoever looks, which only runs forward.
"""

import time
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Select, func, or_, select, update
from sqlalchemy.orm import Session

from tingzhen.serving.records import (
    ClipEvent,
    Webhook,
    WebhookDelivery,
    lock_name,
    not_withdrawn,
    reading,
    writing,
)
from tingzhen.serving.webhooks.events import content_of
from tingzhen.serving.webhooks.retrying import LONGEST_WAIT_S, Patience
from tingzhen.serving.webhooks.sending import GONE, Answer

SOME_WAIT: Final = "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE state = 'waiting')"
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker sends. secret_keys: that sign it. content: of its body."""

    id: str
    webhook_id: str
    claim: str
    url: str
    secret_keys: tuple[str, ...]
    content: dict[str, Any]


def some_wait(records: Engine) -> bool:
    """Whether there is anything to deliver, now or later. Raises RecordsUnavailable."""
    waiting = select(WebhookDelivery.id).where(WebhookDelivery.state == "waiting").limit(1)
    with reading(records) as session:
        return session.scalars(waiting).first() is not None


def claim_due(
    records: Engine, worker: str, busy: Mapping[str, int], *, of_one: int, now: datetime
) -> list[Claimed]:
    """Deliveries that are due, at most 100. busy: how many of each webhook this worker is at;
    of_one: how many of one webhook it may be at, so that no receiver takes up the room of others.

    Raises RecordsUnavailable, StorageFull.
    """
    full = [webhook_id for webhook_id, count in busy.items() if count >= of_one]
    with reading(records) as session:
        if session.scalars(_due(now, full).limit(1)).first() is None:
            return []
    with writing(records) as session:
        lock_name(session, "webhook_deliveries")
        place = func.row_number().over(
            partition_by=WebhookDelivery.webhook_id,
            order_by=(WebhookDelivery.next_at, WebhookDelivery.event_seq),
        )
        ranked = _due(now, full).add_columns(WebhookDelivery.webhook_id, place.label("place"))
        inner = ranked.subquery()
        first = select(inner).where(inner.c.place <= of_one).order_by(inner.c.place)
        ids = [
            row.id for row in session.execute(first)
            if row.place <= of_one - busy.get(row.webhook_id, 0)
        ]  # fmt: skip
        return [_claimed(session, delivery_id, worker, now) for delivery_id in ids[:_AT_ONCE]]


def settle(
    records: Engine, claimed: Claimed, answer: Answer, patience: Patience, now: datetime
) -> None:
    """Keep the outcome, unless the delivery is not ours any more. Raises RecordsUnavailable,
    StorageFull."""
    with writing(records) as session:
        row = _locked(session, claimed)
        if row is None:
            return
        row.claim, row.attempts = None, row.attempts + 1
        row.last_at, row.last_status, row.last_error = now, answer.status, answer.failure
        if answer.failure is None:
            row.state = "done"
            return
        if answer.status == GONE:
            row.state = "failed"
            session.get_one(Webhook, claimed.webhook_id).active = False
            return
        next_at = patience.next_at(now, row.begun_at, row.attempts, answer.retry_after_s)
        if next_at is None:
            row.state = "failed"
        else:
            row.next_at = next_at


def let_go(records: Engine, claims: Collection[str]) -> None:
    """Deliveries under these claims are free, as if they had not been begun. Raises
    RecordsUnavailable, StorageFull."""
    if not claims:
        return
    with writing(records) as session:
        session.execute(
            update(WebhookDelivery).where(WebhookDelivery.claim.in_(claims)).values(claim=None)
        )


@dataclass
class ClaimWatch:
    """Finds claims of workers that are gone. lives: whether a worker of this machine lives, None
    for one of another. lease_s: longer than any attempt takes."""

    worker: str
    lives: Callable[[str], bool | None]
    lease_s: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, float] = field(default_factory=dict)

    def abandoned(self, records: Engine, own: Collection[str]) -> list[str]:
        """own: claims that this process is at. Raises RecordsUnavailable."""
        with reading(records) as session:
            query = select(WebhookDelivery.claim).where(
                WebhookDelivery.state == "waiting", WebhookDelivery.claim.is_not(None)
            )
            claims = [claim for claim in session.scalars(query) if claim is not None]
        now = self.clock()
        self._seen = {claim: self._seen.get(claim, now) for claim in claims if claim not in own}
        return [claim for claim, since in self._seen.items() if self._is_gone(claim, now - since)]

    def _is_gone(self, claim: str, seen_s: float) -> bool:
        worker = claim.rpartition(":")[0]
        # Under our own name and none of ours: of the process that had the name before.
        return worker == self.worker or self.lives(worker) is False or seen_s > self.lease_s


def forget_ended(records: Engine, before: datetime) -> None:
    """Remove deliveries that were done or put aside and are older. Raises RecordsUnavailable,
    StorageFull."""
    with writing(records) as session:
        session.query(WebhookDelivery).where(
            WebhookDelivery.state != "waiting", WebhookDelivery.created_at < before
        ).delete(synchronize_session=False)


def _due(now: datetime, full: Collection[str]) -> Select[str]:
    # A moment further away than any wait was set by a clock that has jumped back since.
    horizon = now + timedelta(seconds=2 * LONGEST_WAIT_S)
    query = (
        select(WebhookDelivery.id)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(
            WebhookDelivery.state == "waiting",
            WebhookDelivery.claim.is_(None),
            or_(WebhookDelivery.next_at <= now, WebhookDelivery.next_at > horizon),
            Webhook.active,
            not_withdrawn(),
        )
    )
    return query.where(WebhookDelivery.webhook_id.not_in(full)) if full else query


def _claimed(session: Session, delivery_id: str, worker: str, now: datetime) -> Claimed:
    row = session.get_one(WebhookDelivery, delivery_id)
    webhook = session.get_one(Webhook, row.webhook_id)
    row.claim = f"{worker}:{uuid.uuid4().hex}"
    return Claimed(
        row.id, webhook.id, row.claim, webhook.url, signing_keys(webhook, now),
        content_of_delivery(session, row),
    )  # fmt: skip


def signing_keys(webhook: Webhook, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first."""
    before, until = webhook.secret_before, webhook.secret_before_until
    if before is not None and until is not None and now < until:
        return (webhook.secret, before)
    return (webhook.secret,)


def content_of_delivery(session: Session, row: WebhookDelivery) -> dict[str, Any]:
    """What its body says."""
    if row.event_seq is None:
        return content_of(row.kind, row.created_at, {"webhook_id": row.webhook_id})
    event = session.get_one(ClipEvent, row.event_seq)
    return content_of(event.kind, event.at, {"clip_id": event.clip_id, **event.data})


def _locked(session: Session, claimed: Claimed) -> WebhookDelivery | None:
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == claimed.id, WebhookDelivery.claim == claimed.claim
    )
    return session.scalars(query.with_for_update()).first()
