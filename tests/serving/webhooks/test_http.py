"""/v1/webhooks over HTTP: made, changed, tried, replayed, and out of reach for others."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from tests.serving.clips.conftest import Server, settings_in
from tests.serving.webhooks.conftest import SOON, add_event, delivering, rows, until
from tests.serving.webhooks.receiver import Arrived, Receiver
from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.files import open_files
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.http.webhooks import router
from tingzhen.serving.jobs.queue import JobQueue
from tingzhen.serving.records import WebhookDelivery, writing
from tingzhen.serving.service import Service
from tingzhen.serving.webhooks.events import EVENT_NAMES
from tingzhen.serving.webhooks.sending import Failure

As = Callable[..., httpx.Client]


@pytest.fixture
def as_(records: Engine, tmp_path: Path) -> Iterator[As]:
    """A client of somebody: as_("anna", "owner")."""
    settings = settings_in(tmp_path / "data", **SOON)
    service = Service(
        settings, records, open_files(settings.files_location()), JobQueue(settings, records)
    )
    app = FastAPI()
    audit = add_gate(app, records, settings)
    app.state.language, app.state.service = "en", service
    app.include_router(router)
    add_problem_handlers(app)
    server = Server(app)
    clients: list[httpx.Client] = []

    def client(subject: str, role: str, **more: Any) -> httpx.Client:
        token = create_token(records, subject=subject, role=role, valid_for=None, **more)  # type: ignore[arg-type]
        headers = {"authorization": f"Bearer {token.text}"}
        clients.append(httpx.Client(base_url=server.url, headers=headers, timeout=60))
        return clients[-1]

    yield client
    for one in clients:
        one.close()
    server.stop()
    audit.close()
    service.jobs.close()


def made(client: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    response = client.post("/v1/webhooks", json={"url": url, **more})
    assert response.status_code == 201, response.text
    view: dict[str, Any] = response.json()
    assert response.headers["location"] == f"/v1/webhooks/{view['id']}"
    return view


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def signed_with(secret: str, came: Arrived) -> bool:
    """By the specification's own words, and not by our code."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{came.id}.{came.headers['webhook-timestamp']}.".encode() + came.body
    wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in came.headers["webhook-signature"].split(" ")


