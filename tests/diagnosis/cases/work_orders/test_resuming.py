"""An import that is stopped at any point goes on; nothing is lost and nothing comes twice."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.work_orders import generated_cases, write_export
from tests.diagnosis.cases.work_orders.importing import bring_in, kept
from tests.diagnosis.examples import shipped
from tests.postgres import on_both_databases
from tingzhen.diagnosis.cases import CaseStore, open_cases
from tingzhen.diagnosis.cases.work_orders import rejected_rows
from tingzhen.errors import OrdersError

IMPORT = """
import sys
from pathlib import Path
from tests.diagnosis.cases.work_orders.importing import bring_in
from tingzhen.diagnosis.cases import open_cases
store = open_cases(f"sqlite:///{sys.argv[1]}")
print("ready", flush=True)
bring_in(store, Path(sys.argv[2]), batch=40)
"""
IMPORT_BESIDE = """
import sys
from pathlib import Path
from tests.diagnosis.cases.work_orders.importing import bring_in
from tingzhen.diagnosis.cases import open_cases
if __name__ == "__main__":
    store = open_cases(f"sqlite:///{sys.argv[1]}")
    tell = lambda share: print(share, flush=True)
    bring_in(store, Path(sys.argv[2]), batch=20, processes=2, on_progress=tell)
"""
BAD_LINES = 5
ROOT = Path(__file__).parents[4]


def with_bad_lines(path: Path, orders: int, seed: int) -> list[str]:
    """An export with some lines that are no orders; returns the numbers of the orders."""
    cases = list(generated_cases(shipped(), orders, seed=seed))
    write_export(path, iter(cases))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for at in range(BAD_LINES):
        lines.insert(1 + at * (orders // BAD_LINES), f"no order {at}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return [case.number or "" for case in cases]


class Stop(BaseException):
    """Ends an import like a stop from outside."""


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_stopped_import_goes_on_behind_the_last_batch(
    store: CaseStore, tmp_path: Path, after: int
) -> None:
    path = tmp_path / "orders.csv"
    numbers = with_bad_lines(path, 100, seed=1)
    batches = []

    def stop(share: float) -> None:
        batches.append(share)
        if len(batches) == after:
            raise Stop

    with pytest.raises(Stop):
        bring_in(store, path, batch=20, on_progress=stop)
    result = bring_in(store, path, batch=17)
    assert result.resumed == 20 * after
    assert (result.added, result.rejected, result.records) == (100, BAD_LINES, 105)
    assert [case.number for case in kept(store)] == numbers
    assert len(rejected_rows(store, result.import_id)) == BAD_LINES


@on_both_databases
def test_two_imports_of_one_file_at_once_take_each_order_once(
    store: CaseStore, tmp_path: Path
) -> None:
    """The second finds that the first has moved on, and ends without keeping its batch."""
    path = tmp_path / "orders.csv"
    numbers = with_bad_lines(path, 60, seed=2)
    started = []

    def other(share: float) -> None:
        if not started:
            started.append(share)
            bring_in(store, path, batch=10)

    with pytest.raises(OrdersError, match="Another process"):
        bring_in(store, path, batch=10, on_progress=other)
    assert [case.number for case in kept(store)] == numbers


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    """kill -9 at random points until a run comes to its end."""
    rng = random.Random(seed)
    database, path = tmp_path / "cases.sqlite3", tmp_path / "orders.csv"
    numbers = with_bad_lines(path, 2000, seed=seed)
    command = [sys.executable, "-c", IMPORT, str(database), str(path)]
    kills = 0
    for attempt in range(20):
        run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        if attempt < 4:
            time.sleep(rng.uniform(0.0, 0.4))
            if run.poll() is None:
                os.kill(run.pid, signal.SIGKILL)
                kills += 1
        code = run.wait()
        run.stdout.close()
        if code == 0:
            break
    store = open_cases(f"sqlite:///{database}")
    result = bring_in(store, path)
    assert kills > 0
    assert (result.added, result.rejected, result.records) == (2000, BAD_LINES, 2005)
    assert [case.number for case in kept(store)] == numbers
    assert result.rejected_file is not None
    kept_aside = result.rejected_file.read_text(encoding="utf-8").splitlines()[1:]
    assert kept_aside == [f"no order {at}" for at in range(BAD_LINES)]
    store.close()


@pytest.mark.slow
def test_processes_beside_make_the_same_cases_and_one_that_ends_loses_none(
    store: CaseStore, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    numbers = with_bad_lines(path, 400, seed=3)

    def end_one(share: float) -> None:
        beside = multiprocessing.active_children()
        if len(beside) == 2:  # the first time
            beside[0].kill()

    with pytest.raises(OrdersError, match="goes on where it stopped"):
        bring_in(store, path, batch=20, processes=2, on_progress=end_one)
    result = bring_in(store, path, batch=100, processes=2)
    assert 0 < result.resumed < 400
    assert (result.added, result.rejected, result.records) == (400, BAD_LINES, 405)
    assert [case.number for case in kept(store)] == numbers
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_processes_beside_end_with_the_import_that_is_killed(tmp_path: Path) -> None:
    database, path = tmp_path / "cases.sqlite3", tmp_path / "orders.csv"
    numbers = with_bad_lines(path, 1000, seed=4)
    command = [sys.executable, "-c", IMPORT_BESIDE, str(database), str(path)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert run.stdout is not None
    assert float(run.stdout.readline()) < 1.0
    beside = psutil.Process(run.pid).children(recursive=True)
    run.kill()
    run.wait()
    run.stdout.close()
    assert len(beside) >= 2
    assert psutil.wait_procs(beside, timeout=30)[1] == []
    store = open_cases(f"sqlite:///{database}")
    result = bring_in(store, path)
    assert 0 < result.resumed < 1005
    assert (result.added, result.rejected, result.records) == (1000, BAD_LINES, 1005)
    assert [case.number for case in kept(store)] == numbers
    store.close()
