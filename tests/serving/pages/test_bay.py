"""The technician's whole way in a browser: from the queue over the clip and its tests to the
confirmed case; correcting the machine on the way."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.serving.pages.conftest import (
    RunningService,
    Visiting,
    assert_accessible,
    assert_targets,
    session_cookie,
)
from tingzhen.language import Language
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.records import open_records

pytestmark = pytest.mark.slow

WORDS = {
    "en": {"loop": "Loop", "band": "Hear its band alone", "stop": "Stop",
           "missed": "A noise was missed",
           "box": "A damage was missed", "send": "Send the correction", "back": "Take back",
           "low": "Lowest (Hz)", "left": "From the left (%)", "start": "Start the tests",
           "undo": "Undo", "skip": "Skip", "gone": "gone", "close": "Confirm and close the case",
           "closed": "Confirmed", "wrong": "is wrong"},
    "zh": {"loop": "循环播放", "band": "只听这个频段", "stop": "停止", "missed": "漏了一处异响",
           "box": "漏了一处损伤", "send": "提交更正", "back": "撤回", "low": "最低（Hz）",
           "left": "距左边（%）", "start": "开始逐项检查", "undo": "撤销上一步", "skip": "跳过",
           "gone": "消失了", "close": "确认并结案", "closed": "已确认", "wrong": "标错了"},
}  # fmt: skip
CONTEXT = {"when": ["cold_start"], "complaint": "冷车启动时哒哒响",
           "vehicle": {"make": "示范", "model": "M1", "mileage_km": 48000}}  # fmt: skip


@pytest.fixture(scope="module")
def film(sample_clip: Path) -> Path:
    """A real recording where the development data are there, else the generated clip."""
    real = Path(__file__).parents[4] / "shared" / "data" / "video" / "engine_knock_00.mp4"
    return real if real.is_file() else sample_clip


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def draw(
    page: Page, surface: Locator, first: tuple[float, float], last: tuple[float, float]
) -> None:
    """Drag from one place to another, 0..1 of the surface."""
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    assert box is not None
    (x1, y1), (x2, y2) = first, last
    page.mouse.move(box["x"] + x1 * box["width"], box["y"] + y1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + x2 * box["width"], box["y"] + y2 * box["height"], steps=4)
    page.mouse.up()


@pytest.mark.parametrize(("lang", "size"), [("zh", "phone"), ("en", "desktop")])
def test_from_the_queue_to_the_confirmed_case(
    visit: Visiting, service: RunningService, film: Path, lang: Language, size: str
) -> None:
    words = WORDS[lang]
    clip_id = service.another_clip(film, context=json.dumps(CONTEXT))
    opened = visit("technician", "/bay", lang=lang, size=size)
    page = opened.page
    card = page.locator(f'a[href="/bay/clips/{clip_id}"]')
    card.wait_for()
    assert_accessible(page)
    assert_targets(page)

    card.click()
    page.locator(".events li").first.wait_for()
    assert_accessible(page)
    assert_targets(page)
    hears_one_event_alone(page, words)
    says_what_was_missed(page, words)
    with service.client("technician") as client:
        made = client.get(f"/v1/clips/{clip_id}/corrections").json()["corrections"]
    assert [one["kind"] for one in made] == ["missed_noise", "damage_box"]
    assert made[0]["low_hz"] == 700
    assert made[0]["end_s"] > made[0]["start_s"]
    assert made[1]["x"] == pytest.approx(0.25, abs=0.02)

    page.get_by_role("link", name=words["start"]).click()
    page.locator(".screen h2").wait_for()
    assert_accessible(page)
    assert_targets(page)
    goes_through_the_tests(page, words)
    button(page, words["close"]).click()
    page.wait_for_url("**/bay#closed")
    closed = page.locator(f'a[href="/bay/clips/{clip_id}"]')
    expect(closed).to_contain_text(words["closed"])
    with service.client("technician") as client:
        assert client.get(f"/v1/clips/{clip_id}").json()["confirmed_fault"] is not None
        waiting = client.get("/v1/clips", params={"confirmed": False, "limit": 100}).json()["clips"]
    assert clip_id not in {clip["id"] for clip in waiting}


def hears_one_event_alone(page: Page, words: dict[str, str]) -> None:
    page.locator(".events li").first.get_by_role("button", name=words["loop"]).click()
    expect(page.locator(".event-box.selected")).to_have_count(1)
    page.wait_for_selector("audio, video")
    for _ in range(600):
        if page.evaluate("!document.querySelector('.player audio, .player video').paused"):
            break
        page.wait_for_timeout(50)
    else:
        raise AssertionError("it does not play")
    band = button(page, words["band"])
    band.click()
    expect(band).to_have_attribute("aria-pressed", "true")
    button(page, words["stop"]).click()
    expect(band).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("document.querySelector('.player audio, .player video').paused")


def says_what_was_missed(page: Page, words: dict[str, str]) -> None:
    corrections = page.locator(".corrections li")
    button(page, words["missed"]).click()
    draw(page, page.locator(".plot"), (0.2, 0.2), (0.6, 0.7))
    start, end = (
        float(page.locator(f"#correct-{key}").input_value()) for key in ("start_s", "end_s")
    )
    whole = page.evaluate("document.querySelector('.player audio, .player video').duration")
    assert start / whole == pytest.approx(0.2, abs=0.03)
    assert end / whole == pytest.approx(0.6, abs=0.03)
    page.get_by_label(words["low"]).fill("700")  # by keyboard too
    assert_accessible(page)
    button(page, words["send"]).click()
    expect(corrections).to_have_count(1)
    button(page, words["box"]).click()
    draw(page, page.locator(".sheet"), (0.25, 0.3), (0.5, 0.6))
    assert float(page.get_by_label(words["left"]).input_value()) == pytest.approx(25, abs=2)
    button(page, words["send"]).click()
    expect(corrections).to_have_count(2)
    page.locator(".events li").first.get_by_role("button", name=words["wrong"]).click()
    button(page, words["send"]).click()
    expect(corrections).to_have_count(3)
    corrections.nth(2).get_by_role("button").click()
    expect(corrections).to_have_count(2)


def goes_through_the_tests(page: Page, words: dict[str, str]) -> None:
    """One tap a test; the first one is taken back and skipped once."""
    heading = page.locator(".screen h2")

    def tap(what: Locator) -> None:
        before = page.locator("#guide > .bench").element_handle()
        assert before is not None
        what.click()
        for _ in range(1200):
            if not before.evaluate("(element) => element.isConnected"):
                return
            page.wait_for_timeout(25)
        raise AssertionError("the screen does not change")

    first = heading.inner_text()
    tap(page.locator(".answers button").first)
    tap(button(page, words["undo"]))
    expect(heading).to_have_text(first)
    tap(button(page, words["skip"]))
    for _ in range(30):
        if button(page, words["close"]).count():
            return
        repaired = page.locator(".answers").get_by_role("button", name=words["gone"], exact=True)
        tap(repaired if repaired.count() else page.locator(".answers button").first)
    raise AssertionError("the session does not end")


def test_similar_cases_are_heard_side_by_side_and_the_sheet_is_printed(
    visit: Visiting, service: RunningService, sample_clip: Path
) -> None:
    other = service.another_clip(sample_clip, context=json.dumps(CONTEXT))
    with service.client("technician") as client:
        assert client.get(f"/v1/clips/{other}/sound").status_code == 200
        said = {"fault_text": "loose bracket", "repair": "tightened"}
        known = client.get(f"/v1/clips/{other}/diagnosis").json()["causes"]
        said = {"fault": known[0]["fault"], "repair": "new part"} if known else said
        assert client.post(f"/v1/clips/{other}/confirmation", json=said).status_code == 200
    opened = visit(
        "technician", f"/bay/clips/{service.clip_id}", lang="en", size="phone", dark=True
    )
    page = opened.page
    similar = page.locator("details.similar", has=page.locator(".side-by-side")).first
    similar.locator("summary").click()
    expect(similar.locator(".side-by-side audio")).to_have_count(2)
    assert_accessible(page)
    assert "Demonstration" in page.locator(".clip-head").inner_text()

    opened.go(f"/bay/clips/{service.clip_id}/guide")
    page.locator(".screen h2").wait_for()
    page.emulate_media(media="print")
    expect(page.locator(".sheet-print")).to_be_visible()
    expect(page.locator(".screen")).to_be_hidden()
    assert "Demonstration" in page.locator(".sheet-print").inner_text()
    assert page.pdf().startswith(b"%PDF")


def test_a_clip_of_another_workshop_has_no_page(service: RunningService, visit: Visiting) -> None:
    records = open_records(service.settings.records_url())
    stranger = create_token(records, subject="t9", role="technician", workshop="w9", valid_for=None)
    records.dispose()
    others = replace(service, tokens=service.tokens | {"technician": stranger.text})
    cookie = session_cookie(others, "technician")
    for path in (f"/bay/clips/{service.clip_id}", f"/bay/clips/{service.clip_id}/guide",
                 f"/bay/clips/{'0' * 32}"):  # fmt: skip
        answer = httpx.get(
            service.address + path, cookies={"tingzhen": cookie["value"]},
            headers={"Accept": "text/html"},
        )  # fmt: skip
        assert answer.status_code == 404, path
        assert service.clip_id not in answer.text
    opened = visit("owner", "/bay")
    assert "You may not open this" in opened.page.inner_text("h1")
    opened.said.clear()
