"""Webhooks and deliveries as the interface shows them, and what it takes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tingzhen.serving.records import DeliveryState, WebhookDelivery
from tingzhen.serving.webhooks.events import EVENT_NAMES, EventName, name_of
from tingzhen.serving.webhooks.registered import Registered

_Url = Annotated[str, Field(max_length=2000, examples=["https://example.com/tingzhen"])]
_Events = Annotated[
    list[EventName],
    Field(max_length=20, description="Kinds of events; none means all.",
          examples=[["clip.report", "clip.failed"]]),
]  # fmt: skip
_Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewWebhook(_Part):
    url: _Url
    events: _Events = []
    description: _Words = ""


class WebhookChange(_Part):
    """What is left out, or null, stays."""

    url: _Url | None = None
    events: _Events | None = None
    description: _Words | None = None
    active: bool | None = Field(None, strict=True)


class Rotation(_Part):
    overlap_s: float = Field(
        86_400.0,
        ge=0,
        le=604_800,
        strict=True,
        description="Seconds that the secret before signs too.",
    )


class WebhookView(_Part):
    """told_of: whose clips. withdrawn: the rights of whoever made it were taken back, so it is told
    nothing. secret: shown once, when it is made."""

    id: str = Field(examples=["0" * 32])
    url: str
    events: list[str] = Field(examples=[list(EVENT_NAMES)])
    description: str
    active: bool
    withdrawn: bool
    owner: str
    workshop: str | None
    told_of: Literal["own", "workshop", "all"]
    created_at: datetime
    secret: str | None = Field(None, examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])


class WebhookList(_Part):
    webhooks: list[WebhookView]


class DeliveryView(_Part):
    """error: what came of the last attempt, null after a success. next_at: null where nothing more
    is tried."""

    id: str = Field(examples=["0" * 32], description="The `webhook-id` of every attempt.")
    type: str = Field(examples=["clip.report"])
    state: DeliveryState
    attempts: int
    created_at: datetime
    last_at: datetime | None
    next_at: datetime | None
    status: int | None = Field(description="HTTP status of the last answer.")
    error: str | None = Field(examples=["timeout"])


class DeliveryDetail(DeliveryView):
    """content: the body that is sent."""

    content: dict[str, Any]


class DeliveryPage(_Part):
    """Newest first."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = Field(description="For `cursor`, to read on; null at the end.")


class Replayed(_Part):
    replayed: int


def view_of(found: Registered, secret: str | None = None) -> WebhookView:
    row = found.webhook
    return WebhookView(
        id=row.id, url=row.url, events=[name_of(kind) for kind in row.events] or list(EVENT_NAMES),
        description=row.description, active=row.active, withdrawn=found.withdrawn, owner=row.owner,
        workshop=row.workshop, told_of=row.reach, created_at=row.created_at, secret=secret,
    )  # fmt: skip


def delivery_view(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(**_fields(row))


def delivery_detail(row: WebhookDelivery, content: dict[str, Any]) -> DeliveryDetail:
    return DeliveryDetail(**_fields(row), content=content)


def _fields(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": row.id, "type": name_of(row.kind), "state": row.state, "attempts": row.attempts,
        "created_at": row.created_at, "last_at": row.last_at,
        "next_at": row.next_at if row.state == "waiting" else None,
        "status": row.last_status, "error": row.last_error,
    }  # fmt: skip
