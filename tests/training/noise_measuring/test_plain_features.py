"""Plain features on sounds whose features are known beforehand."""

import numpy as np
import pytest

from tingzhen.training.noise_measuring.plain_features import (
    BANDS_HZ,
    BEATS_HZ,
    PLAIN_FEATURES,
    plain_features,
)

RATE = 16_000
TIME_S = np.arange(4 * RATE) / RATE


def noise(seed=0, seconds=4):
    return np.random.default_rng(seed).normal(0, 0.1, seconds * RATE).astype(np.float32)


def features(waveform):
    return dict(zip(PLAIN_FEATURES, plain_features(waveform.astype(np.float32)), strict=True))


def test_every_feature_has_its_name_once():
    found = plain_features(noise())
    assert found.shape == (len(PLAIN_FEATURES),) == (len(set(PLAIN_FEATURES)),)
    assert found.dtype == np.float64


@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_no_feature_depends_on_the_level(gain):
    np.testing.assert_allclose(
        plain_features(noise() * np.float32(gain)), plain_features(noise()), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("hz", [90, 180, 700, 3000, 6000])
def test_a_tone_lies_in_its_octave(hz):
    found = features(np.sin(2 * np.pi * hz * TIME_S))
    assert found["centroid_octaves"] == pytest.approx(np.log2(hz), abs=0.1)
    assert found["spread_octaves"] < 0.3
    low = max(b for b in BANDS_HZ if b <= hz)
    high = min(b for b in BANDS_HZ if b > hz)
    assert found[f"band_{low}_{high}_db"] == pytest.approx(0.0, abs=0.5)


def test_bands_of_white_noise_hold_what_they_are_wide():
    found = features(noise(seconds=30))
    for low, high in ((500, 1000), (1000, 2000), (4000, 7900)):
        expected = 10 * np.log10((high - low) / (7900 - 60))
        assert found[f"band_{low}_{high}_db"] == pytest.approx(expected, abs=0.3)


def test_lines_make_a_sound_tonal():
    lines = sum(np.sin(2 * np.pi * 330 * k * TIME_S) for k in range(1, 20))
    plain = features(noise())["tonality_db"]
    assert features(noise() + 0.05 * lines)["tonality_db"] > 3 * plain


@pytest.mark.parametrize(("beats_hz", "wanted"), [(2, 0), (7, 1), (16, 2), (40, 3)])
def test_beating_shows_at_its_rate(beats_hz, wanted):
    beaten = noise() * (1 + 0.9 * np.sin(2 * np.pi * beats_hz * TIME_S))
    found, steady = features(beaten), features(noise())
    for wide in ("100_500", "500_2000", "2000_7900"):
        raised = [
            found[f"beat_{low}_{high}_hz_in_{wide}_db"] -
            steady[f"beat_{low}_{high}_hz_in_{wide}_db"]
            for low, high in BEATS_HZ
        ]  # fmt: skip
        assert int(np.argmax(raised)) == wanted and raised[wanted] > 3


def test_impacts_are_counted_and_stand_out():
    struck = 0.02 * noise()
    hits = np.arange(8_000, len(struck), 8_000)
    for at in hits:
        struck[at : at + 400] += noise()[:400] * np.exp(-np.arange(400) / 80)
    found, steady = features(struck), features(noise())
    assert found["impacts_per_s"] == pytest.approx(len(hits) / 4, abs=0.3)
    assert steady["impacts_per_s"] < 0.3
    assert found["crest_2000_7900_db"] > steady["crest_2000_7900_db"] + 6


@pytest.mark.parametrize(
    "waveform",
    [np.zeros(RATE), np.full(RATE, 0.5), noise()[: RATE // 2], np.eye(1, RATE, 9000)[0]],
    ids=["silence", "offset", "half a second", "impulse"],
)
def test_odd_sounds_have_finite_features(waveform):
    assert np.isfinite(plain_features(waveform.astype(np.float32))).all()
