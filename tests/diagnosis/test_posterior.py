"""The posterior against a plain enumeration, and what it must do when evidence grows."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.examples import HEARD_NOTHING, SEEN_NOTHING, heard, seen, shipped
from tingzhen.audio.provenance import base_rates_of, provenance_of
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.diagnosis import Circumstances, KnowledgeBase, diagnose, parse_circumstances
from tingzhen.diagnosis._observations import observe
from tingzhen.diagnosis._perceived import score_ratio, sound_ratios
from tingzhen.diagnosis._posterior import fault_priors, group_posteriors
from tingzhen.diagnosis.circumstances import POWERTRAINS
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

NOTHING = parse_circumstances({})
CONTEXTS = (
    {},
    {"when": ["cold_start"], "ambient_c": -5, "vehicle": {"powertrain": "diesel"}},
    {"when": ["braking", "turning_left", "turning_right"], "codes": ["P0301", "U0100"]},
    {"complaint": "刹车时吱吱响，早上冷车明显", "vehicle": {"mileage_km": 160000}},
    {"complaint": "The belt squeals when accelerating", "speed_kmh": 70, "humidity_pct": 90},
)
scores = st.floats(0.0, 1.0)
noise_scores = st.fixed_dictionaries({}, optional=dict.fromkeys(FAULT_NOISES, scores))


def by_enumeration(knowledge, noise, context):
    """P(each mechanical fault) by listing every hypothesis with its own numbers, in plain floats.

    Only noises, and circumstances and codes as factors read straight from the faults, so that it
    shares nothing with the tables and the vector code.
    """
    s = knowledge.settings
    mechanical = [f for f in knowledge.faults if f.damage is None]
    wrong = 1.0 - s.healthy_prior - s.other_prior
    chance = s.powertrain_share
    if context.vehicle.powertrain:
        chance = {p: float(p == context.vehicle.powertrain) for p in chance}
    share = dict.fromkeys((f.id for f in mechanical), 0.0)
    for powertrain, weight in chance.items():
        total = sum(f.prior for f in mechanical if powertrain in f.powertrains)
        for f in mechanical:
            if powertrain in f.powertrains:
                share[f.id] += weight / sum(chance.values()) * f.prior / total

    def likelihoods(given_of):
        found = []
        for score in noise.types:
            if score.type in FAULT_NOISES:
                p, b = min(max(score.probability, 0.001), 0.999), 1 / 14
                ratio = p / (1 - p) / (b / (1 - b))
                ratio = min(max(ratio, 1 / s.noise_cap), s.noise_cap)
                given = given_of(score.type)
                found.append((ratio >= 1, given * ratio + 1 - given))
        return found

    normal = next(score.probability for score in noise.types if score.type == "normal")
    p, b = min(max(normal, 0.001), 0.999), 1 / 14
    ratio = min(max(p / (1 - p) / (b / (1 - b)), 1 / s.noise_cap), s.noise_cap)
    normal_faulty = s.normal_if_faulty * ratio + 1 - s.normal_if_faulty
    normal_healthy = s.normal_if_healthy * ratio + 1 - s.normal_if_healthy

    def sounds_normal(f):
        return normal_faulty if f.noises else normal_healthy

    def factor(f):
        total = 1.0
        for situation in context.when:
            total *= f.when.get(situation, 1.0)
        return min(max(total, 1 / s.circumstance_cap), s.circumstance_cap)

    weights = {
        "nothing": s.healthy_prior * normal_healthy, "other": s.other_prior * normal_faulty
    }  # fmt: skip
    for _, likelihood in likelihoods(lambda _: s.noise_if_healthy):
        weights["nothing"] *= likelihood
    for _, likelihood in likelihoods(lambda _: s.noise_if_other):
        weights["other"] *= likelihood
    own = {
        f.id: likelihoods(lambda t, f=f: f.noises.get(t, s.noise_if_unrelated)) for f in mechanical
    }
    for f in mechanical:
        weights[f.id] = (
            wrong * (1 - s.two_faults_prior) * share[f.id] * factor(f) * sounds_normal(f)
        )
        weights[f.id] *= math.prod(likelihood for _, likelihood in own[f.id])
    pairs = sum(share[a.id] * share[b.id] for a, b in combinations(mechanical, 2))
    for a, b in combinations(mechanical, 2):
        weight = wrong * s.two_faults_prior * share[a.id] * share[b.id] / pairs
        weight *= max(factor(a), factor(b)) * min(sounds_normal(a), sounds_normal(b))
        for (present, of_a), (_, of_b) in zip(own[a.id], own[b.id], strict=True):
            weight *= max(of_a, of_b) if present else min(of_a, of_b)
        weights[a.id, b.id] = weight
    total = sum(weights.values())
    posterior = {f.id: weights[f.id] / total for f in mechanical}
    for a, b in combinations(mechanical, 2):
        posterior[a.id] += weights[a.id, b.id] / total
        posterior[b.id] += weights[a.id, b.id] / total
    return posterior, weights["nothing"] / total, weights["other"] / total


@settings(max_examples=12, deadline=None)
@given(
    values=noise_scores,
    powertrain=st.sampled_from([None, *POWERTRAINS]),
    when=st.sampled_from([[], ["cold_start"], ["braking"], ["bumps"]]),
)
def test_posterior_is_that_of_plain_enumeration(values, powertrain, when) -> None:
    knowledge = shipped()
    context = parse_circumstances({"vehicle": {"powertrain": powertrain}, "when": when})
    noise = heard(**values)
    group = group_posteriors(
        knowledge,
        observe(knowledge, noise, SEEN_NOTHING, context),
        fault_priors(knowledge, powertrain),
    )[0]
    expected, nothing, other = by_enumeration(knowledge, noise, context)
    for row, probability in zip(group.rows, group.posterior, strict=True):
        assert probability == pytest.approx(expected[knowledge.faults[row].id], rel=1e-9, abs=1e-15)
    assert group.nothing == pytest.approx(nothing, rel=1e-9)
    assert group.other == pytest.approx(other, rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(values=noise_scores, context=st.sampled_from(CONTEXTS))
def test_every_group_adds_up_to_one(values, context) -> None:
    knowledge = shipped()
    given_ = parse_circumstances(context)
    observed = observe(knowledge, heard(**values), seen(dent=0.7), given_)
    for group in group_posteriors(
        knowledge, observed, fault_priors(knowledge, given_.vehicle.powertrain)
    ):
        assert group.share.sum() + group.nothing + group.other == pytest.approx(1.0)
        assert group.prior.min() >= 0.0
        assert group.posterior.min() >= 0.0
        assert group.posterior.max() <= 1.0 + 1e-12


@settings(max_examples=30, deadline=None)
@given(
    noise_type=st.sampled_from(FAULT_NOISES), two=st.tuples(scores, scores), others=noise_scores,
    context=st.sampled_from(CONTEXTS),
)  # fmt: skip
def test_more_of_a_noise_never_makes_its_faults_less_likely(
    noise_type, two, others, context
) -> None:
    knowledge = shipped()
    low, high = sorted(two)
    given_ = parse_circumstances(context)
    together = []
    for score in (low, high):
        noise = heard(**(others | {noise_type: score}))
        observed = observe(knowledge, noise, SEEN_NOTHING, given_)
        group = group_posteriors(
            knowledge, observed, fault_priors(knowledge, given_.vehicle.powertrain)
        )[0]
        together.append((group, 1.0 - group.nothing))
    (before, _), (after, _) = together
    # Against "nothing wrong" every fault that makes the noise more often than a healthy vehicle
    # gains; the odds are what a single score can be held to (other faults gain as well).
    for index, row in enumerate(before.rows):
        if noise_type in knowledge.faults[row].noises and before.posterior[index] > 0:
            odds = [g.posterior[index] / max(g.nothing, 1e-300) for g in (before, after)]
            assert odds[1] >= odds[0] * (1 - 1e-9)
    assert together[1][1] >= together[0][1] - 1e-9


def test_a_knock_heard_alone_raises_the_knock_faults(knowledge: KnowledgeBase) -> None:
    before = 0.0
    for score in np.linspace(0.0, 1.0, 21):
        observed = observe(knowledge, heard(knock=float(score)), SEEN_NOTHING, NOTHING)
        group = group_posteriors(knowledge, observed, fault_priors(knowledge, None))[0]
        ids = [knowledge.faults[row].id for row in group.rows]
        now = float(group.posterior[ids.index("rod_bearing_worn")])
        assert now >= before - 1e-12
        before = now


@settings(max_examples=40, deadline=None)
@given(damage=st.sampled_from(VISIBLE_DAMAGES), score=st.floats(0.01, 0.99))
def test_a_damage_score_alone_is_the_probability_of_its_causes(damage, score) -> None:
    """Jeffrey's rule: a calibrated score is what the posterior of its causes adds up to."""
    knowledge = shipped()
    observed = observe(knowledge, HEARD_NOTHING, seen(**{damage: score}), NOTHING)
    groups = {
        g.damage: g for g in group_posteriors(knowledge, observed, fault_priors(knowledge, None))
    }
    assert groups[damage].posterior.sum() == pytest.approx(score)


