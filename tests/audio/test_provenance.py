"""What a bundle says of its types' origin, and what it takes to claim a type of synthetic sound."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tingzhen.audio import FAULT_NOISES, NOISE_TYPES, NoiseRecogniser
from tingzhen.audio.events import EventRule, find_events
from tingzhen.audio.provenance import base_rates_of, marked_name, provenance_of
from tingzhen.audio.verdict import UNPROVEN
from tingzhen.bundle import Bundle, ModelInfo

STEP_S = 0.16
METADATA = {
    "labels": list(NOISE_TYPES),
    "trained": list(NOISE_TYPES),
    "untrained_probability": 0.015,
    "sample_rate_hz": 16_000,
    "step_samples": round(STEP_S * 16_000),
    "thresholds": dict.fromkeys((*FAULT_NOISES, "normal"), 0.5),
    "limits": {"doubt": 0.8, "speech": 0.5, "music": 0.5, "novelty": 9.0, "silence_rms": 1e-5,
               "min_s": 1.0},
    "provenance": {"grind": "synthetic", "clunk": "one_source", "knock": "recordings"},
    "events": {"thresholds": {"grind": 0.4, "knock": 0.3}, "leave_ratio": 0.8,
               "merge_gap_s": 0.2, "min_s": 0.3},
    "synthetic_limits": {"min_probability": 0.85, "min_event_s": 3.0},
}  # fmt: skip


class Network:
    """Answers as a bundle's session does: one probability of the clip, its steps given."""

    def __init__(self, clip, steps, local):
        self.clip, self.steps, self.local = clip, steps, local

    def get_outputs(self):
        names = ("types", "steps", "local", "context", "embedding", "novelty", "share")
        return [SimpleNamespace(name=name) for name in names]

    def run(self, names, inputs):
        count = inputs["waveform"].shape[1] // METADATA["step_samples"]
        types = np.array([[self.clip.get(t, 0.02) for t in NOISE_TYPES]], np.float32)
        steps, local = (np.full((1, count, 14), 0.02, np.float32) for _ in range(2))
        for over_time, given in ((steps, self.steps), (local, self.local)):
            for type_, (first, last, probability) in given.items():
                over_time[0, first:last, NOISE_TYPES.index(type_)] = probability
        outputs = {
            "types": types,
            "steps": steps,
            "local": local,
            "context": np.zeros((1, 6), np.float32),
            "embedding": np.zeros((1, 4), np.float32),
            "novelty": np.ones(1, np.float32),
            "share": np.ones(1, np.float32),
        }
        return [outputs[name] for name in names]


def recognise(clip, steps, metadata=METADATA, seconds=8.0, local=()):
    bundle = Bundle(ModelInfo("fake", "1", "0" * 64), Network(clip, steps, dict(local)), metadata)
    noise = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)
    return NoiseRecogniser(bundle).recognise(noise)


def test_a_bundle_without_provenance_had_recordings():
    today = {"trained": ["knock", "normal"]}
    assert provenance_of(today) == {"knock": "recordings", "normal": "recordings"}
    assert base_rates_of(today) == {"knock": 0.5, "normal": 0.5}


def test_provenance_and_base_rates_are_those_of_the_bundle():
    found = recognise({"normal": 0.9}, {})
    assert found.provenance["grind"] == "synthetic" and found.provenance["clunk"] == "one_source"
    assert set(found.provenance) == set(NOISE_TYPES)
    assert set(found.base_rates.values()) == {1 / 14}
    assert base_rates_of(METADATA | {"base_rates": {"knock": 0.2}})["knock"] == 0.2


@pytest.mark.parametrize(
    "change", [{"provenance": {"knock": "hearsay"}}, {"base_rates": {"knock": 1.5}}]
)
def test_what_no_bundle_can_mean_is_refused(change):
    with pytest.raises(ValueError, match=r"provenance|base_rates"):
        provenance_of(METADATA | change), base_rates_of(METADATA | change)


def test_only_synthetic_types_bear_the_mark():
    assert marked_name("grind", "synthetic").en == "Grind (trained on synthetic sound)"
    assert marked_name("grind", "synthetic").zh == "研磨声（仅用合成声训练）"
    assert marked_name("grind", "one_source").en == marked_name("grind", None).en == "Grind"


@pytest.mark.parametrize(
    ("clip", "steps", "verdict"),
    [
        ({"grind": 0.9}, {"grind": (0, 25, 0.9)}, "abnormal"),
        ({"grind": 0.8}, {"grind": (0, 25, 0.9)}, "cannot_tell"),  # not sure enough
        ({"grind": 0.9}, {"grind": (0, 12, 0.9)}, "cannot_tell"),  # under three seconds
        ({"clunk": 0.6}, {"clunk": (0, 3, 0.9)}, "abnormal"),  # learned from recordings
        ({"grind": 0.8, "knock": 0.7}, {"grind": (0, 25, 0.9)}, "abnormal"),
    ],
)
def test_a_synthetic_type_is_claimed_only_where_it_is_sure_and_long(clip, steps, verdict):
    found = recognise(clip, steps)
    assert found.verdict == verdict
    assert (UNPROVEN in found.reasons) == (verdict == "cannot_tell")
    assert "grind" not in found.claimed or clip["grind"] >= 0.85
    assert bool(found.events) == (verdict == "abnormal")


def test_without_limits_a_synthetic_type_is_claimed_like_any_other():
    free = {key: value for key, value in METADATA.items() if key != "synthetic_limits"}
    assert recognise({"grind": 0.6}, {"grind": (0, 3, 0.6)}, free).claimed == ("grind",)


def test_events_follow_their_own_thresholds():
    found = recognise({"knock": 0.6}, {"knock": (5, 20, 0.35)})
    assert [(e.start_s, e.end_s) for e in found.events] == [(0.8, 3.2)]
    scores = np.zeros(20, np.float32)
    scores[[2, 10, 11, 12]] = 0.5
    rule = EventRule.from_metadata(METADATA, STEP_S)
    # Step 2 alone is shorter than min_s.
    assert [e.start_s for e in find_events("knock", scores, 0.9, rule, 3.2)] == [1.6]
    scores[10:] = 0
    # The only event stays, however short.
    assert [e.start_s for e in find_events("knock", scores, 0.9, rule, 3.2)] == [0.32]


def test_where_the_listener_hears_nothing_the_heads_say_when():
    heads = {"knock": (5, 20, 0.7)}
    found = recognise({"knock": 0.6}, {"knock": (30, 40, 0.25)}, local=heads)
    assert [(e.start_s, e.end_s) for e in found.events] == [(0.8, 3.2)]
    # From its own threshold of 0.3 on, the listener is believed.
    found = recognise({"knock": 0.6}, {"knock": (30, 40, 0.35)}, local=heads)
    assert [(e.start_s, e.end_s) for e in found.events] == [(4.8, 6.4)]


@pytest.mark.parametrize(
    "change", [{"events": {"min_s": "long"}}, {"synthetic_limits": {"min_event_s": "x"}},
               {"provenance": {"knock": "hearsay"}}, {"trained": None}],
)  # fmt: skip
def test_a_bundle_with_odd_metadata_is_refused(change):
    from tingzhen.errors import BundleError

    bundle = Bundle(ModelInfo("fake", "1", "0" * 64), None, METADATA)
    with pytest.raises(BundleError):
        NoiseRecogniser(replace(bundle, metadata=METADATA | change))
