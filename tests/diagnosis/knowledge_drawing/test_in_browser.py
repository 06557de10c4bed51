"""In a real browser texts stay inside their boxes, in both languages; nothing is fetched."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright

from tests.diagnosis.examples import shipped
from tingzhen.diagnosis.knowledge_drawing import draw, drawable
from tingzhen.language import LANGUAGES, Language

pytestmark = pytest.mark.slow

OUTSIDE = """() => [...document.querySelectorAll('g[role]')].flatMap(g => {
  const box = g.querySelector('rect.box').getBBox();
  return [...g.querySelectorAll('text:not(.sign)')].filter(text => {
    const b = text.getBBox();
    return b.x + b.width > box.x + box.width || b.y < box.y - 1
      || b.y + b.height > box.y + box.height + 1;
  }).map(text => text.textContent);
})"""

COVERED = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const boxes = [...svg.querySelectorAll('rect.box')].map(rect => rect.getBBox());
  return [...svg.querySelectorAll('text.edge')].filter(text => {
    const t = text.getBBox();
    return boxes.some(b => t.x < b.x + b.width && b.x < t.x + t.width
      && t.y < b.y + b.height && b.y < t.y + t.height);
  }).map(text => text.textContent);
})"""


@pytest.fixture(scope="module")
def page(playwright: Playwright) -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    yield browser.new_page()
    browser.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_stay_inside_their_boxes(page: Page, language: Language) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    things = drawable(shipped())
    shown = [thing for thing in things if thing[0] != "fault"] + things[-100::10]
    for kind, id_ in shown:
        svgs = draw(shipped(), kind, id_, language).values()
        page.set_content(f'<!doctype html><meta charset="utf-8">{"".join(svgs)}')
        assert page.evaluate(OUTSIDE) == [], (kind, id_)
        assert page.evaluate(COVERED) == [], (kind, id_)
        assert page.locator("svg").first.get_attribute("lang") == language
    assert asked == []


def test_text_can_be_selected(page: Page) -> None:
    (svg,) = draw(shipped(), "fault", shipped().faults[0].id, "en").values()
    page.set_content(f'<!doctype html><meta charset="utf-8">{svg}')
    selected = page.evaluate("""() => {
      getSelection().selectAllChildren(document.querySelector('g.fault'));
      return getSelection().toString();
    }""")
    assert shipped().faults[0].name.en.split()[0] in selected