def test_weights_are_the_log_odds_they_claim(knowledge: KnowledgeBase) -> None:
    """Without a second fault, ln odds against "nothing" = ln prior odds + the weights."""
    context = parse_circumstances(
        {"when": ["cold_start"], "codes": ["P0301"], "complaint": "squeals in the morning"}
    )
    observed = observe(knowledge, heard(squeal=0.7, misfire=0.4), SEEN_NOTHING, context)
    group = group_posteriors(knowledge, observed, fault_priors(knowledge, None))[0]
    s = knowledge.settings
    for index, row in enumerate(group.rows):
        alone = (group.share[index] * 2 - group.posterior[index]) / group.nothing
        weights = sum(float(o.log_ratio[row]) for o in observed)
        prior = group.prior[index]
        if alone > 0 and prior > 0:
            wrong = 1 - s.healthy_prior - s.other_prior
            share = _share(knowledge, row)
            expected = wrong * (1 - s.two_faults_prior) * share / s.healthy_prior
            assert alone == pytest.approx(expected * math.exp(weights), rel=1e-9)


def _share(knowledge: KnowledgeBase, row: int) -> float:
    s, total = knowledge.settings, 0.0
    mechanical = [f for f in knowledge.faults if f.damage is None]
    for powertrain, chance in s.powertrain_share.items():
        if powertrain in knowledge.faults[row].powertrains:
            weight = sum(f.prior for f in mechanical if powertrain in f.powertrains)
            total += chance * knowledge.faults[row].prior / weight
    return total / sum(s.powertrain_share.values())


