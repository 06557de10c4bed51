"""The band in which an event is heard."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tingzhen.audio import FAULT_NOISES, NoiseEvent
from tingzhen.audio.event_band import event_band, with_bands
from tingzhen.audio.event_priors import BAND_PRIORS, NYQUIST_HZ

RATE = 16_000


def noise(seconds, seed=0, level=0.05):
    return np.random.default_rng(seed).normal(0, level, int(seconds * RATE)).astype(np.float32)


def band_noise(seconds, low_hz, high_hz, seed=1):
    """Noise between two frequencies, rms 1."""
    spectrum = np.fft.rfft(noise(seconds, seed))
    hz = np.fft.rfftfreq(int(seconds * RATE), 1 / RATE)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    made = np.fft.irfft(spectrum, int(seconds * RATE))
    return (made / np.sqrt(np.mean(made**2))).astype(np.float32)


def tone(seconds, hz):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["squeal", "whine"]),
    st.floats(550, 7700),
    st.floats(0, 3),
    st.floats(0.5, 5),
    st.integers(0, 99),
)
def test_a_tone_is_found_in_a_narrow_band(type_, hz, start_s, length_s, seed):
    """With a rest to compare with or without: the tone lies in the band, and little else does."""
    sound = noise(5.0, seed)
    end_s = min(5.0, start_s + length_s)
    part = slice(int(start_s * RATE), int(end_s * RATE))
    sound[part] += 0.2 * tone(5.0, hz)[part]
    low_hz, high_hz = event_band(sound, NoiseEvent(type_, start_s, end_s, 0.9))
    assert low_hz - 16 <= hz <= high_hz + 16
    assert high_hz - low_hz <= max(100, 0.2 * hz)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FAULT_NOISES), st.floats(0, 9), st.floats(0.001, 10), st.floats(0.02, 10),
    st.sampled_from(["noise", "silence", "nan", "offset", "full"]),
)  # fmt: skip
def test_a_band_always_lies_where_sound_can_be(type_, start_s, length_s, seconds, kind):
    samples = int(seconds * RATE)
    sound = {
        "noise": noise(seconds)[:samples],
        "silence": np.zeros(samples, np.float32),
        "nan": np.full(samples, np.nan, np.float32),
        "offset": np.full(samples, 0.5, np.float32),
        "full": np.resize(np.array([1, -1], np.float32), samples),
    }[kind]
    low_hz, high_hz = event_band(sound, NoiseEvent(type_, start_s, start_s + length_s, 0.9))
    prior = BAND_PRIORS[type_]
    assert 0 <= low_hz < high_hz <= NYQUIST_HZ
    assert prior.low_hz * 0.98 <= low_hz and high_hz <= prior.high_hz * 1.02


@pytest.mark.parametrize("type_", FAULT_NOISES)
def test_silence_and_one_second_and_no_sound_at_all(type_):
    prior = BAND_PRIORS[type_]
    for sound in (np.zeros(RATE, np.float32), np.zeros(0, np.float32)):
        assert event_band(sound, NoiseEvent(type_, 0, 1, 0.9)) == (prior.low_hz, prior.high_hz)


@pytest.mark.parametrize("whole", [False, True])
def test_impacts_are_found_where_they_ring(whole):
    """Twelve knocks a second at 1.5 to 2.5 kHz, over a loud hum that never changes."""
    seconds = 6.0
    t = np.arange(int(seconds * RATE)) / RATE
    ringing = band_noise(seconds, 1500, 2500) * np.exp(-60 * (t % (1 / 12)))
    sound = noise(seconds) * 0.3 + 0.5 * tone(seconds, 180)
    start = 0 if whole else 2 * RATE
    sound[start:] += 0.15 * ringing[start:].astype(np.float32)
    low_hz, high_hz = event_band(sound, NoiseEvent("knock", start / RATE, seconds, 0.9))
    assert 1200 <= low_hz <= 1700 and 2300 <= high_hz <= 2900


@pytest.mark.parametrize("whole", [False, True])
def test_broad_noise_is_found_where_it_stands_out(whole):
    seconds = 6.0
    sound = noise(seconds) * 0.2 + 0.2 * band_noise(seconds, 20, 300)
    start = 0 if whole else 2 * RATE
    sound[start:] += 0.1 * band_noise(seconds, 3000, 6000)[start:]
    low_hz, high_hz = event_band(sound, NoiseEvent("hiss", start / RATE, seconds, 0.9))
    assert 2500 <= low_hz <= 3300 and 5500 <= high_hz <= 6600


def test_other_events_of_the_type_are_no_rest_to_compare_with():
    sound = noise(6.0) * 0.2
    for start_s in (0, 3):
        sound[start_s * RATE : (start_s + 2) * RATE] += 0.2 * tone(2.0, 2500)
    events = (NoiseEvent("squeal", 0, 2, 0.9), NoiseEvent("squeal", 3, 5, 0.9))
    for event in with_bands(sound, events):
        assert event.low_hz is not None and event.high_hz is not None
        assert event.low_hz < 2500 < event.high_hz < event.low_hz + 500


def test_a_long_event_costs_no_more_than_a_short_one():
    import time

    sound = noise(180.0)
    started = time.process_time()
    event_band(sound, NoiseEvent("knock", 0, 175, 0.9))
    assert time.process_time() - started < 0.5
