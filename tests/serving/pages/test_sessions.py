"""Who is signed in: sessions by token and by provider, what ends them, and what forgeries meet."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from tests.serving.access.identity_provider import AUDIENCE, Signer
from tingzhen.serving.access.csrf import csrf_token
from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.tokens import NewToken, create_token, revoke_token
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.pages import add_pages
from tingzhen.serving.pages.shell.headers import POLICY
from tingzhen.serving.records import AccessToken, PageSession, Role, open_records, reading, writing
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings

HERE = {"Sec-Fetch-Site": "same-origin"}
HTML = {"Accept": "text/html"}
SECRET = "s:cret"  # noqa: S105 - of the provider of these tests


class Browser:
    """The pages in this process, and a browser's cookies."""

    def __init__(self, folder: Path, origin: str = "http://x", **settings: Any) -> None:
        self.settings = Settings(data_dir=folder, **settings)
        self.records = open_records(self.settings.records_url())
        upgrade_records(self.records)
        app = FastAPI()
        app.state.service = SimpleNamespace(settings=self.settings, records=self.records)
        app.state.language = "en"
        self.audit = add_gate(app, self.records, self.settings)
        add_pages(app)
        add_problem_handlers(app)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin)
        self._loop = asyncio.Runner()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._loop.run(self.client.request(method, path, **more))

    def token(self, role: Role = "owner", **more: Any) -> NewToken:
        return create_token(self.records, subject="p1", role=role, valid_for=None, **more)

    def sign_in(self, token: NewToken, to: str = "/owner", **headers: str) -> httpx.Response:
        return self.ask("POST", "/login", data={"token": token.text, "next": to},
                        headers=HERE | headers)  # fmt: skip

    def is_in(self) -> bool:
        return self.ask("GET", "/owner", headers=HTML).status_code == 200

    def close(self) -> None:
        self._loop.run(self.client.aclose())
        self._loop.close()
        self.audit.close()
        self.records.dispose()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    opened = Browser(tmp_path)
    yield opened
    opened.close()


def test_a_token_becomes_a_session_of_which_only_the_hash_is_kept(browser: Browser) -> None:
    asked = browser.ask("GET", "/owner/clips/" + "0" * 32 + "?a=b", headers=HTML)
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/login?next=/owner/clips/{'0' * 32}%3Fa%3Db"
    answer = browser.sign_in(browser.token())
    assert (answer.status_code, answer.headers["location"]) == (303, "/owner")
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert "Secure" not in cookie
    page = browser.ask("GET", "/owner", headers=HTML)
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "microphone=(self)" in page.headers["permissions-policy"]
    secret = browser.client.cookies["tingzhen"]
    assert secret not in page.text
    assert csrf_token(secret) in page.text
    with reading(browser.records) as session:
        (row,) = session.scalars(select(PageSession))
    assert secret not in (row.id, row.subject)
    assert len(row.id) == 64


def test_over_https_no_other_host_can_set_the_cookie(tmp_path: Path) -> None:
    for place, origin, more in (
        ("a", "https://x", {}), ("b", "http://x", {"public_url": "https://cars.example"}),
    ):  # fmt: skip
        opened = Browser(tmp_path / place, origin, **more)
        answer = opened.sign_in(opened.token())
        assert answer.headers["set-cookie"].startswith("__Host-tingzhen=")
        assert "Secure" in answer.headers["set-cookie"]
        opened.client.cookies.clear()
        secret = answer.cookies.get("__Host-tingzhen") or answer.headers["set-cookie"][16:59]
        headers = HTML | {"Cookie": f"tingzhen={secret}"}
        assert opened.ask("GET", "/owner", headers=headers).status_code == 303
        headers = HTML | {"Cookie": f"__Host-tingzhen={secret}"}
        assert opened.ask("GET", "/owner", headers=headers).status_code == 200
        opened.close()