def test_the_base_rate_itself_says_nothing() -> None:
    assert score_ratio(0.125, 0.125, 60.0) == pytest.approx(1.0)
    assert score_ratio(1.0, 0.125, 60.0) == 60.0
    assert score_ratio(0.0, 0.125, 60.0) == pytest.approx(1 / 60.0)


@pytest.mark.parametrize("kind", ["code", "complaint", "circumstance"])
def test_no_kind_of_evidence_goes_beyond_its_cap(knowledge: KnowledgeBase, kind: str) -> None:
    context = parse_circumstances({
        "when": ["cold_start", "accelerating", "warm_idle", "braking", "charging"],
        "ambient_c": -20, "humidity_pct": 95, "speed_kmh": 5, "vehicle": {"mileage_km": 200000},
        "codes": ["P0300", "P0301", "P0302", "P0350", "P0351"],
        "complaint": "失火 缺缸 火花塞 抖动 耸车 敲缸 皮带响 吱吱 尖叫",
    })  # fmt: skip
    cap = getattr(knowledge.settings, f"{kind}_cap")
    kinds = {"circumstance": {"circumstance", "mileage"}}.get(kind, {kind})
    observed = observe(knowledge, heard(misfire=0.9), SEEN_NOTHING, context)
    total = np.sum([o.log_ratio for o in observed if o.kind in kinds], axis=0)
    assert np.abs(total).max() <= math.log(cap) + 1e-9


def test_an_unsure_recogniser_says_nothing(knowledge: KnowledgeBase) -> None:
    unsure = heard("cannot_tell", knock=0.99, grind=0.99)
    assert observe(knowledge, unsure, seen("cannot_tell", dent=0.99), NOTHING) == []


def test_a_fault_of_another_powertrain_is_impossible(knowledge: KnowledgeBase) -> None:
    electric = parse_circumstances({"vehicle": {"powertrain": "electric"}})
    diagnosis = diagnose(knowledge, heard(knock=0.95, misfire=0.9), SEEN_NOTHING, electric)
    faults = {f.id: f for f in knowledge.faults}
    assert diagnosis.causes
    assert all("electric" in faults[c.fault].powertrains for c in diagnosis.causes)


def test_the_same_findings_give_the_same_diagnosis(knowledge: KnowledgeBase) -> None:
    context = Circumstances.model_validate({"when": ["bumps"]})
    again = [diagnose(knowledge, heard(clunk=0.8), seen(dent=0.6), context) for _ in range(2)]
    assert again[0] == again[1]


