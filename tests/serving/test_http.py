"""The service over real HTTP: a server process, real uploads, a restart."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import jsonschema
import pytest

from tests.serving.conftest import clean_environment
from tests.serving.examples import tone
from tests.serving.fixed_report import REPORT
from tingzhen.language import LANGUAGES
from tingzhen.serving.sound import encode_wav

SOUND = encode_wav(tone(2.0))
MAX_BYTES = 3_000_000


@contextmanager
def serving(
    data_dir: Path, *, stop_within_s: float = 20, **environment: str
) -> Iterator[httpx.Client]:
    """A server in a process of its own, stopped as an operator stops it."""
    log = data_dir.parent / f"{data_dir.name}.log"
    log.unlink(missing_ok=True)
    # Each worker loads all models: one is enough where a test does not ask for more, or for none.
    settings = {
        "TINGZHEN_DATA_DIR": str(data_dir), "TINGZHEN_MAX_BYTES": str(MAX_BYTES),
        "TINGZHEN_WORKERS": "1",
    }  # fmt: skip
    with (
        log.open("wb") as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "tingzhen.command_line", "serve", "--port", "0"],
            stderr=stderr,
            env=clean_environment(**(settings | environment)),
        ) as process,
    ):
        try:
            address = _address(log, process)
            with httpx.Client(base_url=address, timeout=60, headers=admin(data_dir)) as client:
                yield client
        finally:
            process.terminate()
            process.wait(timeout=stop_within_s)
    assert "Traceback" not in log.read_text(encoding="utf-8")


def admin(data_dir: Path) -> dict[str, str]:
    """Headers of an admin: the token that the first start over that folder has printed."""
    kept = data_dir.parent / f"{data_dir.name}.token"
    if not kept.exists():
        printed = (data_dir.parent / f"{data_dir.name}.log").read_text(encoding="utf-8")
        (token,) = re.findall(r"tz_[0-9a-f]{12}_[\w-]{43}", printed)
        kept.write_text(token, encoding="utf-8")
    return {"Authorization": f"Bearer {kept.read_text(encoding='utf-8')}"}


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    transport = httpx.HTTPTransport(retries=5)
    for _ in range(2400):
        found = re.findall(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))
        if found:
            with httpx.Client(transport=transport, base_url=found[-1], timeout=60) as client:
                assert client.get("/healthz").status_code == 200
            return str(found[-1])
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service") / "data"


@pytest.fixture(scope="module")
def client(data_folder: Path) -> Iterator[httpx.Client]:
    free = {"TINGZHEN_RATE_ADMIN_PER_MIN": "0", "TINGZHEN_RATE_FAILURES_PER_MIN": "1000000"}
    with serving(data_folder, **free) as client:
        yield client


def send(
    client: httpx.Client, content: bytes = SOUND, name: str = "a.wav", **form: str
) -> httpx.Response:
    """Send a clip and wait for its report."""
    return client.post(
        "/v1/clips", files={"file": (name, content)}, data=form, headers={"prefer": "wait=60"}
    )


def is_problem(response: httpx.Response, status: int, code: str) -> bool:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert set(body) == {"type", "title", "status", "detail", "code"}
    assert body["detail"]
    return True


def test_health(client: httpx.Client) -> None:
    answer = client.get("/healthz").json()
    assert answer["status"] == "ok"
    assert set(answer["models"]) == {"noise", "damage"}


def test_an_upload_gives_its_report_and_keeps_it(client: httpx.Client) -> None:
    response = send(client, context='{"when": ["braking"]}', lang="en")
    assert response.status_code == 200, response.text
    report = response.json()
    jsonschema.validate(report, REPORT)
    location = response.headers["location"]
    english = {"lang": "en"}
    assert client.get(f"{location}/report", params=english).json() == report
    assert client.get(f"{location}/diagnosis", params=english).json() == report["diagnosis"]
    view = client.get(location, params=english).json()
    assert (view["state"], view["report"]) == ("done", report)
    chinese = client.get(f"{location}/report", params={"lang": "zh"})
    assert chinese.headers["content-language"] == "zh"
    assert chinese.json()["noise"]["types"][0]["name"] != report["noise"]["types"][0]["name"]
    accepted = client.get(f"{location}/report", headers={"accept-language": "fr, zh-CN;q=0.9"})
    assert accepted.json() == chinese.json()


@pytest.mark.slow
def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as client:
        response = send(client)
        report, location = response.json(), response.headers["location"]
        (tmp_path / "data" / "incoming" / "cut-short").write_bytes(b"half an upload")
    with serving(tmp_path / "data") as client:
        assert client.get(f"{location}/report").json() == report
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    kept = [f for f in (tmp_path / "data" / "files" / "originals").rglob("*") if f.is_file()]
    assert [file.read_bytes() for file in kept] == [SOUND]


def test_uploads_at_once_each_get_their_own_report(client: httpx.Client) -> None:
    sounds = [encode_wav(tone(1.0 + index / 4)) for index in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: send(client, sounds[i], f"{i}.wav"), range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert [answer.json()["clip"]["bytes"] for answer in answers] == [len(s) for s in sounds]
    assert len({answer.headers["location"] for answer in answers}) == 6


def test_what_is_no_clip_is_refused(client: httpx.Client) -> None:
    is_problem(send(client, bytes(3 * MAX_BYTES)), 413, "too_large")
    is_problem(send(client, b"not a clip at all, only words" * 20), 415, "unknown_format")
    is_problem(client.post("/v1/clips", json={"file": "a"}), 415, "media_type_unsupported")
    is_problem(client.post("/v1/cases", json={"file": "a"}), 415, "not_multipart")


def test_unknown_clips_and_addresses(client: httpx.Client) -> None:
    is_problem(client.get(f"/v1/clips/{'0' * 32}"), 404, "clip_unknown")
    is_problem(client.get(f"/v1/clips/{'0' * 32}/diagnosis"), 404, "clip_unknown")
    is_problem(client.get("/v1/clips/1"), 422, "upload_invalid")
    is_problem(client.get("/nowhere"), 404, "route_unknown")
    is_problem(client.delete("/v1/clips"), 405, "method_not_allowed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_problems_speak_the_language_asked_for(client: httpx.Client, language: str) -> None:
    response = client.get(f"/v1/clips/{'0' * 32}", headers={"accept-language": language})
    has_chinese = re.search("[\u4e00-\u9fff]", response.json()["detail"]) is not None
    assert has_chinese == (language == "zh")


def test_logs_are_json_lines_without_names(client: httpx.Client, data_folder: Path) -> None:
    assert send(client, name="secret-name.wav").status_code == 200
    text = (data_folder.parent / "data.log").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert any(entry["event"] == "clip accepted" and entry["clip_id"] for entry in entries)
    assert all({"time", "level", "event"} <= set(entry) for entry in entries)
    assert "secret-name" not in text


def test_a_port_in_use_is_said(client: httpx.Client, tmp_path: Path) -> None:
    port = client.base_url.port
    done = subprocess.run(
        [sys.executable, "-m", "tingzhen.command_line", "serve", "--port", str(port)],
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        env=clean_environment(TINGZHEN_DATA_DIR=str(tmp_path)),
    )  # fmt: skip
    assert done.returncode == 1
    assert "settings_invalid" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "every",
    [pytest.param({}, marks=pytest.mark.slow, id="selected"),
     pytest.param({"SCHEMATHESIS_EVERY_CASE": "1"}, marks=pytest.mark.long, id="every")],
)  # fmt: skip
def test_the_service_keeps_its_own_description(client: httpx.Client, every: dict[str, str]) -> None:
    """schemathesis invents requests from the OpenAPI document and checks every answer."""
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "st"),
            "--config-file", str(Path(__file__).with_name("schemathesis.toml")),
            "run", f"{client.base_url}/openapi.json",
            "--max-examples", "3", "--phases", "examples,coverage,fuzzing",
            # The same requests in every run, whatever was found in another.
            "--generation-deterministic",
            # Random bytes are no clip, so a well-formed request may rightly be refused.
            "--exclude-checks", "positive_data_acceptance", "--no-color",
            "--header", f"Authorization: {client.headers['authorization']}",
        ],
        capture_output=True, text=True, timeout=560, check=False,
        env=clean_environment(
            SCHEMATHESIS_HOOKS="tests.serving.schemathesis_hooks",
            PYTHONPATH=str(Path(__file__).parents[2]),
            **every,
        ),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
