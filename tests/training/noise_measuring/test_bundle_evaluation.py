"""A bundle on recordings: what is measured, what is written, and what a command refuses."""

import json
from contextlib import contextmanager

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tests.training.noise_measuring.conftest import make_clip
from tests.training.noise_measuring.test_controls import tone, write_wav
from tingzhen.audio.findings import NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.waveforms import read_waveform
from tingzhen.errors import TrainingError
from tingzhen.training import commands
from tingzhen.training.noise_measuring import controls as controls_module
from tingzhen.training.noise_measuring.bundle_evaluation import (
    bundle_evaluation,
    probabilities_of,
    ten_seconds_ms,
    write_evaluation,
)
from tingzhen.training.noise_measuring.disturbances import DISTURBANCES
from tingzhen.training.noise_measuring.mistakes import worst_mistakes
from tingzhen.training.noise_measuring.recordings import Scored

FEW = {"noise": DISTURBANCES["noise"][:1]}


def hear(waveform):
    """Knock where the tone is high."""
    spectrum = np.abs(np.fft.rfft(waveform))
    high = np.argmax(spectrum) / len(waveform) * 16_000 > 1000
    scores = np.full(14, 0.05)
    scores[NOISE_TYPES.index("knock" if high else "normal")] = 0.9
    return scores


def read(clip):
    return read_waveform(clip.path)


@pytest.fixture
def scored(tmp_path, monkeypatch):
    monkeypatch.setattr(controls_module, "TREES", 5)
    clips = []
    for i in range(24):
        type_ = "knock" if i % 2 else "normal"
        hz = 2000 if i % 2 or i == 4 else 300
        path = write_wav(tmp_path / f"{i}.wav", tone(hz, 1.1, 16_000), 16_000)
        clips.append(make_clip(type_, f"g{i}", "yard", path=path))
    scores = np.array([hear(read(clip)) for clip in clips])
    return Scored(clips, scores, ["abnormal" if s[0] > 0.5 else "normal" for s in scores])


def test_the_whole_evaluation_of_a_bundle(scored, tmp_path):
    steps = []

    @contextmanager
    def progress(name, total):
        steps.append([name, total, 0])
        yield lambda: steps[-1].__setitem__(2, steps[-1][2] + 1)

    evaluation = bundle_evaluation(
        scored, read, hear, model={"name": "m", "megabytes": 3.0},
        disturbances=FEW, resamples=20, progress=progress,
    )  # fmt: skip
    assert steps == [["controls", 24, 24], ["robustness", 24, 24]]
    given = evaluation["splits"]["given"]
    assert given["balanced_accuracy"]["value"] == pytest.approx(1 - 1 / 24, abs=1e-3)
    assert given["selective"]["coverage"]["value"] > 0.6
    assert set(evaluation["controls"]) == set(controls_module.CONTROLS)
    assert evaluation["one_source"]["yard"]["knock"]["normals"] == 12
    assert evaluation["robustness"]["clips"] == 24
    assert {row["name"] for row in evaluation["marks"]} == {
        "knock against normal inside one source, AUC", "bundle, megabytes",
        "the same, above the best control that hears nothing",
    }  # fmt: skip
    mistakes = worst_mistakes(scored, read)
    assert [mistake.file for mistake in mistakes] == [f"{tmp_path.name}/4.wav"]
    write_evaluation(tmp_path / "new" / "out", evaluation, mistakes, "t")
    assert json.loads((tmp_path / "new/out/evaluation.json").read_text("utf-8")) == evaluation
    assert "these recordings" in (tmp_path / "new/out/report.html").read_text("utf-8")


def test_one_recording_is_scored_without_folds(scored):
    alone = scored.kept(np.arange(24) == 1)
    evaluation = bundle_evaluation(alone, read, hear, model={}, disturbances=FEW, resamples=5)
    assert "controls" not in evaluation and "selective" not in evaluation["splits"]["given"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError) as raised:
        write_evaluation(tmp_path / "file" / "out", {}, [], "t")
    assert "文件夹" in raised.value.text.zh


def test_probabilities_come_in_the_order_of_the_vocabulary():
    scores = tuple(NoiseScore(type_, i / 14) for i, type_ in enumerate(NOISE_TYPES))
    found = probabilities_of(NoiseFindings("normal", scores[::-1]))
    assert np.allclose(found, np.arange(14) / 14)
    assert ten_seconds_ms(hear, repeats=2) > 0


@pytest.fixture
def app():
    app = typer.Typer()
    app.command("evaluate")(commands.evaluate)
    app.command("other")(lambda: None)
    return app


def arguments(task, tmp_path):
    manifest = tmp_path / "m.csv"
    manifest.write_text("path\n")
    return ["evaluate", task, "--model", "b", "--data", str(manifest),
            "--out", str(tmp_path / "out"), "--json"]  # fmt: skip


@pytest.mark.parametrize("task", ["noise", "damage"])
def test_the_folder_reaches_the_task(app, tmp_path, monkeypatch, task):
    seen = {}

    def load(_task, name, _modules):
        return lambda *given, **named: seen.update({name: (given, named)}) or {"clips": 1}

    monkeypatch.setattr(commands, "_load", load)
    assert CliRunner().invoke(app, arguments(task, tmp_path)).exit_code == 0
    assert seen[f"evaluate_{task}"][1] == {"out": tmp_path / "out"}
    without = arguments(task, tmp_path)
    del without[6:8]
    assert CliRunner().invoke(app, without).exit_code == 0
    assert seen[f"evaluate_{task}"][1] == {}
