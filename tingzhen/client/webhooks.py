"""`client.webhooks`: who is told of events, and how far the telling is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tingzhen.client.connection import Connection
from tingzhen.client.model import Model


class WebhookView(Model):
    """secret: only in the answers of `create` and `rotate_secret`."""

    id: str
    url: str
    events: list[str]
    description: str
    active: bool
    withdrawn: bool
    owner: str
    workshop: str | None
    told_of: str
    created_at: datetime
    secret: str | None = None


class WebhookList(Model):
    webhooks: list[WebhookView]


class Delivery(Model):
    """id: the webhook-id of every attempt. error: what came of the last one; None after a
    success."""

    id: str
    type: str
    state: str
    attempts: int
    created_at: datetime
    last_at: datetime | None
    next_at: datetime | None
    status: int | None
    error: str | None


class DeliveryDetail(Delivery):
    """content: the body that is sent."""

    content: dict[str, Any]


class DeliveryPage(Model):
    deliveries: list[Delivery]
    next_cursor: str | None


class Replayed(Model):
    replayed: int


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Every method raises the typed errors of problems, ServiceUnreachable and AnswerInvalid."""

    _connection: Connection

    def create(self, url: str, *, events: Sequence[str] = (), description: str = "") -> WebhookView:
        """events: such as clip.report; all without. Keep `secret`: it is shown once. Raises
        WebhookInvalid."""
        asked = {"url": url, "events": list(events), "description": description}
        return self._connection.read(WebhookView, "POST /v1/webhooks", body={"json": asked})

    def all(self) -> list[WebhookView]:
        return self._connection.read(WebhookList, "GET /v1/webhooks").webhooks

    def get(self, webhook_id: str) -> WebhookView:
        return self._connection.read(
            WebhookView, "GET /v1/webhooks/{webhook_id}", webhook_id=webhook_id
        )

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        active: bool | None = None,
    ) -> WebhookView:
        """What is None stays."""
        asked = {"url": url, "events": None if events is None else list(events),
                 "description": description, "active": active}  # fmt: skip
        return self._connection.read(
            WebhookView, "PATCH /v1/webhooks/{webhook_id}", body={"json": asked},
            webhook_id=webhook_id,
        )  # fmt: skip

    def delete(self, webhook_id: str) -> None:
        self._connection.send("DELETE /v1/webhooks/{webhook_id}", webhook_id=webhook_id)

    def rotate_secret(self, webhook_id: str, *, overlap_s: float = 86_400.0) -> WebhookView:
        """overlap_s: so long the secret before signs too."""
        return self._connection.read(
            WebhookView, "POST /v1/webhooks/{webhook_id}/secret",
            body={"json": {"overlap_s": overlap_s}}, webhook_id=webhook_id,
        )  # fmt: skip

    def test(self, webhook_id: str) -> Delivery:
        """Have a `webhook.test` sent; `delivery` tells what came of it."""
        return self._connection.read(
            Delivery, "POST /v1/webhooks/{webhook_id}/test", webhook_id=webhook_id
        )

    def deliveries(self, webhook_id: str, *, state: str | None = None) -> Iterator[Delivery]:
        """Page after page, newest first. state: waiting, done or failed."""
        cursor = None
        while True:
            page = self._connection.read(
                DeliveryPage, "GET /v1/webhooks/{webhook_id}/deliveries",
                params={"state": state, "limit": 100, "cursor": cursor}, webhook_id=webhook_id,
            )  # fmt: skip
            yield from page.deliveries
            cursor = page.next_cursor
            if cursor is None:
                return

    def delivery(self, webhook_id: str, delivery_id: str) -> DeliveryDetail:
        return self._connection.read(
            DeliveryDetail, "GET /v1/webhooks/{webhook_id}/deliveries/{delivery_id}",
            webhook_id=webhook_id, delivery_id=delivery_id,
        )  # fmt: skip

    def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send it again, under the same id."""
        return self._connection.read(
            Delivery, "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
            webhook_id=webhook_id, delivery_id=delivery_id,
        )  # fmt: skip

    def replay_failed(self, webhook_id: str) -> int:
        """Send everything again that was put aside; how many."""
        return self._connection.read(
            Replayed, "POST /v1/webhooks/{webhook_id}/replay", webhook_id=webhook_id
        ).replayed
