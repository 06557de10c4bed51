"""Voices go out of the sound, and the rest stays in. What speaks here is made: bursts of a voice's
harmonics through moving formants, which the network takes for speech."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

from tingzhen.serving.privacy import mask_speech, speech_probability, speech_spans
from tingzhen.serving.privacy.masking import HIGH_HZ, mask_spans
from tingzhen.serving.privacy.speech import SAMPLES, spans_of

RATE = 16_000
VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))


def voice(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Syllables of a fifth of a second: a pulse train through three formants each (Peterson and
    Barney's averages, J. Acoust. Soc. Am. 24, 1952)."""
    random = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < seconds * RATE:
        n = int(RATE * random.uniform(0.14, 0.24))
        pitch = random.uniform(110, 150) * (1 + 0.1 * np.sin(np.linspace(0, 3, n)))
        phase = np.cumsum(pitch) / RATE
        sound = np.diff(np.floor(phase), prepend=0.0) + 0.01 * random.normal(size=n)
        for hz in VOWELS[random.integers(len(VOWELS))]:
            radius = np.exp(-np.pi * 90 / RATE)
            sound = lfilter([1], [1, -2 * radius * np.cos(2 * np.pi * hz / RATE), radius**2], sound)
        sound *= np.hanning(n) ** 0.3 / max(np.abs(sound).max(), 1e-9)
        parts += [sound, np.zeros(int(RATE * random.uniform(0.03, 0.08)))]
    return np.concatenate(parts)[: int(seconds * RATE)].astype(np.float32)


def motor(seconds: float, seed: int = 1) -> NDArray[np.float32]:
    """Rumble, a whine at 900 Hz and hiss."""
    random = np.random.default_rng(seed)
    n = int(seconds * RATE)
    rumble = sosfilt(butter(2, 200, fs=RATE, output="sos"), random.normal(size=n))
    whine = 0.05 * np.sin(2 * np.pi * 900 * np.arange(n) / RATE)
    return (0.1 * rumble + whine + 0.01 * random.normal(size=n)).astype(np.float32)


@pytest.fixture(scope="module")
def spoken() -> NDArray[np.float32]:
    """Six seconds of a motor; somebody speaks from 2 to 4 s."""
    sound = motor(6.0)
    sound[2 * RATE : 4 * RATE] += 0.5 * voice(2.0)
    return sound


def test_speech_is_found_where_it_is(spoken: NDArray[np.float32]) -> None:
    spans = speech_spans(spoken)
    assert spans, speech_probability(spoken).max()
    assert 1.5 * RATE < spans[0][0] < 2.3 * RATE
    assert 3.7 * RATE < spans[-1][1] < 4.6 * RATE


def test_no_speech_is_found_in_a_motor_or_in_silence() -> None:
    assert speech_spans(motor(6.0)) == []
    assert speech_spans(np.zeros(2 * RATE, np.float32)) == []
    assert speech_spans(np.zeros(0, np.float32)) == []


def test_after_masking_no_speech_is_found(spoken: NDArray[np.float32]) -> None:
    assert speech_probability(spoken).max() > 0.8
    assert speech_probability(mask_speech(spoken)).max() < 0.3


def test_masking_flattens_what_moves_in_a_voice(spoken: NDArray[np.float32]) -> None:
    """The level of the band from 500 to 3000 Hz over time says nothing of the voice any more."""
    band = butter(4, [500, 3000], "bandpass", fs=RATE, output="sos")

    def level(sound: NDArray[np.float32]) -> NDArray[np.float64]:
        part = sosfilt(band, sound)[2 * RATE : 4 * RATE]
        return np.sqrt((part.reshape(-1, 320) ** 2).mean(axis=1))

    alone = np.zeros_like(spoken)
    alone[2 * RATE : 4 * RATE] = 0.5 * voice(2.0)
    before = np.corrcoef(level(spoken), level(alone))[0, 1]
    after = np.corrcoef(level(mask_speech(spoken)), level(alone))[0, 1]
    assert before > 0.9
    assert abs(after) < 0.3


def test_the_rest_stays(spoken: NDArray[np.float32]) -> None:
    """Unchanged to the sample apart from speech; above the band within it too."""
    masked = mask_speech(spoken)
    assert masked.shape == spoken.shape
    assert masked.dtype == np.float32
    (start, _), (_, end) = speech_spans(spoken)[0], speech_spans(spoken)[-1]
    np.testing.assert_array_equal(masked[: start - 1024], spoken[: start - 1024])
    np.testing.assert_array_equal(masked[end + 1024 :], spoken[end + 1024 :])
    above = butter(6, HIGH_HZ + 500, "highpass", fs=RATE, output="sos")
    kept, there = sosfilt(above, masked), sosfilt(above, spoken)
    assert np.corrcoef(kept[2 * RATE : 4 * RATE], there[2 * RATE : 4 * RATE])[0, 1] > 0.95


def test_a_motor_is_left_alone() -> None:
    sound = motor(3.0)
    assert mask_speech(sound) is sound


def test_the_same_sound_is_masked_the_same_way(spoken: NDArray[np.float32]) -> None:
    np.testing.assert_array_equal(mask_speech(spoken), mask_speech(spoken))


def test_speech_from_beginning_to_end_is_masked_too() -> None:
    sound = 0.5 * voice(3.0)
    masked = mask_speech(sound)
    assert speech_probability(sound).max() > 0.8
    assert speech_probability(masked).max() < 0.3
    assert np.isfinite(masked).all()


@pytest.mark.parametrize("samples", [1, 100, 511, 512, 513])
def test_a_short_sound_keeps_its_length(samples: int) -> None:
    sound = voice(1.0)[:samples]
    masked = mask_spans(sound, [(0, samples)])
    assert masked.shape == sound.shape
    assert np.isfinite(masked).all()


def test_stretches_begin_early_end_late_and_small_gaps_are_speech() -> None:
    steps = np.zeros(100, np.float32)
    steps[[20, 30]] = 0.9
    steps[70:75] = 0.2  # never likely enough to begin
    samples = 100 * SAMPLES
    assert spans_of(steps, samples) == [(20 * SAMPLES - 3200, 31 * SAMPLES + 3200)]
    steps[99] = 0.9
    assert spans_of(steps, samples)[-1] == (99 * SAMPLES - 3200, samples)
