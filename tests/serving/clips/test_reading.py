"""What is told of a clip: where it stands, its report, lists, pictures and sound."""

import json
import wave
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import cv2
import httpx
import jsonschema
import numpy as np
import pytest

from tests.odd.encode import moving, tone, write_media
from tests.serving.clips.conftest import SOUND, Here, Open, is_problem
from tests.serving.fixed_report import REPORT
from tingzhen.serving.clips.view import ClipPage, ClipView, cursor_of, place_of
from tingzhen.serving.http.clips_reading import prefers_html
from tingzhen.serving.records import clip, reading


@pytest.fixture(scope="module")
def done(here: Here) -> str:
    context = json.dumps({"when": ["braking"]})
    return f"/v1/clips/{here.done(lang='en', context=context)}"


@pytest.fixture(scope="module")
def film(here: Here, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clip with pictures and sound."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_media(path, frames=moving(1440, 240, 12), sound=tone(1.2))
    return f"/v1/clips/{here.done(path.read_bytes())}"


def test_where_a_clip_stands(here: Here, done: str) -> None:
    waiting = here.client.get(f"/v1/clips/{here.accepted()}").json()
    ClipView.model_validate(waiting)
    assert (waiting["state"], waiting["progress"]["done"]) == ("waiting", [])
    view = here.client.get(done, params={"lang": "en"}).json()
    ClipView.model_validate(view)
    jsonschema.validate(view["report"], REPORT)
    assert (view["state"], view["kind"], view["error"]) == ("done", "audio", None)
    assert view["progress"]["done"] == view["progress"]["of"]
    assert view["noise"] == view["report"]["noise"]["verdict"] == view["heard"]["verdict"]
    assert view["finished_at"] >= view["created_at"]
    names = {t["type"]: t["name"] for t in view["report"]["noise"]["types"]}
    assert {t["type"]: t["name"] for t in view["heard"]["types"]} == names


def test_the_report_in_both_languages_and_as_a_page(here: Here, done: str) -> None:
    report = here.client.get(f"{done}/report", params={"lang": "en"}).json()
    diagnosis = here.client.get(f"{done}/diagnosis", params={"lang": "en"}).json()
    assert diagnosis == report["diagnosis"]
    chinese = here.client.get(f"{done}/report", headers={"accept-language": "zh-CN"})
    assert chinese.headers["content-language"] == "zh"
    assert chinese.json()["noise"]["types"][0]["name"] != report["noise"]["types"][0]["name"]
    page = here.client.get(
        f"{done}/report", headers={"accept": "text/html,*/*;q=0.8"}, params={"lang": "en"}
    )
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"] in page.text.replace("&#39;", "'")
    assert "Accept" in page.headers["vary"]
    for cause in report["diagnosis"]["causes"][:1]:
        assert cause["name"] in page.text.replace("&#39;", "'")
    assert "data:image/png;base64," in page.text


def test_a_page_shows_what_was_seen_and_nothing_runs_in_it(here: Here, film: str) -> None:
    page = here.client.get(f"{film}/report", headers={"accept": "text/html"}).text
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    hostile = here.send(name="<script>alert(1)</script>.wav").json()["id"]
    here.work_off(hostile)
    shown = here.client.get(f"/v1/clips/{hostile}/report", headers={"accept": "text/html"}).text
    assert "<script" not in shown


@pytest.mark.parametrize(
    ("accept", "html"),
    [("", False), ("*/*", False), ("application/json", False), ("text/html", True),
     ("text/html;q=0.2, application/json", False), ("text/html;q=x", False),
     ("application/json;q=0.5,text/html;q=0.7", True)],
)  # fmt: skip
def test_what_accept_prefers(accept: str, html: bool) -> None:
    assert prefers_html(accept) == html


def test_a_report_that_is_not_there(here: Here) -> None:
    waiting = f"/v1/clips/{here.accepted()}"
    for part in ("report", "diagnosis"):
        soon = here.client.get(f"{waiting}/{part}")
        is_problem(soon, 404, "clip_not_ready")
        assert int(soon.headers["retry-after"]) > 0
    is_problem(here.client.get(f"{waiting}/frames"), 404, "clip_file_unknown")
    failed = f"/v1/clips/{here.done(SOUND[:44])}"
    is_problem(here.client.get(f"{failed}/report"), 404, "clip_without_report")
    is_problem(here.client.get(f"{failed}/sound"), 404, "clip_file_unknown")
    error = here.client.get(failed).json()["error"]
    assert error["message"] in here.client.get(f"{failed}/report").json()["detail"]
    for path in ("", "/report", "/events", "/frames", "/sound", "/spectrogram.png"):
        is_problem(here.client.get(f"/v1/clips/{'0' * 32}{path}"), 404, "clip_unknown")


def test_pictures_and_sound(here: Here, film: str, done: str) -> None:
    frames = here.client.get(f"{film}/frames").json()["frames"]
    used = here.client.get(film).json()["report"]["clip"]["video"]["frames_used"]
    assert [f["number"] for f in frames] == list(range(1, used + 1))
    picture = here.client.get(frames[0]["url"])
    assert picture.headers["content-type"] == "image/jpeg"
    decoded = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert decoded.shape[1] / decoded.shape[0] == pytest.approx(6.0, abs=0.1)
    is_problem(here.client.get(f"{film}/frames/{used + 1}.jpg"), 404, "clip_file_unknown")
    drawn = here.client.get(f"{film}/spectrogram.png").content
    assert cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR).shape[:2] == (360, 1100)
    assert here.client.get(f"{done}/frames").json() == {"frames": []}


