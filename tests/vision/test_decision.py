"""The verdict rule, and what a clip says from what its frames say."""

import numpy as np
import pytest

from tingzhen.vision.decision import REASONS, Calibration, Limits, clip_probabilities, decide
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