def test_types_that_the_shipped_model_never_learned_say_nothing(knowledge: KnowledgeBase) -> None:
    """Their score is a constant; as evidence against grinding or rattling it would be made up."""
    metadata = open_bundle(MODELS_DIR / "noise", "noise").metadata
    learned, rates = provenance_of(metadata), base_rates_of(metadata)
    unlearned = set(FAULT_NOISES) - set(learned)
    told = []
    for score in (0.015, 0.9):
        noise = replace(
            heard(knock=0.7, **dict.fromkeys(unlearned, score)), provenance=learned,
            base_rates=rates, events=(),
        )  # fmt: skip
        observed = observe(knowledge, noise, SEEN_NOTHING, NOTHING)
        assert len(observed) == len(set(FAULT_NOISES) - unlearned) + 1
        told.append(diagnose(knowledge, noise, SEEN_NOTHING, NOTHING))
    assert told[0] == told[1]


@pytest.mark.parametrize("learned", range(len(FAULT_NOISES) + 1))
def test_any_number_of_types_may_have_been_learned(knowledge: KnowledgeBase, learned: int) -> None:
    """None, some or all: an unknown code still counts, and a knock that was learned is one."""
    types = (*FAULT_NOISES[:learned], "normal", "not_vehicle")
    trained = {"trained": list(types)}
    rates = {"provenance": provenance_of(trained), "base_rates": base_rates_of(trained)}
    normal = replace(heard("normal", normal=0.9), **rates)
    unknown = parse_circumstances({"codes": ["U3FFF"]})
    assert diagnose(knowledge, normal, SEEN_NOTHING, unknown).verdict == "fault_possible"
    assert diagnose(knowledge, normal, SEEN_NOTHING, NOTHING).drive == "ok"
    knocking = diagnose(knowledge, replace(heard(knock=0.9), **rates), SEEN_NOTHING, NOTHING)
    assert (knocking.drive == "stop") == (learned > 0)


@given(
    score=st.floats(0.0, 1.0), provenance=st.sampled_from(["one_source", "synthetic"]),
    noise_type=st.sampled_from(FAULT_NOISES),
)  # fmt: skip
def test_a_type_without_recordings_of_its_own_weighs_less(score, provenance, noise_type) -> None:
    """Its ratio keeps its side of 1 and is nearer to it by the stated power, within the cap."""
    knowledge = shipped()
    plain = heard(**{noise_type: score})
    shrunk = replace(plain, provenance=plain.provenance | {noise_type: provenance})
    before = sound_ratios(knowledge, plain)
    after = sound_ratios(knowledge, shrunk)
    power = knowledge.settings.noise_weight[provenance]
    assert 0.0 < power < knowledge.settings.noise_weight["recordings"] == 1.0
    assert math.log(after[noise_type]) == pytest.approx(power * math.log(before[noise_type]))
    assert after[noise_type] <= knowledge.settings.noise_cap**power * (1 + 1e-9)
    assert {t: r for t, r in after.items() if t != noise_type} == {
        t: r for t, r in before.items() if t != noise_type
    }


def test_synthetic_sound_counts_less_than_one_source_and_that_less_than_many(
    knowledge: KnowledgeBase,
) -> None:
    chances = []
    for provenance in ("synthetic", "one_source", "recordings"):
        noise = heard(grind=0.6)
        noise = replace(noise, provenance=noise.provenance | {"grind": provenance})
        causes = diagnose(knowledge, noise, SEEN_NOTHING, NOTHING).causes
        chances.append(max(c.probability for c in causes if c.fault.startswith("brake")))
    assert chances == sorted(chances)
    assert chances[0] < chances[-1]


@pytest.mark.parametrize("score", [0.01, 0.2, 0.9])
def test_evidence_of_a_synthetic_type_says_so(knowledge: KnowledgeBase, score: float) -> None:
    noise = heard(grind=score, knock=0.6)
    noise = replace(noise, provenance=noise.provenance | {"grind": "synthetic"})
    texts = [o.text for o in observe(knowledge, noise, SEEN_NOTHING, NOTHING)]
    grinding = [text for text in texts if "研磨声" in text.zh]
    assert len(grinding) == 1
    assert "仅用合成声训练" in grinding[0].zh
    assert "trained on synthetic sound" in grinding[0].en
    assert sum("synthetic" in text.en for text in texts) == 1
