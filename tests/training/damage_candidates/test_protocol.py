"""A candidate is learned once a fold, never on what it answers, and goes on where it stopped."""

import numpy as np
import pytest

from tests.training.damage.drawn import draw_manifest
from tingzhen.datasets.damage_manifest import TYPE_INDEX, read_damage_manifest
from tingzhen.errors import ManifestError
from tingzhen.training.damage.fit import FitSettings
from tingzhen.training.damage.network import NetworkSettings
from tingzhen.training.damage_candidates.classifier import classifier
from tingzhen.training.damage_candidates.detector import DetectorSettings, detector
from tingzhen.training.damage_candidates.frozen import frozen_linear
from tingzhen.training.damage_candidates.protocol import Candidate, Material, answers_path, learn
from tingzhen.training.damage_candidates.run import result_of, run_candidate
from tingzhen.training.damage_measuring.resampling import Resampling

SCRATCH = TYPE_INDEX["scratch"]
HOW = Resampling(20, 0)


@pytest.fixture
def material(tmp_path):
    pictures = read_damage_manifest(draw_manifest(tmp_path, groups=6))
    fold = np.array([int(picture.group[-1]) % 2 for picture in pictures])
    return Material(pictures, fold, tmp_path / "out", epochs=0.2)


class Known:
    """Answers with the truth that it was given to learn from."""

    def __init__(self, material, rows):
        self.material, self.rows = material, rows

    def answer(self, rows):
        assert not set(self.rows.tolist()) & set(rows.tolist())
        targets = np.stack([self.material.pictures[row].targets for row in rows])
        return np.where(targets == 1, 2, -2).astype(np.float32), np.full((len(rows), 11, 2), 0.5)

    def parameters(self):
        return 7

    def one(self, square):
        assert square.shape[2] == 3


def test_a_candidate_is_fitted_once_for_each_fold(material):
    fitted = []

    def fit(material, rows, name):
        fitted.append(name)
        return Known(material, rows)

    candidate = Candidate("known", "knows", 64, fit)
    first = run_candidate(candidate, material, [0], HOW)
    again = run_candidate(candidate, material, [0], HOW)
    assert fitted == ["known-fold0"] and first == again
    assert first["folds"] == 1 and first["cost"]["parameters"] == 7
    both = run_candidate(candidate, material, [0, 1], HOW)
    assert fitted[1:] == ["known-fold1"] and both["folds"] == 2
    assert both["figures"]["pictures"] == 12
    with pytest.raises(FileNotFoundError):
        result_of(Candidate("other", "", 64, fit), material, HOW)


def test_a_group_in_two_folds_is_refused(material):
    leaking = Material(material.pictures, np.arange(12) % 2, material.folder)
    candidate = Candidate("known", "", 64, lambda m, rows, name: Known(m, rows))
    with pytest.raises(ManifestError):
        learn(candidate, leaking, 0)
    assert not answers_path(material.folder, "known", 0).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fit"),
    [
        ("frozen", frozen_linear("lite0", 64, "rich")),
        ("dense", classifier(FitSettings(NetworkSettings("lite0", 64, 14), batch=4), epochs=1)),
        ("detector", detector(DetectorSettings(input_px=64, frozen_blocks=14, batch=4), epochs=1)),
    ],
)
def test_every_kind_of_candidate_learns_and_answers(material, name, fit):
    result = run_candidate(Candidate(name, name, 64, fit), material, [0], HOW)
    assert result["figures"]["pictures"] == 6 and result["cost"]["parameters"] > 3_000_000
    assert result["cost"]["ms"] > 0 and (result["figures"]["place"] is None) == (name == "frozen")
