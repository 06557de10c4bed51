"""Run folders: settings, atomic files, checkpoints, resume."""

import json
import subprocess
import sys

import pytest

from tingzhen.errors import TrainingError
from tingzhen.training.runs import Run, training_commit


def test_settings_are_saved_and_the_same_settings_go_on(tmp_path):
    run = Run(tmp_path / "out")
    assert run.start({"seed": 1, "sizes": (1, 2)}) is False
    assert json.loads((tmp_path / "out" / "config.json").read_text()) == {
        "seed": 1,
        "sizes": [1, 2],
    }
    torch = pytest.importorskip("torch")
    run.save_checkpoint("head", {"weight": torch.ones(2), "epoch": 3})
    again = Run(tmp_path / "out")
    assert again.start({"seed": 1, "sizes": [1, 2]}) is True
    state = again.load_checkpoint("head")
    assert state is not None and state["epoch"] == 3
    assert again.load_checkpoint("other") is None
    events = [json.loads(x)["event"] for x in (tmp_path / "out/log.jsonl").read_text().splitlines()]
    assert events == ["started", "resumed"]


def test_other_settings_in_the_same_folder_are_refused(tmp_path):
    Run(tmp_path).start({"seed": 1})
    with pytest.raises(TrainingError, match="other settings"):
        Run(tmp_path).start({"seed": 2})
    assert Run(tmp_path).start({"seed": 2}, resume=False) is False


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    run = Run(tmp_path)
    run.start({"seed": 1})
    code = f"from pathlib import Path; from tingzhen.training.runs import Run; \
Run(Path({str(tmp_path)!r})).start({{'seed': 1}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Another process" in done.stderr


def test_a_damaged_checkpoint_is_a_typed_error(tmp_path):
    pytest.importorskip("torch")
    run = Run(tmp_path)
    (tmp_path / "checkpoints" / "head.pt").write_bytes(b"cut off")
    with pytest.raises(TrainingError, match="damaged"):
        run.load_checkpoint("head")


def test_a_folder_that_cannot_be_made_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError):
        Run(tmp_path / "file" / "out")


def test_the_training_commit_is_short():
    assert training_commit() == "unknown" or 12 <= len(training_commit()) <= 13


def test_losses_are_told_as_steps(tmp_path):
    run = Run(tmp_path)
    told = run.steps_of("heads")
    told(20, 0.123456789)
    (line,) = (tmp_path / "log.jsonl").read_text().splitlines()
    found = json.loads(line)
    assert {key: found[key] for key in ("event", "fit", "step", "loss")} == {
        "event": "step", "fit": "heads", "step": 20, "loss": 0.12346,
    }  # fmt: skip
