"""A bound of the posterior is one, and leaving posteriors out for it changes no drive advice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generated_base import generated_base
from tests.diagnosis.examples import SEEN_NOTHING, heard, shipped
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import _fear, diagnose, parse_circumstances, weigh
from tingzhen.diagnosis._posterior_bound import posterior_bound
from tingzhen.diagnosis.circumstances import POWERTRAINS

BASE = generated_base(shipped(), 60)
CONTEXTS = (
    {},
    {"when": ["braking"], "vehicle": {"powertrain": "petrol", "mileage_km": 160000}},
    {"complaint": "冷车启动吱吱响", "ambient_c": -5, "codes": ["P0301"]},
    {"codes": ["U3FFF"], "vehicle": {"powertrain": "electric"}},
)
scores = st.dictionaries(st.sampled_from(FAULT_NOISES), st.floats(0, 1), max_size=5)


@settings(max_examples=40, deadline=None)
@given(scores=scores, context=st.sampled_from(CONTEXTS), base=st.sampled_from([BASE, shipped()]))
def test_no_posterior_exceeds_its_bound(scores, context, base) -> None:
    weighing = weigh(base, heard(**scores), SEEN_NOTHING, parse_circumstances(context))
    bound = posterior_bound(base, weighing.observed, weighing.share)
    assert weighing.mechanical.error == 0.0
    assert (weighing.mechanical.posterior <= bound * (1 + 1e-9)).all()
    assert bound.max() <= 1.0


def test_without_evidence_the_bound_is_near_the_prior() -> None:
    weighing = weigh(BASE, heard("cannot_tell"), SEEN_NOTHING, parse_circumstances({}))
    bound = posterior_bound(BASE, weighing.observed, weighing.share)
    prior = weighing.mechanical.prior
    assert (bound >= prior * (1 - 1e-9)).all()
    assert bound.sum() < 1.5 * prior.sum()


@settings(max_examples=30, deadline=None)
@given(
    loud=st.lists(st.sampled_from(FAULT_NOISES), min_size=2, max_size=3, unique=True),
    score=st.floats(0.4, 0.95), powertrain=st.sampled_from(POWERTRAINS),
)  # fmt: skip
def test_posteriors_left_out_change_no_advice(loud, score, powertrain) -> None:
    told = parse_circumstances({"vehicle": {"powertrain": powertrain}})
    noise = heard(**dict.fromkeys(loud, score))
    short = diagnose(BASE, noise, SEEN_NOTHING, told)
    with pytest.MonkeyPatch.context() as patch:
        everything = np.ones(len(BASE.mechanical))
        patch.setattr(_fear, "posterior_bound", lambda *_: everything)
        full = diagnose(BASE, noise, SEEN_NOTHING, told)
    assert short == full
