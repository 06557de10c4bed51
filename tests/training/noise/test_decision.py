"""Gate, confidence and thresholds together, on scores of which everything is known."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training.noise.tiny import clip, scores
from tingzhen.audio.verdict import Heard, judge
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.training.noise.calibration import sigmoid
from tingzhen.training.noise.crossval import OutOfFold
from tingzhen.training.noise.decision import (
    APART_FALSE_ALARMS,
    FALSE_ALARMS,
    GATE_WIDTH,
    MISSED_FAULTS,
    ONE_SOURCE_LEAST,
    Surroundings,
    decide,
    relative,
)
from tingzhen.training.noise.fit import FitSettings, clip_weights
from tingzhen.training.noise_measuring.recordings import seven_of, seven_scores

LIMITS = {"doubt": 0.8, "speech": 0.5, "music": 0.5, "novelty": 99.0, "silence_rms": 1e-4,
          "min_s": 1.0}  # fmt: skip
TYPES = ("normal", "knock", "normal", "squeal", "not_vehicle")


def world(seed=0, count=400, *, generated=0):
    random = np.random.default_rng(seed)
    clips = [clip(TYPES[i % 5], f"g{i // 2}", f"s{i // 2 % 3}") for i in range(count)]
    clips += [clip("not_vehicle", f"x{i}", GENERATED, negative=True) for i in range(generated)]
    part = np.arange(len(clips)) // 2 % 5
    within = scores(random, clips, part, lean=4.0)
    apart = scores(random, clips, part, lean=1.5, distance=1.7)
    return clips, within, apart


@pytest.fixture(scope="module", params=range(3))
def decided(request):
    clips, within, apart = world(request.param)
    return (
        clips,
        within,
        apart,
        decide(clips, within, apart, FitSettings(), limits=LIMITS, least=0.85),
    )


def reached(decision, clips, found, *, thresholds, type_, keep):
    """The weighed share of `keep` that reaches the threshold of a type."""
    p = decision.probabilities(found.known, found.open, found.distance)
    p = p[keep, NOISE_TYPES.index(type_)]
    weight = clip_weights(clips, FitSettings())[keep]
    return weight[p >= thresholds[type_]].sum() / weight.sum()


def test_few_healthy_recordings_reach_a_fault_near_and_fewer_of_sources_never_met(decided):
    clips, within, apart, decision = decided
    healthy = np.array([not c.faulty for c in clips])
    met = decision.share(apart.distance) >= 0.5
    assert met.any() and not met.all()
    for type_ in FAULT_NOISES:
        near, far = decision.rule.thresholds, decision.rule.far_thresholds
        assert 0.5 <= near[type_] <= far[type_] <= 0.99

        def share(found, thresholds, keep, of=type_):
            return reached(decision, clips, found, thresholds=thresholds, type_=of, keep=keep)

        if near[type_] < 0.99:
            assert share(within, near, healthy) <= FALSE_ALARMS
            assert share(apart, near, healthy & met) <= APART_FALSE_ALARMS
        if far[type_] < 0.99:
            assert share(apart, far, healthy & ~met) <= APART_FALSE_ALARMS


def test_few_faults_pass_for_normal(decided):
    clips, within, apart, decision = decided
    faulty = np.array([c.faulty for c in clips])
    for found, of in ((within, decision.rule.thresholds), (apart, decision.rule.far_thresholds)):
        assert 0.2 <= of["normal"] <= 0.9
        if 0.2 < of["normal"] < 0.9:
            assert (
                reached(decision, clips, found, thresholds=of, type_="normal", keep=faulty)
                <= MISSED_FAULTS
            )
        assert set(of) == {*FAULT_NOISES, "normal"}


def test_the_gate_takes_nearly_all_vehicles_of_known_sources_for_near(decided):
    clips, within, _, decision = decided
    vehicle = np.array([c.types != {"not_vehicle"} for c in clips])
    share = decision.share(within.distance)
    assert (share[vehicle] >= 0.5).mean() == pytest.approx(0.95, abs=0.01)
    by_hand = sigmoid((decision.gate.middle - within.distance) / GATE_WIDTH)
    np.testing.assert_allclose(share, by_hand, atol=1e-9)
    assert np.array_equal(share, decision.share(within.distance))


def test_the_first_type_is_right_as_often_as_it_says(decided):
    clips, within, _, decision = decided
    p = decision.probabilities(within.known, within.open, within.distance)
    assert p.shape == (len(clips), 14) and ((p >= 0) & (p <= 1)).all()
    by_hand = sigmoid(
        decision.slope * relative(decision.gate, within.known, within.open, within.distance)
        + decision.shift
    )
    assert np.array_equal(p, by_hand)
    # Of the types that are compared: of those it is the share that is right.
    seven = np.array([seven_of(c) for c in clips])
    scores = seven_scores(p[seven >= 0])
    right = scores.argmax(axis=1) == seven[seven >= 0]
    assert scores.max(axis=1).mean() == pytest.approx(right.mean(), abs=0.01)


def test_a_type_of_one_source_needs_more():
    clips, within, apart = world()
    alone = [clip(tuple(c.types), c.group, "s0") if "knock" in c.types else c for c in clips]
    rule = decide(alone, within, apart, FitSettings(), limits=LIMITS, least=0.85).rule
    assert rule.far_thresholds["knock"] >= rule.thresholds["knock"] >= ONE_SOURCE_LEAST > 0.5


def test_generated_sounds_move_no_threshold_and_no_confidence():
    clips, within, apart = world(generated=0)
    more, *_ = world(generated=40)
    loud = [
        OutOfFold(
            *(np.concatenate([getattr(s, name), 9.0 * np.ones((40, 14))])
              for name in ("known", "open")),
            np.r_[s.distance, np.ones(40)], np.r_[s.mahalanobis, np.ones(40)],
            np.r_[s.part, np.zeros(40, np.int64)],
        )
        for s in (within, apart)
    ]  # fmt: skip
    one = decide(clips, within, apart, FitSettings(balance=1.0), limits=LIMITS, least=0.85)
    two = decide(more, *loud, FitSettings(balance=1.0), limits=LIMITS, least=0.85)
    assert (two.slope, two.shift) == pytest.approx((one.slope, one.shift), rel=1e-6)
    for of in ("thresholds", "far_thresholds"):
        for type_ in FAULT_NOISES:
            assert getattr(two.rule, of)[type_] == pytest.approx(
                getattr(one.rule, of)[type_], abs=1e-6
            )


def test_verdicts_are_those_of_the_rule(decided):
    clips, within, _, decision = decided
    random = np.random.default_rng(9)
    context = random.uniform(0, 0.7, (len(clips), 6))
    rms = np.where(np.arange(len(clips)) % 7 == 0, 1e-6, 0.1)
    p = decision.probabilities(within.known, within.open, within.distance)
    found = decision.verdicts(p, within.distance, Surroundings(context, rms))
    share = decision.share(within.distance)
    for i in range(0, len(clips), 5):
        speech, music, _, _, vehicle, other = context[i].tolist()
        row = p[i].astype(np.float32)
        heard = Heard(row, row[None], speech, music, float(within.distance[i]), float(rms[i]), row,
                      vehicle=vehicle, other=other, share=float(share[i]))  # fmt: skip
        weak = {t for t in decision.unproven if p[i, NOISE_TYPES.index(t)] < 0.85}
        assert found[i] == judge(heard, decision.rule, unproven=weak).verdict
    assert set(found) == {"abnormal", "normal", "cannot_tell"}


def test_types_of_few_recordings_are_claimed_only_when_sure():
    clips, within, apart = world()
    # Whine is in four recordings alone, two clips each.
    clips = [clip("whine", c.group, c.source) if i < 8 else c for i, c in enumerate(clips)]
    decision = decide(clips, within, apart, FitSettings(), limits=LIMITS, least=0.9)
    assert decision.unproven == set(FAULT_NOISES) - {"knock", "squeal"}
    rule = replace(decision.rule, thresholds=dict.fromkeys((*FAULT_NOISES, "normal"), 0.6),
                   far_thresholds={})  # fmt: skip
    decision = replace(decision, rule=rule)
    probability = np.full((3, 14), 0.01)
    for row, (type_, p) in enumerate((("whine", 0.8), ("whine", 0.95), ("knock", 0.8))):
        probability[row, NOISE_TYPES.index(type_)] = p
    around = Surroundings(np.tile([0, 0, 0, 0, 1.0, 0], (3, 1)), np.full(3, 0.1))
    said = decision.verdicts(probability, np.zeros(3), around)
    assert said == ["cannot_tell", "abnormal", "abnormal"]


def test_without_a_fault_or_without_a_healthy_clip_there_is_a_decision():
    for type_ in ("normal", "knock"):
        clips = [clip(type_, f"g{i}") for i in range(12)]
        random = np.random.default_rng(0)
        within, apart = (scores(random, clips, np.arange(12) % 2) for _ in range(2))
        rule = decide(clips, within, apart, FitSettings(), limits=LIMITS, least=0.85).rule
        assert set(rule.thresholds) == set(rule.far_thresholds) == {*FAULT_NOISES, "normal"}
