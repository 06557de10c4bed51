"""Every request has an id and is measured by its route, whatever becomes of it."""

import asyncio
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from tingzhen.errors import ClipUnknown
from tingzhen.language import Text
from tingzhen.serving.http.middleware import RequestLog
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.logs import JsonLines
from tingzhen.serving.operations import measures

WRITTEN = "粤B12345-Zhang"
ID = "0123456789abcdef" * 2


def app() -> FastAPI:
    app = FastAPI()
    app.state.language = "en"

    @app.get("/things/{thing_id}")
    async def thing(thing_id: str) -> str:
        if thing_id == "defect":
            raise RuntimeError(WRITTEN)
        if thing_id == "slow":
            await asyncio.sleep(60)
        if thing_id == "gone":
            raise ClipUnknown(Text(WRITTEN, WRITTEN))
        return thing_id

    app.add_middleware(RequestLog)
    add_problem_handlers(app)
    return app


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Lines of the log."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonLines().format(record))

    logger, keep = logging.getLogger("tingzhen.service"), Keep()
    level = logger.level
    logger.addHandler(keep)
    logger.setLevel("INFO")
    yield lines
    logger.removeHandler(keep)
    logger.setLevel(level)


def get(path: str, give_up_after_s: float = 30.0, **headers: str) -> httpx.Response | None:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path, headers=headers)

    async def ask_for_a_while() -> httpx.Response | None:
        try:
            return await asyncio.wait_for(ask(), give_up_after_s)
        except TimeoutError:
            return None

    return asyncio.run(ask_for_a_while())


def requests(status: str, route: str = "/things/{thing_id}") -> float:
    labels = {"method": "GET", "route": route, "status": status}
    return measures.REGISTRY.get_sample_value("tingzhen_http_requests_total", labels) or 0.0


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        (f"/things/{ID}", "/things/{thing_id}", "200"),
        ("/things/gone", "/things/{thing_id}", "404"),
        ("/things/defect", "/things/{thing_id}", "500"),
        (f"/{WRITTEN}", "none", "404"),
    ],
)
def test_a_request_is_told_and_measured_by_its_route(
    path: str, route: str, status: str, told: list[str]
) -> None:
    before = requests(status, route)
    answer = get(path, **{"X-Request-ID": "trace.7"})
    assert answer is not None
    assert answer.headers.get_list("x-request-id") == ["trace.7"]
    assert requests(status, route) == before + 1
    assert WRITTEN not in "".join(told)
    lines = [json.loads(line) for line in told]
    assert {line["request_id"] for line in lines} == {"trace.7"}
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["route"], line["status"]) == (route, int(status))
    assert line.get("thing_id") == (ID if ID in path else None)


def test_a_defect_is_told_with_its_place_and_the_requests_id(told: list[str]) -> None:
    get("/things/defect", **{"X-Request-ID": "trace.8"})
    (line,) = [json.loads(line) for line in told if '"internal error"' in line]
    assert line["request_id"] == "trace.8"
    assert line["error"][0]["kind"] == "builtins.RuntimeError"
    assert "test_requests.py" in line["error"][0]["places"][-1]


def test_problems_are_counted_by_code() -> None:
    def count(code: str) -> float:
        name = "tingzhen_http_problems_total"
        return measures.REGISTRY.get_sample_value(name, {"code": code}) or 0.0

    before = count("clip_unknown"), count("internal_error")
    get("/things/gone")
    get("/things/defect")
    assert (count("clip_unknown"), count("internal_error")) == (before[0] + 1, before[1] + 1)


def test_a_request_that_is_never_answered_is_no_failure() -> None:
    before = requests("none"), requests("500")
    assert get("/things/slow", give_up_after_s=0.2) is None
    assert (requests("none"), requests("500")) == (before[0] + 1, before[1])


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b'])
def test_an_id_that_is_none_is_replaced(given: str) -> None:
    answer = get("/things/1", **{"X-Request-ID": given})
    assert answer is not None
    assert len(answer.headers["x-request-id"]) == 32
