"""Answers, figures, table and the detector's parts, on made-up numbers."""

import numpy as np
import pytest
import torch

from tests.training.damage_measuring.conftest import make_picture
from tingzhen.datasets.damage_manifest import TYPE_INDEX
from tingzhen.training.damage.augmentation import Seen
from tingzhen.training.damage.framing import Framing
from tingzhen.training.damage.truth import SeenBox
from tingzhen.training.damage_candidates.answers import (
    Answers,
    centres_of_maps,
    joined,
    no_centres,
)
from tingzhen.training.damage_candidates.catalogue import CATALOGUE
from tingzhen.training.damage_candidates.detector import (
    DetectorSettings,
    boxes_to_learn,
    new_detector,
    surest,
)
from tingzhen.training.damage_candidates.results import figures_of
from tingzhen.training.damage_candidates.table import table
from tingzhen.training.damage_measuring.resampling import Resampling
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

DENT, SCRATCH = TYPE_INDEX["dent"], TYPE_INDEX["scratch"]
HOW = Resampling(50, 0)


def pictures():
    own = [
        make_picture(name, f"{name}{i}", boxes=[(name, 0.1, 0.1, 0.3, 0.3)])
        for i in range(10) for name in ("scratch", "dent")
    ]  # fmt: skip
    return own + [make_picture("undamaged", f"u{i}", source="cars") for i in range(10)]


def perfect(own):
    targets = np.stack([picture.targets for picture in own])
    logits = np.where(targets == 1, 3, -3).astype(np.float32)
    centres = no_centres(len(own))
    centres[:, :, :] = 0.2
    return Answers(np.arange(len(own)), logits, centres, 12.0)


def test_perfect_answers_have_perfect_figures():
    own = pictures()
    figures = figures_of(own, perfect(own), HOW)
    assert figures["map"]["value"] == figures["mean_auc"]["value"] == 1.0
    assert set(figures["types"]) == {"scratch", "dent"}
    assert figures["place"]["value"] == 1.0 and figures["place"]["n"] == 20
    assert figures["false_alarms"]["value"] == 0.0 and figures["false_alarms"]["n"] == 10


def test_alarms_and_places_are_counted_by_hand():
    own = pictures()
    answers = perfect(own)
    answers.logits[20:23, DENT] = 9.0  # three of ten undamaged cars
    answers.centres[:5] = 0.9  # five of twenty pairs
    answers.centres[5] = np.nan  # and one without a place
    figures = figures_of(own, answers, HOW)
    assert figures["false_alarms"]["value"] == pytest.approx(0.3)
    assert figures["place"]["value"] == pytest.approx(14 / 20)
    nowhere = Answers(answers.rows, answers.logits, no_centres(len(own)), 1.0)
    assert figures_of(own, nowhere, HOW)["place"] is None


def test_answers_come_back_as_they_were_kept(tmp_path):
    answers = perfect(pictures())
    answers.save(tmp_path / "a" / "fold0.npz")
    kept = Answers.load(tmp_path / "a" / "fold0.npz")
    both = joined([kept, answers])
    assert (both.rows == np.tile(answers.rows, 2)).all() and both.training_s == 12.0
    assert np.array_equal(kept.logits, answers.logits)


def test_the_middle_of_the_surest_place_is_that_of_the_peak():
    maps = np.full((1, len(DAMAGE_TYPES), 8, 8), -6.0, np.float32)
    maps[0, DENT, 2, 5] = 3.0
    x, y = centres_of_maps(maps)[0, DENT]
    assert (x, y) == (pytest.approx(5.5 / 8), pytest.approx(2.5 / 8))


def test_the_surest_box_of_a_type_speaks_for_it():
    found = {
        "boxes": torch.tensor([[0.0, 0, 10, 10], [40, 40, 60, 80], [0, 0, 100, 100]]),
        "labels": torch.tensor([DENT, DENT, SCRATCH]),
        "scores": torch.tensor([0.2, 0.8, 0.5]),
    }
    logits, centres = surest(found, 100)
    assert logits[DENT] == pytest.approx(np.log(0.8 / 0.2), abs=1e-5) and logits[SCRATCH] == 0
    assert centres[DENT].tolist() == pytest.approx([0.5, 0.6])
    absent = TYPE_INDEX["paint_loss"]
    assert logits[absent] < -5 and np.isnan(centres[absent]).all()


def test_the_detector_learns_from_boxes_that_are_shown():
    rgb = np.zeros((64, 64, 3), np.uint8)
    boxes = (SeenBox(DENT, (0.25, 0.25, 0.5, 0.75), 1.0), SeenBox(SCRATCH, (0, 0, 0.1, 0.1), 0.1))
    seen = Seen(rgb, np.zeros(13), np.zeros(1), boxes, Framing("wide", (0, 0, 1, 1)))
    target = boxes_to_learn(seen)
    assert target["boxes"].tolist() == [[16, 16, 32, 48]] and target["labels"].tolist() == [DENT]
    torch.manual_seed(0)
    network = new_detector(DetectorSettings(input_px=64))
    nothing = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    losses = network.train()([torch.rand(3, 64, 64)] * 2, [target, nothing])
    total = sum(losses.values())
    total.backward()
    assert torch.isfinite(total) and network.backbone.pyramid.inner_blocks[0][0].weight.grad.any()
    assert network.backbone.backbone.stem.weight.grad is None, "the stem is frozen"
    with torch.inference_mode():
        found = network.eval()([torch.rand(3, 64, 64)])[0]
    assert (found["labels"] < len(VISIBLE_DAMAGES)).all()


def test_the_table_has_a_row_for_each_candidate():
    own = pictures()
    figures = figures_of(own, perfect(own), HOW)
    result = {"name": "x", "what": "w", "input_px": 64, "folds": 1, "figures": figures,
              "cost": {"parameters": 1234567, "ms": 8.0}}  # fmt: skip
    text = table([result, {**result, "name": "y", "figures": {**figures, "place": None}}])
    lines = text.splitlines()
    assert len(lines) == 4 and "`x`" in lines[2] and "1,234,567" in lines[2]
    assert "–" in lines[3] and all(line.count("|") == lines[0].count("|") for line in lines)
    assert len({candidate.name for candidate in CATALOGUE}) == len(CATALOGUE)
