"""A bound of the posterior is one, and leaving posteriors out for it changes no drive advice."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generated_base import generated_base
from tests.diagnosis.examples import SEEN_NOTHING, heard, shipped
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import _fear, diagnose, parse_circumstances, weigh
from tingzhen.diagnosis._posterior_bound import posterior_bound

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


def test_posteriors_left_out_change_no_advice(monkeypatch) -> None:
    """Of a base so large that many are left out, and so small that pairs are summed exactly."""
    base, threshold, left_out = (
        generated_base(shipped(), 120),
        shipped().settings.drive_threshold,
        0,
    )

    def watched(*asked: Any) -> Any:
        nonlocal left_out
        bound = posterior_bound(*asked)
        left_out += int(bound.max() < threshold)
        return bound

    rng = np.random.default_rng(0)
    for number in range(10):
        loud = rng.choice(FAULT_NOISES, 2 + number % 2, replace=False)
        noise = heard(**dict.fromkeys(loud, float(rng.uniform(0.4, 0.95))))
        told = parse_circumstances(CONTEXTS[number % len(CONTEXTS)])
        monkeypatch.setattr(_fear, "posterior_bound", watched)
        short = diagnose(base, noise, SEEN_NOTHING, told)
        monkeypatch.setattr(_fear, "posterior_bound", lambda *_: np.ones(len(base.mechanical)))
        assert short == diagnose(base, noise, SEEN_NOTHING, told)
    assert left_out >= 2
