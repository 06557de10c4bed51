"""The engineer's whole way in a browser: a clip of the queue, its label, out to Label Studio and
back, a model, two versions compared, put in use and rolled back."""

import json
import time
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving.inference.bundles import variant
from tests.serving.pages.conftest import (
    RunningService,
    Visit,
    Visiting,
    assert_accessible,
    assert_targets,
)
from tingzhen.language import Language
from tingzhen.serving.files import open_files
from tingzhen.serving.inference.registry import ModelRegistry
from tingzhen.serving.records import ModelAgreement, open_records, writing

pytestmark = pytest.mark.slow

WORDS = {
    "en": {"save": "Save, next", "out": "Labelled clips", "take": "Take over", "cancel": "Cancel",
           "activate": "Put in use", "back": "Roll back", "kept": "1 labels from 1 tasks",
           "differ": "Clips on which they differ", "squeal": "Squeal"},
    "zh": {"save": "保存并看下一段", "out": "导出已标注的", "take": "导入", "cancel": "取消",
           "activate": "启用", "back": "退回上一版本", "kept": "从 1 个任务得到 1 条标注",
           "differ": "说法不同的记录", "squeal": "尖叫声"},
}  # fmt: skip


@pytest.fixture(scope="module")
def second_version(service: RunningService, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Another version of the shipped noise model is kept, and has judged the service's clip."""
    folder = variant(tmp_path_factory.mktemp("bundle") / "noise", "noise", "4")
    settings = service.settings
    records = open_records(settings.records_url())
    ModelRegistry(records, open_files(settings.files_location()), settings).add(folder)
    said = {"verdict": "abnormal", "first": "tick", "probability": 0.9}
    other = {"verdict": "normal", "first": "normal", "probability": 0.7}
    slices = {"kind": "video", "verdict": "abnormal", "first": "tick", "powertrain": "unknown",
              "quality": "clear"}  # fmt: skip
    with writing(records) as session:
        session.add(ModelAgreement(
            clip_id=service.clip_id, task="noise", active="3", shadow="4", agree=False,
            data={"active": said, "shadow": other, "same_first": False, "slices": slices},
        ))  # fmt: skip
    records.dispose()
    return "4"


@pytest.fixture(scope="module")
def run(service: RunningService) -> Path:
    """A training run that goes on."""
    folder = service.settings.data_dir / "runs" / "damage-5"
    folder.mkdir(parents=True)
    now = time.time()
    lines = [{"time_s": now - 60, "event": "started"}] + [
        {"time_s": now, "event": "step", "fit": "all", "step": step, "picture_loss": 9 / step}
        for step in range(20, 201, 20)
    ]
    (folder / "config.json").write_text('{"task": "damage"}')
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def shown(page: Page) -> Page:
    """The page when it has loaded what it shows."""
    expect(page.locator("#content > .hint[role=status]")).to_have_count(0, timeout=60_000)
    expect(page.locator("#content [role=alert]")).to_have_count(0)
    return page


def seek(opened: Visit, second: float) -> None:
    player = "document.querySelector('audio')"
    opened.until(f"{player}.readyState >= 1")
    opened.page.evaluate(f"{player}.currentTime = {second}")
    opened.until(f"{player}.currentTime === {second} && !{player}.seeking")


BOTH = pytest.mark.parametrize(("lang", "size"), [("zh", "phone"), ("en", "desktop")])


@BOTH
def test_from_the_queue_to_a_label_and_through_label_studio(
    visit: Visiting, service: RunningService, tmp_path: Path, lang: Language, size: str
) -> None:
    words = WORDS[lang]
    opened = visit("engineer", "/lab", lang=lang, size=size)
    page = shown(opened.page)
    # From the overview to a clip. Other tests may have sent the same content, which the queue shows
    # once; so on to the service's own, which is generated and says so.
    page.locator("a.clip-link[href*='clip=']").first.click()
    shown(page)
    shown(opened.go(f"/lab/labels?task=noise&clip={service.clip_id}"))
    expect(page.locator(".desk .badge.generated")).to_be_visible()
    # By the keyboard alone: squeal, from where the sound is to where it goes.
    seek(opened, 0.5)
    page.keyboard.press("3")
    page.keyboard.press("[")
    seek(opened, 1.25)
    page.keyboard.press("]")
    expect(page.locator(".regions li")).to_have_count(1)
    expect(page.locator(".types [aria-pressed=true]")).to_contain_text(words["squeal"])
    assert_accessible(page)
    page.keyboard.press("Enter")
    page.locator("#notices .good").wait_for()
    with service.client("engineer") as client:
        at = f"/v1/lab/clips/{service.clip_id}"
        (label,) = client.get(at).json()["labels"]
        assert label["regions"] == [{"type": "squeal", "start_s": 0.5, "end_s": 1.25}]
        # Out to Label Studio, where somebody moves the end, and back.
        page.locator("#exchange > summary").click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name=words["out"], exact=True).click()
        waiting.value.save_as(tmp_path / "tasks.zip")
        with zipfile.ZipFile(tmp_path / "tasks.zip") as archive:
            tasks = json.loads(archive.read("tasks.json"))
        tasks[0]["annotations"][0]["result"][1]["value"]["end"] = 1.0
        (tmp_path / "annotations.json").write_text(json.dumps(tasks))
        page.locator("#annotations").set_input_files(tmp_path / "annotations.json")
        page.get_by_role("button", name=words["take"], exact=True).click()
        expect(page.locator("#exchange [role=status]")).to_contain_text(words["kept"])
        (label,) = client.get(at).json()["labels"]
        assert (label["source"], label["regions"][0]["end_s"]) == ("label_studio", 1.0)
        assert client.delete(f"{at}/label/noise").status_code == 204  # as it was