def test_the_life_of_a_webhook(
    as_: As, records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    anna = as_("anna", "owner")
    view = made(anna, f"{receiver.url}/a", events=["clip.report"], description="bay 3")
    assert view["secret"].startswith("whsec_")
    assert len(base64.b64decode(view["secret"].removeprefix("whsec_"))) == 32
    assert (view["told_of"], view["events"], view["active"]) == ("own", ["clip.report"], True)
    at = f"/v1/webhooks/{view['id']}"
    shown = anna.get(at).json()
    assert shown == view | {"secret": None}
    assert anna.get("/v1/webhooks").json() == {"webhooks": [shown]}
    changed = anna.patch(at, json={"events": [], "active": False}).json()
    assert changed["active"] is False
    assert changed["events"] == [
        "clip.accepted", "clip.noise", "clip.report", "clip.failed", "clip.cancelled",
        "clip.confirmed",
    ]  # fmt: skip
    assert code(anna.post(f"{at}/test")) == (422, "webhook_invalid")
    assert anna.patch(at, json={"active": True}).json()["description"] == "bay 3"
    test = anna.post(f"{at}/test")
    assert (test.status_code, test.json()["type"]) == (202, "webhook.test")
    with delivering(records, tmp_path):
        until(lambda: anna.get(test.headers["location"]).json()["state"] == "done")
        detail = anna.get(test.headers["location"]).json()
        assert (detail["status"], detail["error"], detail["next_at"]) == (204, None, None)
        (came,) = receiver.arrived
        assert came.content == detail["content"]
        assert signed_with(view["secret"], came)
        new = anna.post(f"{at}/secret", json={"overlap_s": 60}).json()["secret"]
        assert new != view["secret"]
        again = anna.post(f"{test.headers['location']}/replay")
        assert (again.status_code, again.json()["id"]) == (202, came.id)
        receiver.wait_for(lambda arrived: len(arrived) == 2)
        both = receiver.arrived[1]
        assert both.id == came.id
        assert signed_with(new, both)
        assert signed_with(view["secret"], both)
        until(lambda: anna.get(test.headers["location"]).json()["state"] == "done")
        newest = anna.post(f"{at}/secret", json={"overlap_s": 0}).json()["secret"]
        anna.post(f"{test.headers['location']}/replay")
        receiver.wait_for(lambda arrived: len(arrived) == 3)
        assert signed_with(newest, receiver.arrived[2])
        assert not signed_with(new, receiver.arrived[2])
    for overlap_s in (-1, 604_801, False, "60"):
        refused = anna.post(f"{at}/secret", json={"overlap_s": overlap_s})
        assert code(refused) == (422, "upload_invalid")
    assert anna.delete(at).status_code == 204
    assert code(anna.get(at)) == (404, "webhook_unknown")
    assert rows(records) == []


def test_what_was_put_aside_is_replayed(
    as_: As, records: Engine, receiver: Receiver, tmp_path: Path
) -> None:
    anna = as_("anna", "owner")
    at = f"/v1/webhooks/{made(anna, receiver.url)['id']}"
    for _ in range(3):
        add_event(records)
    with writing(records) as session:
        session.query(WebhookDelivery).update({"state": "failed", "last_error": "timeout"})
    page = anna.get(f"{at}/deliveries", params={"limit": 2, "state": "failed"}).json()
    assert [one["error"] for one in page["deliveries"]] == ["timeout"] * 2
    rest = anna.get(f"{at}/deliveries", params={"cursor": page["next_cursor"]}).json()
    assert len(rest["deliveries"]) == 1
    assert rest["next_cursor"] is None
    assert anna.post(f"{at}/replay").json() == {"replayed": 3}
    with delivering(records, tmp_path):
        until(lambda: len(receiver.arrived) == 3)
        until(lambda: anna.post(f"{at}/replay").json() == {"replayed": 0})
    assert max(receiver.ids().values()) == 1


def test_webhooks_of_others_do_not_exist(as_: As, records: Engine, receiver: Receiver) -> None:
    bay = as_("t1", "technician", workshop="w1")
    colleague = as_("t2", "technician", workshop="w1")
    elsewhere = as_("t3", "technician", workshop="w2")
    owner, admin = as_("anna", "owner"), as_("a1", "admin")
    of_bay = made(bay, receiver.url)
    of_owner, of_admin = made(owner, receiver.url), made(admin, receiver.url)
    assert (of_bay["told_of"], of_bay["workshop"], of_admin["told_of"]) == ("workshop", "w1", "all")
    add_event(records, workshop="w1")
    delivery = next(row.id for row in rows(records) if row.webhook_id == of_bay["id"])
    at = f"/v1/webhooks/{of_bay['id']}"
    for client in (elsewhere, owner):
        for method, path, body in (
            ("GET", at, None), ("PATCH", at, {"active": False}), ("DELETE", at, None),
            ("POST", f"{at}/secret", {}), ("POST", f"{at}/test", None),
            ("POST", f"{at}/replay", None), ("GET", f"{at}/deliveries", None),
            ("GET", f"{at}/deliveries/{delivery}", None),
            ("POST", f"{at}/deliveries/{delivery}/replay", None),
        ):  # fmt: skip
            assert code(client.request(method, path, json=body)) == (404, "webhook_unknown")
    # A delivery of another webhook is none of this one's.
    own = f"/v1/webhooks/{of_owner['id']}/deliveries/{delivery}"
    assert code(owner.get(own)) == (404, "delivery_unknown")
    assert colleague.get(at).status_code == 200

    def listed(client: httpx.Client) -> set[str]:
        return {one["id"] for one in client.get("/v1/webhooks").json()["webhooks"]}

    assert listed(colleague) == {of_bay["id"]}
    assert listed(elsewhere) == set()
    assert listed(owner) == {of_owner["id"]}
    assert listed(admin) == {of_bay["id"], of_owner["id"], of_admin["id"]}
    assert code(as_("e1", "engineer").get("/v1/webhooks")) == (403, "not_allowed")


def test_a_token_that_may_not_read_clips_makes_no_webhook(as_: As, receiver: Receiver) -> None:
    narrow = as_("anna", "owner", scopes=["webhooks.manage"])
    assert code(narrow.post("/v1/webhooks", json={"url": receiver.url})) == (403, "not_allowed")


def test_what_cannot_be_a_webhook(as_: As) -> None:
    anna, good = as_("anna", "owner"), {"url": "https://x.example"}
    for body, refused in (
        ({"url": "mailto:a@b"}, "webhook_invalid"),
        ({"url": "https://u:p@x.example"}, "webhook_invalid"),
        (good | {"events": ["clip.step"]}, "upload_invalid"),
        (good | {"description": "\0"}, "upload_invalid"),
        (good | {"secret": "mine"}, "upload_invalid"),
        ({}, "upload_invalid"),
    ):
        assert code(anna.post("/v1/webhooks", json=body)) == (422, refused)


def test_there_is_an_end_of_webhooks(as_: As, receiver: Receiver) -> None:
    anna = as_("anna", "owner")
    for _ in range(20):
        made(anna, receiver.url)
    response = anna.post("/v1/webhooks", json={"url": receiver.url})
    assert code(response) == (422, "webhook_invalid")
    assert "20" in response.json()["detail"]


def test_every_address_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    for route in router.routes:
        for method in getattr(route, "methods", ()):
            assert f"| `{method} {route.path}` |" in page  # type: ignore[attr-defined]


def test_every_outcome_and_event_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    for name in (*get_args(Failure), *EVENT_NAMES, "webhook.test"):
        assert f"| `{name}` |" in page
