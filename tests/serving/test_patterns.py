"""`tingzhen cases patterns` and /v1/patterns over a real database of cases. SIMULATION."""

import csv
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.diagnosis.patterns.fleets import cold_and_damp, fleet
from tests.serving.conftest import Tingzhen
from tests.serving.test_http import serving
from tingzhen.diagnosis import load_knowledge
from tingzhen.diagnosis.cases import CaseRecord, open_cases
from tingzhen.serving.http_patterns import router

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
def test_people_read_sentences_in_their_language(tingzhen: Tingzhen, data_dir: Path) -> None:
    done = tingzhen("cases", "patterns", "--lang", "zh", "--fault", FAULT,
                    TINGZHEN_DATA_DIR=str(data_dir))  # fmt: skip
    assert done.returncode == 0
    assert "已证实的规律：" in done.stdout
    assert "气温低于 5 °C且空气湿度不低于 80 %" in done.stdout
    assert "并非占车辆的比例" in done.stdout


@pytest.mark.slow
def test_wrong_usage_is_told_without_a_traceback(
    tingzhen: Tingzhen, data_dir: Path, tmp_path: Path
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
        done = tingzhen("cases", "patterns", *arguments, TINGZHEN_DATA_DIR=str(data_dir))
        assert done.returncode == 2, arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_no_cases_are_no_error(tingzhen: Tingzhen, tmp_path: Path) -> None:
    done = tingzhen("cases", "patterns", TINGZHEN_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "There are no closed cases." in done.stdout


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    with serving(data_dir) as client:
        yield client


@pytest.mark.slow
def test_the_same_over_http(
    client: httpx.Client, searched: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    answer = client.get("/v1/patterns", params={"lang": "en"})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == "en"
    assert answer.json() == json.loads(searched[0].stdout)
    chinese = client.get("/v1/patterns", params={"lang": "zh", "fault": FAULT})
    assert "气温低于 5 °C" in chinese.json()["confirmed"][0]["sentence"]
    for params, status in (({"fault": "no_such"}, 422), ({"since": "yesterday"}, 422)):
        problem = client.get("/v1/patterns", params=params)
        assert problem.status_code == status
        assert problem.json()["code"] == "upload_invalid"


def test_the_address_is_documented() -> None:
    assert {route.path for route in router.routes} == {"/v1/patterns"}  # type: ignore[attr-defined]
    assert "`GET /v1/patterns`" in (DOCS / "http.md").read_text("utf-8")


def test_every_key_of_the_answer_is_documented(
    searched: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    found = json.loads(searched[0].stdout)
    text = (DOCS / "patterns.md").read_text("utf-8")
    pattern = found["confirmed"][0]
    for key in {*found, *found["population"], *pattern, *pattern["lift"], *pattern["condition"][0]}:
        assert re.search(rf"`[^`]*\b{key}\b[^`]*`", text), key