@BOTH
def test_a_version_is_looked_at_compared_put_in_use_and_rolled_back(
    visit: Visiting, second_version: str, lang: Language, size: str
) -> None:
    words = WORDS[lang]
    opened = visit("engineer", "/lab/models/noise/versions/3", lang=lang, size=size)
    page = shown(opened.page)
    assert page.locator("svg[role=img]").count() >= 6
    page.locator(".chart-table summary").first.click()
    assert page.locator(".chart-table table").first.is_visible()
    assert_accessible(page)
    shown(opened.go("/lab/models/noise/compare"))
    expect(page.get_by_role("heading", name=words["differ"])).to_be_visible()
    assert page.locator(".clips > li").count() == 1
    assert_accessible(page)
    shown(opened.go("/lab/models"))
    row = page.locator(f"li[data-version='{second_version}']")
    row.get_by_role("button", name=words["activate"], exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=words["cancel"]).click()
    assert row.get_attribute("data-state") == "kept"
    row.get_by_role("button", name=words["activate"], exact=True).click()
    dialog.get_by_role("button", name=words["activate"]).click()
    in_use = "li[data-state=active][data-version='{}']"
    expect(page.locator(in_use.format(second_version))).to_be_visible(timeout=60_000)
    assert_accessible(page)
    page.get_by_role("button", name=words["back"], disabled=False).click()
    dialog.get_by_role("button", name=words["back"]).click()
    expect(page.locator(in_use.format("3"))).to_be_visible(timeout=60_000)


def test_damage_is_boxed_by_hand_and_by_numbers(visit: Visiting, service: RunningService) -> None:
    opened = visit("engineer", f"/lab/labels?task=damage&clip={service.clip_id}", size="desktop")
    page = shown(opened.page)
    page.locator(".types [data-type=dent]").click()
    picture = page.locator(".picture")
    picture.scroll_into_view_if_needed()
    opened.until("document.querySelector('.picture img').naturalWidth > 0")
    area = picture.bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] * 0.25, area["y"] + area["height"] * 0.25)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.75, area["y"] + area["height"] * 0.5, steps=3)
    page.mouse.up()
    width = page.locator(".regions li").get_by_label("Width")
    assert float(width.input_value()) == pytest.approx(0.5, abs=0.02)
    width.fill("0.4")
    assert_accessible(page)
    assert_targets(page)
    page.locator("#save").click()
    page.locator("#notices .good").wait_for()
    with service.client("engineer") as client:
        at = f"/v1/lab/clips/{service.clip_id}"
        (label,) = client.get(at).json()["labels"]
        assert label["regions"][0]["width"] == 0.4
        assert client.delete(f"{at}/label/damage").status_code == 204


@BOTH
def test_every_page_fits_and_is_accessible(
    visit: Visiting, second_version: str, run: Path, lang: Language, size: str
) -> None:
    opened = visit("engineer", "/lab", lang=lang, size=size, dark=size == "phone")
    for path in ("/lab", "/lab/data", "/lab/drift", "/lab/runs", f"/lab/runs/{run.name}",
                 "/lab/models/damage/versions/2"):  # fmt: skip
        page = shown(opened.go(path))
        assert_accessible(page)
        assert_targets(page)


def test_a_run_draws_itself_anew(visit: Visiting, run: Path) -> None:
    opened = visit("engineer", f"/lab/runs/{run.name}", size="desktop")
    page = shown(opened.page)
    before = page.locator("polyline.line").first.get_attribute("points")
    line = {"time_s": time.time(), "event": "step", "fit": "all", "step": 240, "picture_loss": 0.01}
    with (run / "log.jsonl").open("a") as log:
        log.write(
            json.dumps(line) + "\n" + json.dumps({"time_s": time.time(), "event": "finished"})
        )
    expect(page.locator(".badge.good").first).to_be_visible(timeout=60_000)
    assert page.locator("polyline.line").first.get_attribute("points") != before


def test_an_owner_does_not_get_in(visit: Visiting, service: RunningService) -> None:
    opened = visit("owner", "/lab/labels")
    assert "You may not open this" in opened.page.inner_text("h1")
    opened.said.clear()  # the browser tells of the 403
    with service.client("owner") as client:
        for path in ("queue/noise", f"clips/{service.clip_id}"):
            assert client.get(f"/v1/lab/{path}").status_code == 403
