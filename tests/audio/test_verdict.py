"""The stated rule of the verdict."""

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


def heard(*, speech=0.0, music=0.0, novelty=1.0, rms=0.1, **types):
    row = np.array([types.get(type_, 0.01) for type_ in NOISE_TYPES], np.float32)
    return Heard(row, row[None], speech, music, novelty, rms, row)


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


def test_metadata_without_the_rule_is_refused():
    with pytest.raises(KeyError):
        VerdictRule.from_metadata({"thresholds": {"normal": 0.5}})
    with pytest.raises(ValueError, match="normal"):
        VerdictRule.from_metadata({"thresholds": {"knock": 0.5}, "limits": {}})
