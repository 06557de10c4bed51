"""/v1/guide on the real base and a real database; one test with the whole service and a clip."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.diagnosis.examples import shipped
from tests.serving.callers import AdmittedAs
from tests.serving.guide_reports import BRAKING, SQUEAL
from tests.serving.test_http import SOUND, send, serving
from tingzhen.diagnosis.troubleshooting.session_log import open_log
from tingzhen.errors import SessionUnknown
from tingzhen.serving.guide.view import GuideView
from tingzhen.serving.http.guide import open_guide, router
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings


class Client:
    """Requests to an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app)

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, json: object = None) -> httpx.Response:
        return self._ask("POST", path, json=json)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
                return await client.request(method, path, **more)

        return asyncio.run(ask())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    settings = Settings(data_dir=tmp_path)
    service = build_service(settings)
    app = FastAPI()
    app.state.language = "en"
    app.state.service = service
    app.state.guide = open_guide(settings, shipped())
    app.include_router(router)
    app.add_middleware(AdmittedAs)
    add_problem_handlers(app)
    yield Client(app)
    app.state.guide.sessions.close()
    service.close()


def begin(client: Client, **more: Any) -> dict[str, Any]:
    body = {"report": SQUEAL, "context": BRAKING} | more
    answer = client.post("/v1/guide", json=body)
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/guide/{view['id']}"
    assert answer.headers["content-language"] == "en"
    GuideView.model_validate(view)
    return view


def steps(view: dict[str, Any]) -> str:
    return f"/v1/guide/{view['id']}/steps"


def test_from_a_report_to_a_case(client: Client) -> None:
    view = begin(client)
    assert (view["schema"], view["version"], view["ending"]) == ("tingzhen.guide/1", 0, None)
    assert view["left"]["minutes"]["low"] <= view["left"]["minutes"]["high"]
    early = client.post(f"/v1/guide/{view['id']}/finish")
    assert (early.status_code, early.json()["code"]) == (422, "step_invalid")
    answered = client.post(
        steps(view), json={"kind": "answer", "test": "pads_look", "outcome": "thin", "version": 0}
    ).json()
    assert answered["version"] == 1
    assert answered["steps"][0]["test"] == "pads_look"
    assert answered["spent"]["minutes"] > 0
    ended = client.post(
        steps(view), json={"kind": "repair", "fault": "brake_pads_worn", "seen": "gone"}
    ).json()
    assert (ended["ending"], ended["advice"]["kind"], ended["left"]) == ("confirmed", "ended", None)
    for _ in range(2):
        case = client.post(f"/v1/guide/{view['id']}/finish").json()
        assert (case["schema"], case["fault"]) == ("tingzhen.case/1", "brake_pads_worn")
        assert case["id"] == view["id"]


def test_undo_gives_the_same_session_back(client: Client) -> None:
    view = begin(client)
    client.post(steps(view), json={"kind": "skip", "test": "pads_look"})
    back = client.post(f"/v1/guide/{view['id']}/undo", json={"version": 1}).json()
    assert back["version"] == 2
    assert {**back, "version": 0} == view
    assert client.get(f"/v1/guide/{view['id']}").json() == back
    empty = client.post(f"/v1/guide/{view['id']}/undo", json={})
    assert (empty.status_code, empty.json()["code"]) == (422, "step_invalid")


def test_chinese_is_spoken_where_it_is_asked_for(client: Client) -> None:
    view = begin(client)
    chinese = client.get(f"/v1/guide/{view['id']}?lang=zh")
    assert chinese.headers["content-language"] == "zh"
    assert chinese.json()["advice"]["why"] != view["advice"]["why"]


def test_the_second_of_two_answers_to_one_question_is_refused(client: Client) -> None:
    view = begin(client)
    body = {"kind": "answer", "test": "pads_look", "outcome": "thin", "version": 0}
    assert client.post(steps(view), json=body).status_code == 200
    second = client.post(steps(view), json=body)
    assert (second.status_code, second.json()["code"]) == (409, "session_changed")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "report_invalid"),
        ({"report": SQUEAL, "clip_id": "0" * 32}, "report_invalid"),
        ({"report": {"noise": {"verdict": "loud"}}}, "report_invalid"),
        ({"clip_id": "0" * 32}, "clip_unknown"),
        ({"report": SQUEAL, "context": {"wheel": 4}}, "context_invalid"),
        ({"report": SQUEAL, "more": 1}, "upload_invalid"),
    ],
)
def test_what_does_not_fit_is_a_problem(client: Client, body: object, code: str) -> None:
    answer = client.post("/v1/guide", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "answer", "test": "pads_look", "outcome": "maybe"}, "step_invalid"),
        ({"kind": "answer", "test": "none", "outcome": "thin"}, "step_invalid"),
        ({"kind": "repair", "fault": "brake_pads_worn"}, "step_invalid"),
        ({"kind": "dance"}, "upload_invalid"),
        ({"kind": "skip", "test": "pads_look", "minutes": -1}, "upload_invalid"),
    ],
)
def test_steps_that_do_not_fit_change_nothing(client: Client, body: object, code: str) -> None:
    view = begin(client)
    answer = client.post(steps(view), json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get(f"/v1/guide/{view['id']}").json() == view


def test_a_deleted_session_is_gone(client: Client, tmp_path: Path) -> None:
    view = begin(client)
    client.post(steps(view), json={"kind": "skip", "test": "pads_look"})
    log = open_log(Settings(data_dir=tmp_path).cases_url())
    log.delete(view["id"])
    assert client.get(f"/v1/guide/{view['id']}").json()["code"] == "session_unknown"
    with pytest.raises(SessionUnknown):
        log.delete(view["id"])
    log.close()


def test_unknown_sessions_are_unknown(client: Client) -> None:
    for answer in (client.get(f"/v1/guide/{'0' * 32}"),
                   client.post(f"/v1/guide/{'0' * 32}/undo", json={})):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (404, "session_unknown")


@pytest.mark.slow
def test_a_clip_that_was_sent_leads_to_a_session_that_outlives_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as client:
        sent = send(client, SOUND, context=json.dumps(BRAKING))
        clip_id = sent.headers["location"].rsplit("/", 1)[-1]
        view = client.post("/v1/guide", json={"clip_id": clip_id}).json()
        skipped = client.post(
            f"/v1/guide/{view['id']}/steps", json={"kind": "skip", "test": "pads_look"}
        ).json()
    with serving(tmp_path / "data", TINGZHEN_WORKERS="0") as client:
        assert client.get(f"/v1/guide/{view['id']}").json() == skipped
