"""The shipped bundle on pictures of every odd kind."""

import copy
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.errors import BundleError
from tingzhen.vision import DAMAGE_TYPES, DamageRecogniser


@dataclass
class Shot:
    rgb: np.ndarray
    time_s: float = 0.0
    sharpness: float = 100.0


@pytest.fixture(scope="module")
def recogniser():
    return DamageRecogniser(open_bundle(MODELS_DIR / "damage", "damage"))


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def check_form(found):
    assert {score.type for score in found.types} == set(DAMAGE_TYPES)
    ordered = [score.probability for score in found.types]
    assert ordered == sorted(ordered, reverse=True)
    assert all(0 <= value <= 1 for value in ordered)
    for finding in found.findings:
        x, y, w, h = finding.box
        assert x >= 0 and y >= 0 and w > 0 and h > 0
        assert x + w <= 1 + 1e-6 and y + h <= 1 + 1e-6
        assert 0 <= finding.probability <= 1
    assert bool(found.reasons) == (found.verdict == "cannot_tell")
    assert bool(found.findings) == (found.verdict == "damaged")


def test_no_frames_is_no_video(recogniser):
    found = recogniser.recognise([])
    assert found.verdict == "no_video"
    assert {score.type for score in found.types} == set(DAMAGE_TYPES)
    assert not found.findings


@pytest.mark.parametrize(
    "rgb",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        picture(300, 300),
        picture(4, 3000),
        picture(3000, 4),
        picture(1280, 720),
    ],
    ids=["black", "white", "1x1", "noise", "wide", "tall", "portrait"],
)
def test_odd_pictures_end_in_findings_that_claim_no_damage(recogniser, rgb):
    found = recogniser.recognise([Shot(rgb)])
    check_form(found)
    assert found.verdict != "damaged"


def test_a_4k_frame_scores_as_the_network_sees_it(recogniser):
    small = picture(64, 64)
    large = np.repeat(np.repeat(small, 34, axis=0), 60, axis=1)
    check_form(recogniser.recognise([Shot(large)]))
    assert large.shape == (2176, 3840, 3)


def test_batches_do_not_change_scores(recogniser):
    pictures = [picture(90, 120, seed) for seed in range(6)]
    together, _ = recogniser.score(pictures)
    for index, rgb in enumerate(pictures):
        alone, _ = recogniser.score([rgb])
        assert alone.probabilities[0] == pytest.approx(together.probabilities[index], abs=1e-4)
        assert alone.places[0] == pytest.approx(together.places[index], abs=1e-4)


def test_poor_frames_are_not_judged(recogniser):
    found = recogniser.recognise([Shot(picture(200, 300))], poor=["too_dark"])
    assert found.verdict == "cannot_tell"
    assert found.reasons[0].zh and found.reasons[0].en


def eager() -> DamageRecogniser:
    """The shipped network with limits that report everything."""
    bundle = open_bundle(MODELS_DIR / "damage", "damage")
    metadata = copy.deepcopy(bundle.metadata)
    metadata["calibration"]["undamaged"] = {"slope": 0.0, "offset": -9.0}
    limits = metadata["thresholds"]
    limits["report"] = dict.fromkeys(limits["report"], 1e-9)
    limits |= {"not_vehicle": 2.0, "distance": 11.0}
    metadata.pop("photo", None)  # which is looked at more closely than a frame
    return DamageRecogniser(replace(bundle, metadata=metadata))


def test_a_static_clip_says_what_its_photo_says() -> None:
    recogniser, rgb = eager(), picture(120, 160)
    photo = recogniser.recognise([Shot(rgb)])
    clip = recogniser.recognise([Shot(rgb, time_s=float(second)) for second in range(6)])
    check_form(photo), check_form(clip)
    assert clip.verdict == photo.verdict == "damaged"
    assert [(f.type, f.box) for f in clip.findings] == [(f.type, f.box) for f in photo.findings]
    assert [f.probability for f in clip.findings] == pytest.approx(
        [f.probability for f in photo.findings], abs=1e-4
    )
    for name in {finding.type for finding in clip.findings}:
        own = {score.type: score.probability for score in photo.types}[name]
        assert {s.type: s.probability for s in clip.types}[name] == pytest.approx(own, abs=1e-4)
    assert {(f.frames, f.span_s) for f in clip.findings} == {(6, (0.0, 5.0))}
    assert {(f.frames, f.span_s) for f in photo.findings} == {(1, (0.0, 0.0))}


def test_what_is_seen_in_many_frames_does_not_flood_the_report() -> None:
    shots = [Shot(picture(120, 160, second), time_s=float(second)) for second in range(12)]
    found = eager().recognise(shots)
    check_form(found)
    assert found.verdict == "damaged"
    for name in {finding.type for finding in found.findings}:
        assert 1 <= sum(f.type == name for f in found.findings) <= 4


def test_a_bundle_with_other_labels_is_refused():
    bundle = open_bundle(MODELS_DIR / "damage", "damage")
    with pytest.raises(BundleError):
        DamageRecogniser(replace(bundle, metadata={**bundle.metadata, "labels": ["dent"]}))
    with pytest.raises(BundleError):
        DamageRecogniser(replace(bundle, metadata={"labels": list(DAMAGE_TYPES)}))


def test_an_embedding_tells_pictures_apart_and_is_the_mean_over_a_clip(recogniser):
    one, other = Shot(picture(240, 320)), Shot(picture(240, 320, seed=1), time_s=1.0)
    first, second = recogniser.embed([one]), recogniser.embed([other])
    assert first.shape == (1280,)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, recogniser.embed([one]))
    assert np.abs(first - second).max() > 0.01
    np.testing.assert_allclose(recogniser.embed([one, other]), (first + second) / 2, atol=1e-5)
    assert recogniser.embed([]) is None
