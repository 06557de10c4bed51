"""kill -9 of the HTTP process while it takes a clip in: sent again, it is there once."""

import time
from pathlib import Path

import httpx
import pytest

from tests.serving.test_http import serving

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("moment", ["submit:before", "submit:after"])
def test_a_clip_sent_again_is_the_same_clip(tmp_path: Path, knocking: Path, moment: str) -> None:
    orders = tmp_path / "orders"
    orders.mkdir()
    headers = {"Content-Type": "audio/wav", "Idempotency-Key": "once", "Prefer": "wait=60"}
    with serving(
        tmp_path / "data", TINGZHEN_WORKERS="1", TINGZHEN_TEST_KILL_ORDERS=str(orders)
    ) as client:
        (orders / moment).touch()
        with pytest.raises(httpx.TransportError):
            client.post("/v1/clips?name=a.wav", content=knocking.read_bytes(), headers=headers)
        answer = _again(client, knocking.read_bytes(), headers)
        assert answer.status_code == 200, answer.text
        (only,) = client.get("/v1/clips").json()["clips"]
        assert only["state"] == "done"


def _again(client: httpx.Client, content: bytes, headers: dict[str, str]) -> httpx.Response:
    """As an app does: until there is an answer."""
    deadline = time.monotonic() + 120
    while True:
        try:
            answer = client.post("/v1/clips?name=a.wav", content=content, headers=headers)
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        else:
            if answer.status_code == 200 or time.monotonic() > deadline:
                return answer
