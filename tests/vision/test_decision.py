"""The verdict rule, and what a clip says from what its frames say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.vision.decision import (
    REASONS,
    Calibration,
    Limits,
    PlaceChance,
    clip_probabilities,
    decide,
    doubtful_types,
    place_probability,
    type_probability,
)
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

LIMITS = Limits(
    report=np.full(len(VISIBLE_DAMAGES), 0.6, np.float32),
    doubt=np.full(len(VISIBLE_DAMAGES), 0.3, np.float32),
    not_vehicle=0.5,
    distance=0.4,
)


def probabilities(**types):
    values = np.full(len(DAMAGE_TYPES), 0.01, np.float32)
    for name, value in types.items():
        values[DAMAGE_TYPES.index(name)] = value
    return values


@pytest.mark.parametrize(
    ("types", "distance", "poor", "verdict", "reason"),
    [
        ({"dent": 0.7}, 0.1, (), "damaged", ""),
        ({"dent": 0.7, "undamaged": 0.6}, 0.1, (), "cannot_tell", "doubtful"),
        ({"dent": 0.6}, 0.1, (), "damaged", ""),
        ({"dent": 0.45}, 0.1, (), "cannot_tell", "doubtful"),
        ({"dent": 0.2, "undamaged": 0.9}, 0.1, (), "undamaged", ""),
        ({"dent": 0.9}, 0.5, (), "cannot_tell", "unfamiliar"),
        ({"dent": 0.9, "not_vehicle": 0.8}, 0.1, (), "cannot_tell", "not_vehicle"),
        ({"dent": 0.9}, 0.1, ("too_dark",), "cannot_tell", "poor"),
        ({"dent": 0.9}, 0.1, ("blurred", "too_short"), "cannot_tell", "poor"),
        ({"dent": 0.9}, 0.1, ("wind", "too_quiet"), "damaged", ""),
    ],
)
def test_the_first_rule_that_holds_decides(types, distance, poor, verdict, reason):
    assert decide(probabilities(**types), distance, LIMITS, poor) == (verdict, reason)


def test_every_reason_has_a_text():
    assert set(REASONS) == {"poor", "not_vehicle", "unfamiliar", "doubtful"}


def test_one_frame_speaks_for_itself():
    one = probabilities(dent=0.8)[None]
    assert clip_probabilities(one) == pytest.approx(one[0], abs=1e-5)


def test_a_damage_in_one_of_three_frames_counts():
    frames = np.stack([probabilities(), probabilities(dent=0.8), probabilities()])
    assert clip_probabilities(frames)[DAMAGE_TYPES.index("dent")] == pytest.approx(0.8, abs=1e-4)


def test_one_frame_among_many_does_not_make_a_damage_as_sure_as_two_do():
    frames = np.stack([probabilities() for _ in range(8)])
    dent = DAMAGE_TYPES.index("dent")
    frames[3, dent] = 0.95
    once = clip_probabilities(frames)[dent]
    frames[5, dent] = 0.95
    assert once < 0.5 < clip_probabilities(frames)[dent]


def test_a_clip_is_as_undamaged_as_the_frames_that_look_least_so():
    frames = np.stack([probabilities(undamaged=0.95) for _ in range(8)])
    frames[2:4, DAMAGE_TYPES.index("undamaged")] = 0.05
    assert clip_probabilities(frames)[DAMAGE_TYPES.index("undamaged")] < 0.1


def test_no_vehicle_in_one_frame_is_outvoted():
    frames = np.stack([probabilities() for _ in range(5)])
    frames[0, DAMAGE_TYPES.index("not_vehicle")] = 0.99
    assert clip_probabilities(frames)[DAMAGE_TYPES.index("not_vehicle")] < 0.1


def test_calibration_and_limits_survive_the_metadata():
    calibration = Calibration(
        np.linspace(0.5, 2, len(DAMAGE_TYPES), dtype=np.float32),
        np.linspace(-1, 1, len(DAMAGE_TYPES), dtype=np.float32),
    )
    again = Calibration.from_metadata(calibration.to_metadata())
    logits = np.linspace(-4, 4, len(DAMAGE_TYPES), dtype=np.float32)[None]
    assert again.probabilities(logits) == pytest.approx(calibration.probabilities(logits))
    assert Limits.from_metadata(LIMITS.to_metadata()).report == pytest.approx(LIMITS.report)
    with pytest.raises(KeyError):
        Limits.from_metadata({"report": {}, "doubt": {}, "not_vehicle": 0.5, "distance": 1.0})


CHANCES = st.lists(st.floats(0.001, 0.999), min_size=1, max_size=8)


def test_a_place_counts_as_its_second_best_frame_says() -> None:
    assert place_probability([0.9, 0.2, 0.8], 5, sharp=False) == 0.8
    assert place_probability([0.9, 0.05, 0.05], 5, sharp=True) == 0.05


def test_a_photo_says_what_it_says_and_one_of_five_frames_a_fifth_of_its_odds() -> None:
    assert place_probability([0.9], 1, sharp=True) == 0.9
    assert place_probability([0.9], 5, sharp=True) == pytest.approx(1.8 / 2.8)
    assert place_probability([0.9], 5, sharp=False) == 0.0


@settings(deadline=None)
@given(CHANCES, st.integers(8, 24))
def test_no_place_is_surer_than_its_best_frame(shown, frames: int) -> None:
    assert place_probability(shown, frames, sharp=True) <= max(shown) + 1e-9


@settings(deadline=None)
@given(CHANCES)
def test_places_of_one_frame_each_are_worth_the_mean_of_their_odds(shown) -> None:
    n = len(shown)
    alone = [
        PlaceChance(place_probability([p], n, sharp=True), lone=True, frame=i)
        for i, p in enumerate(shown)
    ]
    mean = np.mean([p / (1 - p) for p in shown])
    assert type_probability(alone) == pytest.approx(mean / (1 + mean), rel=1e-5)


def test_a_type_is_as_sure_as_its_surest_place() -> None:
    places = [PlaceChance(0.7, False, 0), PlaceChance(0.6, False, 1), PlaceChance(0.2, True, 2)]
    assert type_probability(places) == 0.7
    photo = [PlaceChance(0.7, True, 0), PlaceChance(0.69, True, 0)]
    assert type_probability(photo) == pytest.approx(0.7)


def test_one_frame_above_report_that_others_do_not_bear_out_is_a_doubt() -> None:
    clip, best = probabilities(dent=0.1), probabilities(dent=0.7)[: len(VISIBLE_DAMAGES)]
    assert decide(clip, 0.1, LIMITS) == ("undamaged", "")
    assert decide(clip, 0.1, LIMITS, best=best) == ("cannot_tell", "doubtful")
    assert np.flatnonzero(doubtful_types(clip, LIMITS, best=best)) == [
        VISIBLE_DAMAGES.index("dent")
    ]


def test_nothing_seen_in_a_recording_most_of_which_is_poor_is_not_undamaged() -> None:
    assert decide(probabilities(), 0.1, LIMITS, mostly_poor=True) == ("cannot_tell", "poor")
    assert decide(probabilities(dent=0.7), 0.1, LIMITS, mostly_poor=True) == ("damaged", "")
