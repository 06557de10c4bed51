"""`train` and `evaluate` on the command line, without a task behind them."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from tingzhen.training import commands


@pytest.fixture
def app():
    app = typer.Typer()
    app.command("train")(commands.train)
    app.command("evaluate")(commands.evaluate)
    return app


def test_a_missing_manifest_is_said_in_both_languages(app, tmp_path):
    result = CliRunner().invoke(
        app, ["train", "noise", "--data", str(tmp_path / "no.csv"), "--out", str(tmp_path / "o")]
    )
    assert result.exit_code == 1
    assert "training_failed" in result.output and "清单" in result.output
    assert "Traceback" not in result.output


def test_an_unknown_task_is_wrong_usage(app, tmp_path):
    assert CliRunner().invoke(app, ["train", "smell", "--data", "a", "--out", "b"]).exit_code == 2


def test_several_manifests_may_follow_data(app, tmp_path, monkeypatch):
    seen = {}
    monkeypatch.setattr(
        commands, "_load", lambda task, name: lambda *given: seen.update({name: given})
    )
    paths = [tmp_path / f"{i}.csv" for i in range(3)]
    for path in paths:
        path.write_text("path\n")
    arguments = ["train", "damage", "--data", str(paths[0]), str(paths[1]), "--out", str(tmp_path),
                 "--data", str(paths[2]), "--seed", "7"]  # fmt: skip
    assert CliRunner().invoke(app, arguments).exit_code == 0
    manifests, out, options = seen["train_damage"]
    assert sorted(manifests) == paths and out == tmp_path and options.seed == 7


def test_importing_the_commands_needs_no_training_stack():
    code = "import sys, tingzhen.training.commands; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
