"""What relies on locks and on the database's own types, on a real Postgres."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving.clips.conftest import SOUND, Here, Open
from tests.serving.clips.test_actions import send_while_deleting
from tests.serving.clips.test_events import listen
from tests.serving.clips.test_resumable import begin, send


@pytest.fixture
def here(open_service: Open, tmp_path: Path, postgres_url: str) -> Here:
    return open_service(tmp_path / "data", database_url=postgres_url)


@pytest.mark.slow
def test_clips_on_postgres(here: Here) -> None:
    def send_with_key(_: int) -> httpx.Response:
        return here.client.post(
            "/v1/clips", files={"file": ("a.wav", SOUND)}, headers={"idempotency-key": "one"}
        )

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send_with_key, range(6)))
    assert [answer.status_code for answer in answers] == [202] * 6
    assert len({answer.json()["id"] for answer in answers}) == 1
    send_while_deleting(here)
    location = begin(here)
    assert send(here, location, SOUND, 0).status_code == 204
    clip_id = here.done(context='{"complaint": "响", "when": ["braking"]}')
    assert [event.kind for event in listen(here, clip_id)][-1] == "report"
    page = here.client.get("/v1/clips", params={"limit": 1, "q": "A.W"}).json()
    following = {"limit": 1, "cursor": page["next_cursor"]}
    assert here.client.get("/v1/clips", params=following).json()["clips"] != page["clips"]
    assert here.client.post(f"/v1/clips/{clip_id}/guide").status_code == 201
    urgent = {"sort": "urgency", "limit": 1}
    first = here.client.get("/v1/clips", params=urgent).json()
    following = urgent | {"cursor": first["next_cursor"]}
    assert here.client.get("/v1/clips", params=following).json()["clips"] != first["clips"]
    wrong = {"kind": "missed_noise", "type": "squeal", "start_s": 0.25, "end_s": 1, "low_hz": 900,
             "high_hz": 2000.5, "note": "响"}  # fmt: skip
    corrections = f"/v1/clips/{clip_id}/corrections"
    assert here.client.post(corrections, json=wrong).status_code == 201
    (kept,) = here.client.get(corrections).json()["corrections"]
    assert {key: kept[key] for key in wrong} == wrong
    said = {"none_of_these": True}
    assert here.client.post(f"/v1/clips/{clip_id}/confirmation", json=said).status_code == 200
    assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204
    assert here.client.get(f"/v1/clips/{clip_id}").status_code == 404
    here.close()
