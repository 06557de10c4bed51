"""What happens to a clip on its way: noise, speech, distance, codecs, level, clipping.

Made here and not by the synthesiser that training sounds come from: a network that learned to see
through that synthesiser's speech would look robust against speech.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.training.noise_measuring.codecs import Codec, Waveform, through_codec

Random = np.random.Generator
Apply = Callable[[Waveform, Random], Waveform]


@dataclass(frozen=True, slots=True)
class Disturbance:
    """level: as people read it. apply: float32 (n,) at 16 kHz to the same length."""

    level: str
    apply: Apply


def spectral_noise(samples: int, tilt_db_per_octave: float, random: Random) -> NDArray[np.float64]:
    """Stationary noise, rms 1, whose density falls from 20 Hz on (white below)."""
    bins = np.fft.rfft(random.standard_normal(samples))
    frequency = np.maximum(np.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ), 20.0)
    noise = np.fft.irfft(bins * (frequency / 20.0) ** (tilt_db_per_octave / 6.02), samples)
    return noise / max(float(np.sqrt(np.mean(noise**2))), 1e-12)


def voice(samples: int, random: Random) -> NDArray[np.float64]:
    """Something that speaks, rms 1: harmonics of a wandering pitch under three formants that jump
    from syllable to syllable, with pauses (source and filter; Fant 1960, "Acoustic Theory of
    Speech Production"; formants within the ranges of Peterson and Barney 1952)."""
    frame, frames = 320, samples // 320 + 2
    syllables = np.repeat(np.arange(frames), random.integers(6, 14, frames))[:frames]
    drawn = {
        "first": random.uniform(270, 800, frames),
        "second": random.uniform(850, 2300, frames),
        "third": random.uniform(2300, 3200, frames),
        "loud": random.uniform(0.2, 1.0, frames) * (random.random(frames) > 0.2),
    }
    by_frame = {name: values[syllables] for name, values in drawn.items()}
    wander = np.cumsum(random.normal(0, 0.02, frames))
    pitch_hz = random.uniform(95, 220) * np.exp(np.clip(wander - wander.mean(), -0.3, 0.3))
    at = np.arange(samples) / frame
    every_frame = np.arange(frames)
    pitch = np.interp(at, every_frame, pitch_hz)
    turns = np.cumsum(pitch) / SAMPLE_RATE_HZ
    sound = np.zeros(samples)
    for harmonic in range(1, 36):
        hz = harmonic * pitch_hz
        gain = sum(
            weight / (1 + ((hz - by_frame[name]) / width_hz) ** 2)
            for name, weight, width_hz in (
                ("first", 1.0, 60.0), ("second", 0.6, 90.0), ("third", 0.3, 130.0),
            )
        )  # fmt: skip
        gain = gain * by_frame["loud"] * (hz < SAMPLE_RATE_HZ / 2)
        sound += np.interp(at, every_frame, gain) * np.sin(2 * np.pi * harmonic * turns)
    return sound / max(float(np.sqrt(np.mean(sound**2))), 1e-12)


def added(waveform: Waveform, other: NDArray[np.float64], ratio_db: float) -> Waveform:
    """waveform plus `other` (rms 1), ratio_db below it in mean power; silence stays silence."""
    rms = float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64))))
    return (waveform + other * rms * 10 ** (-ratio_db / 20)).astype(np.float32)


def with_noise(ratio_db: float) -> Apply:
    """Noise that falls by 3 dB an octave, as roads and rooms have it."""
    return lambda wave, random: added(wave, spectral_noise(len(wave), -3.0, random), ratio_db)


def with_speech(ratio_db: float) -> Apply:
    return lambda wave, random: added(wave, voice(len(wave), random), ratio_db)


def with_codec(codec: Codec, kilobits: int) -> Apply:
    return lambda wave, _: through_codec(wave, codec, kilobits * 1000)


def quieter(by_db: float) -> Apply:
    """Turned down, then in steps of 16 bits, as a recording would be."""
    gain = 10 ** (-by_db / 20)
    return lambda wave, _: (np.round(wave * gain * 32768) / 32768).astype(np.float32)


def clipped(share: float) -> Apply:
    """Driven so far that this share of the samples is at full scale."""

    def apply(wave: Waveform, _: Random) -> Waveform:
        peak = float(np.quantile(np.abs(wave), 1 - share))
        return np.clip(wave / max(peak, 1e-6), -1.0, 1.0).astype(np.float32)

    return apply


def from_afar(low_pass_hz: float, direct_db: float, ratio_db: float) -> Apply:
    """Second-order roll-off above low_pass_hz, a room that decays within 0.5 s and is direct_db
    below the direct sound, noise ratio_db below both."""

    def apply(wave: Waveform, random: Random) -> Waveform:
        length = 1 << (len(wave) + SAMPLE_RATE_HZ // 2 - 1).bit_length()
        tail = random.standard_normal(SAMPLE_RATE_HZ // 2)
        tail *= np.exp(-6.9 * np.arange(len(tail)) / len(tail))
        tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(tail**2))
        response = np.concatenate([[1.0], tail[1:]])
        frequency = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
        dulled = 1 / (1 + (frequency / low_pass_hz) ** 2)
        bins = np.fft.rfft(wave, length) * np.fft.rfft(response, length) * dulled
        heard = np.fft.irfft(bins, length)[: len(wave)].astype(np.float32)
        return added(heard, spectral_noise(len(wave), -3.0, random), ratio_db)

    return apply


def _levels(
    apply: Callable[[float], Apply], levels: Sequence[float], unit: str
) -> list[Disturbance]:
    return [Disturbance(f"{level:g} {unit}", apply(level)) for level in levels]


DISTURBANCES: Mapping[str, Sequence[Disturbance]] = {
    "noise": _levels(with_noise, (20, 10, 5, 0), "dB"),
    "speech": _levels(with_speech, (10, 5, 0), "dB"),
    "distance": [
        Disturbance("near", from_afar(6000, 10, 30)),
        Disturbance("yard", from_afar(4000, 3, 20)),
        Disturbance("street", from_afar(2500, -3, 10)),
    ],
    "opus": [Disturbance(f"{k} kbit/s", with_codec("opus", k)) for k in (24, 12)],
    "aac": [Disturbance(f"{k} kbit/s", with_codec("aac", k)) for k in (32, 16)],
    "mp3": [Disturbance("32 kbit/s", with_codec("mp3", 32))],
    "quiet": _levels(quieter, (20, 40), "dB down"),
    "clipping": [Disturbance(f"{100 * s:g} %", clipped(s)) for s in (0.01, 0.1)],
}
"""By condition, from mild to harsh. Ratios are of the whole clip over what is added to it."""
