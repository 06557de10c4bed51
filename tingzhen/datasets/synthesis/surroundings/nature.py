"""Wind, rain and animals. Each function gives float32 (samples,) at no particular level."""

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, convolved, decibels, noise, slow_noise
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.pulses import random_ringing, sine, train


def wind(random: np.random.Generator, samples: int) -> Wave:
    """Turbulence at the microphone: falls by 5 to 12 dB an octave from 20 to 80 Hz, in gusts
    (Morgan and Raspet, J. Acoust. Soc. Am. 1992)."""
    slope = random.uniform(5, 12)
    made = noise(random, samples, [random.uniform(20, 80), 8000], [0, -slope * 7])
    gusts = np.exp(0.7 * slow_noise(random, samples, random.uniform(0.5, 4)))
    heard: Wave = made * gusts
    return heard


def rain(random: np.random.Generator, samples: int) -> Wave:
    """Many drops, 1 to 8 kHz, over a hiss."""
    drops = random.poisson(random.uniform(30, 800) * samples / SAMPLE_RATE_HZ)
    struck = train(samples, random.uniform(0, samples, drops), np.exp(random.normal(0, 0.8, drops)))
    kernel = random_ringing(random, 800, 7000, modes=8, quality=(3, 15), length_s=0.01)
    hiss = noise(random, samples, [100, 1000, 8000], [-20, 0, random.uniform(-15, 0)])
    patter = convolved(struck, kernel)
    return patter / np.float32(patter.std() + 1e-9) + hiss * decibels(random.normal(-3, 6))


def birds(random: np.random.Generator, samples: int) -> Wave:
    """Phrases of chirps: sweeps within 2 to 7 kHz, 30 to 250 ms, often repeated (Catchpole and
    Slater, Bird Song)."""
    made = np.zeros(samples, np.float32)
    for _ in range(int(random.integers(1, 4))):
        low_hz, span_hz = random.uniform(1800, 4500), random.uniform(-1500, 2500)
        length = int(random.uniform(0.03, 0.25) * SAMPLE_RATE_HZ)
        chirp = _swept(length, low_hz, low_hz + span_hz, wobble=random.uniform(0, 40))
        every = int(length * random.uniform(1.2, 3))
        begin = int(random.uniform(-0.3, 0.9) * samples)
        for number in range(int(random.integers(2, 14))):
            _add(made, chirp * np.float32(random.uniform(0.6, 1)), begin + number * every)
    return made + noise(random, samples, [100, 8000], [0, -20]) * np.float32(0.01)


def crickets(random: np.random.Generator, samples: int) -> Wave:
    """A carrier of 2.5 to 6 kHz in pulses, 15 to 60 a second, grouped (Gerhardt and Huber)."""
    at = np.arange(samples) / SAMPLE_RATE_HZ
    pulse = np.clip(sine(at * random.uniform(15, 60)) + random.uniform(-0.6, 0.8), 0, None)
    group = np.clip(sine(at * random.uniform(0.5, 4)) + random.uniform(-0.3, 1.2), 0, 1)
    carrier_hz = random.uniform(2500, 6000)
    heard: Wave = sine(at * carrier_hz) * pulse * group
    return heard


def dog(random: np.random.Generator, samples: int) -> Wave:
    """Barks: 150 to 250 ms, harmonics of a falling 250 to 900 Hz with noise, formants about 1 kHz
    (Yin and McCowan, Anim. Behav. 2004)."""
    made = np.zeros(samples, np.float32)
    length = int(random.uniform(0.12, 0.25) * SAMPLE_RATE_HZ)
    part = np.arange(length) / length
    base_hz = random.uniform(250, 900)
    turns = np.cumsum(base_hz * (1.1 - 0.4 * part)) / SAMPLE_RATE_HZ
    bark = np.zeros(length, np.float32)
    for harmonic in range(1, 8):
        bark += sine(turns * harmonic) * np.float32(
            np.exp(-(((harmonic * base_hz - 1000) / 900) ** 2))
        )
    bark += 0.4 * random.standard_normal(length, dtype=np.float32)
    bark *= (np.sin(np.pi * part) ** 0.5 * np.exp(-2 * part)).astype(np.float32)
    at = random.uniform(0, 0.8) * samples
    for _ in range(int(random.integers(1, 9))):
        _add(made, bark * np.float32(random.uniform(0.6, 1)), int(at))
        at += random.uniform(0.25, 1.5) * SAMPLE_RATE_HZ
    return made


def _swept(length: int, from_hz: float, to_hz: float, *, wobble: float) -> Wave:
    part = np.linspace(0, 1, length)
    frequency_hz = from_hz + (to_hz - from_hz) * part + 300 * np.sin(wobble * part)
    window = np.sin(np.pi * part).astype(np.float32)
    return sine(np.cumsum(np.clip(frequency_hz, 500, 7500)) / SAMPLE_RATE_HZ) * window


def _add(made: Wave, part: Wave, begin: int) -> None:
    """Add `part` at `begin`, as far as it lies inside."""
    first, last = max(begin, 0), min(begin + len(part), len(made))
    if last > first:
        made[first:last] += part[first - begin : last - begin]
