"""/v1/webhooks: who is told of events, how far the telling is, and telling again."""

from functools import partial
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from sqlalchemy import Engine

from tingzhen.serving.access import Granted
from tingzhen.serving.http.asking import service_of
from tingzhen.serving.http.problems import documented
from tingzhen.serving.records import DeliveryState
from tingzhen.serving.webhooks import registered, views
from tingzhen.serving.webhooks.addresses import Targets

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
WebhookId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
_READING: Final = ("upload_invalid", "records_unavailable")
_ONE: Final = (*_READING, "webhook_unknown")
_CHANGING: Final = (*_ONE, "storage_full")


@router.post("", status_code=201, summary="Be told of events",
             responses=documented(*_READING, "webhook_invalid", "storage_full"))  # fmt: skip
async def create_webhook(
    request: Request, response: Response, access: Granted, asked: views.NewWebhook
) -> views.WebhookView:
    """Of the clips that the caller may see. `secret` is in this answer alone."""
    wanted = registered.Wanted(asked.url, asked.events, asked.description)
    work = partial(registered.create, _records(request), access, wanted, _targets(request))
    made = await anyio.to_thread.run_sync(work)
    response.headers["Location"] = f"/v1/webhooks/{made.webhook.id}"
    return views.view_of(made, made.webhook.secret)


@router.get("", summary="Webhooks, newest first", responses=documented(*_READING))
async def list_webhooks(request: Request, access: Granted) -> views.WebhookList:
    """Those that the caller may manage."""
    found = await anyio.to_thread.run_sync(registered.within_reach, _records(request), access)
    return views.WebhookList(webhooks=[views.view_of(one) for one in found])


@router.get("/{webhook_id}", summary="One webhook", responses=documented(*_ONE))
async def read_webhook(
    request: Request, access: Granted, webhook_id: WebhookId
) -> views.WebhookView:
    """Without its secret."""
    work = partial(registered.one, _records(request), access, webhook_id)
    return views.view_of(await anyio.to_thread.run_sync(work))


@router.patch("/{webhook_id}", summary="Change a webhook",
              responses=documented(*_CHANGING, "webhook_invalid"))  # fmt: skip
async def change_webhook(
    request: Request, access: Granted, webhook_id: WebhookId, asked: views.WebhookChange
) -> views.WebhookView:
    """One that is not active is told nothing; what already waits for it goes on waiting."""
    wanted = registered.Wanted(asked.url, asked.events, asked.description, asked.active)
    work = partial(
        registered.change, _records(request), access, webhook_id, wanted, _targets(request)
    )
    return views.view_of(await anyio.to_thread.run_sync(work))


@router.delete("/{webhook_id}", status_code=204, summary="Be told no more",
               response_class=Response, responses=documented(*_CHANGING))  # fmt: skip
async def delete_webhook(request: Request, access: Granted, webhook_id: WebhookId) -> Response:
    """With all its deliveries."""
    work = partial(registered.delete, _records(request), access, webhook_id)
    await anyio.to_thread.run_sync(work)
    return Response(status_code=204)


@router.post("/{webhook_id}/secret", summary="Take a new secret",
             responses=documented(*_CHANGING))  # fmt: skip
async def rotate_secret(
    request: Request, access: Granted, webhook_id: WebhookId, asked: views.Rotation
) -> views.WebhookView:
    """`secret` is in this answer alone. The one before signs too for `overlap_s`."""
    work = partial(registered.rotate, _records(request), access, webhook_id, asked.overlap_s)
    found = await anyio.to_thread.run_sync(work)
    return views.view_of(found, found.webhook.secret)


@router.post("/{webhook_id}/test", status_code=202, summary="Have a test sent",
             responses=documented(*_CHANGING, "webhook_invalid"))  # fmt: skip
async def test_webhook(
    request: Request, response: Response, access: Granted, webhook_id: WebhookId
) -> views.DeliveryView:
    """`webhook.test`, sent by a worker like any event; `Location` tells what came of it."""
    work = partial(registered.begin_test, _records(request), access, webhook_id)
    row = await anyio.to_thread.run_sync(work)
    response.headers["Location"] = f"/v1/webhooks/{webhook_id}/deliveries/{row.id}"
    return views.delivery_view(row)


@router.post("/{webhook_id}/replay", status_code=202, summary="Send again what was put aside",
             responses=documented(*_CHANGING))  # fmt: skip
async def replay_failed(
    request: Request, access: Granted, webhook_id: WebhookId
) -> views.Replayed:  # fmt: skip
    """Every delivery in the state `failed`, at most 10,000 at once, under its own id."""
    work = partial(registered.replay_failed, _records(request), access, webhook_id)
    return views.Replayed(replayed=await anyio.to_thread.run_sync(work))


@router.get("/{webhook_id}/deliveries", summary="Deliveries, newest first",
            responses=documented(*_ONE, "delivery_unknown"))  # fmt: skip
async def list_deliveries(
    request: Request,
    access: Granted,
    webhook_id: WebhookId,
    *,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
) -> views.DeliveryPage:
    """Those of the last `TINGZHEN_WEBHOOK_KEEP_DAYS`, and all that still wait."""
    work = partial(
        registered.deliveries, _records(request), access, webhook_id, state=state, after=cursor,
        limit=limit + 1,
    )  # fmt: skip
    found = await anyio.to_thread.run_sync(work)
    more, found = len(found) > limit, found[:limit]
    return views.DeliveryPage(
        deliveries=[views.delivery_view(row) for row in found],
        next_cursor=found[-1].id if more else None,
    )


@router.get("/{webhook_id}/deliveries/{delivery_id}", summary="One delivery",
            responses=documented(*_ONE, "delivery_unknown"))  # fmt: skip
async def read_delivery(
    request: Request, access: Granted, webhook_id: WebhookId, delivery_id: WebhookId
) -> views.DeliveryDetail:
    """With what is sent."""
    work = partial(registered.delivery, _records(request), access, webhook_id, delivery_id)
    return views.delivery_detail(*await anyio.to_thread.run_sync(work))


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay", status_code=202,
             summary="Send it again",
             responses=documented(*_CHANGING, "delivery_unknown"))  # fmt: skip
async def replay_delivery(
    request: Request, access: Granted, webhook_id: WebhookId, delivery_id: WebhookId
) -> views.DeliveryView:
    """Under the same id, so that a receiver that has it knows."""
    work = partial(registered.replay, _records(request), access, webhook_id, delivery_id)
    return views.delivery_view(await anyio.to_thread.run_sync(work))


def _records(request: Request) -> Engine:
    return service_of(request).records


def _targets(request: Request) -> Targets:
    targets: Targets = service_of(request).settings.webhook_targets
    return targets
