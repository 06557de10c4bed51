"""When it is heard: which recordings teach, choose and are reported, and the chosen rule."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.noise.tiny import STEPS, active, clip, event, mixtures
from tingzhen.audio.events import EventRule
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.training.noise import timing
from tingzhen.training.noise.listener import ListenerSettings
from tingzhen.training.noise.material import Clips, Material
from tingzhen.training.noise.timing import (
    choose_rule,
    events_measured,
    fit_listener,
    half,
    hear_unheard,
    heard_events,
    learned_mixtures,
)

KNOCK, TICK = (FAULT_NOISES.index(t) for t in ("knock", "tick"))
CLIPS = [clip("normal", f"g{i // 2}", f"s{i // 2 % 3}") for i in range(80)]


@given(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_a_recording_has_one_half_whatever_it_is_cut_into(group, source):
    one, other = clip("normal", group, source), clip("knock", group, source, weak=True)
    assert half(one) == half(other) in {0, 1}


def test_halves_are_about_even():
    found = np.bincount([half(clip("normal", f"g{i}")) for i in range(2000)])
    assert len(found) == 2 and found.min() > 900


class Same(torch.nn.Module):
    """Takes its input, twelve features, for the logits."""

    def forward(self, steps):
        return steps


def material(probability, truth, bed, events=None):
    """Mixtures of which the probabilities that the listener will give are known."""
    p = np.clip(probability, 1e-4, 1 - 1e-4)
    beds = mixtures(
        np.zeros((len(bed), 1)), ["normal"] * len(bed), bed,
        steps=np.log(p / (1 - p)), truth=truth, events=events,
    )  # fmt: skip
    none = mixtures(np.empty((0, 1)), [], [], steps=np.empty((0, STEPS, 12)),
                    truth=np.empty((0, STEPS, 12)))  # fmt: skip
    return Material(Clips(torch.zeros(len(CLIPS), 1), np.arange(len(CLIPS))), beds, none)


def every_bed():
    return np.arange(len(CLIPS))


HALVES = np.array([half(c) for c in CLIPS])
LOUD = [(event("knock", 1.0, 2.0),)] * len(CLIPS)


def test_no_listener_hears_a_recording_that_taught_it(monkeypatch):
    """What each listener is taught with, and what it hears, told by a mark in the steps."""
    count = len(CLIPS)
    marked = np.full((count, STEPS, 12), 0.5)
    marked[:, 0, 0] = (np.arange(count) + 1) / (count + 1)
    given_ = material(marked, np.zeros((count, STEPS, 12)), every_bed(), LOUD)
    of_mark = {float(steps[0, 0]): i for i, steps in enumerate(given_.beds.steps)}

    def recordings(steps):
        return {(CLIPS[i].source, CLIPS[i].group)
                for i in (of_mark[float(row[0, 0])] for row in steps)}  # fmt: skip

    heard = {}

    def spy(listener, steps):
        heard[frozenset(listener)] = recordings(steps)
        return np.zeros((len(steps), STEPS, 12), np.float32)

    monkeypatch.setattr(timing, "listen", spy)
    monkeypatch.setattr(
        timing, "train_listener",
        lambda steps, truth, weight, settings, **_more: frozenset(recordings(steps)),
    )  # fmt: skip
    of_half = {
        k: fit_listener(given_, CLIPS, ListenerSettings(), halves=(k,), seed=0) for k in (0, 1)
    }
    hear_unheard(of_half, given_, CLIPS)
    assert len(heard) == 2
    for taught, heard_by_it in heard.items():
        assert taught and heard_by_it and not taught & heard_by_it
    assert set().union(*heard.values()) == {(c.source, c.group) for c in CLIPS}
    both = fit_listener(given_, CLIPS, ListenerSettings(), halves=(0, 1), seed=0)
    assert both == {(c.source, c.group) for c in CLIPS}


def test_each_bed_keeps_its_place():
    p = np.random.default_rng(0).uniform(0.1, 0.9, (len(CLIPS), STEPS, 12))
    given_ = material(p, np.zeros((len(CLIPS), STEPS, 12)), every_bed())
    heard = hear_unheard({0: Same(), 1: Same()}, given_, CLIPS)
    np.testing.assert_allclose(heard, p, atol=2e-3)
    silent = hear_unheard({0: Same()}, given_, CLIPS)
    assert not silent[HALVES == 0].any() and silent[HALVES == 1].any()


def test_scenes_teach_as_well():
    count = len(CLIPS)
    given_ = material(np.full((count, STEPS, 12), 0.5), np.zeros((count, STEPS, 12)), every_bed())
    scenes = mixtures([[1.0]] * 5, ["tick"] * 5, [-1] * 5, steps=np.zeros((5, STEPS, 12)),
                      truth=np.ones((5, STEPS, 12)))  # fmt: skip
    learned = learned_mixtures(Material(given_.clips, given_.beds, scenes), CLIPS, (1,))
    assert (learned.bed == -1).sum() == 5
    assert {half(CLIPS[b]) for b in learned.bed if b >= 0} == {1}


def test_the_rule_is_chosen_where_it_finds_the_truth():
    """Knock stands at 0.42 over 0.205, tick at 0.8 over 0.252, which only the highest ratio leaves
    again; mixtures with a faint fault or none say the opposite and have no say."""
    count = len(CLIPS)
    truth = np.stack([active([("knock", 1.0, 2.0), ("tick", 2.5, 3.5)])] * count)
    p = np.where(truth, 0.42, 0.205)
    p[..., TICK] = np.where(truth[..., TICK], 0.8, 0.252)
    events = [LOUD[0], (event("knock", 1.0, 2.0, -3.0),), (), LOUD[0]] * (count // 4)
    for i in range(count):
        if i % 4 in (1, 2):
            p[i] = 1 - p[i]
    given_ = material(p, truth, every_bed(), events)
    rule = choose_rule(p.astype(np.float32), given_.beds)
    assert rule.thresholds["knock"] == pytest.approx(0.25)
    assert rule.thresholds["tick"] == pytest.approx(0.3)
    assert rule.leave_ratio == 0.85
    assert set(rule.thresholds) == set(FAULT_NOISES) and rule.step_s == 0.16


def test_a_type_that_lingers_asks_for_hysteresis():
    """Its score falls to 0.5 within what is one event, while everything else stays near 0."""
    count = len(CLIPS)
    truth = np.stack([active([("knock", 0.5, 3.5)])] * count)
    p = np.where(truth, 0.5, 0.02)
    p[:, ::2, KNOCK] = np.where(truth[:, ::2, KNOCK], 0.9, 0.7)
    rule = choose_rule(p.astype(np.float32), material(p, truth, every_bed(), LOUD).beds)
    found = heard_events(p[0].astype(np.float32), rule)
    assert rule.leave_ratio * rule.thresholds["knock"] <= 0.7
    assert {e.type for e in found} == {"knock"}


def test_without_beds_to_choose_on_every_threshold_is_a_half():
    none = material(np.empty((0, STEPS, 12)), np.empty((0, STEPS, 12)), [])
    rule = choose_rule(np.empty((0, STEPS, 12), np.float32), none.beds)
    assert set(rule.thresholds.values()) == {0.5}


def test_only_types_that_reach_their_threshold_are_heard():
    p = np.full((STEPS, 12), 0.3, np.float32)
    p[5:10, KNOCK], p[12:14, TICK] = 0.9, 0.55
    rule = EventRule(0.16, 0.7, 0.35, thresholds=dict.fromkeys(FAULT_NOISES, 0.6))
    found = heard_events(p, rule)
    assert [(e.type, e.start_s, e.end_s) for e in found] == [("knock", 0.8, 1.6)]
    assert found[0].probability == pytest.approx(0.9)
    assert heard_events(np.zeros((0, 12), np.float32), rule) == []


def test_what_is_reported_rests_on_the_rule_of_the_other_half():
    """In one half the truth stands at 0.42 and everything else at 0.2, in the other at 0.8 over
    0.55: with their own rules both would be perfect, with each other's neither is."""
    count = len(CLIPS)
    truth = np.stack([active([("knock", 1.0, 2.0)])] * count)
    p = np.where(truth, 0.42, 0.2)
    other = HALVES == 1
    p[other] = np.where(truth[other], 0.8, 0.55)
    events = [(event("knock", 0.96, 2.08),)] * count
    given_ = material(p, truth, every_bed(), events)
    figure = events_measured(p.astype(np.float32), given_, CLIPS, seed=0)["by_type"]["knock"]
    assert figure["precision"]["value"] < 0.5 and figure["recall"]["value"] < 0.8
    same = np.where(truth, 0.42, 0.2).astype(np.float32)
    alike = events_measured(same, material(same, truth, every_bed(), events), CLIPS, seed=0)
    assert alike["by_type"]["knock"]["f1"]["value"] > 0.85


