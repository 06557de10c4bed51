"""A service that stops answers those who wait, with what there is."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.serving.clips.conftest import SOUND, Server, make_app, settings_in
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.clips.watch import ClipWatch
from tingzhen.serving.service import build_service


def test_who_waits_is_answered_when_the_service_stops(tmp_path: Path) -> None:
    service = build_service(settings_in(tmp_path / "data"))
    app = make_app(service)
    server = Server(app)
    token = create_token(service.records, subject="a1", role="admin", valid_for=None).text
    headers = {"authorization": f"Bearer {token}", "prefer": "wait=60"}
    watch: ClipWatch = app.state.watch
    with httpx.Client(base_url=server.url, headers=headers, timeout=50) as client:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.post, "/v1/clips", files={"file": ("a.wav", SOUND)})
            while not watch._listeners:
                assert not waiting.done()
            watch.stop()
            answer = waiting.result()
        assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
        events = client.get(f"/v1/clips/{answer.json()['id']}/events")
        assert "event: accepted" in events.text
    server.stop()
    app.state.guide.sessions.close()
    app.state.audit.close()
    service.close()
