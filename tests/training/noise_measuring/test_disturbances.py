"""Disturbances do what their level says, repeatably, and robustness counts them."""

import numpy as np
import pytest

from tests.training.noise_measuring.conftest import make_clip
from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.training.noise_measuring.codecs import CODECS, encode, through_codec
from tingzhen.training.noise_measuring.disturbances import (
    DISTURBANCES,
    clipped,
    quieter,
    spectral_noise,
    voice,
    with_noise,
    with_speech,
)
from tingzhen.training.noise_measuring.robustness import robustness, subset

EVERY = [(name, d) for name, several in DISTURBANCES.items() for d in several]


def hum(seconds=2.0, hz=220.0):
    at_s = np.arange(round(seconds * 16_000)) / 16_000
    return (0.3 * np.sin(2 * np.pi * hz * at_s)).astype(np.float32)


@pytest.mark.parametrize(("name", "disturbance"), EVERY, ids=[f"{n}-{d.level}" for n, d in EVERY])
def test_every_disturbance_keeps_length_and_is_repeatable(name, disturbance):
    wave = hum()
    first, again = (disturbance.apply(wave, np.random.default_rng(7)) for _ in range(2))
    assert first.shape == wave.shape and first.dtype == np.float32
    assert np.array_equal(first, again) and np.isfinite(first).all()
    assert not np.array_equal(first, wave)
    silence = disturbance.apply(np.zeros(16_000, np.float32), np.random.default_rng(7))
    assert np.abs(silence).max() < 1e-3


@pytest.mark.parametrize("make", [with_noise, with_speech])
def test_what_is_added_has_the_level_it_says(make):
    wave = hum()
    added = make(5.0)(wave, np.random.default_rng(0)) - wave
    ratio = np.mean(wave.astype(float) ** 2) / np.mean(added.astype(float) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(5.0, abs=0.05)


@pytest.mark.parametrize("codec", CODECS)
def test_a_codec_keeps_a_tone_and_fewer_bits_are_fewer_bytes(codec):
    wave = hum()
    heard = through_codec(wave, codec, 32_000)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert abs(np.argmax(spectrum) * 16_000 / len(heard) - 220) < 2
    assert np.std(heard[8000:]) == pytest.approx(np.std(wave), rel=0.2)
    noise = 0.1 * spectral_noise(32_000, -3.0, np.random.default_rng(0)).astype(np.float32)
    assert len(encode(noise, codec, 16_000)) < 0.8 * len(encode(noise, codec, 32_000))


def test_quiet_and_clipped_by_hand():
    random = np.random.default_rng(0)
    assert quieter(20)(np.array([0.5], np.float32), random) == pytest.approx(0.05, abs=1e-4)
    wave = (0.1 * random.standard_normal(10_000)).astype(np.float32)
    heard = clipped(0.1)(wave, random)
    assert (np.abs(heard) == 1.0).mean() == pytest.approx(0.1, abs=0.002)


def test_a_voice_pauses_and_has_its_power_where_speech_has_it():
    sound = voice(16_000 * 8, np.random.default_rng(2))
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / 16_000)
    assert power[(hz > 80) & (hz < 3500)].sum() / power.sum() > 0.95
    level = np.sqrt(np.mean(sound.reshape(-1, 1600) ** 2, axis=1))
    assert np.quantile(level, 0.1) < 0.3 * np.median(level)


def test_one_clip_a_recording_and_types_in_turn():
    clips = [make_clip("normal", f"n{i // 2}", "s") for i in range(100)]
    clips += [make_clip("knock", f"k{i}", "s") for i in range(5)]
    clips += [make_clip("not_vehicle", "x", "s", negative=True), make_clip("grind", "g", "s")]
    picked = [clips[i] for i in subset(clips, at_most=20)]
    assert len({c.group for c in picked}) == len(picked) == 20
    assert sum("knock" in c.types for c in picked) == 5
    assert subset(clips, at_most=20) == subset(clips, at_most=20)
    assert len(subset(clips)) == 55


def test_accuracy_falls_where_hearing_fails():
    clips = [make_clip(["knock", "normal"][i % 2], f"g{i}", "s") for i in range(12)]

    def read(clip):
        return hum(hz=1000.0 if "knock" in clip.types else 200.0)

    def hear(wave):
        """Knock is the high tone; too much of anything else and it says normal."""
        spectrum = np.abs(np.fft.rfft(wave)) ** 2
        high = spectrum[1980:2020].sum() > 0.7 * spectrum.sum()
        scores = np.full(14, 0.1)
        scores[NOISE_TYPES.index("knock" if high else "normal")] = 0.9
        return scores

    heard = []
    chosen = {name: DISTURBANCES[name] for name in ("noise", "quiet")}
    found = robustness(clips, read, hear, disturbances=chosen, resamples=50,
                       advance=lambda: heard.append(1))  # fmt: skip
    assert found["clips"] == len(heard) == 12
    assert found["undisturbed"]["value"] == 1.0
    noise = {
        one["level"]: one["balanced_accuracy"]["value"] for one in found["conditions"]["noise"]
    }
    assert noise == {"20 dB": 1.0, "10 dB": 1.0, "5 dB": 1.0, "0 dB": 0.5}
    assert found["conditions"]["noise"][-1]["change"]["value"] == -0.5
    assert [one["level"] for one in found["conditions"]["quiet"]] == ["20 dB down", "40 dB down"]
