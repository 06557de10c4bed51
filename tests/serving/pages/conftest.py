"""A real service with one clip that it has analysed, and a browser in which people open pages."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.serving.conftest import clean_environment
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.records import Role, open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
ROLES: tuple[Role, ...] = ("owner", "technician", "engineer", "admin")
WORKSHOP = "w1"


@dataclass(frozen=True)
class RunningService:
    """address: such as http://127.0.0.1:41234. tokens: by role; the technician is of WORKSHOP.
    clip_id: of a generated clip, sent by the owner for that workshop, with its report."""

    address: str
    tokens: dict[str, str]
    clip_id: str
    settings: Settings

    def client(self, role: Role) -> httpx.Client:
        """Asks /v1 with the token of a role."""
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=120)

    def another_clip(self, clip: Path, **fields: str) -> str:
        """Send a clip as the owner and wait for its report; its id."""
        with self.client("owner") as client, clip.open("rb") as file:
            sent = client.post(
                "/v1/clips", files={"file": (clip.name, file)},
                data={"workshop": WORKSHOP} | fields, headers={"Prefer": "wait=60"},
            )  # fmt: skip
            assert sent.status_code in (200, 202), sent.text
            clip_id = sent.headers["location"].rsplit("/", 1)[1]
            while client.get(f"/v1/clips/{clip_id}").json()["state"] in ("waiting", "running"):
                client.get(f"/v1/clips/{clip_id}", headers={"Prefer": "wait=60"})
            return clip_id


@contextmanager
def serving(settings: Settings, **environment: str) -> Iterator[str]:
    """`tingzhen serve` over the settings' data folder, with one worker; its address."""
    (settings.data_dir / "runs").mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tingzhen.command_line", "serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=clean_environment(
            TINGZHEN_DATA_DIR=str(settings.data_dir), TINGZHEN_WORKERS="1", OMP_NUM_THREADS="1",
            TINGZHEN_RATE_OWNER_PER_MIN="0", TINGZHEN_RATE_TECHNICIAN_PER_MIN="0",
            TINGZHEN_RATE_ENGINEER_PER_MIN="0", TINGZHEN_RATE_ADMIN_PER_MIN="0",
            TINGZHEN_RUNS_DIR=str(settings.data_dir / "runs"), **environment,
        ),
    )  # fmt: skip
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                break
        else:
            raise AssertionError("".join(said))
        reader = threading.Thread(target=process.stderr.read)
        reader.start()
        _until_ready(found[0])
        yield found[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=120)


def _until_ready(address: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/readyz", timeout=30).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the service is not ready")


@pytest.fixture(scope="session")
def service(
    sample_clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningService]:
    """One for all tests of pages: leave its clip as it is, send another where yours changes."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("pages"))
    records = open_records(settings.records_url())
    upgrade_records(records)
    tokens = {
        role: create_token(
            records, subject=f"{role}1", role=role, valid_for=None,
            workshop=WORKSHOP if role == "technician" else None,
        ).text
        for role in ROLES
    }  # fmt: skip
    records.dispose()
    with serving(settings) as address:
        empty = RunningService(address, tokens, "", settings)
        context = json.dumps({"when": ["cold_start"], "complaint": "冷车启动时哒哒响"})
        clip_id = empty.another_clip(sample_clip, context=context)
        yield RunningService(address, tokens, clip_id, settings)


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
    yield opened
    opened.close()


@dataclass
class Visit:
    """An open page, with all that went wrong on it: each must stay empty. refused: answers of 500
    and more."""

    page: Page
    address: str
    said: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)

    def _heard(self, message: Any) -> None:
        # Lines that a test cuts on purpose are told by the browser too.
        if message.type in ("error", "warning") and "ERR_INTERNET_DISCONNECTED" not in message.text:
            self.said.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.outside.append(request.url)

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.refused.append(f"{response.status} {response.url}")

    def go(self, path: str) -> Page:
        """Another page, in the same browser."""
        self.page.goto(self.address + path)
        return self.page

    def until(self, condition: str) -> None:
        """Wait for a condition in JavaScript; the pages' own policy forbids what wait_for_function
        does."""
        for _ in range(1200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(condition)


Visiting = Callable[..., Visit]


def session_cookie(service: RunningService, role: Role) -> dict[str, str]:
    """The cookie of a session of that role, signed in as the form does it."""
    answer = httpx.post(
        f"{service.address}/login", data={"token": service.tokens[role]},
        headers={"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    return {"name": "tingzhen", "value": answer.cookies["tingzhen"], "url": service.address}


@pytest.fixture(scope="session")
def cookies(service: RunningService) -> dict[str, dict[str, str]]:
    return {role: session_cookie(service, role) for role in ROLES}


@pytest.fixture
def visit(
    browser: Browser, service: RunningService, cookies: dict[str, dict[str, str]]
) -> Iterator[Visiting]:
    """visit(role, path, lang="en", size="phone", dark=False) opens a page as somebody of that role
    (None: nobody) under its real policy. At the end of the test nothing may have gone wrong on any
    page: no error, nothing that the policy refused, nothing asked of another host."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_page(
        role: Role | None, path: str, lang: str = "en", size: str = "phone", dark: bool = False,
        **options: Any,
    ) -> Visit:  # fmt: skip
        context = browser.new_context(
            viewport=SIZES[size], locale={"zh": "zh-CN", "en": "en-GB"}[lang],
            color_scheme="dark" if dark else "light", has_touch=size == "phone",
            permissions=["microphone", "camera"], **options,
        )  # fmt: skip
        contexts.append(context)
        if role is not None:
            context.add_cookies([cookies[role]])  # type: ignore[list-item]
        opened = Visit(context.new_page(), service.address)
        visits.append(opened)
        opened.go(path)
        return opened

    yield open_page
    for context in contexts:
        context.close()
    for opened in visits:
        assert opened.said == []
        assert opened.outside == []
        assert opened.refused == []


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing serious or critical, and the page is no wider than the screen.

    The script of axe is put in through the debugger, which the page's policy does not bind.
    """
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: "
        "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
    )
    bad = [
        f"{v['id']} ({v['impact']}): {v['help']}: {[n['html'][:120] for n in v['nodes'][:3]]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert bad == [], page.url


def assert_targets(page: Page) -> None:
    """Every control that can be seen is at least 48 px high, links within a sentence aside."""
    controls = "button, input:not([type=hidden]), select, textarea, summary, a.button, nav a, .tool"
    small = page.evaluate(
        """(controls) => [...document.querySelectorAll(controls)].filter((e) =>
            e.checkVisibility() && !e.closest('.visually-hidden, label.check') &&
            e.getBoundingClientRect().height < 47.5).map((e) => e.outerHTML.slice(0, 100))""",
        controls,
    )
    assert small == [], page.url
