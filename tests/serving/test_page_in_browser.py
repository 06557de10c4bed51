"""The page in a real browser, without a network: it plays, seeks, and complains of nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.serving.examples import (
    HOSTILE_NAME,
    doubtful_analysis,
    heated,
    photo_analysis,
    sound_analysis,
    video_analysis,
)
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving import Analysis
from tingzhen.serving.report.page import render_page

pytestmark = pytest.mark.slow

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield opened
    opened.close()


class Visit:
    """An open page, with all it said and all it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.asked.append(request.url))


@pytest.fixture
def visit(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Visit]:
    analysis, language, size = request.param
    file = tmp_path / "report.html"
    file.write_text(render_page(analysis, language), encoding="utf-8")
    context = browser.new_context(viewport=SIZES[size], offline=True)
    opened = Visit(context.new_page())
    opened.page.goto(file.as_uri())
    yield opened
    context.close()
    assert opened.said == []
    assert all(url.startswith(("data:", "file:")) for url in opened.asked)


def until(page: Page, condition: str) -> None:
    """Wait for a condition; the page's own policy forbids what wait_for_function does."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


def case(analysis: Analysis, language: Language, size: str) -> object:
    name = f"{analysis.clip.kind}-{language}-{size}"
    return pytest.param((analysis, language, size), id=name)


@pytest.mark.parametrize(
    "visit",
    [case(video_analysis(HOSTILE_NAME), lang, size) for lang in LANGUAGES for size in SIZES],
    indirect=True,
)
def test_the_sound_plays_and_seeks(visit: Visit) -> None:
    page = visit.page
    until(page, "document.getElementById('player').readyState >= 3")
    duration = page.evaluate("document.getElementById('player').duration")
    assert duration == pytest.approx(4.0, abs=0.15)

    # The button of an event plays that stretch alone, half a second ahead, and no further.
    button = page.locator(".events [data-seek='2.000']")
    button.click()
    until(page, "document.getElementById('player').currentTime > 2.05")
    assert page.evaluate("!document.getElementById('player').paused")
    assert button.get_attribute("aria-pressed") == "true"
    until(page, "document.getElementById('player').paused")
    assert 3.2 <= page.evaluate("document.getElementById('player').currentTime") < 3.6
    assert button.get_attribute("aria-pressed") == "false"
    # Pressed again while it plays, it stops.
    button.click()
    until(page, "document.getElementById('player').currentTime < 2.9")
    button.click()
    until(page, "document.getElementById('player').paused")
    assert page.evaluate("document.getElementById('player').currentTime") < 3.0

    picture = page.locator("#spectrogram img")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 0.25, "y": box["height"] / 2})
    until(page, "document.getElementById('player').currentTime < 1.5")
    page.evaluate("document.getElementById('player').pause()")
    now = page.evaluate("document.getElementById('player').currentTime")
    assert 0.7 < now < 1.3  # a quarter of the picture, less the axis at its left
    head, box = page.locator("#playhead").bounding_box(), picture.bounding_box()
    assert head is not None
    assert box is not None
    assert abs((head["x"] - box["x"]) / box["width"] - 0.25) < 0.12


@pytest.mark.parametrize(
    "visit",
    [
        case(analysis, language, size)
        for analysis, language in (
            (photo_analysis(), "zh"),
            (sound_analysis(), "zh"),
            (doubtful_analysis(), "en"),
        )
        for size in SIZES
    ],
    indirect=True,
)
def test_a_page_fits_its_screen(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("h1").is_visible()
    beyond = """[...document.querySelectorAll('section *')].filter((e) => !e.closest('.scroll') &&
        e.getBoundingClientRect().right > e.closest('section').getBoundingClientRect().right)
        .map((e) => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(beyond) == []
    broken = "[...document.images].filter((i) => !i.complete || !i.naturalWidth).length"
    assert page.evaluate(broken) == 0


@pytest.mark.parametrize(
    "visit", [case(heated(video_analysis()), "zh", size) for size in SIZES], indirect=True
)
def test_heat_is_switched_on_for_each_damage_by_hand_and_by_key(visit: Visit) -> None:
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    figure = page.locator("figure").first
    heat, switch = figure.locator(".heat"), figure.locator("label.switch")
    assert not heat.is_visible()
    switch.click()
    assert heat.is_visible()
    over, under = heat.bounding_box(), figure.locator(".view > img").first.bounding_box()
    assert over is not None
    assert under is not None
    assert [over[k] for k in over] == pytest.approx([under[k] for k in under], abs=1)
    assert not page.locator("figure").nth(1).locator(".heat").is_visible()
    figure.locator("input").focus()
    page.keyboard.press("Space")
    assert not heat.is_visible()
    if page.viewport_size == SIZES["phone"]:
        box = switch.bounding_box()
        assert box is not None
        assert box["height"] >= 44


@pytest.mark.parametrize("visit", [case(heated(video_analysis()), "en", "phone")], indirect=True)
def test_every_control_has_a_name_and_one_heading_leads(visit: Visit) -> None:
    page = visit.page
    assert page.locator("h1").count() == 1
    unnamed = """[...document.querySelectorAll('button, a, audio, img, input')].filter((e) =>
        !(e.getAttribute('aria-label') || e.getAttribute('alt') || e.textContent.trim())).length"""
    assert page.evaluate(unnamed) == 0
    small = """[...document.querySelectorAll('button')].filter((e) =>
        e.getBoundingClientRect().height < 44).length"""
    assert page.evaluate(small) == 0
