"""The page in a real browser, without a network: complete, silent, and no wider than the screen."""

import shutil

import pytest
from playwright.sync_api import Playwright

from tests.training.damage_measuring.test_report_page import full_evaluation, read
from tingzhen.training.damage_measuring.examples import choose_examples
from tingzhen.training.damage_measuring.report_page import render_report

pytestmark = pytest.mark.slow

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    scored, evaluation = full_evaluation()
    file = tmp_path_factory.mktemp("page") / "report.html"
    page = render_report(evaluation, choose_examples(scored), read, "Report")
    file.write_text(page, encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_complete_and_fits(playwright: Playwright, address, width):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    said, asked = [], []
    browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    context = browser.new_context(viewport={"width": width, "height": 844}, offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    seen = page.evaluate(
        "[...document.querySelectorAll('svg.example image')]"
        ".map(one => one.getBoundingClientRect().width)"
    )
    assert len(seen) > 10 and min(seen) > 200
    too_wide = page.evaluate(
        f"[...document.querySelectorAll('svg')].filter(one => "
        f"one.getBoundingClientRect().right > {width}).length"
    )
    assert too_wide == 0
    browser.close()
    assert said == []
    assert all(url.startswith(("data:", "file:")) for url in asked)
