"""`tingzhen cases` as a person uses it, the first time in a process of its own."""

import json
from pathlib import Path

import pytest

from benchmarks.work_orders import generated_cases, write_export
from tests.diagnosis.examples import shipped
from tests.serving.conftest import Tingzhen

pytestmark = pytest.mark.slow  # a process for each command


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def orders(home: Path) -> Path:
    path = home / "orders.csv"
    write_export(path, generated_cases(shipped(), 80, seed=21))
    with path.open("a", encoding="utf-8") as file:
        file.write("no order\n")
    return path


@pytest.fixture(scope="module")
def imported(tingzhen: Tingzhen, home: Path, orders: Path) -> str:
    """What the first import printed."""
    ran = tingzhen("cases", "import", orders, home / "missing.csv", TINGZHEN_DATA_DIR=str(home))
    assert ran.returncode == 1
    return ran.stdout


def test_import_tells_what_became_of_each_file(imported: str, home: Path) -> None:
    assert "orders.csv: 81 records, 80 added" in imported
    assert "line 82: has 1 fields" in imported
    assert "missing.csv: " in imported and "Traceback" not in imported
    (aside,) = (home / "rejected").iterdir()
    assert aside.read_text(encoding="utf-8").endswith("\nno order\n")


def test_the_same_again_as_json(
    tingzhen_here: Tingzhen, home: Path, orders: Path, imported: str
) -> None:
    ran = tingzhen_here(
        "cases", "import", orders, "--json", "--lang", "zh", TINGZHEN_DATA_DIR=str(home)
    )
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["records"], told["resumed"], told["added"]) == (1, 81, 81, 80)
    assert told["rejected_rows"][0]["line"] == 82
    assert "列" in told["rejected_rows"][0]["reason"]


def test_frequencies(tingzhen_here: Tingzhen, home: Path, imported: str) -> None:
    ran = tingzhen_here("cases", "frequencies", "--json", "--top", 500, TINGZHEN_DATA_DIR=str(home))
    faults = json.loads(ran.stdout)["faults"]
    assert sum(fault["orders"] for fault in faults) == 80
    shown = tingzhen_here("cases", "frequencies", "--top", 3, TINGZHEN_DATA_DIR=str(home))
    assert "Posterior" in shown.stdout
    wrong = tingzhen_here(
        "cases", "frequencies", "--powertrain", "steam", TINGZHEN_DATA_DIR=str(home)
    )
    assert wrong.returncode == 2


def test_similar(tingzhen_here: Tingzhen, home: Path, imported: str) -> None:
    report, context = home / "report.json", home / "context.json"
    report.write_text(
        json.dumps({"noise": {"verdict": "abnormal",
                              "types": [{"type": "squeal", "probability": 0.91}]}}),
    )  # fmt: skip
    context.write_text(json.dumps({"when": ["cold_start"], "complaint": "冷车启动时吱吱响"}))
    arguments = ("cases", "similar", report, "--context", context, "--count", 3)
    ran = tingzhen_here(*arguments, "--json", TINGZHEN_DATA_DIR=str(home))
    cases = json.loads(ran.stdout)["cases"]
    assert len(cases) == 3
    assert [c["likeness"] for c in cases] == sorted((c["likeness"] for c in cases), reverse=True)
    assert cases[0]["reasons"] and cases[0]["case"]["fault_name"]
    text = tingzhen_here(*arguments, "--lang", "zh", TINGZHEN_DATA_DIR=str(home)).stdout
    assert cases[0]["case"]["number"] in text
    report.write_text("{oops")
    wrong = tingzhen_here(*arguments, TINGZHEN_DATA_DIR=str(home))
    assert wrong.returncode == 2 and wrong.stderr.startswith("report_invalid")


@pytest.mark.parametrize(
    ("url", "words"),
    [("nonsense", "cannot be used"), ("sqlite:////proc/none/x.sqlite3", "cannot be")],
)
def test_a_database_that_cannot_be_used(
    tingzhen_here: Tingzhen, home: Path, orders: Path, url: str, words: str
) -> None:
    ran = tingzhen_here("cases", "import", orders, "--db", url, TINGZHEN_DATA_DIR=str(home))
    assert ran.returncode == 2
    assert ran.stderr.startswith("cases_unavailable") and words in ran.stderr


def test_a_mapping_that_does_not_fit(tingzhen_here: Tingzhen, home: Path, orders: Path) -> None:
    mapping = home / "mapping.yaml"
    mapping.write_text("columns: {colour: a}", encoding="utf-8")
    ran = tingzhen_here(
        "cases", "import", orders, "--mapping", mapping, TINGZHEN_DATA_DIR=str(home)
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("orders_invalid")
