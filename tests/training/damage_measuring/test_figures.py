"""Figures against scikit-learn and against hand-counted cases."""

import json
from itertools import pairwise

import numpy as np
import pytest

from tests.training.damage_measuring.conftest import (
    find,
    make_picture,
    make_scored,
    random_scored,
)
from tingzhen.datasets.damage_manifest import TYPE_INDEX
from tingzhen.training.damage_measuring.by_type import precision_recall_curve, reliability
from tingzhen.training.damage_measuring.figures import damage_figures
from tingzhen.training.damage_measuring.pictures import PictureFacts
from tingzhen.training.damage_measuring.scored import fully_labelled_sources
from tingzhen.training.damage_measuring.verdicts import confusion

metrics = pytest.importorskip("sklearn.metrics")

DENT, SCRATCH = TYPE_INDEX["dent"], TYPE_INDEX["scratch"]


def test_types_agree_with_scikit_learn():
    scored, facts = random_scored(groups=60)
    figures = damage_figures(scored, facts=facts, resamples=20)
    own = [i for i, picture in enumerate(scored.pictures) if picture.source == "phone"]
    aps = []
    for name, of in figures["phone_photos"]["types"].items():
        k = TYPE_INDEX[name]
        truth = scored.targets()[own, k] == 1
        p = scored.probabilities[own, k]
        aps.append(metrics.average_precision_score(truth, p))
        assert of["average_precision"]["value"] == pytest.approx(aps[-1], abs=1e-4)
        assert of["auc"]["value"] == pytest.approx(metrics.roc_auc_score(truth, p), abs=1e-4)
        reported = scored.reported()[own, k]
        precision, recall, _, _ = metrics.precision_recall_fscore_support(
            truth, reported, average="binary", zero_division=np.nan
        )
        assert of["precision"]["value"] == pytest.approx(precision, abs=1e-4)
        assert of["recall"]["value"] == pytest.approx(recall, abs=1e-4)
        assert of["positives"] + of["negatives"] == len(own)
    assert len(aps) == 3
    assert figures["phone_photos"]["map"]["value"] == pytest.approx(np.mean(aps), abs=1e-4)
    assert figures["folds"] == 3
    json.dumps(figures, allow_nan=False)


