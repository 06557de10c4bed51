import numpy as np
import pytest

from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.room import PLACES, impulse_response, passing
from tingzhen.datasets.synthesis.surroundings import SURROUNDINGS, draw_name, surroundings_sound


@pytest.mark.parametrize("place", PLACES)
def test_a_room_begins_at_once_and_dies_away(place):
    for seed in range(5):
        response = impulse_response(place, np.random.default_rng(seed))
        energy = np.cumsum(response**2)
        assert np.isfinite(response).all()
        assert int(np.argmax(np.abs(response))) == 0
        assert 0.02 < energy[-1] < 1.3  # treble that is lost on the way is missing
        assert energy[-1] - energy[len(response) // 2] < 0.4 * energy[-1]


def test_a_garage_rings_longer_than_a_cabin():
    garage, cabin = (
        np.median([len(impulse_response(p, np.random.default_rng(s))) for s in range(20)])
        for p in ("garage", "cabin")
    )
    assert garage > 3 * cabin


def test_a_passing_car_is_higher_before_it_is_lower():
    samples = 6 * SAMPLE_RATE_HZ
    tone = np.sin(2 * np.pi * 1000 * np.arange(samples) / SAMPLE_RATE_HZ).astype(np.float32)
    speed_kmh = np.full(samples, 72.0)
    (heard,), geometry = passing([tone], speed_kmh, np.random.default_rng(0))
    nearest = int(geometry["nearest_s"] * SAMPLE_RATE_HZ)

    def pitch_hz(part):
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
        return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / len(part)

    assert pitch_hz(heard[nearest - 24_000 : nearest - 12_000]) == pytest.approx(1055, abs=10)
    assert pitch_hz(heard[nearest + 12_000 : nearest + 24_000]) == pytest.approx(950, abs=10)
    levels = [np.abs(heard[i : i + 1600]).max() for i in range(0, samples - 1600, 1600)]
    assert abs(int(np.argmax(levels)) * 1600 - nearest) < 3200


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_every_surrounding_sound_is_finite_and_levelled(name):
    for seed, samples in enumerate((48_000, 16_000, 8_017)):
        sound = surroundings_sound(name, np.random.default_rng(seed), samples)
        assert sound.dtype == np.float32
        assert sound.shape == (samples,)
        assert np.isfinite(sound).all()
        assert name == "silence" or sound.any()


def test_plain_tones_are_not_put_behind_a_car():
    random = np.random.default_rng(0)
    behind = {draw_name(random, behind=True) for _ in range(500)}
    alone = {draw_name(random, behind=False) for _ in range(1500)}
    assert not behind & {"tone", "sweep", "chord", "silence"}
    assert alone == set(SURROUNDINGS)
