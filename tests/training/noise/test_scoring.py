"""Cross-validated scores as verdicts, and figures of repeats."""

import numpy as np
import pytest

from tests.training.noise.tiny import clip, scores
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.training.noise import scoring
from tingzhen.training.noise.decision import Surroundings, decide
from tingzhen.training.noise.fit import FitSettings
from tingzhen.training.noise.learned_from import SYNTHETIC_LIMITS
from tingzhen.training.noise.scoring import cross_fitted, limits, mean_figures, real, rows_of


def world(count=120):
    random = np.random.default_rng(0)
    clips = [clip(("normal", "knock", "not_vehicle")[i % 3], f"g{i}", "ab"[i % 2])
             for i in range(count)]  # fmt: skip
    part = np.arange(count) % 4
    within, apart = (scores(random, clips, part, lean=4.0) for _ in range(2))
    quiet = Surroundings(np.tile([0, 0, 0, 0, 1.0, 0], (count, 1)), np.full(count, 0.1))
    return clips, within, apart, quiet


def test_each_part_is_decided_by_the_other_parts(monkeypatch):
    clips, within, apart, around = world()
    asked = []

    def spy(kept, *given, **more):
        asked.append({c.group for c in kept})
        return decide(kept, *given, **more)

    monkeypatch.setattr(scoring, "decide", spy)
    found = cross_fitted(clips, within, within, apart, around, FitSettings())
    for k, learned in enumerate(asked):
        here = {c.group for c, part in zip(clips, within.part, strict=True) if part == k}
        assert learned == {c.group for c in clips} - here
    assert len(found.verdicts) == len(clips)
    assert set(found.verdicts) <= {"abnormal", "normal", "cannot_tell"}
    others, here = np.flatnonzero(within.part != 2), np.flatnonzero(within.part == 2)
    kept = [clips[i] for i in others]
    far = rows_of(apart, others)
    alone = decide(kept, rows_of(within, others), far, FitSettings(), limits=limits(kept, far),
                   least=SYNTHETIC_LIMITS["min_probability"])  # fmt: skip
    own = rows_of(within, here)
    np.testing.assert_array_equal(
        found.probabilities[here], alone.probabilities(own.known, own.open, own.distance)
    )


def test_own_scores_and_labels_decide_nothing_of_a_part():
    clips, within, apart, around = world()
    before = cross_fitted(clips, within, within, apart, around, FitSettings())
    changed = [clip("squeal", c.group, c.source) if p == 1 else c
               for c, p in zip(clips, within.part, strict=True)]  # fmt: skip
    after = cross_fitted(changed, within, within, apart, around, FitSettings())
    own = within.part == 1
    assert np.array_equal(before.probabilities[own], after.probabilities[own])
    assert [v for v, o in zip(before.verdicts, own, strict=True) if o] == [
        v for v, o in zip(after.verdicts, own, strict=True) if o
    ]
    assert not np.array_equal(before.probabilities[~own], after.probabilities[~own])


def test_novelty_is_what_few_vehicles_of_unknown_sources_exceed():
    clips, _, apart, _ = world()
    apart.distance[[c.types == {"not_vehicle"} for c in clips]] = 1e6
    vehicle = apart.distance[[c.types != {"not_vehicle"} for c in clips]]
    share = (vehicle > limits(clips, apart)["novelty"]).mean()
    assert share == pytest.approx(scoring.NOVEL_SHARE, abs=0.01)


def test_generated_sounds_are_no_recordings():
    assert real([clip("normal", "a"), clip("not_vehicle", "b", GENERATED)]).tolist() == [
        True,
        False,
    ]


def test_figures_of_repeats_are_their_mean_number_by_number():
    def of(value, low, *, curve, more):
        return {
            "accuracy": {"value": value, "low": low, "n": 7},
            "curve": curve, "name": "x", "sure": True, "missing": None, **more,
        }  # fmt: skip

    merged = mean_figures([
        of(0.5, 0.1, curve=[0.1, 0.2], more={"first": 1.0}),
        of(0.7, 0.3, curve=[0.9, 0.9], more={"second": 2.0}),
        of(0.61111, None, curve=[], more={}),
    ])  # fmt: skip
    # A bound that one repeat lacks is that of the first; counts and lists are the first's too.
    assert merged == {
        "accuracy": {"value": 0.6037, "low": 0.1, "n": 7},
        "curve": [0.1, 0.2], "name": "x", "sure": True, "missing": None,
    }  # fmt: skip
