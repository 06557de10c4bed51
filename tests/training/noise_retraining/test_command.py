"""One command from a bundle and a folder to a bundle that says whether it is better."""

import json

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from tests.training.noise_retraining.world import sound, write_folder, write_wav
from tingzhen.audio import NoiseRecogniser
from tingzhen.bundle import open_bundle
from tingzhen.errors import ManifestError, TrainingError
from tingzhen.training import commands
from tingzhen.training.noise_retraining import command as command_room
from tingzhen.training.noise_retraining import vectors
from tingzhen.training.noise_retraining.command import retrain_noise
from tingzhen.training.noise_retraining.vectors import RetrainingRecipe
from tingzhen.training.options import TrainOptions

LITTLE = RetrainingRecipe(phones=1, beds=1, rehearsal=8, reference=16)


def options(start, **changed):
    return TrainOptions(folds=3, threads=1, version="2", start=start, **changed)


def retrain(data, out, start, **changed):
    retrain_noise([data], out, options(start, **changed), recipe=LITTLE)
    return json.loads((out / "retraining.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_room, "RESAMPLES", 10)
        yield


@pytest.fixture
def no_export(monkeypatch, start):
    """Exporting takes most of a small run; not every test looks at the graph."""
    content = (start / "model.onnx").read_bytes()
    monkeypatch.setattr(command_room, "retrained_bytes", lambda *_: content)


@pytest.fixture(scope="module")
def world(start, tmp_path_factory):
    root = tmp_path_factory.mktemp("retrained")
    data = write_folder(root / "own")
    write_wav(data / "hiss" / "one.wav", sound("negative", np.random.default_rng(5)))
    return data, root / "out", retrain(data, root / "out", start)


@pytest.mark.slow
def test_a_whole_bundle_comes_out_and_is_told_plainly(world, start):
    _, out, said = world
    assert {f.name for f in out.iterdir()} >= {
        "model.onnx", "card.md", "evaluation.json", "config.json", "report.html",
    }  # fmt: skip
    assert said["strength"] != "no_change"
    assert said["recordings"]["by_type"]["hiss"] == 1
    assert any("hiss 1" in text["en"] for text in said["warnings"])
    assert said["conclusion"]["zh"] in (out / "card.md").read_text(encoding="utf-8")
    rows = {(row["basis"], row["what"]) for row in said["compared"]}
    assert ("recordings", "knock") in rows and ("recordings", "no_false_alarm") in rows
    assert all(what not in {"knock", "squeal", "normal"} for basis, what in rows
               if basis != "recordings")  # fmt: skip
    opened = open_bundle(out, "noise")
    shipped = open_bundle(start, "noise")
    assert opened.metadata["started_from"]["sha256"] == shipped.info.sha256
    assert opened.info.version == "2"
    assert opened.metadata["provenance"]["knock"] == "one_source"
    assert opened.metadata["provenance"]["hiss"] == "synthetic"
    assert opened.metadata["thresholds"]["knock"] >= 0.8
    assert len(opened.metadata["training_groups"]) == 6 + 25


@pytest.mark.slow
def test_it_hears_what_it_was_taught(world, start):

    random = np.random.default_rng(99)

    def right(folder):
        hear = NoiseRecogniser(open_bundle(folder, "noise"))
        return sum(
            hear.recognise(sound(type_, random).astype(np.float32)).types[0].type == type_
            for type_ in ("normal", "squeal", "knock") * 4
        )

    assert right(world[1]) >= 9 > right(start)


@pytest.mark.slow
def test_a_second_run_hears_only_what_is_new_and_other_data_are_refused(
    world, start, monkeypatch, no_export
):

    data, out, before = world
    heard = []
    monkeypatch.setattr(
        vectors, "read_waveform",
        lambda path, read=vectors.read_waveform: (heard.append(path.name), read(path))[1],
    )  # fmt: skip
    monkeypatch.setattr(vectors.Ears, "hear", None)
    write_wav(data / "knock" / "more.wav", sound("knock", np.random.default_rng(6)))
    with pytest.raises(TrainingError, match="other settings"):
        retrain(data, out, start)
    kept = (out / "model.onnx").read_bytes()
    more = retrain(data, out, start, resume=False)
    (out / "model.onnx").write_bytes(kept)
    assert heard == ["more.wav"]
    assert more["recordings"]["total"] == before["recordings"]["total"] + 1


@pytest.mark.slow
def test_a_retrained_bundle_is_a_start_that_knows_what_it_has_heard(world, tmp_path, no_export):
    data, out, before = world
    said = retrain(data, tmp_path / "next", out)
    assert said["recordings"]["learned_before"] >= before["recordings"]["total"]
    assert any("shipped model" in text["en"] for text in said["warnings"])


def test_a_leak_and_too_few_recordings_are_refused_by_name(start, tmp_path):
    data = write_folder(tmp_path / "own", each=2)
    (data / "knock" / "copy.wav").write_bytes((data / "normal" / "0.wav").read_bytes())
    with pytest.raises(ManifestError, match=r"knock/copy\.wav = normal/0\.wav"):
        retrain_noise([data], tmp_path / "o", options(start))
    with pytest.raises(TrainingError, match="3 recordings"):
        retrain_noise([write_folder(tmp_path / "few", each=1)], tmp_path / "o", options(start))
    with pytest.raises(ValueError, match="start"):
        retrain_noise([data], tmp_path / "o", TrainOptions())


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs `train`; what would have been called is in the list."""
    app, called = typer.Typer(), []
    app.command("train")(commands.train)
    app.command("other")(lambda: None)
    monkeypatch.setattr(
        commands, "_load", lambda *which: lambda *given: called.append((which, given))
    )
    (tmp_path / "own").mkdir()
    common = ["--data", str(tmp_path / "own"), "--out", str(tmp_path), "--start", str(tmp_path)]

    def run(task, *more, **env):
        return CliRunner().invoke(app, ["train", task, *common, *more], env=env), called

    return run


def test_start_takes_a_folder_and_leaves_weights_of_the_environment_alone(command, tmp_path):
    result, called = command("noise", TINGZHEN_WEIGHTS="/somewhere")
    assert result.exit_code == 0, result.output
    (which, (data, _, given)) = called[0]
    assert which[1] == "retrain_noise" and data == [tmp_path / "own"]
    assert given.start == tmp_path and given.weights is None


@pytest.mark.parametrize(
    ("task", "more", "said"),
    [
        ("noise", ["--weights", "w"], "--weights and --start exclude"),
        ("noise", ["--epochs", "3"], "--epochs and --start exclude"),
        ("damage", [], "There is no manifest"),
    ],
)
def test_what_does_not_go_together_is_refused(command, task, more, said):
    result, called = command(task, *more)
    assert result.exit_code == 1 and said in result.output and not called
