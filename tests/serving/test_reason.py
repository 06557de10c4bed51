"""`tingzhen reason` and POST /v1/reason: a diagnosis of given findings, strictly read."""

import json
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner

from tests.diagnosis.examples import SEEN_NOTHING, shipped
from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.command_line import app
from tingzhen.diagnosis import diagnose, diagnosis_as_dict, parse_circumstances
from tingzhen.serving.cases.in_use import FrequenciesInUse
from tingzhen.serving.experience.in_use import RulesInUse
from tingzhen.serving.http import reason as http_reason
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.report.model import DiagnosisReport
from tingzhen.serving.settings import load_settings

SQUEAL = {"noise": {"verdict": "abnormal", "types": [{"type": "squeal", "probability": 0.9}]}}
BRAKING = {"when": ["braking"], "complaint": "刹车时吱吱响"}
WRONG: list[tuple[Any, str]] = [
    ({"noise": {"verdict": "loud"}}, "noise.verdict"),
    ({"noise": {"verdict": "abnormal", "types": [{"type": "bang", "probability": 0.5}]}},
     "noise.types.0.type"),
    ({"noise": {"verdict": "abnormal", "types": [{"type": "knock", "probability": 1.5}]}},
     "noise.types.0.probability"),
    ({"noise": {"verdict": "abnormal", "types": [{"type": "knock", "probability": float("nan")}]}},
     "noise.types.0.probability"),
    ({"damage": {"verdict": "damaged", "findings": [{"type": "dent", "probability": 0.5}]}},
     "damage.findings.0"),
    ({"damage": []}, "damage"),
    ([1, 2], ""),
    (None, ""),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGZHEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TINGZHEN_LANG", "en")


def run(tmp_path: Path, report: Any, *options: str, context: Any = None) -> Any:
    file = tmp_path / "report.json"
    file.write_text(report if isinstance(report, str) else json.dumps(report), encoding="utf-8")
    arguments = ["reason", str(file), *options]
    if context is not None:
        (tmp_path / "context.json").write_text(json.dumps(context), encoding="utf-8")
        arguments += ["--context", str(tmp_path / "context.json")]
    return CliRunner().invoke(app, arguments)


def expected(context: dict[str, Any]) -> dict[str, Any]:
    noise = NoiseFindings("abnormal", (NoiseScore("squeal", 0.9),))
    found = diagnose(shipped(), noise, SEEN_NOTHING, parse_circumstances(context))
    return json.loads(json.dumps(diagnosis_as_dict(found, "en")))


def test_the_command_gives_the_diagnosis_of_a_report(tmp_path: Path) -> None:
    result = run(tmp_path, SQUEAL, "--json", context=BRAKING)
    assert result.exit_code == 0, result.output
    part = json.loads(result.stdout)
    assert part == expected(BRAKING)
    DiagnosisReport.model_validate(part)


def test_a_report_may_hold_nothing(tmp_path: Path) -> None:
    result = run(tmp_path, {}, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["verdict"] == "cannot_tell"


def test_the_explanation_is_a_table_of_evidence_and_causes(tmp_path: Path) -> None:
    part = json.loads(run(tmp_path, SQUEAL, "--json", "--explain", context=BRAKING).stdout)
    explanation = part.pop("explanation")
    assert part == expected(BRAKING)
    for index, cause in enumerate(explanation["causes"]):
        weights = sum(one["weights"][index] for one in explanation["evidence"])
        assert cause["log_odds"] == pytest.approx(cause["log_odds_before"] + weights, abs=0.02)
    shown = run(tmp_path, SQUEAL, "--explain", "--lang", "zh", context=BRAKING)
    assert shown.exit_code == 0
    assert "每条证据的作用" in shown.stdout
    assert "[1]" in shown.stdout


@pytest.mark.parametrize(("report", "key"), WRONG)
def test_a_wrong_report_is_an_error_object_that_names_the_key(
    tmp_path: Path, report: Any, key: str
) -> None:
    result = run(tmp_path, report, "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)
    assert (error["schema"], error["code"]) == ("tingzhen.error/1", "report_invalid")
    assert key in error["message"]
    assert "Traceback" not in result.output
    in_words = run(tmp_path, report)
    assert in_words.exit_code == 1
    assert "Traceback" not in in_words.output


@pytest.mark.parametrize("text", ["", "{", "\x00\xff", "[" * 100_000])
def test_what_is_no_json_is_an_error_object(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, text, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["code"] == "report_invalid"


def test_a_report_that_is_not_there_is_an_error_and_a_wrong_context_wrong_usage(
    tmp_path: Path,
) -> None:
    missing = CliRunner().invoke(app, ["reason", str(tmp_path / "none.json"), "--json"])
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["code"] == "report_invalid"
    assert run(tmp_path, SQUEAL, context={"wen": []}).exit_code == 2


class Client:
    """The endpoint alone, asked as over HTTP."""

    def __init__(self, served: FastAPI) -> None:
        self._served = served

    def post(self, address: str, body: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._served)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
                return await asking.post(address, json=body)

        return anyio.run(ask)


@pytest.fixture
def client() -> Client:
    settings = load_settings()
    served = FastAPI()
    served.state.language = "en"
    served.state.reasoner = http_reason.Reasoner(
        settings, shipped(), RulesInUse(settings), FrequenciesInUse(settings)
    )
    served.include_router(http_reason.router)
    add_problem_handlers(served)
    return Client(served)


def test_http_gives_the_same(client: Client) -> None:
    answer = client.post("/v1/reason?lang=en", {"report": SQUEAL, "context": BRAKING})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == "en"
    assert answer.json() == expected(BRAKING)
    explained = client.post(
        "/v1/reason?lang=zh", {"report": SQUEAL, "context": BRAKING, "explain": True}
    )
    http_reason.ReasonReport.model_validate(explained.json())
    assert explained.json()["explanation"]["evidence"]


def test_http_takes_nothing_as_nothing_known(client: Client) -> None:
    answer = client.post("/v1/reason", {})
    assert (answer.status_code, answer.json()["verdict"]) == (200, "cannot_tell")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"report": {"noise": {"verdict": "loud"}}}, 422, "report_invalid"),
        ({"context": {"wen": []}}, 422, "context_invalid"),
        ({"reprot": {}}, 422, "upload_invalid"),
        ([], 422, "upload_invalid"),
    ],
)
def test_http_problems_have_the_same_codes(
    client: Client, body: Any, status: int, code: str
) -> None:
    answer = client.post("/v1/reason", body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
