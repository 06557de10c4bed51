"""Sounds that no vehicle makes, generated: what a recogniser must not take for a fault.

Real recordings hold hardly any plain tones, chords or steady noise, so a model that never heard
them answers with whatever fault lies nearest.
"""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip

GENERATED = "generated"
SAMPLE_RATE_HZ = 16_000
COUNT = 60


def generated_sound(kind: int, random: np.random.Generator) -> NDArray[np.float32]:
    """3 s, float32, peak 0.5. kind modulo 5: tone, chord of harmonics, sweep, coloured noise,
    mains hum; each with a little noise."""
    time_s = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    base_hz = float(np.exp(random.uniform(np.log(150), np.log(4000))))
    if kind % 5 == 0:
        sound = np.sin(2 * np.pi * base_hz * time_s)
    elif kind % 5 == 1:
        sound = np.zeros(len(time_s))
        for ratio in (1.0, 1.25, 1.5, 2.0):
            for harmonic in range(1, 5):
                part_hz = min(base_hz, 800.0) * ratio * harmonic
                sound += np.sin(2 * np.pi * part_hz * time_s) / harmonic
        sound *= np.exp(-3.0 * (time_s % 0.5))
    elif kind % 5 == 2:
        rate = random.uniform(-0.8, 0.8)
        sound = np.sin(2 * np.pi * base_hz / rate * np.expm1(rate * time_s) / 2)
    elif kind % 5 == 3:
        spectrum = np.fft.rfft(random.standard_normal(len(time_s)))
        frequency = np.maximum(np.fft.rfftfreq(len(time_s), 1 / SAMPLE_RATE_HZ), 50.0)
        sound = np.fft.irfft(
            spectrum * (frequency / 1000) ** random.uniform(-1.2, 0.3), len(time_s)
        )
    else:
        mains_hz = random.choice([50.0, 60.0])
        sound = sum(np.sin(2 * np.pi * mains_hz * k * time_s) / k for k in (1, 2, 3, 5, 7))
    sound = np.asarray(sound) / np.abs(sound).max()
    sound += random.standard_normal(len(time_s)) * 10 ** random.uniform(-4.0, -1.5)
    scaled: NDArray[np.float32] = (0.5 * sound / np.abs(sound).max()).astype(np.float32)
    return scaled


def write_generated_sounds(folder: Path, *, seed: int, count: int = COUNT) -> list[NoiseClip]:
    """Write WAV files into `folder` and return them as clips of type not_vehicle."""
    folder.mkdir(parents=True, exist_ok=True)
    clips = []
    for number in range(count):
        waveform = generated_sound(number, np.random.default_rng([seed, number]))
        path = folder / f"{number:03d}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes((waveform * 32767).astype("<i2").tobytes())
        clips.append(
            NoiseClip(
                path, frozenset({"not_vehicle"}), f"{GENERATED}_{number}", GENERATED, "",
                negative=True, weak=False,
            )
        )  # fmt: skip
    return clips
