"""/v1/cases over the real endpoints, a real database and a real index."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from benchmarks.work_orders import generated_cases, write_export
from tests.diagnosis.examples import shipped
from tests.serving.callers import AdmittedAs
from tingzhen.serving.http import cases as http_cases
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.settings import Settings

MAPPING = "columns: {opened_on: 开单日期, number: 工单号, fault: 故障原因}"


class Client:
    """Requests to an application in this process."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **more))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://x") as client:
            return await client.request(method, path, **more)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    app = FastAPI()
    app.state.language = "en"
    settings = Settings(data_dir=tmp_path_factory.mktemp("service"))
    app.state.cases = http_cases.Cases(settings, shipped())
    app.include_router(http_cases.router)
    app.add_middleware(AdmittedAs)
    add_problem_handlers(app)
    return Client(app)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    write_export(path, generated_cases(shipped(), 60, seed=4), "gb18030")
    return path.read_bytes() + b"no order\n"


def send(client: Client, content: bytes, **form: str) -> httpx.Response:
    return client.post("/v1/cases", files={"file": ("../orders.csv", content)}, data=form)


@pytest.fixture(scope="module")
def sent(client: Client, export: bytes) -> httpx.Response:
    return send(client, export)


def test_orders_are_taken_and_bad_ones_told(client: Client, sent: httpx.Response) -> None:
    assert sent.status_code == 200
    told = sent.json()
    assert (told["name"], told["records"], told["added"]) == ("orders.csv", 61, 60)
    assert told["rejected_file"] is None
    assert told["rejected_rows"] == [{"line": 62, "reason": "has 1 fields where the header has 21"}]


def test_the_same_file_again_does_nothing(
    client: Client, sent: httpx.Response, export: bytes
) -> None:
    again = send(client, export, lang="zh")
    assert again.headers["content-language"] == "zh"
    assert again.json()["resumed"] == 61
    assert again.json()["id"] == sent.json()["id"]


def test_cases_can_be_read(client: Client, sent: httpx.Response) -> None:
    cases = client.get("/v1/cases").json()["cases"]
    assert len(cases) == 60
    first = client.get(f"/v1/cases/{cases[0]['id']}", params={"lang": "zh"}).json()
    assert first["number"] == cases[0]["number"]
    assert "vehicle_key" not in first and "sound_embedding" not in first
    of_fault = client.get("/v1/cases", params={"fault": first["fault"]}).json()["cases"]
    assert {case["fault"] for case in of_fault} == {first["fault"]}
    unknown = client.get("/v1/cases/wo-none")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "case_unknown")


def test_frequencies(client: Client, sent: httpx.Response) -> None:
    found = client.get(
        "/v1/cases/frequencies", params={"mileage_km": 48_000, "season_on": "2026-01-31"}
    )
    assert sum(fault["orders"] for fault in found.json()["faults"]) == 60
    wrong = client.get("/v1/cases/frequencies", params={"year": 12})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "upload_invalid")


def test_similar(client: Client, sent: httpx.Response) -> None:
    report = {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.9}]}}
    asked = {"report": report, "context": {"when": ["cold_start"]}, "count": 4}
    cases = client.post("/v1/cases/similar", json=asked).json()["cases"]
    assert len(cases) == 4
    one = cases[0]["case"]["id"]
    like = client.get("/v1/cases/similar", params={"case": one, "count": 2}).json()["cases"]
    assert len(like) == 2 and one not in [found["case"]["id"] for found in like]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"report": {"noise": {"verdict": "loud"}}}, "report_invalid"),
        ({"context": {"when": ["noon"]}}, "context_invalid"),
        ({"count": 0}, "upload_invalid"),
        ({"colour": "red"}, "upload_invalid"),
    ],
)
def test_a_question_that_does_not_fit(client: Client, asked: dict[str, object], code: str) -> None:
    answer = client.post("/v1/cases/similar", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_orders_that_cannot_be_used(client: Client, export: bytes) -> None:
    for content, form in ((b"PK\x03\x04", {}), (export, {"mapping": "columns: {colour: a}"})):
        answer = send(client, content, **form)
        assert (answer.status_code, answer.json()["code"]) == (422, "orders_invalid")


def test_a_mapping_of_the_sender(client: Client, sent: httpx.Response, export: bytes) -> None:
    told = send(client, export, mapping=MAPPING).json()
    assert (told["replaced"] + told["added"], told["rejected"]) == (60, 1)
