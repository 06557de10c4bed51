"""A clock that jumps while clips are analysed loses none and tells nobody twice.

`python -m benchmarks.clock_jumps` does the same at length, on Postgres too.
"""

from pathlib import Path

import pytest

from benchmarks.clock_jumps import Clock, library, run_jumps
from benchmarks.kill_runs import workers
from tests.serving.webhooks.receiver import receiving
from tingzhen.serving.service import build_service
from tingzhen.serving.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed (./check installs it)")
def test_an_hour_back_and_a_month_on(tmp_path: Path, knocking: Path) -> None:
    folder, orders = tmp_path / "machine", tmp_path / "orders"
    folder.mkdir()
    orders.mkdir()
    settings, clock = Settings(data_dir=folder), Clock(tmp_path)
    service = build_service(settings)
    with receiving() as receiver, workers(settings, [folder], orders, clock.environment()):
        outcome = run_jumps(service, knocking, [-3600, 30 * 86_400], clock, receiver)
    service.close()
    assert (outcome.missed, outcome.lost, outcome.doubled) == ([], [], [])
    assert (outcome.untold, outcome.two_ids) == ([], [])
