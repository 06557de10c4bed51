"""The stated rule of the verdict."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.audio import verdict as rule_module
from tingzhen.audio.verdict import Heard, VerdictRule, judge
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES

RULE = VerdictRule(
    {"knock": 0.6, "squeal": 0.8, "normal": 0.5},
    doubt=0.6, speech=0.5, music=0.5, novelty=2.0, silence_rms=1e-3, min_s=1.0,
)  # fmt: skip


NAMES = ("speech", "music", "novelty", "rms", "vehicle", "other", "share")


def heard(**given):
    """Scores of types, and whatever else is heard."""
    said = {"speech": 0.0, "music": 0.0, "novelty": 1.0, "rms": 0.1} | {
        name: given.pop(name) for name in NAMES if name in given
    }
    row = np.array([given.get(type_, 0.01) for type_ in NOISE_TYPES], np.float32)
    return Heard(row, row[None], embedding=row, **said)


@pytest.mark.parametrize(
    ("given_", "poor", "verdict", "reasons"),
    [
        ({"knock": 0.7, "normal": 0.2}, (), "abnormal", ()),
        ({"knock": 0.7, "normal": 0.8}, (), "cannot_tell", (rule_module.DOUBTFUL,)),
        ({"knock": 0.5, "normal": 0.9}, (), "cannot_tell", (rule_module.DOUBTFUL,)),
        ({"knock": 0.3, "normal": 0.9}, (), "normal", ()),
        ({"knock": 0.3, "normal": 0.4}, (), "cannot_tell", (rule_module.DOUBTFUL,)),
        ({"hiss": 0.99, "normal": 0.9}, (), "normal", ()),
        ({"not_vehicle": 0.9, "normal": 0.5}, (), "cannot_tell", (rule_module.NO_VEHICLE,)),
        ({"not_vehicle": 0.5, "normal": 0.9}, (), "cannot_tell", (rule_module.UNCLEAR_VEHICLE,)),
        ({"not_vehicle": 0.4, "normal": 0.9}, (), "normal", ()),
        ({"knock": 0.9, "speech": 0.7}, (), "cannot_tell", (rule_module.SPEECH,)),
        ({"knock": 0.9, "music": 0.7}, (), "cannot_tell", (rule_module.MUSIC,)),
        ({"knock": 0.9, "novelty": 2.5}, (), "cannot_tell", (rule_module.NOVEL,)),
        ({"knock": 0.9, "rms": 1e-4}, (), "cannot_tell", (rule_module.TOO_QUIET,)),
        ({"knock": 0.9}, ("too_quiet",), "cannot_tell", (rule_module.TOO_QUIET,)),
        ({"knock": 0.9, "rms": 0}, ("too_quiet",), "cannot_tell", (rule_module.TOO_QUIET,)),
        ({"knock": 0.9}, ("wind", "clipped"), "cannot_tell", (rule_module.WINDY,)),
        ({"knock": 0.9}, ("clipped", "too_dark"), "abnormal", ()),
    ],
)
def test_rule(given_, poor, verdict, reasons):
    judgement = judge(heard(**given_), RULE, poor)
    assert (judgement.verdict, judgement.reasons) == (verdict, reasons)


def test_claimed_types_come_most_probable_first():
    assert judge(heard(knock=0.7, squeal=0.9), RULE).claimed == ("squeal", "knock")


@given(st.lists(st.floats(0, 1), min_size=14, max_size=14))
def test_a_verdict_always_has_its_ground(values):
    judgement = judge(heard(**dict(zip(NOISE_TYPES, values, strict=True))), RULE)
    assert (judgement.verdict == "abnormal") == bool(judgement.claimed)
    assert (judgement.verdict == "cannot_tell") == bool(judgement.reasons)
    for type_ in judgement.claimed:
        assert type_ in FAULT_NOISES
        assert np.float32(values[NOISE_TYPES.index(type_)]) >= np.float32(RULE.thresholds[type_])


FAR = replace(RULE, far_thresholds={"knock": 0.9, "normal": 0.8})


@pytest.mark.parametrize(
    ("share", "knock", "normal"),
    [(1.0, 0.6, 0.5), (0.0, 0.9, 0.8), (0.5, 0.75, 0.65), (0.25, 0.825, 0.725)],
)
def test_thresholds_lie_between_near_and_far_by_the_share(share, knock, normal):
    assert FAR.threshold("knock", share) == pytest.approx(knock)
    assert FAR.threshold("normal", share) == pytest.approx(normal)
    # A type without a far threshold keeps its own.
    assert FAR.threshold("squeal", share) == pytest.approx(0.8)
    with pytest.raises(KeyError):
        FAR.threshold("hiss", share)


@pytest.mark.parametrize(
    ("given_", "verdict", "reasons"),
    [
        # Enough near, doubtful far, and enough far as well.
        ({"knock": 0.7, "share": 1.0}, "abnormal", ()),
        ({"knock": 0.7, "share": 0.0}, "cannot_tell", (rule_module.DOUBTFUL,)),
        ({"knock": 0.95, "share": 0.0}, "abnormal", ()),
        ({"knock": 0.76, "share": 0.5}, "abnormal", ()),
        ({"knock": 0.74, "share": 0.5}, "cannot_tell", (rule_module.DOUBTFUL,)),
        # The doubtful band moves along: 0.6 of 0.9 is not of 0.6.
        ({"knock": 0.5, "normal": 0.9, "share": 1.0}, "cannot_tell", (rule_module.DOUBTFUL,)),
        ({"knock": 0.5, "normal": 0.9, "share": 0.0}, "normal", ()),
        ({"normal": 0.7, "share": 1.0}, "normal", ()),
        ({"normal": 0.7, "share": 0.0}, "cannot_tell", (rule_module.DOUBTFUL,)),
        # AudioSet's names count only far from everything learned.
        ({"knock": 0.95, "other": 0.6, "vehicle": 0.2, "share": 0.9}, "abnormal", ()),
        ({"knock": 0.95, "other": 0.6, "vehicle": 0.2, "share": 0.5}, "abnormal", ()),
        ({"knock": 0.95, "other": 0.6, "vehicle": 0.2, "share": 0.49}, "cannot_tell",
         (rule_module.NO_VEHICLE,)),
        ({"knock": 0.95, "other": 0.2, "vehicle": 0.6, "share": 0.0}, "abnormal", ()),
        ({"knock": 0.95, "other": 0.2, "vehicle": 0.2, "share": 0.0}, "abnormal", ()),
        ({"normal": 0.95, "other": 0.6, "vehicle": 0.2, "share": 0.0}, "cannot_tell",
         (rule_module.NO_VEHICLE,)),
        # What is not heard at all is said first.
        ({"knock": 0.95, "other": 0.6, "vehicle": 0.2, "share": 0.0, "novelty": 9.0},
         "cannot_tell", (rule_module.NOVEL,)),
    ],
)  # fmt: skip
def test_rule_far_from_everything_learned(given_, verdict, reasons):
    judgement = judge(heard(**given_), FAR)
    assert (judgement.verdict, judgement.reasons) == (verdict, reasons)


@given(
    st.lists(st.floats(0, 1), min_size=14, max_size=14), st.floats(0, 1), st.floats(0, 1),
    st.floats(0, 1),
)  # fmt: skip
def test_far_from_everything_learned_nothing_more_is_claimed(values, share, vehicle, other):
    types = dict(zip(NOISE_TYPES, values, strict=True))
    near = judge(heard(**types), FAR)
    far = judge(heard(**types, share=share, vehicle=vehicle, other=other), FAR)
    assert set(far.claimed) <= set(near.claimed)
    assert far.verdict != "normal" or values[NOISE_TYPES.index("normal")] >= 0.5


@given(st.lists(st.floats(0, 1), min_size=14, max_size=14))
def test_what_is_unproven_is_never_claimed(values):
    said = heard(**dict(zip(NOISE_TYPES, values, strict=True)))
    free, bound = judge(said, RULE), judge(said, RULE, unproven={"knock"})
    assert set(bound.claimed) == set(free.claimed) - {"knock"}
    assert (rule_module.UNPROVEN in bound.reasons) == (free.claimed == ("knock",))


def test_metadata_hold_both_kinds_of_thresholds():
    limits = {"doubt": 0.8, "speech": 0.5, "music": 0.5, "novelty": 2, "silence_rms": 0, "min_s": 1}
    made = VerdictRule.from_metadata(
        {"thresholds": {"knock": 0.6, "normal": 0.5}, "far_thresholds": {"knock": "0.9"},
         "limits": limits}
    )  # fmt: skip
    assert made.far_thresholds == {"knock": 0.9} and made.threshold("normal", 0.0) == 0.5
    old = VerdictRule.from_metadata({"thresholds": {"normal": 0.5}, "limits": limits})
    assert old.far_thresholds == {} and old.threshold("normal", 0.0) == 0.5


def test_metadata_without_the_rule_is_refused():
    with pytest.raises(KeyError):
        VerdictRule.from_metadata({"thresholds": {"normal": 0.5}})
    with pytest.raises(ValueError, match="normal"):
        VerdictRule.from_metadata({"thresholds": {"knock": 0.5}, "limits": {}})
