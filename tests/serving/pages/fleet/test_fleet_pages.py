"""The office's way through its pages in a browser: overview, a fault, patterns, what comes back."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.diagnosis.examples import shipped
from tests.serving.pages.conftest import (
    RunningService,
    Visit,
    Visiting,
    assert_accessible,
    assert_targets,
)
from tingzhen.diagnosis.cases import CaseRecord
from tingzhen.language import Language
from tingzhen.serving.cases.in_use import open_store
from tingzhen.serving.records import Role

pytestmark = pytest.mark.slow

MARK = {"zh": "模拟数据", "en": "Simulated"}
BELT = next(fault for fault in shipped().faults if fault.damage is None)


def loaded(opened: Visit) -> None:
    opened.until("!!document.querySelector('#content:not([aria-busy]) > :not([role=status])')")


def saved(opened: Visit, link: Any, folder: Path) -> list[dict[str, str]]:
    """The rows of the file that a link saves."""
    with opened.page.expect_download() as download:
        link.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def look_at_one_fault(opened: Visit, folder: Path, lang: Language) -> None:
    """By its link in the list; and narrower by the form, whose limits stand in the address."""
    page = opened.page
    page.locator(".subnav a").nth(1).click()
    loaded(opened)
    page.get_by_role("link", name=BELT.name.to(lang)).first.click()
    page.wait_for_url(f"**/fleet/faults?fault={BELT.id}")
    loaded(opened)
    assert BELT.name.to(lang) in page.locator(".headline").inner_text()
    assert page.locator("svg[role=img]").count() >= 5
    page.locator("#filters summary").click()
    page.locator("#model").select_option("model_01")
    page.locator("#since").fill("2023-01-01")
    page.locator("#filter button").click()
    page.wait_for_url(f"**/fleet/faults?fault={BELT.id}&model=model_01&since=2023-01-01")
    loaded(opened)
    assert page.locator("#model").input_value() == "model_01"
    rows = saved(opened, page.locator("a[download]").first, folder)
    assert {row["kind"] for row in rows} == {"simulated"}
    assert rows[0]["month"] == "2023-01"
    assert_accessible(page)


def look_at_patterns(opened: Visit, folder: Path, lang: Language, role: Role) -> None:
    """They take along what they can be limited by, and nothing else."""
    page = opened.page
    page.locator(".subnav a").nth(2).click()
    page.wait_for_url(f"**/fleet/patterns?fault={BELT.id}&since=2023-01-01")
    page.locator("#filters summary").click()
    page.locator("#filter a").click()
    page.wait_for_url("**/fleet/patterns")
    loaded(opened)
    sentence = page.locator(".sentence").first.inner_text()
    assert {"zh": "气温低于 ", "en": "temperature is below "}[lang] in sentence
    page.locator(".pattern summary").first.click()
    page.locator(".pattern .tall").first.wait_for()
    assert page.locator(".pattern").first.locator("svg[role=img]").count() == 3
    rows = saved(opened, page.locator(".pattern a[download]").first, folder)
    assert {bool(row["vehicle_key"]) for row in rows} == {role == "admin"}
    assert_accessible(page)


def look_at_what_comes_back(opened: Visit, folder: Path, role: Role) -> None:
    """By workshop: with names for who may see them."""
    page = opened.page
    page.locator(".subnav a").nth(3).click()
    loaded(opened)
    page.locator("#filters summary").click()
    page.locator("#by").select_option("workshop")
    page.locator("#within_days").fill("180")
    page.locator("#filter button").click()
    page.wait_for_url("**/fleet/recurrence?by=workshop&same=fault&within_days=180")
    loaded(opened)
    rows = saved(opened, page.locator("a[download]").last, folder)
    assert len(rows) == 12
    assert {row["workshop"].startswith("SIM-") for row in rows} == {role == "admin"}
    page.locator("#content details summary").last.click()
    assert page.locator("#content .tall tbody tr").count() == 12
    assert_accessible(page)
    assert_targets(page)


@pytest.mark.parametrize(("lang", "size", "role"), [
    ("zh", "phone", "admin"), ("en", "desktop", "engineer"),
])  # fmt: skip
def test_the_way_of_the_office(
    visit: Visiting, tmp_path: Path, lang: Language, size: str, role: Role
) -> None:
    opened = visit(role, "/fleet", lang=lang, size=size)
    page = opened.page
    loaded(opened)
    assert MARK[lang] in page.locator("#mark").inner_text()
    assert_accessible(page)
    assert_targets(page)
    look_at_one_fault(opened, tmp_path, lang)
    look_at_patterns(opened, tmp_path, lang, role)
    look_at_what_comes_back(opened, tmp_path, role)


def test_real_cases_are_shown_apart_from_simulated_ones(
    visit: Visiting, service: RunningService
) -> None:
    """The last test of this file: from here on there are real cases too."""
    store = open_store(service.settings.cases_url())
    store.keep([CaseRecord(id="real", opened_on=date(2025, 1, 2), source="import", fault=BELT.id)])
    store.close()
    opened = visit("technician", "/fleet", dark=True)
    page = opened.page
    loaded(opened)
    assert MARK["en"] not in page.locator(".figures").inner_text()
    assert page.locator(".badge.generated").count() == 0
    assert page.locator(".figure strong").first.inner_text() == "1"
    assert "simulated cases are left out" in page.locator("#mark").inner_text()
    page.get_by_role("link", name="Show simulated ones").click()
    page.wait_for_url("**/fleet?cases=simulated")
    loaded(opened)
    assert page.locator(".badge.generated").count() == 1
    assert_accessible(page)


def test_an_owner_may_not_look(visit: Visiting) -> None:
    opened = visit("owner", "/fleet/patterns")
    assert opened.page.locator("#content").count() == 0
    opened.said.clear()  # the browser tells of the 403
