"""Tyres, wind and bumps of a car that drives, as heard in or beside it.

Sources: Sandberg and Ejsmont, Tyre/Road Noise Reference Book (level rises by 30 dB with ten times
the speed, peak at 700 to 1300 Hz outside); wind grows by 60 dB a decade (dipole sources; Blake,
Mechanics of Flow-Induced Sound); cabin boom at 30 to 120 Hz (Harrison, Vehicle Refinement).
"""

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, convolved, decibels, noise, slow_noise
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Motion
from tingzhen.datasets.synthesis.pulses import random_ringing, train


def road_sound(motion: Motion, random: np.random.Generator, *, inside: bool) -> Wave:
    """float32 (n,), root mean square about 1 at 50 km/h; silence where the car stands."""
    samples = len(motion)
    if motion.speed_kmh.max() < 1:
        return np.zeros(samples, np.float32)
    speed = (motion.speed_kmh / 50).astype(np.float32)
    peak_hz = random.uniform(120, 350) if inside else random.uniform(700, 1300)
    tyres = noise(
        random,
        samples,
        [30, peak_hz, 2 * peak_hz, 8000],
        [-random.uniform(0, 15), 0, -random.uniform(3, 9), -random.uniform(30, 55)],
    )
    made = tyres * speed ** np.float32(1.5) * (1 + 0.15 * slow_noise(random, samples, 6))
    if motion.speed_kmh.max() > 40:
        wind = noise(random, samples, [60, 300, 8000], [0, -3, -random.uniform(20, 35)])
        made += wind * speed**3 * decibels(random.normal(-12, 4))
    bumpy: Wave = made + _bumps(motion, random) * decibels(random.normal(0, 5))
    return bumpy


def _bumps(motion: Motion, random: np.random.Generator) -> Wave:
    """Healthy thuds: axle after axle rolls over joints and holes, dull (40 to 250 Hz) and short;
    a wheelbase of 2.4 to 2.9 m sets the time between the two."""
    seconds = motion.duration_s
    wanted = random.poisson(random.choice([0.1, 0.5, 1.5]) * seconds)
    at = random.uniform(0, len(motion), wanted)
    speed_m_s = np.maximum(motion.speed_kmh[at.astype(np.int64)], 0.0) / 3.6
    rolls = speed_m_s > 0.5
    at, speed_m_s = at[rolls], speed_m_s[rolls]
    strengths = np.exp(random.normal(0, 0.5, len(at))) * np.minimum(speed_m_s / 8, 1.5)
    later = at + random.uniform(2.4, 2.9) / np.maximum(speed_m_s, 0.5) * SAMPLE_RATE_HZ
    both = np.concatenate([at, later])
    struck = train(len(motion), both, np.concatenate([strengths, 0.8 * strengths]))
    thud = random_ringing(random, 40, 250, modes=5, quality=(2, 6), length_s=0.12)
    rustle = random.standard_normal(len(thud)) * np.exp(-np.arange(len(thud)) / 250)
    kernel = thud / np.abs(thud).max() * 4 + 0.4 * rustle.astype(np.float32)
    return convolved(struck, kernel.astype(np.float32))
