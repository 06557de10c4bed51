"""Training and evaluation from end to end on a few drawn pictures."""

import csv
import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("onnxscript")

from tingzhen.bundle import open_bundle  # noqa: E402
from tingzhen.datasets.damage_manifest import read_damage_manifest  # noqa: E402
from tingzhen.errors import ManifestError, TrainingError  # noqa: E402
from tingzhen.training.damage_command import picture_folds, train_damage  # noqa: E402
from tingzhen.training.damage_fit import picture_loss, place_loss  # noqa: E402
from tingzhen.training.damage_measuring.command import evaluate_damage  # noqa: E402
from tingzhen.training.damage_views import ABSENT, PRESENT, UNSAID  # noqa: E402
from tingzhen.training.options import TrainOptions  # noqa: E402
from tingzhen.vision import DamageRecogniser  # noqa: E402


def draw(folder, *, groups, seed=0):
    """Panels of one colour: scratched ones have a white stroke, the others nothing."""
    random = np.random.default_rng(seed)
    rows = []
    for group in range(groups):
        for kind in ("scratch", "undamaged"):
            panel = np.full((96, 96, 3), random.integers(40, 200, 3), np.uint8)
            boxes = []
            if kind == "scratch":
                x, y = random.integers(10, 60, 2).tolist()
                cv2.line(panel, (x, y), (x + 25, y + 18), (255, 255, 255), 3)
                boxes = [["scratch", x / 96, y / 96, 25 / 96, 18 / 96]]
            name = f"{kind}{seed}_{group}.png"
            cv2.imwrite(str(folder / name), panel)
            rows.append([name, "drawn", f"{seed}_{group}", kind, json.dumps(boxes)])
    path = folder / f"manifest{seed}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "source", "group", "labels", "boxes_xywh_norm"])
        writer.writerows(rows)
    return path


OPTIONS = TrainOptions(seed=1, epochs=2, folds=2, threads=1, version="test")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    manifest = draw(folder, groups=10)
    train_damage([manifest], folder / "out", OPTIONS)
    return folder, manifest


@pytest.mark.slow
def test_a_bundle_comes_out_and_recognises(trained):
    folder, _ = trained
    bundle = open_bundle(folder / "out", "damage")
    assert bundle.metadata["version"] == "test" and bundle.metadata["training_commit"]
    assert "drawn" not in json.dumps(bundle.metadata)
    DamageRecogniser(bundle)
    evaluation = json.loads((folder / "out" / "evaluation.json").read_text())
    of_source = evaluation["by_source"]["drawn"]
    assert of_source["types"]["scratch"]["positives"] == 10
    assert of_source["types"]["scratch"]["auc"]["value"] > 0.7
    assert of_source["types"]["scratch"]["auc"]["n"] == 10
    card = (folder / "out" / "card.md").read_text()
    assert "drawn" in card and "scratch" in card and str(folder) not in card
    config = json.loads((folder / "out" / "config.json").read_text())
    assert config["seed"] == 1 and config["folds"] == 2
    assert str(folder) not in json.dumps(config)


def learned(bundle):
    """Everything the bundle computes with; the commit may be another one meanwhile."""
    opened = open_bundle(bundle, "damage")
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 256, 256), dtype=np.uint8)
    scores = opened.session.run(["scores"], {"pictures": picture})[0].tolist()
    return scores, {**opened.metadata, "training_commit": ""}


@pytest.mark.slow
def test_the_same_settings_go_on_and_others_are_refused(trained):
    folder, manifest = trained
    before = learned(folder / "out")
    train_damage([manifest], folder / "out", OPTIONS)
    assert learned(folder / "out") == before
    with pytest.raises(TrainingError, match="other settings"):
        train_damage([manifest], folder / "out", TrainOptions(seed=2, epochs=2, folds=2))


@pytest.mark.slow
def test_evaluation_says_whether_it_was_trained_on(trained):
    folder, manifest = trained
    seen = evaluate_damage(folder / "out", manifest)
    assert seen["trained_on"] == seen["groups"] == 10 and "trained on" in seen["warning"]
    fresh = evaluate_damage(folder / "out", draw(folder, groups=4, seed=7))
    assert fresh["trained_on"] == 0 and "warning" not in fresh
    assert fresh["by_source"]["drawn"]["types"]["scratch"]["positives"] == 4


@pytest.mark.slow
def test_the_command_prints_one_json_object(trained):
    import typer

    from tingzhen.training.commands import evaluate

    folder, manifest = trained
    app = typer.Typer()
    app.command()(evaluate)
    done = CliRunner().invoke(
        app, ["damage", "--model", str(folder / "out"), "--data", str(manifest), "--json"]
    )
    assert done.exit_code == 0
    assert json.loads(done.stdout)["model"]["name"] == "tingzhen-damage"


def test_folds_keep_groups_whole(tmp_path):
    pictures = read_damage_manifest(draw(tmp_path, groups=9))
    folds = picture_folds(pictures, folds=3, seed=0)
    for group in {picture.group for picture in pictures}:
        assert len({folds[i] for i, p in enumerate(pictures) if p.group == group}) == 1
    assert set(folds) == {0, 1, 2}
    with pytest.raises(ManifestError):
        picture_folds(pictures, folds=10, seed=0)


def test_what_is_not_said_teaches_nothing():
    logits = torch.zeros(2, 3, requires_grad=True)
    targets = torch.tensor([[1.0, float("nan"), 0.0], [float("nan"), float("nan"), 1.0]])
    picture_loss(logits, targets, torch.ones(3)).backward()
    assert (logits.grad != 0).tolist() == [[True, False, True], [False, False, True]]
    places = torch.zeros(1, 2, 2, 2, requires_grad=True)
    said = torch.tensor([[[[PRESENT, ABSENT], [UNSAID, UNSAID]], [[UNSAID] * 2] * 2]])
    place_loss(places, said, torch.ones(2)).backward()
    assert (places.grad[0, 0] != 0).tolist() == [[True, True], [False, False]]
    assert (places.grad[0, 1] == 0).all()
    assert places.grad[0, 0, 0, 0] < 0 < places.grad[0, 0, 0, 1]
