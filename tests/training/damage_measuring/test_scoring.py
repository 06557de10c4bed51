"""Scores through the shipped bundle are what users are told, held out or not."""

import numpy as np
import pytest

from tests.training.damage_measuring.conftest import make_picture, texture
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.training.damage_measuring.odd_pictures import odd_pictures
from tingzhen.training.damage_measuring.scored import UNDAMAGED
from tingzhen.training.damage_measuring.scoring import score_held_out, score_with_bundle
from tingzhen.vision import DamageRecogniser
from tingzhen.vision.decision import Limits
from tingzhen.vision.places import FrameScores
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES


class Frame:
    time_s = 0.0
    sharpness = 100.0

    def __init__(self, rgb):
        self.rgb = rgb


@pytest.fixture(scope="module")
def bundle():
    return open_bundle(MODELS_DIR / "damage", "damage")


@pytest.fixture(scope="module")
def shown():
    wide = np.ascontiguousarray(texture(3, 200)[:60])
    return [wide, texture(1), *(rgb for _, rgb in odd_pictures(of_each=1))]


def test_a_bundle_is_scored_by_what_it_says(bundle, shown):
    pictures = [make_picture("undamaged", f"{i}") for i in range(len(shown))]
    read = iter(shown)
    done = []
    scored = score_with_bundle(
        bundle, pictures, lambda _: next(read), advance=lambda: done.append(1)
    )
    assert len(done) == len(shown)
    recogniser = DamageRecogniser(bundle)
    for row, rgb in enumerate(shown):
        told = recogniser.recognise([Frame(rgb)])
        assert scored.verdicts[row] == told.verdict
        assert [f.box for f in scored.findings[row]] == [f.box for f in told.findings]
        of_type = {score.type: score.probability for score in told.types}
        assert scored.probabilities[row].tolist() == [of_type[name] for name in DAMAGE_TYPES]
        assert (scored.reasons[row] == "") == (told.verdict != "cannot_tell")
    assert (scored.thresholds == recogniser.photo_limits.report).all()


def test_held_out_scores_go_through_the_same_rules(bundle, shown):
    recogniser = DamageRecogniser(bundle)
    pictures = [make_picture("undamaged", f"{i}") for i in range(len(shown))]
    # Low limits, and nothing that looks undamaged, make sure that something is found.
    eager = Limits(
        np.full(len(VISIBLE_DAMAGES), 1e-4, np.float32),
        np.full(len(VISIBLE_DAMAGES), 1e-5, np.float32), 2.0, 11.0,
    )  # fmt: skip
    seen = [recogniser.score_photo(rgb) for rgb in shown]
    scores = FrameScores(
        np.concatenate([one.probabilities for one, _ in seen]),
        np.concatenate([one.places for one, _ in seen]),
        np.concatenate([one.distances for one, _ in seen]),
    )
    placements = [placed for _, (placed,) in seen]
    fold = np.arange(len(shown)) % 2
    scores.probabilities[fold == 1, UNDAMAGED] = 0.1
    held_out = score_held_out(
        pictures, scores, lambda row: eager if fold[row] else recogniser.photo_limits,
        fold, placements=placements,
    )  # fmt: skip
    read = iter(shown)
    plain = score_with_bundle(bundle, pictures, lambda _: next(read))
    for row in np.flatnonzero(fold == 0).tolist():
        assert held_out.verdicts[row] == plain.verdicts[row]
        assert held_out.findings[row] == plain.findings[row]
    np.testing.assert_allclose(
        held_out.probabilities[fold == 0], plain.probabilities[fold == 0], atol=1e-5
    )
    assert (held_out.thresholds[fold == 1] == np.float32(1e-4)).all()
    assert any(held_out.findings[row] for row in np.flatnonzero(fold == 1))
    assert held_out.fold is fold


def test_a_picture_is_its_own_frame():
    """What one picture shows does not depend on its neighbours in the batch."""
    random = np.random.default_rng(0)
    n = 4
    network = FrameScores(
        random.uniform(0, 1, (n, len(DAMAGE_TYPES))).astype(np.float32),
        random.uniform(0, 1, (n, len(DAMAGE_TYPES), 16, 16)).astype(np.float32),
        np.zeros(n, np.float32),
    )
    network.probabilities[:, -2:] = 0.01
    limits = Limits(
        np.full(len(VISIBLE_DAMAGES), 0.5, np.float32),
        np.full(len(VISIBLE_DAMAGES), 0.3, np.float32), 0.5, 1.0,
    )  # fmt: skip
    pictures = [make_picture("dent", f"{i}") for i in range(n)]
    together = score_held_out(pictures, network, lambda _: limits, np.zeros(n, np.int64))
    for row in range(n):
        only = slice(row, row + 1)
        alone = score_held_out(
            pictures[only],
            FrameScores(network.probabilities[only], network.places[only], network.distances[only]),
            lambda _: limits, np.zeros(1, np.int64),
        )  # fmt: skip
        assert alone.findings[0] == together.findings[row]
        reported = network.probabilities[row, : len(VISIBLE_DAMAGES)] >= 0.5
        assert together.reported()[row].tolist() == reported.tolist()
