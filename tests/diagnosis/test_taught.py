"""What cases and people taught: factors on priors, further observations, and never a softer word
on driving."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import HEARD_NOTHING, SEEN_NOTHING, UNSURE_SOUND, heard, shipped
from tests.diagnosis.test_drive import any_damage, any_noise, contexts
from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis import KnowledgeBase, Observation, diagnose, parse_circumstances, weigh
from tingzhen.language import Text
from tingzhen.vision.findings import DamageFindings

NOTHING = parse_circumstances({})
STRICTNESS = {"ok": 0, "unknown": 1, "soon": 2, "stop": 3}


def experience(knowledge: KnowledgeBase, **log_ratios: float) -> Observation:
    ratios = np.array([log_ratios.get(fault.id, 0.0) for fault in knowledge.faults])
    return Observation("experience", Text("师傅经验", "A technician's experience"), ratios)


def test_nothing_taught_changes_nothing(knowledge: KnowledgeBase) -> None:
    plain = diagnose(knowledge, heard(squeal=0.8), SEEN_NOTHING, NOTHING)
    ones = dict.fromkeys((fault.id for fault in knowledge.faults), 1.0)
    for weights in ({}, {"accessory_belt_worn": 1.0}, ones):
        taught = diagnose(
            knowledge, heard(squeal=0.8), SEEN_NOTHING, NOTHING, prior_weights=weights, learned=()
        )
        assert taught == plain


@given(factor=st.floats(0.05, 20.0))
def test_a_prior_weight_multiplies_the_prior_odds(factor: float) -> None:
    """Odds of the weighted fault to any other change by the factor."""
    knowledge = shipped()
    context = parse_circumstances({"vehicle": {"powertrain": "petrol"}})
    before, after = (
        weigh(knowledge, heard(squeal=0.8), SEEN_NOTHING, context, prior_weights=weights)
        for weights in (None, {"brake_pads_worn": factor})
    )
    ids = [fault.id for fault in knowledge.faults]
    rows = ids.index("brake_pads_worn"), ids.index("accessory_belt_worn")
    odds = [w.share[rows[0]] / w.share[rows[1]] for w in (before, after)]
    assert odds[1] / odds[0] == pytest.approx(factor)
    assert after.share[before.mechanical.rows].sum() == pytest.approx(1.0)


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
def test_a_weight_that_is_none_is_refused(knowledge: KnowledgeBase, factor: float) -> None:
    with pytest.raises(ValueError, match="brake_pads_worn"):
        weigh(knowledge, HEARD_NOTHING, SEEN_NOTHING, NOTHING,
              prior_weights={"brake_pads_worn": factor})  # fmt: skip


def test_a_weight_of_a_fault_that_is_not_there_is_refused(knowledge: KnowledgeBase) -> None:
    with pytest.raises(ValueError, match="flux_capacitor"):
        weigh(knowledge, HEARD_NOTHING, SEEN_NOTHING, NOTHING, prior_weights={"flux_capacitor": 2})


@pytest.mark.parametrize("ratios", [np.zeros(3), None])
def test_a_learned_observation_must_fit_the_base(
    knowledge: KnowledgeBase, ratios: np.ndarray | None
) -> None:
    if ratios is None:
        ratios = np.full(len(knowledge.faults), np.nan)
    with pytest.raises(ValueError, match="each fault"):
        weigh(knowledge, HEARD_NOTHING, SEEN_NOTHING, NOTHING,
              learned=[Observation("experience", Text("错", "wrong"), ratios)])  # fmt: skip


def test_experience_shows_as_evidence_within_its_cap(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(
        knowledge, heard(squeal=0.8), SEEN_NOTHING, NOTHING,
        learned=[experience(knowledge, brake_caliper_stuck=9.0)],
    )  # fmt: skip
    cause = next(c for c in diagnosis.causes if c.fault == "brake_caliper_stuck")
    weights = [e.weight for e in cause.evidence if e.kind == "experience"]
    assert weights == [pytest.approx(math.log(knowledge.settings.complaint_cap), abs=1e-6)]


def test_experience_alone_raises_no_question(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(
        knowledge, UNSURE_SOUND, SEEN_NOTHING, NOTHING,
        learned=[experience(knowledge, brake_caliper_stuck=3.0)],
    )  # fmt: skip
    assert diagnosis.verdict == "cannot_tell"
    assert diagnosis.causes == ()


IDS = [fault.id for fault in shipped().faults]


@settings(max_examples=80, deadline=None)
@given(
    noise=any_noise, damage=any_damage, context=contexts,
    weights=st.dictionaries(st.sampled_from(IDS), st.floats(0.01, 100.0), max_size=5),
    links=st.dictionaries(st.sampled_from(IDS), st.floats(-5.0, 5.0), max_size=4),
)  # fmt: skip
def test_what_is_taught_never_makes_driving_look_safer(
    noise: NoiseFindings, damage: DamageFindings, context: dict[str, Any],
    weights: dict[str, float], links: dict[str, float],
) -> None:  # fmt: skip
    knowledge, told = shipped(), parse_circumstances(context)
    plain = diagnose(knowledge, noise, damage, told)
    taught = diagnose(
        knowledge, noise, damage, told, prior_weights=weights,
        learned=[experience(knowledge, **links)],
    )  # fmt: skip
    assert STRICTNESS[taught.drive] >= STRICTNESS[plain.drive]
