"""People: speech and music that are only like them, steps, doors, a hand on the phone."""

import numpy as np

from tingzhen.datasets.synthesis.filters import (
    Wave,
    at_level,
    convolved,
    decibels,
    noise,
    slow_noise,
)
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.pulses import fraction, random_ringing, ringing, sine, train

# First two formants in Hz of a, e, i, o, u (Peterson and Barney 1952, men).
_VOWELS_HZ = ((730, 1090), (530, 1840), (270, 2290), (570, 840), (300, 870))


def speech(random: np.random.Generator, samples: int) -> Wave:
    """A glottal pulse train of 85 to 260 Hz through three moving formants in syllables (3 to 6 a
    second), with fricatives between (Fant, Acoustic Theory of Speech Production)."""
    at = np.arange(samples)
    pitch_hz = random.uniform(85, 260) * np.exp(0.15 * slow_noise(random, samples, 2.5))
    turns = np.cumsum(pitch_hz.astype(np.float64)) / SAMPLE_RATE_HZ
    syllables_hz = random.uniform(3, 6)
    count = int(samples / SAMPLE_RATE_HZ * syllables_hz) + 2
    position = np.cumsum(random.uniform(0.6, 1.4, count)) * SAMPLE_RATE_HZ / syllables_hz
    vowel = random.integers(0, len(_VOWELS_HZ), count)
    size = random.uniform(0.9, 1.25)  # of the vocal tract; women and children are higher
    buzz = np.exp(-fraction(turns) * np.float32(random.uniform(5, 12)))
    buzz -= buzz.mean()
    made = np.zeros(samples, np.float32)
    # Each formant is a band of the buzz around a moving centre: a tone with the pitch's own decay.
    phase = fraction(turns)
    for formant in range(3):
        at_hz = [2600.0 * size if formant == 2 else _VOWELS_HZ[v][formant] * size for v in vowel]
        centre_hz = np.interp(at, position, at_hz).astype(np.float32)
        since_s = phase / pitch_hz
        bandwidth_hz = (70, 110, 180)[formant]
        ring = np.sin(np.float32(2 * np.pi) * centre_hz * since_s)
        made += (
            ring
            * np.exp(-np.float32(np.pi * bandwidth_hz) * since_s)
            * np.float32((1.0, 0.5, 0.25)[formant])
        )
    voiced = random.choice([0.0, 1.0], count, p=[0.2, 0.8]) * random.uniform(0.4, 1, count)
    pause = random.random(count) < random.uniform(0.05, 0.4)
    envelope = np.interp(at, np.repeat(position, 2) + np.tile([-900, 900], count),
                         np.repeat(voiced * ~pause, 2)).astype(np.float32)  # fmt: skip
    made = made * envelope + 0.02 * buzz * envelope
    hissing = np.interp(at, position, ((voiced == 0) & ~pause) * random.uniform(0.2, 1, count))
    hiss = noise(random, samples, [800, 3500, 6000, 8000], [-40, -5, 0, -3])
    heard: Wave = made + 0.25 * hiss * hissing.astype(np.float32)
    return heard


def babble(random: np.random.Generator, samples: int) -> Wave:
    """A few voices further off."""
    made = np.zeros(samples, np.float32)
    for _ in range(int(random.integers(2, 5))):
        made += at_level(speech(random, samples), random.uniform(0.4, 1.0))
    return made