def test_a_session_ends_with_its_token_with_time_and_with_signing_out(browser: Browser) -> None:
    token = browser.token()
    browser.sign_in(token)
    revoke_token(browser.records, token.id)
    assert not browser.is_in()

    token = browser.token()
    browser.sign_in(token)
    with writing(browser.records) as session:
        session.get_one(AccessToken, token.id).expires_at = datetime.now(UTC)
    assert not browser.is_in()

    token = browser.token()
    browser.sign_in(token)
    assert browser.is_in()
    with writing(browser.records) as session:
        row = session.scalars(select(PageSession).where(PageSession.token_id == token.id)).one()
        row.last_used_at = datetime.now(UTC) - timedelta(hours=337)
    assert not browser.is_in()

    browser.sign_in(browser.token())
    assert browser.is_in()
    secret = browser.client.cookies["tingzhen"]
    gone = browser.ask("POST", "/logout", headers=HERE | {"X-CSRF-Token": csrf_token(secret)})
    assert gone.status_code == 204
    browser.client.cookies.set("tingzhen", secret)
    assert not browser.is_in()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        HERE,
        HERE | {"X-CSRF-Token": "0" * 64},
        HERE | {"X-CSRF-Token": "é"},
        {"X-CSRF-Token": "right"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "cross-site"},
        {"X-CSRF-Token": "right", "Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "right", "Origin": "http://evil.example"},
        {"X-CSRF-Token": "right", "Origin": "null"},
    ],
)
def test_what_no_page_of_ours_sent_changes_nothing(
    browser: Browser, headers: dict[str, str]
) -> None:
    browser.sign_in(browser.token())
    right = csrf_token(browser.client.cookies["tingzhen"])
    given = {k: (right if v == "right" else v).encode("latin-1") for k, v in headers.items()}
    answer = browser.ask("POST", "/logout", headers=given)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert browser.is_in()
    fine = {"X-CSRF-Token": right, "Origin": "http://x"}
    assert browser.ask("POST", "/logout", headers=fine).status_code == 204


