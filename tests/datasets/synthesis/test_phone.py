import numpy as np
import pytest

from tingzhen.datasets.synthesis.codec import codecs
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.phone import through_codec, through_phone


def white(seconds=3.0, seed=0):
    samples = int(seconds * SAMPLE_RATE_HZ)
    return np.random.default_rng(seed).standard_normal(samples).astype(np.float32)


def band_db(waveform, low_hz, high_hz):
    power = np.abs(np.fft.rfft(waveform)) ** 2
    axis = np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE_HZ)
    return 10 * np.log10(power[(axis >= low_hz) & (axis < high_hz)].mean())


def test_a_phone_takes_the_lowest_tones_and_some_take_the_highest():
    low, high = [], []
    for seed in range(12):
        heard = through_phone(white(), np.random.default_rng(seed))
        low.append(band_db(heard, 20, 40) - band_db(heard, 500, 2000))
        high.append(band_db(heard, 7500, 8000) - band_db(heard, 500, 2000))
    assert np.median(low) < -12
    assert min(high) < -20 < max(high)


def test_strength_zero_changes_only_the_level():
    sound = white()
    heard = through_phone(sound, np.random.default_rng(1), strength=0.0)
    assert np.corrcoef(sound, heard)[0, 1] > 0.999


@pytest.mark.parametrize("seed", range(12))
def test_a_phone_keeps_length_and_range(seed):
    sound = white(1.3, seed) * 10.0 ** np.random.default_rng(seed).uniform(-4, 2)
    heard = through_phone(sound, np.random.default_rng(seed))
    assert heard.dtype == np.float32
    assert heard.shape == sound.shape
    assert np.isfinite(heard).all()
    assert 0 < np.abs(heard).max() <= 1


def test_silence_stays_bounded():
    heard = through_phone(np.zeros(16_000, np.float32), np.random.default_rng(0))
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() <= 1


def test_the_codecs_of_phones_are_there():
    assert {"aac", "libopus"} <= set(codecs())


@pytest.mark.parametrize("name", codecs())
def test_a_codec_keeps_length_and_place_in_time(name):
    """Bursts of band noise, as their envelope survives even a speech codec."""
    samples = 2 * SAMPLE_RATE_HZ + 37
    bursts = white(2.1, 3)[:samples] * 0.2
    bursts = np.convolve(bursts, np.ones(8, np.float32) / 8, mode="same").astype(np.float32)
    bursts *= (np.arange(samples) % 5000 < 900) + np.float32(1e-3)
    for seed in range(3):
        heard = through_codec(bursts, np.random.default_rng(seed), name=name)
        assert heard.shape == bursts.shape
        assert heard.dtype == np.float32
        assert np.isfinite(heard).all()
        assert np.abs(heard).max() <= 1
        smooth = np.ones(64) / 64
        before, after = (np.convolve(w**2, smooth, mode="same") for w in (bursts, heard))
        likeness = np.correlate(after[400:-400], before, mode="valid")
        shift = int(np.argmax(likeness)) - 400
        assert abs(shift) <= 0.005 * SAMPLE_RATE_HZ
        if name != "libopencore_amrnb":
            assert np.corrcoef(bursts, heard)[0, 1] > 0.7