def test_players_ask_for_parts_of_the_sound(here: Here, done: str) -> None:
    whole = here.client.get(f"{done}/sound")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] in ("audio/mpeg", "audio/wav")
    size = len(whole.content)
    for asked, first, last in (
        ("0-99", 0, 99),
        ("100-", 100, size - 1),
        ("-50", size - 50, size - 1),
    ):
        part = here.client.get(f"{done}/sound", headers={"range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert part.content == whole.content[first : last + 1]
    for odd in ("bytes=-", "bytes=9999999-", "lines=1-2", "bytes=5-2"):
        assert here.client.get(f"{done}/sound", headers={"range": odd}).status_code == 200


@pytest.mark.slow
def test_clips_in_pages_with_filters(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data")
    started = datetime.now(UTC)
    vehicle = json.dumps({"vehicle": {"make": "BYD", "model": "Han"}})
    ids = [here.send(name=f"Engine {n}.wav", context=vehicle).json()["id"] for n in range(5)]
    ids.append(here.done())
    seen: list[str] = []
    cursor = None
    while True:
        asked: dict[str, str | int] = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = here.client.get("/v1/clips", params=asked)
        page = answer.json()
        ClipPage.model_validate(page)
        seen += [c["id"] for c in page["clips"]]
        if len(seen) == 2:
            here.accepted()  # what comes in meanwhile does not shift the pages
        cursor = page["next_cursor"]
        assert ("link" in answer.headers) == (cursor is not None)
        if cursor is None:
            break
        following = answer.headers["link"].split(">")[0][1:]
        assert here.client.get(following).status_code == 200
    assert seen == ids[::-1]

    def found(**query: str | list[str]) -> list[str]:
        return [c["id"] for c in here.client.get("/v1/clips", params=query).json()["clips"]]

    assert found(state="done") == [ids[-1]]
    assert set(found(state=["done", "waiting"])) >= set(ids)
    assert found(q="engine 3") == [ids[3]]
    assert len(found(make="BYD", model="Han")) == 5
    assert found(make="VW") == []
    verdict = here.client.get(f"/v1/clips/{ids[-1]}").json()["noise"]
    assert found(noise=verdict) == [ids[-1]]
    assert found(damage="no_video") == [ids[-1]]
    assert len(found(since=started.isoformat())) == 7
    assert found(until=started.isoformat()) == []
    assert found(since=(started + timedelta(days=1)).isoformat()) == []


def test_what_lists_do_not_understand(here: Here) -> None:
    for query in ({"cursor": "x"}, {"cursor": "é"}, {"limit": "0"}, {"state": "lost"},
                  {"since": "2026-01-01T00:00:00"}, {"since": "0001-01-01T00:00:00+14:00"},
                  {"q": "\0"}, {"noise": "loud"}):  # fmt: skip
        is_problem(here.client.get("/v1/clips", params=query), 422, "upload_invalid")


def test_a_cursor_leads_back_to_its_clip(here: Here, done: str) -> None:
    with reading(here.service.records) as session:
        record = clip(session, done.rsplit("/", 1)[-1])
    place = place_of(cursor_of(record))
    assert (place.created_at, place.id) == (record.created_at, record.id)


def test_what_others_may_not_see_does_not_exist_for_them(here: Here) -> None:
    with (
        here.as_somebody("wang", "owner") as owner,
        here.as_somebody("li", "owner") as other,
        here.as_somebody("zhao", "technician", "w1") as near,
        here.as_somebody("qian", "technician", "w2") as far,
    ):
        sent = owner.post("/v1/clips", files={"file": ("a.wav", SOUND)}, data={"workshop": "w1"})
        path = sent.headers["location"]
        assert owner.get(path).status_code == near.get(path).status_code == 200
        for somebody in (other, far):
            is_problem(somebody.get(path), 404, "clip_unknown")
            is_problem(somebody.get(f"{path}/events"), 404, "clip_unknown")
            is_problem(somebody.post(f"{path}/cancel"), 404, "clip_unknown")
            assert somebody.get("/v1/clips").json()["clips"] == []
        assert [c["id"] for c in owner.get("/v1/clips").json()["clips"]] == [sent.json()["id"]]
        begun = owner.post(
            "/v1/uploads", headers={"tus-resumable": "1.0.0", "upload-length": "10"}
        ).headers["location"]
        assert other.head(begun, headers={"tus-resumable": "1.0.0"}).status_code == 404
        same = {"idempotency-key": "same"}
        ids = {
            client.post("/v1/clips", files={"file": ("a.wav", SOUND)}, headers=same).json()["id"]
            for client in (owner, other)
        }
        assert len(ids) == 2


def test_the_sound_that_is_kept_can_be_played(here: Here, done: str) -> None:
    response = here.client.get(f"{done}/sound")
    if response.headers["content-type"] == "audio/wav":
        with wave.open(BytesIO(response.content)) as sound:
            assert sound.getframerate() == 16_000
    else:
        import av

        with av.open(BytesIO(response.content)) as container:
            assert container.streams.audio[0].rate == 16_000
    assert isinstance(response, httpx.Response)