def test_faint_faults_and_healthy_clips_are_counted_apart():
    count = len(CLIPS)
    truth = np.stack([active([("knock", 1.0, 2.0)])] * count)
    p = np.where(truth, 0.9, 0.05)
    level = [None if i % 4 == 0 else -5.0 if i % 4 == 1 else 8.0 for i in range(count)]
    # The events end where the steps do, so that segments of 0.25 s agree but for their edges.
    events = [() if v is None else (event("knock", 0.96, 2.08, v),) for v in level]
    p[[i for i, v in enumerate(level) if v == -5.0]] = 0.05
    given_ = material(p, truth, every_bed(), events)
    figures = events_measured(p.astype(np.float32), given_, CLIPS, seed=0)
    assert figures["clips"] == count and set(figures["by_type"]) == {"knock"}
    assert figures["by_type"]["knock"]["f1"]["value"] > 0.85
    loud = {(c.source, c.group) for c, v in zip(CLIPS, level, strict=True) if v == 8.0}
    assert figures["by_type"]["knock"]["f1"]["n"] == len(loud)
    assert figures["by_level"]["-6"]["value"] == 0.0 and set(figures["by_level"]) == {"-6", "6"}
    whole = figures["by_type"]["knock"]["whole_clip"]["value"]
    assert whole < figures["by_type"]["knock"]["f1"]["value"]
    assert figures["without_fault"]["clips_with_an_event"]["value"] == 1.0
    assert figures["without_fault"]["events_per_minute"]["value"] == pytest.approx(15.0)
