"""Every endpoint of the whole application, asked by everybody: the table decides, and nothing else.

An endpoint that the table of endpoints lacks fails here, and so does a line without an endpoint.
"""

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from tingzhen.media import close_decoder
from tingzhen.serving.access.endpoints import ENDPOINTS, OPEN, action_of, address
from tingzhen.serving.access.roles import ACTIONS, ROLES
from tingzhen.serving.access.tokens import create_token, revoke_token
from tingzhen.serving.http.app import create_app
from tingzhen.serving.pipeline import start_reasoning
from tingzhen.serving.records import AccessToken, ClipRecord, add_clip, writing
from tingzhen.serving.settings import Settings

FREE = {f"rate_{role}_per_min": 0 for role in ROLES} | {"rate_failures_per_min": 1_000_000}


class Asker:
    """The whole application in this process, and a token of each kind."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://x")
        self._loop = asyncio.Runner()
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

    def spare(self, role: str) -> str:
        """A token of somebody who is not asked for again."""
        return create_token(
            self.app.state.service.records, subject=f"{role}9", role=role, valid_for=None,
            workshop="w1" if role == "technician" else None,
        ).text  # fmt: skip

    def ask(self, method: str, path: str, token: str | None, **more: Any) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}

        return self._loop.run(self._client.request(method, path, headers=headers, **more))

    def close(self) -> None:
        self._loop.close()

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
    app = create_app(settings, start_reasoning(settings))
    asker = Asker(app)
    yield asker
    asker.close()
    app.state.models.close()
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
            # It takes back the token that it is asked with.
            last = endpoint == "DELETE /v1/owners/me"
            token = asker.spare(role) if last else asker.tokens[role]
            answer = asker.ask(method, example(path), token)
            if ACTIONS[action].reach(role) is None:
                assert answer.status_code == 403, (endpoint, role)
                assert method == "HEAD" or answer.json()["code"] == "not_allowed"
            else:
                assert answer.status_code not in (401, 403, 429), (endpoint, role, answer.text)
                assert answer.status_code < 500, (endpoint, role, answer.text)


def test_what_is_open_needs_nothing(asker: Asker) -> None:
    for endpoint in OPEN & asker.endpoints():
        method, path = endpoint.split(" ")
        answer = asker.ask(method, example(path), token=None)
        # Without workers it is not ready, and says so to everybody; a form asks for what it lacks.
        assert answer.status_code in (200, 303, 403, 404, 422, 503), endpoint


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


REACHED = {"owner": {"a"}, "technician": {"b", "c"}, "engineer": set(), "admin": set("abcd")}
"""Of the clips below, by role."""
MADE = {"owner": {"a"}, "technician": {"c"}}
"""Those that somebody of the role has sent."""


def made_clips(asker: Asker) -> dict[str, str]:
    """Ids of four new clips: the owner's, another owner's in the workshop, the technician's, and
    one of another owner in another workshop."""
    whose = {"a": ("owner1", None), "b": ("owner2", "w1"), "c": ("technician1", "w1"),
             "d": ("owner2", "w2")}  # fmt: skip
    ids = {name: uuid.uuid4().hex for name in whose}
    with writing(asker.app.state.service.records) as session:
        for name, (owner, workshop) in whose.items():
            add_clip(session, ClipRecord(
                id=ids[name], owner=owner, workshop=workshop, created_at=datetime.now(UTC),
                label=f"{name}.mp4", sha256="0" * 64, size_bytes=1, file_key="originals/none",
                state="failed", error_code="damaged_file", error_zh="坏", error_en="bad",
            ))  # fmt: skip
    return ids


def test_clips_of_others_do_not_exist(asker: Asker) -> None:
    bodies = {
        "confirmation": {"none_of_these": True},
        "corrections": {"kind": "nothing_there", "task": "noise"},
        "label": {"task": "noise", "types": ["normal"]},
    }
    of_clips = sorted(e for e in asker.endpoints() if " /v1/" in e and "{clip_id}" in e)
    assert len(of_clips) >= 12
    for endpoint in of_clips:
        method, path = endpoint.split(" ")
        action = action_of(method, path)
        assert action is not None
        body = bodies.get(path.rsplit("/", 1)[-1])
        for role in ROLES:
            reach = ACTIONS[action].reach(role)
            if reach is None:
                continue
            reached = MADE[role] if reach == "own" else REACHED[role]
            if reach == "deidentified" and role == "engineer" and path.endswith("/corrections"):
                reached = set("abcd")  # all of them, without what tells whose they are
            if path.startswith("/v1/lab/"):
                reached = set()  # nothing of a clip without a report can be learned from
            for name, clip_id in made_clips(asker).items():
                at = example(path.replace("{clip_id}", clip_id))
                answer = asker.ask(method, at, asker.tokens[role], json=body)
                unknown = answer.status_code == 404 and answer.json()["code"] == "clip_unknown"
                assert unknown == (name not in reached), (endpoint, role, name, answer.text)


def test_lists_hold_what_the_caller_reaches(asker: Asker) -> None:
    names = {clip_id: name for name, clip_id in made_clips(asker).items()}
    for role in ("owner", "technician", "admin"):
        listed = asker.ask("GET", "/v1/clips", asker.tokens[role], params={"limit": 4}).json()
        ids = {clip["id"] for clip in listed["clips"]}
        assert {names[i] for i in ids & set(names)} == REACHED[role]


def test_sessions_of_other_workshops_do_not_exist(asker: Asker) -> None:
    report = {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.9}],
                        "events": []}}  # fmt: skip
    begun = asker.ask("POST", "/v1/guide", asker.tokens["technician"], json={"report": report})
    assert begun.status_code == 201, begun.text
    other = create_token(
        asker.app.state.service.records, subject="t2", role="technician", workshop="w2",
        valid_for=None,
    ).text  # fmt: skip
    at = begun.headers["location"]
    for method, path, body in (
        ("GET", at, None), ("POST", f"{at}/undo", {}), ("POST", f"{at}/finish", None),
        ("POST", f"{at}/steps", {"kind": "skip", "test": "pads_look"}),
    ):  # fmt: skip
        refused = asker.ask(method, path, other, json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "session_unknown")
    for token in (asker.tokens["technician"], asker.tokens["admin"]):
        assert asker.ask("GET", at, token).status_code == 200


def test_who_looked_at_a_clip_stands_in_the_log(asker: Asker) -> None:
    clip_id = made_clips(asker)["a"]
    for role in ("technician", "owner"):
        asker.ask("DELETE", f"/v1/clips/{clip_id}", asker.tokens[role])
    page = asker.ask("GET", "/v1/audit", asker.tokens["admin"], params={"object_id": clip_id})
    entries = [(e["subject"], e["action"], e["outcome"]) for e in page.json()["entries"]]
    assert entries == [("technician1", "clips.delete", "clip_unknown"),
                       ("owner1", "clips.delete", "done")]  # fmt: skip
