"""A service that runs: what it logs, what it measures, how it stops."""

import json
import os
import re
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.serving.examples import tone
from tests.serving.test_http import send, serving
from tingzhen.serving.sound import encode_wav

pytestmark = pytest.mark.slow
SOUND = encode_wav(tone(1.5))
PLATE, NAME, PHONE, WORD = "粤B12345", "Zhang-San", "13800138000", "shudder-in-reverse"
PERSONAL = (PLATE, NAME, PHONE, WORD, "%E7%B2%A4")


def log_of(data: Path) -> str:
    return (data.parent / f"{data.name}.log").read_text(encoding="utf-8")


def entries(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log_of(data).splitlines() if line.startswith("{")]


def measured(client: httpx.Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = client.get("/metrics").text
    families = text_string_to_metric_families(text)
    return {(s.name, frozenset(s.labels.items())): s.value for f in families for s in f.samples}


def wait_for(what: Any, within_s: float = 90.0) -> None:
    deadline = time.monotonic() + within_s
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def test_logs_and_measures_tell_what_happens_and_nothing_of_people(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(
        data, stop_within_s=60, TINGZHEN_WORKERS="1", TINGZHEN_OPERATIONS_PORT="0"
    ) as client:
        context = json.dumps({"complaint": f"{NAME} {PHONE}: {WORD}"}, ensure_ascii=False)
        name = f"{PLATE} {NAME}.wav"
        done = send(client, SOUND, name, context=context)
        assert done.status_code == 200, done.text
        clip_id = done.headers["location"].split("/")[3]
        cut = send(client, SOUND[:60], f"{NAME}.wav", context=context)  # is put aside by the worker
        assert cut.status_code in (200, 202, 422), cut.text
        assert send(client, b"no clip at all " * 9, name).status_code == 415
        for path in (f"/v1/clips/{PLATE}", f"/{PLATE}/{NAME}", f"/v1/clips?q={PLATE}"):
            client.get(path)
        client.get("/v1/clips", headers={"authorization": f"Bearer {NAME}"})
        given = client.get("/healthz", headers={"x-request-id": "trace-7.a"})
        assert given.headers["x-request-id"] == "trace-7.a"
        made = client.get("/healthz", headers={"x-request-id": f"{NAME} {PHONE}"})
        assert re.fullmatch(r"[0-9a-f]{32}", made.headers["x-request-id"])

        ready = client.get("/readyz", headers={"authorization": ""})
        assert ready.status_code == 200
        assert {check["state"] for check in ready.json()["checks"]} == {"ok"}

        def count(name: str, **labels: str) -> float:
            return measured(client).get((name, frozenset(labels.items())), 0.0)

        wait_for(lambda: count("tingzhen_clips_judged_total") >= 1)
        assert count("tingzhen_clips_done_total") >= 1
        assert count("tingzhen_step_seconds_count", step="publish") >= 1
        assert count("tingzhen_report_seconds_count") == count("tingzhen_clips_done_total")
        assert count("tingzhen_workers", state="alive") == 1
        route = {"method": "POST", "route": "/v1/clips", "status": "415"}
        assert count("tingzhen_http_requests_total", **route) == 1
        assert count("tingzhen_http_problems_total", code="token_invalid") == 1
        text = client.get("/metrics").text
        assert [word for word in PERSONAL if word in text] == []

        # A worker that is killed is started again, says so, and no count falls.
        before = count("tingzhen_clips_done_total")
        (pid,) = {line["pid"] for line in entries(data) if line["event"] == "worker ready"}
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: count("tingzhen_process_starts_total", process="worker 0") == 2)
        assert count("tingzhen_clips_done_total") == before
    text = log_of(data)
    assert [word for word in PERSONAL if word in text] == []
    lines = entries(data)
    assert all({"time", "level", "event"} <= set(line) for line in lines)
    accepted = [x for x in lines if x["event"] == "clip accepted" and x["clip_id"] == clip_id]
    assert len(accepted) == 1
    assert accepted[0]["request_id"]
    steps = [x["step"] for x in lines if x["event"] == "step" and x["clip_id"] == clip_id]
    assert steps == ["facts", "sound", "frames", "recognition", "diagnosis", "publish"]
    routes = {line["route"] for line in lines if line["event"] == "request"}
    assert "/v1/clips/{clip_id}" in routes
    assert "none" in routes
    plain = [line for line in text.splitlines() if not line.startswith("{")]
    assert len(plain) <= 5, plain  # the address, and the first token


def test_a_stop_during_an_upload_and_a_job_loses_and_doubles_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, stop_within_s=60, TINGZHEN_WORKERS="1") as client:
        accepted = client.post("/v1/clips", files={"file": ("a.wav", SOUND)})
        assert accepted.status_code == 202, accepted.text
        half = half_an_upload(client)
    # `serving` has sent SIGTERM and waited for the end.
    with half, suppress(ConnectionResetError):
        assert b" 202 " not in half.recv(4096).split(b"\r\n")[0]
    text = log_of(data)
    print(text)  # shown where something below fails
    assert '"event": "worker ended"' in text
    assert leftovers(data) == []
    with serving(data, stop_within_s=60, TINGZHEN_WORKERS="1") as client:
        location = accepted.headers["location"]
        wait_for(lambda: client.get(location).json()["state"] == "done")
        assert len(client.get("/v1/clips").json()["clips"]) == 1
        events = client.get(f"{location}/events").text
        assert events.count("event: report") == 1
        assert events.count("event: noise") == 1


def half_an_upload(client: httpx.Client) -> socket.socket:
    """A connection over which the first half of a clip was sent."""
    address = urlsplit(str(client.base_url))
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=60)
    head = (
        f"POST /v1/clips?name=b.wav HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Authorization: {client.headers['authorization']}\r\n"
        f"Content-Type: audio/wav\r\nContent-Length: {len(SOUND)}\r\n\r\n"
    )
    connection.sendall(head.encode() + SOUND[: len(SOUND) // 2])
    time.sleep(1.0)  # so that it is being received
    return connection


def leftovers(data: Path) -> list[Path]:
    """Files with the sound of the half upload, in whatever folder."""
    start = SOUND[: len(SOUND) // 2]
    files = [file for file in data.rglob("*") if file.is_file() and "sqlite" not in file.name]
    return [file for file in files if file.read_bytes() == start]
