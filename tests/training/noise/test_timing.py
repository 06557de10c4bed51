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
    heard_events,
    learned_mixtures,
    quarter,
)

KNOCK, TICK = (FAULT_NOISES.index(t) for t in ("knock", "tick"))
CLIPS = [clip("normal", f"g{i // 2}", f"s{i // 2 % 3}") for i in range(80)]


@given(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8))
def test_a_recording_has_one_quarter_whatever_it_is_cut_into(group, source):
    one, other = clip("normal", group, source), clip("knock", group, source, weak=True)
    assert quarter(one) == quarter(other) in range(4)


def test_quarters_are_about_even():
    found = np.bincount([quarter(clip("normal", f"g{i}")) for i in range(2000)])
    assert len(found) == 4 and found.min() > 400


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


def test_teaching_choosing_and_reporting_share_no_recording(monkeypatch):
    """The beds that each of the three is given, as seen by the listener that they all use."""
    count = len(CLIPS)
    marked = np.full((count, STEPS, 12), 0.5)
    marked[:, 0, 0] = (np.arange(count) + 1) / (count + 1)
    given_ = material(marked, np.zeros((count, STEPS, 12)), every_bed(),
                      [(event("knock", 0, 1),)] * count)  # fmt: skip
    of_mark = {float(steps[0, 0]): i for i, steps in enumerate(given_.beds.steps)}
    heard = []

    def recordings(steps):
        return {(CLIPS[i].source, CLIPS[i].group)
                for i in (of_mark[float(row[0, 0])] for row in steps)}  # fmt: skip

    def spy(_listener, steps):
        heard.append(recordings(steps))
        return np.zeros((len(steps), STEPS, 12), np.float32)

    monkeypatch.setattr(timing, "listen", spy)
    monkeypatch.setattr(
        timing, "train_listener",
        lambda steps, truth, weight, settings, **_more: heard.append(recordings(steps)),
    )  # fmt: skip
    fit_listener(given_, CLIPS, ListenerSettings(), seed=0)
    rule = choose_rule(Same(), given_, CLIPS)
    events_measured(Same(), rule, given_, CLIPS, seed=0)
    teach, choose, report = heard
    assert teach and choose and report
    assert not (teach & choose or teach & report or choose & report)
    assert teach | choose | report == {(c.source, c.group) for c in CLIPS}


def test_scenes_teach_as_well():
    count = len(CLIPS)
    given_ = material(np.full((count, STEPS, 12), 0.5), np.zeros((count, STEPS, 12)), every_bed())
    scenes = mixtures([[1.0]] * 5, ["tick"] * 5, [-1] * 5, steps=np.zeros((5, STEPS, 12)),
                      truth=np.ones((5, STEPS, 12)))  # fmt: skip
    learned = learned_mixtures(Material(given_.clips, given_.beds, scenes), CLIPS)
    assert (learned.bed == -1).sum() == 5
    assert {quarter(CLIPS[b]) for b in learned.bed if b >= 0} == {0, 1}


def test_the_rule_is_chosen_where_it_finds_the_truth():
    """Knock stands at 0.42 over 0.205, tick at 0.8 over 0.252, which only the highest ratio leaves
    again; other quarters say the opposite."""
    count = len(CLIPS)
    truth = np.stack([active([("knock", 1.0, 2.0), ("tick", 2.5, 3.5)])] * count)
    p = np.where(truth, 0.42, 0.205)
    p[..., TICK] = np.where(truth[..., TICK], 0.8, 0.252)
    elsewhere = np.array([quarter(c) != 2 for c in CLIPS])
    p[elsewhere] = 1 - p[elsewhere]
    rule = choose_rule(Same(), material(p, truth, every_bed()), CLIPS)
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
    rule = choose_rule(Same(), material(p, truth, every_bed()), CLIPS)
    found = heard_events(p[0].astype(np.float32), rule)
    assert rule.leave_ratio * rule.thresholds["knock"] <= 0.7
    assert {e.type for e in found} == {"knock"}


def test_without_beds_to_choose_on_every_threshold_is_a_half():
    none = material(np.empty((0, STEPS, 12)), np.empty((0, STEPS, 12)), [])
    assert set(choose_rule(Same(), none, CLIPS).thresholds.values()) == {0.5}


def test_only_types_that_reach_their_threshold_are_heard():
    p = np.full((STEPS, 12), 0.3, np.float32)
    p[5:10, KNOCK], p[12:14, TICK] = 0.9, 0.55
    rule = EventRule(0.16, 0.7, 0.35, thresholds=dict.fromkeys(FAULT_NOISES, 0.6))
    found = heard_events(p, rule)
    assert [(e.type, e.start_s, e.end_s) for e in found] == [("knock", 0.8, 1.6)]
    assert found[0].probability == pytest.approx(0.9)
    assert heard_events(np.zeros((0, 12), np.float32), rule) == []


def test_what_is_reported_is_the_last_quarter_alone_and_loud():
    """Perfect there, wrong elsewhere; a fault at -6 dB counts only by its level."""
    count = len(CLIPS)
    truth = np.stack([active([("knock", 1.0, 2.0)])] * count)
    p = np.where(truth, 0.9, 0.05)
    last = np.array([quarter(c) == 3 for c in CLIPS])
    p[~last] = 0.95
    level = [8.0 if i % 3 else -5.0 for i in range(count)]
    # The events end where the steps do, so that segments of 0.25 s agree but for their edges.
    events = [(event("knock", 0.96, 2.08, level[i]),) for i in range(count)]
    faint = np.array([value < 0 for value in level])
    p[last & faint] = 0.05
    rule = EventRule(0.16, 0.7, 0.35, thresholds=dict.fromkeys(FAULT_NOISES, 0.5))
    figures = events_measured(Same(), rule, material(p, truth, every_bed(), events), CLIPS, seed=0)
    assert figures["clips"] == last.sum()
    assert set(figures["by_type"]) == {"knock"}
    assert figures["by_type"]["knock"]["f1"]["value"] > 0.85
    loud = {(c.source, c.group)
            for i, c in enumerate(CLIPS) if last[i] and not faint[i]}  # fmt: skip
    assert figures["by_type"]["knock"]["f1"]["n"] == len(loud)
    assert figures["by_level"]["-6"]["value"] == 0.0 and set(figures["by_level"]) == {"-6", "6"}
    whole = figures["by_type"]["knock"]["whole_clip"]["value"]
    assert whole < figures["by_type"]["knock"]["f1"]["value"]
