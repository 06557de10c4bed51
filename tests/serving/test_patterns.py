"""`tingzhen cases patterns` and /v1/patterns over a real database of cases. SIMULATION."""

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from tests.diagnosis.patterns.fleets import cold_and_damp, fleet
from tests.serving.callers import AdmittedAs
from tests.serving.conftest import Tingzhen
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.errors import CasesUnavailable
from tingzhen.serving.access import Caller
from tingzhen.serving.access.roles import Reach
from tingzhen.serving.fleet.application import add_fleet
from tingzhen.serving.http.patterns import router
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.patterns.process import Asked, search
from tingzhen.serving.patterns.search import PatternSearches
from tingzhen.serving.records import Role
from tingzhen.serving.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
FAULT, OTHER = (f.id for f in load_knowledge().faults[:2])
COLD_AND_DAMP = {("ambient_c", None, 5.0), ("humidity_pct", 80.0, None)}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose database has 5,000 cases with one pattern, and one open case in it."""
    folder = tmp_path_factory.mktemp("patterns") / "data"
    folder.mkdir()
    cases = fleet(cold_and_damp, count=5000)
    regions, models = cases.region.words(), cases.model.words()
    records = [
        CaseRecord(
            id=cases.ids[i], opened_on=cases.opened_on[i].item(), source="import",
            model=models[i], region=regions[i], year=int(cases.year[i]),
            mileage_km=float(cases.mileage_km[i]), ambient_c=float(cases.ambient_c[i]),
            humidity_pct=float(cases.humidity_pct[i]), vehicle_key=f"vehicle-{i}",
            workshop=f"W{i % 4}",
            fault=(FAULT, OTHER)[cases.fault.codes[i]],
        )
        for i in range(len(cases))
    ]  # fmt: skip
    cold = int(np.flatnonzero((cases.ambient_c < 5) & (cases.humidity_pct >= 80))[0])
    records.append(
        CaseRecord(id="open", opened_on=records[cold].opened_on, source="session",
                   ambient_c=records[cold].ambient_c, humidity_pct=95.0, vehicle_key="waiting")
    )  # fmt: skip
    store = open_cases(f"sqlite:///{folder / 'cases.sqlite3'}")
    store.keep(records)
    store.close()
    return folder


@pytest.fixture(scope="module")
def searched(
    tingzhen: Tingzhen, data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    out = tmp_path_factory.mktemp("found") / "new" / "folder"
    done = tingzhen("cases", "patterns", "--json", "--out", out, "--lang", "en",
                    TINGZHEN_DATA_DIR=str(data_dir))  # fmt: skip
    return done, out


def bounds(pattern: dict) -> set:  # type: ignore[type-arg]
    return {(p["attribute"], p["low"], p["high"]) for p in pattern["condition"]}


def test_the_command_prints_one_object(
    searched: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = searched
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["schema"] == "tingzhen.patterns/1"
    assert found["population"]["cases"] == 5000
    assert found["population"]["open_cases"] == 1
    of_fault = [p for p in found["confirmed"] if p["fault"] == FAULT]
    assert [bounds(p) for p in of_fault] == [COLD_AND_DAMP]
    assert of_fault[0]["lift"]["low"] < 6.4 < of_fault[0]["lift"]["high"]


def test_its_files_are_a_picture_and_a_table_of_vehicles(
    searched: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, out = searched
    assert json.loads((out / "patterns.json").read_text("utf-8")) == json.loads(done.stdout)
    assert "<title" in (out / f"01-{FAULT}.svg").read_text("utf-8")
    with (out / f"01-{FAULT}-vehicles.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["vehicle_key"] == "waiting"
    assert rows[0]["open_cases"] == "1"
    assert sum(int(row["with_fault"]) for row in rows) >= 50


@pytest.mark.slow
def test_people_read_sentences_in_their_language(tingzhen_here: Tingzhen, data_dir: Path) -> None:
    done = tingzhen_here("cases", "patterns", "--lang", "zh", "--fault", FAULT,
                    TINGZHEN_DATA_DIR=str(data_dir))  # fmt: skip
    assert done.returncode == 0
    assert "已证实的规律：" in done.stdout
    assert "气温低于 5 °C且空气湿度不低于 80 %" in done.stdout
    assert "并非占车辆的比例" in done.stdout


@pytest.mark.slow
def test_wrong_usage_is_told_without_a_traceback(
    tingzhen_here: Tingzhen, data_dir: Path, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("region,vehicles\nnorth,some\n", encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("")
    for arguments, told in (
        (("--fault", "no_such"), "no_such"),
        (("--exposure", table), "table.csv:2"),
        (("--fault", OTHER, "--out", blocked), "cases_unavailable"),
    ):
        done = tingzhen_here("cases", "patterns", *arguments, TINGZHEN_DATA_DIR=str(data_dir))
        assert done.returncode == 2, arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_no_cases_are_no_error(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    done = tingzhen_here("cases", "patterns", TINGZHEN_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "There are no closed cases." in done.stdout


Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def ask(data_dir: Path) -> Iterator[Ask]:
    """ask(path, reach="all", workshop=None, **parameters) of the application in this process."""
    app = FastAPI()
    close = add_fleet(app, Settings(data_dir=data_dir), load_knowledge())
    app.state.language = "en"
    add_problem_handlers(app)

    def asked(
        path: str, *, reach: Reach = "all", workshop: str | None = None, **parameters: Any
    ) -> httpx.Response:
        role: Role = "admin" if reach == "all" else "technician"
        admitted = AdmittedAs(app, Caller("somebody", role, workshop), reach)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(admitted)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.get(f"/v1/patterns{path}", params=parameters)

        return loop.call(send)

    # One loop for all, for the process that searches lives as long as its loop.
    with start_blocking_portal() as loop:
        yield asked
    close()


def test_the_same_over_http(
    ask: Ask, searched: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    answer = ask("", lang="en")
    assert answer.status_code == 200
    assert answer.headers["content-language"] == "en"
    assert answer.json() == json.loads(searched[0].stdout)
    chinese = ask("", lang="zh", fault=FAULT)
    assert "气温低于 5 °C" in chinese.json()["confirmed"][0]["sentence"]
    for wrong in ({"fault": "no_such"}, {"since": "yesterday"}, {"cases": "both"}):
        problem = ask("", **wrong)
        assert (problem.status_code, problem.json()["code"]) == (422, "upload_invalid")


def test_one_pattern_comes_with_what_its_picture_shows(ask: Ask) -> None:
    listed = ask("", lang="en").json()["confirmed"][0]
    one = ask(f"/{listed['id']}", lang="en").json()
    assert {key: one[key] for key in listed} == listed
    assert (one["kind"], one["status"]) == ("real", "confirmed")
    temperature, humidity = one["shares"]
    assert temperature["title"].startswith("outside temperature (°C), where")
    for bar in (*temperature["bars"], *humidity["bars"]):
        assert (
            bar["low"] <= bar["share"] == pytest.approx(bar["with_fault"] / bar["cases"], abs=1e-6)
        )
    cold = [bar for bar in temperature["bars"] if bar["inside"]]
    assert max(bar["to"] for bar in cold) == 5.0
    assert min(bar["share"] for bar in cold) > 0.2
    unknown = ask("/0123456789ab")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "pattern_unknown")


def test_vehicles_are_shown_to_those_who_may_see_whose_they_are(ask: Ask) -> None:
    path = f"/{ask('').json()['confirmed'][0]['id']}/vehicles"
    everything = ask(path).json()
    first = everything["vehicles"][0]
    assert (first["vehicle_key"], first["open_cases"], first["case_ids"]) == (
        "waiting",
        1,
        ["open"],
    )
    assert everything["total"] > len(everything["vehicles"]) == 200
    own = ask(path, reach="deidentified", workshop="w2").json()["vehicles"]
    assert len(own) == 200
    mine = [vehicle for vehicle in own if vehicle["vehicle_key"] is not None]
    assert mine
    assert {int(vehicle["vehicle_key"].removeprefix("vehicle-")) % 4 for vehicle in mine} == {2}
    for vehicle in own:
        if vehicle["vehicle_key"] is None:
            assert vehicle["case_ids"] == []
            assert vehicle["mileage_km"] is None or vehicle["mileage_km"] % 10_000 == 0
            assert re.fullmatch(r"\d{4}-\d{2}", vehicle["last_opened_on"])
    other = ask(path, reach="deidentified", workshop="elsewhere", format="csv")
    rows = list(csv.DictReader(io.StringIO(other.text.removeprefix("\ufeff"))))
    assert len(rows) == everything["total"]
    assert {(row["vehicle_key"], row["case_ids"], row["kind"]) for row in rows} == {
        ("", "", "real")
    }


def test_a_search_whose_process_ends_is_told_and_the_next_one_works(data_dir: Path) -> None:
    searches = PatternSearches(f"sqlite:///{data_dir / 'cases.sqlite3'}", load_knowledge(), None)
    with start_blocking_portal() as loop:
        with pytest.raises(CasesUnavailable, match="for want of memory"):
            loop.call(searches._beside, os._exit, 3)
        assert loop.call(searches._beside, os.path.basename, "a/b") == "b"
    searches.close()


def test_what_a_search_raises_comes_out_of_its_process(tmp_path: Path) -> None:
    with start_blocking_portal() as loop, pytest.raises(CasesUnavailable):
        searches = PatternSearches("", load_knowledge(), None)
        loop.call(searches._beside, search, f"sqlite:///{tmp_path}", 1, Asked(), None)


def test_the_addresses_are_documented() -> None:
    text = (DOCS / "http.md").read_text("utf-8")
    addresses = [route.path for route in router.routes]  # type: ignore[attr-defined]
    assert len(addresses) == 3
    assert all(f"`GET {address}`" in text for address in addresses)


def test_every_key_of_the_answer_is_documented(
    searched: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    found = json.loads(searched[0].stdout)
    text = (DOCS / "patterns.md").read_text("utf-8")
    pattern = found["confirmed"][0]
    for key in {*found, *found["population"], *pattern, *pattern["lift"], *pattern["condition"][0]}:
        assert re.search(rf"`[^`]*\b{key}\b[^`]*`", text), key
