"""The frame of the pages: who gets where, in which language, and what nobody gets to."""

import httpx
import pytest

from tests.serving.pages.conftest import (
    SIZES,
    RunningService,
    Visiting,
    assert_accessible,
    assert_targets,
)
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving.records import Role

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("role", "home"),
    [("owner", "/owner"), ("technician", "/bay"), ("engineer", "/lab"), ("admin", "/")],
)
def test_each_role_is_led_to_its_area(visit: Visiting, role: Role, home: str) -> None:
    opened = visit(role, "/")
    assert opened.page.url == opened.address + home
    assert_accessible(opened.page)


def test_somebody_signs_in_with_a_token_and_out_again(
    visit: Visiting, service: RunningService
) -> None:
    opened = visit(None, "/owner?x=1", lang="zh")
    page = opened.page
    assert "/login?next=/owner" in page.url
    assert_accessible(page)
    page.get_by_label("令牌").fill("tz_wrong")
    page.get_by_role("button", name="登录").click()
    page.get_by_role("alert").wait_for()
    opened.said.clear()  # the browser tells of the 401
    page.get_by_label("令牌").fill(service.tokens["owner"])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/owner?x=1")
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login")
    assert "/login" in opened.go("/owner").url


def test_a_link_signs_in_and_leaves_no_token_in_the_address(
    visit: Visiting, service: RunningService
) -> None:
    opened = visit(None, f"/login#{service.tokens['owner']}")
    opened.page.wait_for_url("**/owner")
    opened.page.go_back()
    assert "tz_" not in opened.page.url


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_frame_fits_and_is_accessible(visit: Visiting, lang: Language, size: str) -> None:
    opened = visit("admin", "/", lang=lang, size=size)
    assert opened.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert_accessible(opened.page)
    assert_targets(opened.page)


def test_no_page_is_shown_to_whom_it_is_not_for(visit: Visiting) -> None:
    opened = visit("owner", "/lab")
    assert "You may not open this" in opened.page.inner_text("h1")
    assert_accessible(opened.page)
    opened.said.clear()


def test_a_script_asks_v1_with_the_session(visit: Visiting, service: RunningService) -> None:
    opened = visit("owner", "/owner")
    asked = "import('/static/x/shell/api.js').then((api) => api.get('/v1/clips'))"
    found = opened.page.evaluate(asked)
    assert service.clip_id in [clip["id"] for clip in found["clips"]]


def test_a_cookie_alone_changes_nothing(
    service: RunningService, cookies: dict[str, dict[str, str]]
) -> None:
    jar = {"tingzhen": cookies["owner"]["value"]}
    at = f"{service.address}/v1/clips/{service.clip_id}"
    for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"X-CSRF-Token": "0" * 64}):
        answer = httpx.delete(at, cookies=jar, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert httpx.get(at, cookies=jar).status_code == 200
