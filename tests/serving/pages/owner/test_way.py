"""The owner's whole way: pick, record or choose, a line that breaks, the verdict, the result."""

import io
import re
import wave

import pytest
from playwright.sync_api import Page, expect

from tests.serving.pages.conftest import (
    RunningService,
    Visit,
    Visiting,
    assert_accessible,
    assert_targets,
)

pytestmark = pytest.mark.slow

LONG_MS = 120_000
COUNT_TAPS = (
    "addEventListener('click', (e) => e.isTrusted && (window.taps = (window.taps ?? 0) + 1))"
)


def tap(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


class Line:
    """The line of a page, which a test makes slow and cuts."""

    def __init__(self, opened: Visit) -> None:
        self._session = opened.page.context.new_cdp_session(opened.page)
        self._session.send("Network.enable")

    def is_now(self, *, offline: bool = False, up_bytes_per_s: int = -1) -> None:
        self._session.send("Network.emulateNetworkConditions", {
            "offline": offline, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": up_bytes_per_s,
        })  # fmt: skip


def test_three_taps_to_the_verdict_on_a_phone_in_chinese(visit: Visiting) -> None:
    opened = visit("owner", "/owner", lang="zh", dark=True)
    page = opened.page
    page.evaluate(COUNT_TAPS)
    tap(page, "停着时")
    assert_accessible(page)
    assert_targets(page)
    tap(page, "充电时")
    tap(page, "录音")
    page.get_by_role("heading", name="正在录音").wait_for()
    assert_accessible(page)
    assert_targets(page)
    expect(page.locator(".needle")).not_to_have_attribute("style", re.compile("start: 0.0%"))
    # It stops, sends and is judged without another tap.
    page.get_by_text("这是声音的结果").or_(page.get_by_text("还能开吗？")).first.wait_for(
        timeout=LONG_MS
    )
    page.get_by_role("heading", name="还能开吗？").wait_for(timeout=LONG_MS)
    assert page.evaluate("window.taps") == 3
    assert re.search(r"/owner/clips/[0-9a-f]{32}$", page.url)
    assert_accessible(page)
    assert_targets(page)
    words = page.inner_text("main")
    assert re.search(r"（\d+%）|还不能判断|声音正常", words)  # how sure, in words and a figure
    # Somebody who comes back finds it, and may delete it for good.
    page.reload()
    page.get_by_role("heading", name="还能开吗？").wait_for()
    tap(page, "删除这段记录")
    tap(page, "删除")
    page.get_by_text("已删除").wait_for()
    page.get_by_role("heading", name="什么时候出现？").wait_for()


def test_a_video_is_sent_over_a_line_that_breaks(visit: Visiting) -> None:
    opened = visit("owner", "/owner", lang="en", size="desktop")
    page = opened.page
    tap(page, "Idling")
    tap(page, "Warm")
    assert_accessible(page)
    tap(page, "Record video")
    page.get_by_role("heading", name="Recording video").wait_for()
    assert_accessible(page)
    stop = page.get_by_role("button", name="Enough, send it")
    expect(stop).to_be_enabled(timeout=LONG_MS)
    line = Line(opened)
    line.is_now(up_bytes_per_s=150_000)
    stop.click()
    page.get_by_text(re.compile(r"[\d.]+ of [\d.]+ MB have arrived")).wait_for(timeout=LONG_MS)
    line.is_now(offline=True)
    page.get_by_text("it goes on by itself").wait_for(timeout=LONG_MS)
    assert_accessible(page)
    line.is_now()
    page.get_by_role("heading", name="Can I drive on?").wait_for(timeout=LONG_MS)
    assert_accessible(page)
    page.get_by_text("Hear it and see it").click()
    page.get_by_alt_text("The sound as a picture, noises in boxes").wait_for()
    opened.until("[...document.querySelectorAll('details img')].some((i) => i.naturalWidth > 99)")
    assert_accessible(page)


def test_without_a_network_it_records_and_sends_later(visit: Visiting) -> None:
    opened = visit("owner", "/owner", lang="en")
    page, context = opened.page, opened.page.context
    opened.until("navigator.serviceWorker.ready.then((r) => Boolean(r.active))")
    opened.until("caches.match('/owner').then(Boolean)")
    context.set_offline(True)
    page.reload()
    page.get_by_role("heading", name="When does it happen?").wait_for()
    page.get_by_text("You can still record").wait_for()
    assert_accessible(page)
    tap(page, "Braking")
    tap(page, "Going forwards")
    tap(page, "Record sound")
    stop = page.get_by_role("button", name="Enough, send it")
    expect(stop).to_be_enabled(timeout=LONG_MS)
    stop.click()
    page.get_by_text("it goes on by itself").wait_for(timeout=LONG_MS)
    # The page is closed, and opened again where there is a network.
    page.close()
    context.set_offline(False)
    later = Visit(context.new_page(), opened.address)
    later.go("/owner")
    later.page.get_by_role("heading", name="Waiting to be sent").wait_for()
    later.page.get_by_role("link", name="See the result").click(timeout=LONG_MS)
    later.page.get_by_role("heading", name="Can I drive on?").wait_for(timeout=LONG_MS)
    kept = later.page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (n) => "
        "(await (await caches.open(n)).keys()).map((r) => new URL(r.url).pathname)))).flat())"
    )
    assert "/owner" in kept
    assert [path for path in kept if path.startswith("/v1")] == []
    assert later.said == []


