"""Every endpoint of the whole application, asked by everybody: the table decides, and nothing else.

An endpoint that the table of endpoints lacks fails here, and so does a line without an endpoint.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tingzhen.media import close_decoder
from tingzhen.serving.access.endpoints import ENDPOINTS, OPEN, action_of, address
from tingzhen.serving.access.roles import ACTIONS, ROLES
from tingzhen.serving.access.tokens import create_token, revoke_token
from tingzhen.serving.http_app import create_app
from tingzhen.serving.pipeline import start_loading
from tingzhen.serving.records import AccessToken, writing
from tingzhen.serving.settings import Settings

FREE = {f"rate_{role}_per_min": 0 for role in ROLES} | {"rate_failures_per_min": 1_000_000}


class Asker:
    """The whole application in this process, and a token of each kind."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        records = app.state.service.records
        self.tokens = {
            role: create_token(
                records, subject=f"{role}1", role=role, valid_for=None,
                workshop="w1" if role == "technician" else None,
            ).text
            for role in ROLES
        }  # fmt: skip
        expired = create_token(records, subject="late", role="admin", valid_for=None)
        with writing(records) as session:
            record = session.get_one(AccessToken, expired.id)
            record.expires_at = datetime.now(UTC) - timedelta(hours=1)
        revoked = create_token(records, subject="gone", role="admin", valid_for=None)
        revoke_token(records, revoked.id)
        self.tokens |= {
            "expired": expired.text, "revoked": revoked.text,
            "unknown": "tz_0123456789ab_" + "A" * 43, "foreign": "a.b.c", "empty": "",
        }  # fmt: skip

    def ask(self, method: str, path: str, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(send())

    def endpoints(self) -> set[str]:
        """Method and path of all that the application answers to."""
        return {
            f"{method} {route.path}"
            for route in iter_route_contexts(self.app.routes)
            for method in route.methods or {"GET"}
            if not (method == "HEAD" and "GET" in (route.methods or ()))
        }


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("service"), **FREE)  # type: ignore[arg-type]
    app = create_app(settings, start_loading(settings))
    yield Asker(app)
    close_decoder()


def example(path: str) -> str:
    """The path with something in place of its parameters, of which nothing is kept."""
    for name, value in (("rule_id", "x0000000000"), ("number", "1"), ("task", "noise")):
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        path = path[: path.index("{")] + "0" * 32 + path[path.index("}") + 1 :]
    return path


def test_every_endpoint_stands_in_the_table(asker: Asker) -> None:
    missing = [e for e in asker.endpoints() - OPEN if action_of(*e.split(" ")) is None]
    assert missing == []


def test_the_table_has_no_line_without_an_endpoint(asker: Asker) -> None:
    there = {address(*endpoint.split(" ")) for endpoint in asker.endpoints()}
    assert [e for e in ENDPOINTS if address(*e.split(" ")) not in there] == []
    assert set(ENDPOINTS.values()) <= set(ACTIONS)


def test_nobody_gets_in_without_a_good_token(asker: Asker) -> None:
    codes = {
        None: "token_missing", "expired": "token_expired", "revoked": "token_revoked",
        "unknown": "token_invalid", "foreign": "token_invalid", "empty": "token_invalid",
    }  # fmt: skip
    for endpoint in sorted(asker.endpoints() - OPEN):
        method, path = endpoint.split(" ")
        for token, code in codes.items():
            answer = asker.ask(method, example(path), token and asker.tokens[token])
            assert answer.status_code == 401, (endpoint, token)
            assert answer.headers["www-authenticate"].startswith('Bearer realm="tingzhen"')
            if method != "HEAD":
                assert answer.json()["code"] == code, (endpoint, token)


def test_each_role_reaches_what_the_table_allows_and_nothing_else(asker: Asker) -> None:
    for endpoint in sorted(asker.endpoints() - OPEN):
        method, path = endpoint.split(" ")
        action = action_of(method, path)
        assert action is not None
        for role in ROLES:
            answer = asker.ask(method, example(path), asker.tokens[role])
            if ACTIONS[action].reach(role) is None:
                assert answer.status_code == 403, (endpoint, role)
                assert method == "HEAD" or answer.json()["code"] == "not_allowed"
            else:
                assert answer.status_code not in (401, 403, 429), (endpoint, role, answer.text)
                assert answer.status_code < 500, (endpoint, role, answer.text)


def test_what_is_open_needs_nothing(asker: Asker) -> None:
    for endpoint in OPEN & asker.endpoints():
        assert asker.ask(*endpoint.split(" "), token=None).status_code == 200


def test_unknown_addresses_and_methods_are_told_to_nobody_without_a_token(asker: Asker) -> None:
    for method, path in (("GET", "/nowhere"), ("DELETE", "/v1/reason"), ("GET", "/v1/clips/")):
        assert asker.ask(method, path, None).status_code == 401
    assert asker.ask("GET", "/nowhere", asker.tokens["owner"]).status_code == 404
    assert asker.ask("DELETE", "/v1/reason", asker.tokens["owner"]).status_code == 405


@pytest.mark.parametrize("header", ["", "Bearer", "Basic dTpw", "Bearer a b", "bearer  "])
def test_other_headers_are_no_token(asker: Asker, header: str) -> None:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(asker.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/v1/audit", headers={"authorization": header})

    assert asyncio.run(send()).json()["code"] == "token_invalid"


def test_the_description_says_how_each_operation_is_guarded(asker: Asker) -> None:
    document = asker.ask("GET", "/openapi.json", asker.tokens["owner"]).json()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            endpoint = address(method.upper(), path)
            assert operation["security"] == ([] if endpoint in OPEN else [{"token": []}])
            if endpoint not in OPEN:
                assert {"401", "403", "429"} <= set(operation["responses"])
                assert f"`{action_of(method.upper(), path)}`" in operation["description"]


def test_the_body_of_somebody_unknown_is_not_read(asker: Asker) -> None:
    read = 0

    async def body() -> object:
        nonlocal read
        for _ in range(4):
            read += 1
            yield b"x" * 1000

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(asker.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/v1/cases", content=body())  # type: ignore[arg-type]

    assert asyncio.run(send()).status_code == 401
    assert read <= 1
