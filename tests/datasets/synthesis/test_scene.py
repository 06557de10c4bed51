import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES
from tingzhen.datasets.synthesis.faults import FaultSound, Mechanism
from tingzhen.datasets.synthesis.mixing import missing_db
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.scene import mix_at, synthesise


def _burst(motion, random):
    """A fault that is heard in the middle third."""
    samples = len(motion)
    waveform = np.zeros(samples, np.float32)
    first, last = samples // 3, 2 * samples // 3
    waveform[first:last] = random.standard_normal(last - first)
    return FaultSound(waveform, ((first / SAMPLE_RATE_HZ, last / SAMPLE_RATE_HZ),), {"x": 1.0})


BURST = {
    "burst": Mechanism(
        "burst", "hiss", frozenset({"petrol", "diesel", "hybrid"}), ("idle", "rev_up"), _burst
    )
}


def test_a_seed_gives_the_same_scene_again():
    one, two = synthesise(7, duration_s=2.0), synthesise(7, duration_s=2.0)
    np.testing.assert_array_equal(one.waveform, two.waveform)
    assert (one.types, one.events, one.motion, one.recipe) == (
        two.types, two.events, two.motion, two.recipe,
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32), duration_s=st.floats(1.0, 2.0))
def test_the_truth_lies_inside_the_sound(seed, duration_s):
    scene = synthesise(seed, duration_s=duration_s)
    samples = round(duration_s * SAMPLE_RATE_HZ)
    assert scene.waveform.shape == (samples,)
    assert scene.waveform.dtype == np.float32
    assert np.isfinite(scene.waveform).all()
    assert np.abs(scene.waveform).max() <= 1
    assert scene.types <= set(NOISE_TYPES)
    for event in scene.events:
        assert 0 <= event.start_s < event.end_s <= duration_s + 1 / SAMPLE_RATE_HZ
        assert np.isfinite(event.level_db)
    heard = {event.type for event in scene.events}
    if heard:
        assert scene.types == heard
    else:
        assert scene.types in ({"normal"}, {"not_vehicle"})
    json.dumps(scene.recipe)
    json.dumps(scene.motion)


@pytest.mark.parametrize("noise_type", FAULT_NOISES)
def test_a_wanted_fault_is_there(noise_type):
    scene = synthesise(11, types={noise_type}, duration_s=3.0)
    assert scene.types == {noise_type}
    assert {event.type for event in scene.events} == {noise_type}
    assert scene.recipe["faults"]


def test_a_healthy_scene_is_its_faulty_twin_without_the_fault():
    faulty = synthesise(3, types={"hiss"}, duration_s=3.0, mechanisms=BURST)
    healthy = synthesise(3, types={"normal"}, duration_s=3.0, mechanisms=BURST)
    assert healthy.types == {"normal"}
    assert not healthy.events
    assert healthy.motion == faulty.motion
    for drawn in ("place", "background", "background_db"):
        assert healthy.recipe[drawn] == faulty.recipe[drawn]


def test_a_scene_without_a_car_has_no_motion():
    scene = synthesise(5, types={"not_vehicle"}, duration_s=2.0)
    assert scene.types == {"not_vehicle"}
    assert scene.motion == {}
    assert scene.recipe["foreground"]


def test_a_codec_keeps_the_length():
    scene = synthesise(9, duration_s=2.0, codec=True)
    assert scene.waveform.shape == (2 * SAMPLE_RATE_HZ,)
    assert np.abs(scene.waveform).max() <= 1


@settings(max_examples=30, deadline=None)
@given(snr_db=st.floats(-20, 30), start_s=st.floats(0, 0.8), length_s=st.floats(0.05, 1.0))
def test_mixing_keeps_the_level_that_was_asked_for(snr_db, start_s, length_s):
    random = np.random.default_rng(0)
    bed, fault = (random.standard_normal(16_000).astype(np.float32) for _ in range(2))
    events = [(start_s, min(1.0, start_s + length_s))]
    mixed, levels_db = mix_at(bed, fault, snr_db, events)
    assert levels_db == pytest.approx((snr_db,), abs=0.01)
    span = slice(int(start_s * 16_000), int(events[0][1] * 16_000))
    found_db = 20 * np.log10((mixed - bed)[span].std() / bed[span].std())
    assert found_db == pytest.approx(snr_db, abs=2.5)  # unweighted


def test_a_masked_fault_has_to_be_raised_and_a_clear_one_not():
    random = np.random.default_rng(0)
    bed = random.standard_normal(32_000).astype(np.float32)
    time_s = np.arange(32_000) / SAMPLE_RATE_HZ
    tone = np.sin(2 * np.pi * 1000 * time_s).astype(np.float32)
    events = [(0.0, 2.0)]
    assert missing_db(bed, mix_at(bed, tone, -40, events)[0], events) > 5
    assert missing_db(bed, mix_at(bed, tone, 10, events)[0], events) == 0
