"""What a bundle says of itself: origin of its types, base rates, thresholds, recordings."""

import json

import numpy as np
import pytest
import torch

from tests.training.noise.tiny import WIDTH, backbone, clip
from tingzhen.audio.events import EventRule
from tingzhen.audio.provenance import SyntheticLimits, base_rates_of, provenance_of
from tingzhen.audio.verdict import VerdictRule
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.training.noise.bundle import Fitted, bundle_metadata, group_mark
from tingzhen.training.noise.crossval import Heads
from tingzhen.training.noise.decision import Decision
from tingzhen.training.noise.head import Gate, LinearHead, Neighbourhood
from tingzhen.training.noise.learned_from import provenance
from tingzhen.training.noise.listener import Listener
from tingzhen.training.noise.stages import base_rates

LIMITS = {"doubt": 0.8, "speech": 0.5, "music": 0.4, "novelty": 3.0, "silence_rms": 1e-4,
          "min_s": 1.0}  # fmt: skip


def recordings(type_, **by_source):
    """So many recordings of each source, each cut in two."""
    return [
        clip(type_, f"{type_}{i}", source)
        for source, count in by_source.items()
        for i in range(count)
        for _ in range(2)
    ]


def test_provenance_counts_recordings_not_clips():
    clips = [
        *recordings("knock", a=9, b=3, c=2), *recordings("squeal", a=9, b=4),
        *recordings("tick", a=4), *recordings("whine", a=5),
        *[clip("not_vehicle", f"x{i}", GENERATED) for i in range(60)],
    ]  # fmt: skip
    found = provenance(clips)
    assert found["knock"] == "recordings"
    assert found["squeal"] == "one_source"
    assert found["tick"] == "synthetic" and found["hiss"] == "synthetic"
    assert found["whine"] == "one_source"
    # Sixty generated sounds are no recording.
    assert found["not_vehicle"] == "synthetic"
    assert set(found) == set(NOISE_TYPES)


def test_base_rates_are_shares_of_recordings_with_a_floor_and_a_roof():
    clips = [*recordings("normal", a=15), *recordings("knock", a=4, b=1),
             *[clip("not_vehicle", f"x{i}", GENERATED) for i in range(60)]]  # fmt: skip
    found = base_rates(clips)
    assert found["normal"] == 0.75 and found["knock"] == 0.25
    assert found["hiss"] == found["not_vehicle"] == pytest.approx(1 / 14, abs=1e-4)
    assert base_rates(recordings("normal", a=3))["normal"] == 0.9
    assert all(0 < rate < 1 for rate in base_rates([]).values())


def test_a_group_of_another_source_is_another_recording():
    one, other = clip("normal", "g", "a"), clip("normal", "g", "b")
    assert group_mark(one) != group_mark(other)
    assert group_mark(one) == group_mark(clip("knock", "g", "a"))
    assert "g" not in group_mark(clip("normal", "grandpa", "a"))


@pytest.fixture(scope="module")
def metadata():
    thresholds = {t: 0.5 + i / 50 for i, t in enumerate((*FAULT_NOISES, "normal"))}
    far = {t: p + 0.1 for t, p in thresholds.items()}
    head = LinearHead(torch.zeros(2 * WIDTH, 14), torch.zeros(14))
    space = Neighbourhood(torch.zeros(2 * WIDTH, 2), torch.zeros(2), torch.zeros(2, 1))
    events = EventRule(0.16, 0.55, 0.35, thresholds=dict.fromkeys(FAULT_NOISES, 0.4))
    decision = Decision(
        Gate(1.2, 0.1), 0.9, -0.2, VerdictRule(thresholds, **LIMITS, far_thresholds=far)
    )
    fitted = Fitted(Heads(head, head, space), Listener(WIDTH, 4), decision, events)
    clips = [*recordings("normal", a=3), clip("not_vehicle", "x", GENERATED)]
    made = bundle_metadata(
        fitted, clips, version="1.2", seed=5, base_rates=base_rates(clips),
        layers=backbone().layers,
    )  # fmt: skip
    return json.loads(json.dumps(made)), decision.rule, events


def test_the_recogniser_reads_back_what_was_decided(metadata):
    made, rule, events = metadata
    found = VerdictRule.from_metadata(made)
    assert dict(found.thresholds) == pytest.approx(dict(rule.thresholds), abs=1e-4)
    assert dict(found.far_thresholds) == pytest.approx(dict(rule.far_thresholds), abs=1e-4)
    assert {name: getattr(found, name) for name in LIMITS} == LIMITS
    assert EventRule.from_metadata(made, 0.16) == events
    assert SyntheticLimits.from_metadata(made).min_event_s == 3.0
    assert set(base_rates_of(made)) == set(provenance_of(made)) == set(NOISE_TYPES)
    assert (made["step_samples"], made["sample_rate_hz"]) == (2560, 16_000)


def test_it_names_no_recording_and_counts_no_generated_one(metadata):
    made, _, _ = metadata
    assert len(made["training_groups"]) == 3
    assert all(mark not in json.dumps(made) for mark in ("normal0", GENERATED))
    assert np.isin(group_mark(clip("normal", "normal0", "a")), made["training_groups"])