def music(random: np.random.Generator, samples: int) -> Wave:
    """Chords of plucked or held tones in equal temperament, a bass, drums on a beat of 70 to 160 a
    minute."""
    beat_s = 60 / random.uniform(70, 160)
    at_s = np.arange(samples) / SAMPLE_RATE_HZ
    beat = (at_s / beat_s).astype(np.int64)
    root_hz = 110 * 2 ** (random.integers(0, 12) / 12)
    steps = random.choice([0, 2, 3, 5, 7, 8, 10], size=int(beat[-1] / 4) + 1)
    base_hz = root_hz * 2.0 ** (steps[beat // 4] / 12)
    turns = np.cumsum(base_hz) / SAMPLE_RATE_HZ
    decay = np.float32(random.choice([0.3, 3.0, 8.0]))
    held = np.exp(-decay * ((at_s / beat_s) % 1).astype(np.float32))
    third = random.choice([1.2, 1.25])
    made = np.zeros(samples, np.float32)
    for ratio in (0.5, 1.0, third, 1.5, 2.0):
        for harmonic in range(1, int(random.integers(2, 5))):
            made += sine(turns * ratio * harmonic) * held / np.float32(harmonic)
    if random.random() < 0.7:
        made += _drums(random, samples, beat_s) * decibels(random.normal(8, 4))
    return made


def _drums(random: np.random.Generator, samples: int, beat_s: float) -> Wave:
    marks = np.arange(0, samples, beat_s / 2 * SAMPLE_RATE_HZ)
    ones = np.ones(len(marks))
    kick = ringing([55, 90], [3, 3], [1, 0.5], length_s=0.2)
    time = np.arange(1600)
    hat = (random.standard_normal(1600) * np.exp(-time / 200)).astype(np.float32)
    snare = (random.standard_normal(1600) * np.exp(-time / 500)).astype(np.float32)
    made = convolved(train(samples, marks[::4], ones[::4]), kick)
    made += 0.15 * convolved(train(samples, marks, ones), np.diff(hat, prepend=0))
    return made + 0.3 * convolved(train(samples, marks[2::4], ones[2::4]), snare)


def footsteps(random: np.random.Generator, samples: int) -> Wave:
    """1.5 to 2.3 a second: a thud of 60 to 400 Hz and a scrape."""
    every = SAMPLE_RATE_HZ / random.uniform(1.5, 2.3)
    marks = np.arange(random.uniform(0, every), samples, every)
    marks = marks + random.normal(0, 0.04 * every, len(marks))
    thud = random_ringing(random, 60, 500, modes=4, quality=(1.5, 5), length_s=0.12)
    scrape = random.standard_normal(len(thud)) * np.exp(-np.arange(len(thud)) / 500)
    kernel = at_level(thud, 1.0) + random.uniform(0.1, 0.7) * scrape.astype(np.float32)
    return convolved(train(samples, marks, np.exp(random.normal(0, 0.3, len(marks)))), kernel)


def door(random: np.random.Generator, samples: int) -> Wave:
    """A car door or a lid falls shut: a latch click, then a thud of 50 to 300 Hz."""
    count = int(random.integers(1, 4))
    marks = random.uniform(0, samples, count)
    thud = at_level(random_ringing(random, 50, 300, modes=6, quality=(2, 8), length_s=0.25), 1.0)
    latch = at_level(
        random_ringing(random, 900, 6000, modes=8, quality=(5, 25), length_s=0.25), 1.0
    )
    kernel = thud + decibels(random.normal(-8, 5)) * latch
    slam = train(samples, marks, random.uniform(0.5, 1, count))
    return convolved(slam, kernel) + noise(random, samples, [50, 8000], [0, -40]) * np.float32(1e-3)


def handling(random: np.random.Generator, samples: int) -> Wave:
    """The hand moves on the case of the phone: rustle, rubs and knocks, 50 Hz to 4 kHz."""
    rubs = np.clip(slow_noise(random, samples, random.uniform(3, 12)) - 0.8, 0, None)
    made = noise(random, samples, [50, 300, 4000, 8000], [-5, 0, -12, -30]) * rubs
    count = random.poisson(2)
    kernel = random_ringing(random, 80, 2500, modes=6, quality=(1.5, 6), length_s=0.05)
    knocks = train(samples, random.uniform(0, samples, count), np.exp(random.normal(0, 0.6, count)))
    heard: Wave = made + at_level(convolved(knocks, kernel), 0.2)
    return heard