def test_nobody_is_signed_in_unawares_or_led_elsewhere(browser: Browser) -> None:
    token = browser.token()
    answer = browser.sign_in(token, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    for to in ("https://evil.example", "//evil.example", "/\\evil.example", "/login", "x", "/a b"):
        assert browser.sign_in(token, to).headers["location"] == "/"
    assert browser.ask("POST", "/login", data={"token": "tz_no"}, headers=HERE).status_code == 401


def test_guessing_tokens_is_slowed_down(tmp_path: Path) -> None:
    opened = Browser(tmp_path, rate_failures_per_min=3)
    tried = [
        opened.ask("POST", "/login", data={"token": f"tz_{n}"}, headers=HERE).status_code
        for n in range(5)
    ]
    assert tried == [401, 401, 401, 429, 429]
    opened.close()


def test_a_link_from_elsewhere_finds_whoever_is_signed_in(browser: Browser) -> None:
    browser.sign_in(browser.token())
    secret = browser.client.cookies["tingzhen"]
    browser.client.cookies.clear()  # the browser keeps the cookie back on the way from elsewhere
    away = browser.ask("GET", "/owner?a=1", headers=HTML | {"Sec-Fetch-Site": "cross-site"})
    assert away.status_code == 200
    assert 'content="0;url=/owner?a=1"' in away.text
    browser.client.cookies.set("tingzhen", secret)
    assert browser.is_in()


@pytest.mark.parametrize(
    ("role", "reached"),
    [
        ("owner", {"/owner"}),
        ("technician", {"/owner", "/bay", "/fleet"}),
        ("engineer", {"/lab", "/fleet"}),
        ("admin", {"/owner", "/bay", "/lab", "/fleet"}),
    ],
)
def test_each_role_opens_its_areas(browser: Browser, role: Role, reached: set[str]) -> None:
    browser.sign_in(browser.token(role, workshop="w1"))
    for path in ("/owner", "/bay", "/lab", "/fleet"):
        answer = browser.ask("GET", path, headers=HTML)
        assert (answer.status_code == 200) == (path in reached), path
        assert answer.status_code in (200, 403)
        assert answer.headers["content-type"].startswith("text/html")


def test_language_and_appearance_are_kept(browser: Browser) -> None:
    assert 'lang="en"' in browser.ask("GET", "/login").text
    assert 'lang="zh-CN"' in browser.ask("GET", "/login?lang=zh&theme=dark").text
    again = browser.ask("GET", "/login").text
    assert 'lang="zh-CN"' in again
    assert 'data-theme="dark"' in again
    assert 'lang="zh-CN"' in browser.ask("GET", "/login?lang=xx").text


@pytest.fixture
def with_provider(tmp_path: Path, signer: Signer) -> Iterator[Browser]:
    opened = Browser(
        tmp_path, oidc_issuer=signer.issuer, oidc_audience=AUDIENCE, oidc_client_id="pages",
        oidc_client_secret=SECRET, oidc_roles="mechanic=technician", oidc_algorithms="ES256",
    )  # fmt: skip
    yield opened
    opened.close()


def away_from(browser: Browser) -> str:
    led = browser.ask("GET", "/login/provider?next=/bay")
    assert led.status_code == 303
    assert "SameSite=lax" in led.headers["set-cookie"]
    return led.headers["location"]


def test_somebody_signs_in_at_the_provider(with_provider: Browser, signer: Signer) -> None:
    assert "/login/provider?next=" in with_provider.ask("GET", "/login?next=/bay").text
    back = signer.authorize(away_from(with_provider))
    answer = with_provider.ask("GET", "/login/return", params=back)
    assert answer.status_code == 200
    assert 'content="0;url=/bay"' in answer.text
    assert signer.authorization == "Basic cGFnZXM6cyUzQWNyZXQ="
    assert with_provider.ask("GET", "/bay", headers=HTML).status_code == 200
    with reading(with_provider.records) as session:
        (row,) = session.scalars(select(PageSession))
    assert (row.role, row.workshop, row.token_id) == ("technician", "w1", None)
    assert row.expires_at is not None
    with writing(with_provider.records) as session:
        session.get_one(PageSession, row.id).expires_at = datetime.now(UTC)
    assert with_provider.ask("GET", "/bay", headers=HTML).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"state": "another"}, {"state": ""}, {"code": "none"}, {"iss": "https://evil.example"},
        {"error": "access_denied", "code": ""},
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_signs_nobody_in(
    with_provider: Browser, signer: Signer, change: dict[str, str]
) -> None:
    back = signer.authorize(away_from(with_provider)) | change
    answer = with_provider.ask("GET", "/login/return", params=back)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "tingzhen=" not in answer.headers.get("set-cookie", "")


@pytest.mark.parametrize(
    ("claims", "status"),
    [({"nonce": "x"}, 401), ({"aud": AUDIENCE}, 401), ({"roles": ["guest"]}, 403),
     ({"exp": datetime(2020, 1, 1, tzinfo=UTC)}, 401)],
)  # fmt: skip
def test_an_id_token_that_does_not_fit_signs_nobody_in(
    with_provider: Browser, signer: Signer, claims: dict[str, Any], status: int
) -> None:
    back = signer.authorize(away_from(with_provider), **claims)
    assert with_provider.ask("GET", "/login/return", params=back).status_code == status


def test_a_code_is_of_use_only_in_the_browser_that_asked(
    with_provider: Browser, signer: Signer
) -> None:
    back = signer.authorize(away_from(with_provider))
    kept = dict(with_provider.client.cookies)
    with_provider.client.cookies.clear()
    assert with_provider.ask("GET", "/login/return", params=back).status_code == 401
    away_from(with_provider)  # another verifier, another state
    assert with_provider.ask("GET", "/login/return", params=back).status_code == 401
    assert kept


def test_a_provider_that_is_away_is_told(with_provider: Browser, signer: Signer) -> None:
    signer.away = True
    assert with_provider.ask("GET", "/login/provider").status_code == 503
