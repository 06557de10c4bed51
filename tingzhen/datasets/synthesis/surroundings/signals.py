"""Signals and plain sounds: beeps, sirens, clocks, tones, sweeps, noise, hum, silence.

Plain sounds matter: a recogniser that never heard them answers with whatever fault lies nearest.
"""

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, convolved, noise, slow_noise
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.pulses import fraction, random_ringing, sine, train


def _seconds(samples: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.arange(samples) / SAMPLE_RATE_HZ


def _log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def beeps(random: np.random.Generator, samples: int) -> Wave:
    """Reversing warners, chimes, alarms: 500 to 4000 Hz, 0.5 to 8 a second; one or two tones."""
    at = _seconds(samples)
    tone_hz = _log_uniform(random, 500, 4000)
    turns = at * random.uniform(0.5, 8)
    switched = fraction(turns) < random.uniform(0.2, 0.7)
    on: Wave = np.convolve(switched, np.full(80, 1 / 80), mode="same").astype(np.float32)
    made: Wave = sine(at * tone_hz)
    if random.random() < 0.4:
        other = sine(at * tone_hz * random.choice([0.75, 0.8, 1.26, 1.5]))
        np.copyto(made, other, where=np.floor(turns) % 2 == 1)
    if random.random() < 0.5:
        made += np.float32(0.3) * np.sign(made)
    return made * on


def siren(random: np.random.Generator, samples: int) -> Wave:
    """Wail and yelp of 500 to 1800 Hz at 0.15 to 4 Hz (SAE J1849), or two tones a fourth apart."""
    at = _seconds(samples)
    rate_hz = random.choice([random.uniform(0.15, 0.5), random.uniform(2, 4)])
    if random.random() < 0.4:
        high = fraction(at * random.uniform(0.4, 1.2)) < 0.5
        frequency_hz = random.uniform(380, 500) * np.where(high, 4 / 3, 1.0)
    else:
        low_hz, high_hz = random.uniform(450, 700), random.uniform(1100, 1800)
        frequency_hz = low_hz + (high_hz - low_hz) * (0.5 - 0.5 * np.cos(2 * np.pi * rate_hz * at))
    turns = np.cumsum(frequency_hz) / SAMPLE_RATE_HZ
    made = sine(turns)
    for harmonic in (2, 3, 4):
        made += sine(turns * harmonic) * np.float32(random.uniform(0, 0.4))
    return made


def clock(random: np.random.Generator, samples: int) -> Wave:
    """Ticks, 1 to 6 a second, tick and tock unlike: clocks, indicators, relays."""
    every = SAMPLE_RATE_HZ / random.choice([1.0, 2.0, 4.0, random.uniform(1.2, 6)])
    marks = np.arange(random.uniform(0, every), samples, every)
    kernel = random_ringing(random, 1500, 7000, modes=6, quality=(5, 30), length_s=0.02)
    other = random_ringing(random, 1500, 7000, modes=6, quality=(5, 30), length_s=0.02)
    ones = np.ones(len(marks))
    made = convolved(train(samples, marks[::2], ones[::2]), kernel)
    made += convolved(train(samples, marks[1::2], ones[1::2]), other)
    return made + noise(random, samples, [50, 8000], [0, -20]) * np.float32(3e-3)


def tone(random: np.random.Generator, samples: int) -> Wave:
    """One steady tone of 100 to 6000 Hz, alone or with harmonics."""
    turns = _seconds(samples) * _log_uniform(random, 100, 6000)
    made = sine(turns)
    return made + np.float32(random.choice([0.0, 0.5])) * sine(2 * turns)


def chord(random: np.random.Generator, samples: int) -> Wave:
    """Tones in simple ratios with harmonics, held or struck."""
    at = _seconds(samples)
    base_hz = _log_uniform(random, 80, 900)
    made = np.zeros(samples, np.float32)
    for ratio in (1.0, 1.25, 1.5, 2.0):
        for harmonic in (1, 2, 3):
            made += sine(at * base_hz * ratio * harmonic) / np.float32(harmonic)
    struck = np.exp(
        -np.float32(random.choice([0.0, 3.0, 8.0])) * fraction(at * random.uniform(0.5, 4))
    )
    heard: Wave = made * struck
    return heard


def sweep(random: np.random.Generator, samples: int) -> Wave:
    """A tone that glides up or down, by up to three octaves, once or again and again."""
    part = fraction(_seconds(samples) / random.uniform(0.5, 6.0))
    octaves = random.uniform(-3, 3)
    frequency_hz = _log_uniform(random, 150, 3500) * 2 ** (octaves * part.astype(np.float64))
    return sine(np.cumsum(np.clip(frequency_hz, 50, 7500)) / SAMPLE_RATE_HZ)


def coloured_noise(random: np.random.Generator, samples: int) -> Wave:
    """Noise of any colour, steady or swelling, sometimes in a narrow band."""
    centre_hz = _log_uniform(random, 100, 6000)
    if random.random() < 0.4:
        narrow = random.uniform(1.05, 2)
        at_hz = [
            centre_hz / narrow / 2,
            centre_hz / narrow,
            centre_hz * narrow,
            centre_hz * narrow * 2,
        ]
        made = noise(random, samples, at_hz, [-40, 0, 0, -40])
    else:
        made = noise(random, samples, [30, 8000], [0, random.uniform(-50, 20)])
    swell = np.float32(random.choice([0.0, 0.5]))
    heard: Wave = made * np.exp(swell * slow_noise(random, samples, 2))
    return heard


def hum(random: np.random.Generator, samples: int) -> Wave:
    """Mains hum of 50 or 60 Hz with its harmonics."""
    turns = _seconds(samples) * random.choice([50.0, 60.0])
    made = np.zeros(samples, np.float32)
    for harmonic in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12):
        made += sine(turns * harmonic) * np.float32(random.uniform(0, 1))
    return made


def silence(random: np.random.Generator, samples: int) -> Wave:
    """Nothing; what the phone then adds is all that is heard."""
    del random
    return np.zeros(samples, np.float32)