def test_only_what_is_said_counts():
    """An insurance photo of a scratch says nothing of dents."""
    pictures = [
        make_picture("dent", "a", "insurance224", looked_for=()),
        make_picture("dent", "b", "insurance224", looked_for=()),
        make_picture("scratch", "c", "insurance224", looked_for=()),
        make_picture("undamaged", "d", "insurance224"),
        make_picture("undamaged", "e", "insurance224"),
        make_picture("undamaged", "f", "insurance224"),
    ]
    findings = [[find("dent", 0.9)], [], [find("dent", 0.99)], [find("dent", 0.8)], [], []]
    verdicts = ["damaged", "undamaged", "damaged", "damaged", "undamaged", "cannot_tell"]
    scored = make_scored(pictures, findings, verdicts=verdicts)
    figures = damage_figures(scored, resamples=30)
    of_source = figures["by_source"]["insurance224"]
    dent = of_source["types"]["dent"]
    assert (dent["positives"], dent["negatives"]) == (2, 3)
    assert dent["precision"]["value"] == 0.5 and dent["recall"]["value"] == 0.5
    assert dent["thresholds"] == [0.5, 0.5]
    called = of_source["verdicts"]["undamaged"]
    assert called["called_damaged"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert called["called_damaged"]["n"] == 3
    told = [called[f"called_{v}"]["value"] for v in ("damaged", "undamaged", "cannot_tell")]
    assert sum(told) == pytest.approx(1, abs=1e-3)
    assert "phone_photos" not in figures and "slices" not in figures
    transfer = figures["transfer"]["insurance224"]["dent"]
    assert transfer["positives"] == 2
    # 0.9 and 0.05 against 0.8, 0.05, 0.05: four won, and two ties of 0.05 count half.
    assert transfer["auc_against_undamaged"]["value"] == pytest.approx(4 / 6, abs=1e-4)
    assert transfer["auc_against_other_types"]["value"] == 0.0
    assert transfer["auc"]["value"] == pytest.approx(4 / 8, abs=1e-4)
    assert transfer["auc"]["negatives"] == 4


def test_verdicts_are_apart_by_what_pictures_show():
    labels = ["dent", "undamaged", "engine_bay", "tyre_good", "not_vehicle", "wreck_untyped"]
    pictures = [make_picture(label, label) for label in labels]
    scored = make_scored(pictures, verdicts=["cannot_tell"] * 6)
    kinds = damage_figures(scored, resamples=5)["by_source"]["phone"]["verdicts"]
    assert {kind: of["called_cannot_tell"]["n"] for kind, of in kinds.items()} == {
        "damaged": 2, "undamaged": 1, "engine_bay": 1, "good_tyre": 1, "not_vehicle": 1,
    }  # fmt: skip


def test_the_phone_photos_are_those_that_box_everything():
    boxed = make_picture("dent", "a", "phone", [("dent", 0.1, 0.1, 0.2, 0.2)])
    half = [
        make_picture("dent", "b", "half", [("dent", 0.1, 0.1, 0.2, 0.2)]),
        make_picture("dent", "c", "half"),
    ]
    healthy = make_picture("undamaged", "d", "cars")
    assert fully_labelled_sources([boxed, *half, healthy]) == ["phone"]


def test_the_curve_runs_through_the_points_of_scikit_learn():
    random = np.random.default_rng(2)
    scores = np.round(random.random(50), 1).astype(np.float32)
    truth = random.random(50) < 0.4
    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    known = {
        (round(float(r), 4), round(float(p), 4)) for p, r in zip(precision, recall, strict=True)
    }
    curve = precision_recall_curve(scores, truth)
    assert {tuple(point) for point in curve} <= known
    assert curve[-1][0] == 1.0 and len(curve) > 5
    assert [r for r, _ in curve] == sorted(r for r, _ in curve)
    assert precision_recall_curve(scores, np.zeros(50, bool)) == []
    many = precision_recall_curve(random.random(5000).astype(np.float32), random.random(5000) < 0.5)
    assert len(many) <= 60


def test_reliability_bins_hold_all_pictures():
    stated = np.array([0.0, 0.05, 0.95, 1.0], np.float32)
    bins = reliability(stated, np.array([False, False, True, False]))
    assert [(b["from"], b["pictures"], b["true"]) for b in bins] == [(0.0, 2, 0.0), (0.9, 2, 0.5)]
    assert bins[1]["said"] == pytest.approx(0.975)


def test_a_type_that_is_there_as_well_is_no_confusion():
    pictures = [make_picture("dent;scratch", "a"), make_picture("dent", "b")]
    scored = make_scored(pictures)
    scored.probabilities[0, [DENT, SCRATCH]] = 0.3, 0.9
    scored.probabilities[1, [DENT, SCRATCH]] = 0.3, 0.9
    assert confusion(scored) == {"types": ["scratch", "dent"], "counts": [[0, 0], [1, 0]]}
    looked = [make_picture("dent;scratch", "a"), make_picture("dent", "b"),
              make_picture("lamp_broken", "c")]  # fmt: skip
    scored = make_scored(looked)
    scored.probabilities[:, [SCRATCH, DENT]] = [[0.9, 0.3], [0.9, 0.3], [0.2, 0.1]]
    assert confusion(scored)["counts"] == [[1, 0, 0], [1, 1, 0], [1, 0, 0]]


def test_without_a_known_absence_there_is_no_confusion():
    one_word = make_picture("dent", "a", "insurance224", looked_for=())
    assert confusion(make_scored([one_word])) is None


def test_slices_part_the_pictures_by_their_value():
    scored, _ = random_scored(groups=120)
    rows = range(len(scored))
    facts = [PictureFacts(row / len(scored), float(-row), None) for row in rows]
    slices = damage_figures(scored, facts=facts, resamples=5)["slices"]
    assert set(slices) == {"brightness", "sharpness", "largest_box"}
    for parts in slices.values():
        assert sum(part["pictures"] for part in parts) == sum(
            picture.source == "phone" for picture in scored.pictures
        )
        assert [part["from"] for part in parts] == sorted(part["from"] for part in parts)
        assert all(one["to"] <= other["from"] for one, other in pairwise(parts))
    own = [i for i in rows if scored.pictures[i].source == "phone"]
    first = own[: slices["brightness"][0]["pictures"]]
    present = scored.targets()[first, :11] == 1
    right = (scored.reported()[first] & present).sum()
    found = slices["brightness"][0]["recall"]["value"]
    assert found == pytest.approx(right / present.sum(), abs=1e-4)


def test_lengths_must_agree():
    pictures = [make_picture("dent")]
    with pytest.raises(ValueError, match="findings"):
        make_scored(pictures, findings=[(), ()], verdicts=["damaged"])
