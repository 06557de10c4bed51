"""Figures of eight recordings, counted by hand."""

from pathlib import Path

import numpy as np
import pytest

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.training.noise_measuring.figures import Scored, noise_figures


def clip(types, group, source, *, negative=False, weak=False):
    return NoiseClip(Path(f"{group}.wav"), frozenset(types), group, source, "", negative, weak)


def test_figures_by_hand():
    def row(**given):
        return [given.get(type_, 0.0) for type_ in NOISE_TYPES]

    clips = [
        clip({"knock"}, "k1", "a"), clip({"knock"}, "k2", "a"),
        clip({"rumble"}, "r1", "b"), clip({"normal"}, "n1", "a"),
        clip({"normal"}, "n2", "b"), clip({"normal"}, "w1", "c", weak=True),
        clip({"not_vehicle"}, "x1", "d", negative=True), clip({"grind"}, "gr", "b"),
    ]  # fmt: skip
    scores = np.array([
        row(knock=0.9), row(normal=0.8, knock=0.7), row(rumble=0.6, squeal=0.5),
        row(normal=0.9), row(squeal=0.6, normal=0.5), row(normal=1.0), row(knock=0.9), row(),
    ])  # fmt: skip
    verdicts = ["abnormal", "normal", "cannot_tell", "normal", "abnormal", "normal", "abnormal",
                "cannot_tell"]  # fmt: skip
    figures = noise_figures(Scored(clips, scores, verdicts), resamples=50)
    assert figures["recordings"] == 8
    # knock 1 of 2, whine and rumble 1 of 1, normal 1 of 2; the weak, negative and grind ones
    # are no part of the seven types.
    assert figures["balanced_accuracy"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["balanced_accuracy"]["n"] == 5
    assert figures["among_first_two"]["value"] == 1.0
    assert figures["verdict"]["faults_called_abnormal"]["value"] == 0.25
    assert figures["verdict"]["normals_called_abnormal"]["value"] == 0.5
    assert figures["verdict"]["weak_normals_called_abnormal"]["value"] == 0.0
    assert figures["verdict"]["negatives_called_abnormal"]["value"] == 1.0
    assert figures["normals_called_abnormal_by_source"]["b"]["value"] == 1.0
