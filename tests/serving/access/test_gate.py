"""The gate around a small application: limits, scopes, the log, and what the table lacks."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.types import Message

from tingzhen.errors import CaseUnknown
from tingzhen.language import Text
from tingzhen.serving.access import Granted
from tingzhen.serving.access.audit import audit_page
from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.tokens import create_token, revoke_token
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.settings import Settings

Ask = Callable[..., httpx.Response]


def make_app() -> FastAPI:
    app = FastAPI()
    app.state.language = "en"

    @app.get("/v1/experience")
    async def seen(access: Granted) -> dict[str, str]:
        return {"subject": access.caller.subject, "reach": access.reach}

    @app.post("/v1/experience")
    async def changed() -> None: ...

    @app.get("/v1/cases/{case_id}")
    async def missing(case_id: str) -> None:
        raise CaseUnknown(Text("没有", "none"))

    @app.get("/v1/forgotten")
    async def forgotten() -> None: ...

    @app.get("/metrics")
    async def metrics() -> None: ...

    add_problem_handlers(app)
    return app


def send(
    app: FastAPI, method: str, path: str, token: str | None = None, host: str = "192.0.2.1"
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(host, 1))
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.fixture
def options() -> dict[str, Any]:
    return {}


@pytest.fixture
def ask(records: Engine, options: dict[str, Any]) -> Iterator[Ask]:
    app = make_app()
    audit = add_gate(app, records, Settings(**options))
    yield lambda *asked, **more: send(app, *asked, **more)
    audit.close()


def token_of(records: Engine, role: str = "admin", **more: Any) -> str:
    return create_token(records, subject=f"{role}1", role=role, valid_for=None, **more).text


def test_the_endpoint_is_told_who_asks_and_how_far_they_reach(records: Engine, ask: Ask) -> None:
    answer = ask("GET", "/v1/experience", token_of(records, "engineer"))
    assert answer.json() == {"subject": "engineer1", "reach": "all"}


def test_what_the_table_lacks_is_refused_to_everybody(records: Engine, ask: Ask) -> None:
    refused = ask("GET", "/v1/forgotten", token_of(records))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert ask("GET", "/v1/forgotten").status_code == 401


def test_a_token_that_is_taken_back_opens_nothing_from_then_on(records: Engine, ask: Ask) -> None:
    token = token_of(records)
    assert ask("GET", "/v1/experience", token).status_code == 200
    revoke_token(records, token)
    assert ask("GET", "/v1/experience", token).json()["code"] == "token_revoked"


@pytest.mark.parametrize(
    ("scope", "status"),
    [("experience.*", 403), ("cases.*", 404), ("cases.read", 404), ("cases.import", 403)],
)
def test_scopes_narrow_a_token(records: Engine, ask: Ask, scope: str, status: int) -> None:
    assert ask("GET", "/v1/cases/1", token_of(records, scopes=[scope])).status_code == status


@pytest.mark.parametrize("options", [{"rate_admin_per_min": 3}])
def test_a_token_that_asks_too_often_is_told_to_wait(records: Engine, ask: Ask) -> None:
    token = token_of(records)
    good = [ask("GET", "/v1/experience", token) for _ in range(3)]
    assert [answer.status_code for answer in good] == [200] * 3
    assert good[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert good[0].headers["ratelimit"].startswith('"requests";r=2;t=')
    refused = ask("GET", "/v1/experience", token)
    while refused.status_code == 200:  # so slow a machine that the bucket filled meanwhile
        refused = ask("GET", "/v1/experience", token)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert refused.headers["ratelimit"].startswith('"requests";r=0;t=')
    assert ask("GET", "/v1/experience", token_of(records)).status_code == 200


@pytest.mark.parametrize("options", [{"rate_failures_per_min": 1}])
def test_failures_of_one_address_lock_out_no_good_token_that_was_used(
    records: Engine, ask: Ask
) -> None:
    token = token_of(records)
    assert ask("GET", "/v1/experience", token).status_code == 200
    while ask("GET", "/v1/experience", "tz_bad").status_code != 429:
        pass
    assert ask("GET", "/v1/experience", token).status_code == 200
    assert ask("GET", "/v1/experience", "tz_bad", host="192.0.2.9").status_code == 401


def test_deeds_are_noted_and_changes_before_they_are_answered(records: Engine, ask: Ask) -> None:
    ask("POST", "/v1/experience", token_of(records))
    assert len(audit_page(records)) == 1
    ask("GET", "/v1/cases/7", token_of(records, "engineer"))
    ask("POST", "/v1/experience", token_of(records, "owner"))
    entries = [(e.role, e.action, e.object_id, e.outcome) for e in audit_page(records)]
    assert entries == [
        ("admin", "experience.change", None, "done"),
        ("engineer", "cases.read", "7", "case_unknown"),
        ("owner", "experience.change", None, "refused"),
    ]


def test_measurements_are_open_where_the_setting_says_so(records: Engine, ask: Ask) -> None:
    assert ask("GET", "/metrics").status_code == 401
    assert ask("GET", "/metrics", token_of(records, "owner")).status_code == 403
    opened = make_app()
    audit = add_gate(opened, records, Settings(open_metrics="on"))
    assert send(opened, "GET", "/metrics").status_code == 200
    assert send(opened, "GET", "/v1/experience").status_code == 401
    audit.close()


def test_nobody_gets_in_by_another_protocol(records: Engine) -> None:
    app, said = make_app(), []
    audit = add_gate(app, records, Settings())

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def note(message: Message) -> None:
        said.append(message["type"])

    scope = {"type": "websocket", "path": "/v1/experience", "headers": [], "query_string": b""}
    asyncio.run(app(scope, receive, note))  # type: ignore[arg-type]
    assert said == ["websocket.close"]
    audit.close()


def test_without_a_gate_nobody_is_granted_anything() -> None:
    assert send(make_app(), "GET", "/v1/experience").json()["code"] == "not_allowed"
