"""Pictures of the pages: `python -m benchmarks.page_pictures owner [--out FOLDER] [--docs]`.

Starts a service over an empty folder, sends a clip (a real one where the development data are,
else a generated one), opens each page as its person, in both languages, on a phone and on a
desktop, light and dark. `--docs` writes those that docs/ shows instead.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.fleet_cases import GROWS, simulated_fleet
from tingzhen.diagnosis import load_knowledge
from tingzhen.media.sample_clip import write_sample_clip
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.records import Role, open_records
from tingzhen.serving.records.schema import upgrade_records
from tingzhen.serving.settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs" / "images" / "pages"
REAL = ROOT.parent / "shared" / "data" / "video" / "engine_knock_00.mp4"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
MOST_BYTES = 120_000
"""Of a picture in docs/; a larger one becomes WebP."""
ROLES: tuple[Role, ...] = ("owner", "technician", "engineer", "admin")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream",
             "--use-fake-ui-for-media-stream", "--mute-audio"]  # fmt: skip
_FAULT = [fault.id for fault in load_knowledge().faults if fault.damage is None][GROWS]
"""The fault of the simulated fleet that becomes more frequent."""
Steps = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """One page. path: `{clip}` stands for the id of the clip, `{fault}` for a fault; steps: what to
    do on it before the picture is taken; docs: language and size in which docs/ shows it."""

    name: str
    role: Role
    path: str
    steps: Steps = lambda page: None
    docs: tuple[str, str] | None = None


def _tap(*names: tuple[str, str]) -> Steps:
    """Press the buttons of these names (zh, en), one after the other."""

    def steps(page: Page) -> None:
        for zh, en in names:
            page.get_by_role("button", name=re.compile(f"^({zh}|{en})$")).click()

    return steps


def _recording(page: Page) -> None:
    _tap(("怠速时", "Idling"), ("热车", "Warm"), ("录像", "Record video"))(page)
    page.wait_for_timeout(2500)


def _seen(page: Page) -> None:
    page.locator("#clips li, .events, .screen h2").first.wait_for()


def _watched(page: Page) -> None:
    """Once the blurred video is made."""
    _seen(page)
    page.locator(".player video").wait_for(timeout=120_000)
    page.wait_for_timeout(1000)
    page.evaluate("document.querySelector('.player').scrollIntoView()")


def _drawn(page: Page) -> None:
    _watched(page)
    _tap(("漏了一处异响", "A noise was missed"))(page)
    page.locator(".timeline").scroll_into_view_if_needed()


def _labelled(page: Page) -> None:
    """A knock, marked where it is heard."""
    page.locator("[data-type=knock]").click()
    box = page.locator(".spectrogram").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()


def _evaluation(page: Page) -> None:
    page.locator("#split").evaluate("(e) => e.closest('section').scrollIntoView()")


def _counted(page: Page) -> None:
    page.locator("#content:not([aria-busy]) > :not([role=status])").first.wait_for(timeout=120_000)


def _opened(page: Page) -> None:
    """The first pattern, with what it rests on."""
    _counted(page)
    page.locator(".pattern summary").first.click()
    page.locator(".pattern .tall").first.wait_for()


def _limited(page: Page) -> None:
    _counted(page)
    page.locator("#filters summary").click()


PICTURES: dict[str, list[Picture]] = {
    "shell": [
        Picture("login", "admin", "/login"),
        Picture("choice", "admin", "/"),
        Picture("refused", "owner", "/lab"),
    ],
    "owner": [
        Picture("pick", "owner", "/owner", docs=("zh", "phone")),
        Picture("which", "owner", "/owner", _tap(("转弯时", "Turning"))),
        Picture("ready", "owner", "/owner", _tap(("起动时", "Starting"),
                ("冷车，停了几小时后", "Cold, after some hours"))),
        Picture("recording", "owner", "/owner", _recording, docs=("en", "phone")),
        Picture("result", "owner", "/owner/clips/{clip}", docs=("zh", "phone")),
    ],
    "bay": [
        Picture("queue", "technician", "/bay", _seen),
        Picture("clip", "technician", "/bay/clips/{clip}", _watched, docs=("en", "desktop")),
        Picture("correct", "technician", "/bay/clips/{clip}", _drawn, docs=("zh", "phone")),
        Picture("guide", "technician", "/bay/clips/{clip}/guide", _seen, docs=("zh", "phone")),
    ],
    "lab": [
        Picture("overview", "engineer", "/lab"),
        Picture("data", "engineer", "/lab/data"),
        Picture("labels", "engineer", "/lab/labels?clip={clip}", _labelled, docs=("zh", "desktop")),
        Picture("boxes", "engineer", "/lab/labels?task=damage&clip={clip}"),
        Picture("models", "engineer", "/lab/models", docs=("zh", "phone")),
        Picture("noise", "engineer", "/lab/models/noise/versions/3", _evaluation,
                docs=("en", "desktop")),
        Picture("damage", "engineer", "/lab/models/damage/versions/2"),
        Picture("compare", "engineer", "/lab/models/noise/compare"),
        Picture("runs", "engineer", "/lab/runs"),
        Picture("drift", "engineer", "/lab/drift"),
    ],
    "fleet": [
        Picture("overview", "admin", "/fleet", _counted, docs=("en", "desktop")),
        Picture("faults", "admin", "/fleet/faults", _counted),
        Picture("fault", "admin", "/fleet/faults?fault={fault}", _counted, docs=("zh", "phone")),
        Picture("patterns", "admin", "/fleet/patterns", _opened, docs=("en", "desktop")),
        Picture("recurrence", "admin", "/fleet/recurrence", _counted, docs=("zh", "phone")),
        Picture("limits", "admin", "/fleet/recurrence?by=workshop&same=system&within_days=180",
                _limited),
    ],
}  # fmt: skip


def chromium() -> str:
    """Path of the installed browser."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("no Chromium is installed (Debian: apt-get install chromium)")
    return found


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A running service over the folder: its address, and a token of each role."""
    settings = Settings(data_dir=folder)
    records = open_records(settings.records_url())
    upgrade_records(records)
    tokens = {
        role: create_token(records, subject=f"{role}1", role=role, workshop="w1", valid_for=None)
        for role in ROLES
    }
    records.dispose()
    environment = os.environ | {"TINGZHEN_DATA_DIR": str(folder), "TINGZHEN_WORKERS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tingzhen.command_line", "serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment,
    )  # fmt: skip
    assert process.stderr is not None
    log = (folder / "log").open("w", encoding="utf-8")
    found = None
    while found is None:
        line = process.stderr.readline()
        if not line:
            raise SystemExit("the service did not start")
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
    drain = subprocess.Popen(["cat"], stdin=process.stderr, stdout=log)
    try:
        yield found[0], {role: token.text for role, token in tokens.items()}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        drain.wait()
        log.close()


def send_clip(address: str, token: str) -> str:
    """A clip with its report; its id."""
    clip = REAL
    if not clip.exists():
        clip = Path(tempfile.mkdtemp()) / "generated.mp4"
        write_sample_clip(clip)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address, headers=headers, timeout=120) as client:
        with clip.open("rb") as file:
            data = {"context": json.dumps({"when": ["cold_start"]}), "workshop": "w1"}
            sent = client.post("/v1/clips", files={"file": (clip.name, file)}, data=data)
        clip_id: str = sent.json()["id"]
        while client.get(f"/v1/clips/{clip_id}").json()["state"] in ("waiting", "running"):
            client.get(f"/v1/clips/{clip_id}", headers={"Prefer": "wait=60"})
    return clip_id


def simulate_cases(folder: Path) -> None:
    """The pages say of them that they are simulated."""
    store = open_store(Settings(data_dir=folder).cases_url())
    store.keep(list(simulated_fleet(load_knowledge(), 6000, seed=3)))
    store.close()


def take(browser: Browser, address: str, cookie: str, picture: Picture, *, clip_id: str, lang: str,
         size: str, dark: bool, file: Path, full: bool) -> None:  # fmt: skip
    context = browser.new_context(
        viewport=SIZES[size], locale={"zh": "zh-CN", "en": "en-GB"}[lang],
        color_scheme="dark" if dark else "light", permissions=["microphone", "camera"],
    )  # fmt: skip
    context.add_cookies([{"name": "tingzhen", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address + picture.path.format(clip=clip_id, fault=_FAULT))
    page.wait_for_load_state("networkidle")
    picture.steps(page)
    page.wait_for_timeout(400)
    page.screenshot(path=file, full_page=full)
    context.close()
    if not full and file.stat().st_size > MOST_BYTES:  # pictures within the picture
        cv2.imwrite(
            str(file.with_suffix(".webp")), cv2.imread(str(file)), [cv2.IMWRITE_WEBP_QUALITY, 70]
        )
        file.unlink()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("area", choices=[*PICTURES, "all"])
    parser.add_argument("--out", type=Path, default=Path("pictures"))
    parser.add_argument("--docs", action="store_true")
    given = parser.parse_args(arguments)
    areas = list(PICTURES) if given.area == "all" else [given.area]
    folder = Path(tempfile.mkdtemp())
    out: Path = DOCS if given.docs else given.out
    out.mkdir(parents=True, exist_ok=True)
    with service(folder) as (address, tokens), sync_playwright() as playwright:
        clip_id = send_clip(address, tokens["owner"])
        cookies = {
            role: httpx.post(f"{address}/login", data={"token": token},
                             headers={"Sec-Fetch-Site": "same-origin"}).cookies["tingzhen"]
            for role, token in tokens.items()
        }  # fmt: skip
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for area in areas:
            if area == "fleet":
                simulate_cases(folder)
            for picture in PICTURES[area]:
                shown = [(lang, size, dark) for lang in ("zh", "en") for size in SIZES
                         for dark in (False, True) if lang == "zh" or not dark]  # fmt: skip
                if given.docs:
                    shown = [(*picture.docs, False)] if picture.docs else []
                for lang, size, dark in shown:
                    tail = "" if given.docs else f"-{lang}-{size}{'-dark' if dark else ''}"
                    file = out / f"{area}-{picture.name}{tail}.png"
                    take(browser, address, cookies[picture.role], picture, clip_id=clip_id,
                         lang=lang, size=size, dark=dark, file=file,
                         full=not given.docs)  # fmt: skip
                    print(file)
        browser.close()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