def test_a_file_is_chosen_and_what_cannot_tell_says_how_to_record(
    visit: Visiting, service: RunningService
) -> None:
    opened = visit("owner", "/owner", lang="zh", size="desktop")
    page = opened.page
    tap(page, "转弯时")
    tap(page, "向左转")
    page.set_input_files(
        "#file", {"name": "静.wav", "mimeType": "audio/wav", "buffer": quiet_wav()}
    )
    page.get_by_role("heading", name="请这样再录一次").wait_for(timeout=LONG_MS)
    assert_accessible(page)
    tap(page, "再录一次")
    page.get_by_role("heading", name="录转弯时的声音").wait_for()
    # What is not media is refused in words, and nothing else is lost.
    page.set_input_files(
        "#file", {"name": "x.mp4", "mimeType": "video/mp4", "buffer": b"no media at all" * 99}
    )
    page.get_by_role("alert").filter(has_text=re.compile(".{6}")).wait_for(timeout=LONG_MS)
    assert [line for line in opened.said if "415" not in line and "422" not in line] == []
    opened.said.clear()
    with service.client("owner") as client:
        sent = client.get("/v1/clips", params={"q": "静.wav"}).json()["clips"]
        assert client.get(sent[0]["links"]["self"]).json()["context"]["when"] == ["turning_left"]


def quiet_wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(16_000)
        written.writeframes(bytes(2 * 16_000 * 3))
    return file.getvalue()


def test_a_denied_microphone_is_told_with_what_to_do(visit: Visiting) -> None:
    opened = visit("owner", "/owner", lang="en")
    page = opened.page
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => "
        "Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    tap(page, "Turning")
    tap(page, "Left")
    tap(page, "Record sound")
    page.get_by_role("alert").filter(has_text="may not use the microphone").wait_for()
    assert_accessible(page)


def test_the_page_can_be_installed(visit: Visiting) -> None:
    opened = visit("owner", "/owner")
    manifest = opened.page.evaluate(
        "fetch(document.querySelector('link[rel=manifest]').href).then((r) => r.json())"
    )
    for shown in manifest["icons"]:
        answer = opened.page.request.get(opened.address + shown["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, shown["type"])
    assert manifest["start_url"] == "/owner"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512", "any"}


def test_the_owners_first_page_is_under_100_kb(visit: Visiting) -> None:
    opened = visit("owner", "/owner")
    page = opened.page
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.send("Network.setBypassServiceWorker", {"bypass": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(opened.address + "/owner", wait_until="networkidle")
    page.get_by_role("heading", name="When does it happen?").wait_for()
    assert 10_000 < sum(sizes) < 100_000


def test_another_owners_clip_is_not_shown(visit: Visiting, service: RunningService) -> None:
    opened = visit("technician", f"/owner/clips/{'f' * 32}")
    opened.page.get_by_role("heading", name="There is no such clip").wait_for()
    assert_accessible(opened.page)
    assert [line for line in opened.said if "404" not in line] == []
    opened.said.clear()
