"""Training runs, from the log that training writes."""

import json
from pathlib import Path

import pytest

from tingzhen.errors import RunUnknown
from tingzhen.serving.labelling.runs import POINTS, run_of, runs_of
from tingzhen.training.runs import Run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with a run that goes on, written by training's own hand."""
    run = Run(tmp_path / "damage-4")
    run.start({"task": "damage", "seed": 0})
    for step in range(1, 1001):
        run.log("step", fit="all", step=step, picture_loss=1 / step, place_loss=2.0)
    run.log("step", fit="fold0", step=20, picture_loss=0.5, place_loss=float("nan"))
    with (run.out_dir / "log.jsonl").open("a") as log:
        log.write('{"time_s": 1, "event": "st')
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_curves_are_thinned_and_what_is_no_number_is_left_out(runs: Path) -> None:
    found = run_of(runs, "damage-4")
    assert (found["state"], found["steps"], found["fits"]) == ("unfinished", 1000, ["all", "fold0"])
    curves = {(c["fit"], c["name"]): c["points"] for c in found["curves"]}
    assert set(curves) == {
        ("all", "picture_loss"), ("all", "place_loss"), ("fold0", "picture_loss"),
    }  # fmt: skip
    points = curves["all", "picture_loss"]
    assert 200 < len(points) <= POINTS
    assert points[-1][0] == 1000
    assert points[0] == [4, pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4, abs=1e-6)]
    assert found["config"]["task"] == "damage"
    assert [event["event"] for event in found["events"]] == ["started"]


def test_a_step_told_twice_counts_once(runs: Path) -> None:
    with (runs / "damage-4" / "log.jsonl").open("a") as log:
        line = {"time_s": 9e9, "event": "step", "fit": "all", "step": 1000, "picture_loss": 7}
        log.write("\n" + json.dumps(line) + "\n" + '{"time_s": 9e9, "event": "finished"}\n')
    found = run_of(runs, "damage-4")
    points = next(c["points"] for c in found["curves"] if c["name"] == "picture_loss")
    assert points[-1][1] == pytest.approx((7 + 1 / 999 + 1 / 998 + 1 / 997) / 4, abs=1e-6)
    assert found["state"] == "finished"


def test_only_runs_of_the_folder(runs: Path) -> None:
    assert [run["name"] for run in runs_of(runs)] == ["damage-4"]
    assert runs_of(None) == runs_of(runs / "nowhere") == []
    for name in ("..", "notes", "damage-4/../damage-4", "x"):
        with pytest.raises(RunUnknown):
            run_of(runs, name)
