"""Workshop tools, fans, other traffic and small engines."""

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
from tingzhen.datasets.synthesis.pulses import fraction, random_ringing, sine, train


def _switched(random: np.random.Generator, samples: int) -> Wave:
    """0 or 1 with soft edges: a tool is used in spells of 0.3 to 4 s."""
    points, value, at, edges = [0.0], float(random.random() < 0.6), 0.0, [0.0]
    edges = [value]
    while at < samples:
        at += random.uniform(0.3, 4) * SAMPLE_RATE_HZ
        points += [at, at + 0.08 * SAMPLE_RATE_HZ]
        edges += [value, 1 - value]
        value = 1 - value
    shape: Wave = np.interp(np.arange(samples), points, edges).astype(np.float32)
    return shape if shape.max() > 0 else 1 - shape


def drill(random: np.random.Generator, samples: int) -> Wave:
    """Universal motor at 8,000 to 20,000 rpm through gears: tones with harmonics, brush noise."""
    used = _switched(random, samples)
    base_hz = (
        random.uniform(130, 330) * (0.4 + 0.6 * used) * (1 + 0.02 * slow_noise(random, samples, 6))
    )
    turns = np.cumsum(base_hz.astype(np.float64)) / SAMPLE_RATE_HZ
    made = np.zeros(samples, np.float32)
    for harmonic in (1, 2, 3, 6, int(random.integers(7, 14))):
        made += sine(turns * harmonic) * decibels(random.normal(-6, 5))
    made += noise(random, samples, [200, 1500, 6000, 8000], [-15, 0, -6, -20])
    return made * used


def impact_wrench(random: np.random.Generator, samples: int) -> Wave:
    """Air motor hiss and 15 to 30 metallic blows a second."""
    used = _switched(random, samples)
    every = SAMPLE_RATE_HZ / random.uniform(15, 30)
    marks = np.arange(0, samples, every) + random.normal(0, 30, int(np.ceil(samples / every)))
    kernel = random_ringing(random, 800, 6500, modes=12, quality=(10, 60), length_s=0.04)
    blows = train(samples, marks, np.exp(random.normal(0, 0.3, len(marks))))
    made = at_level(convolved(blows, kernel), 1.0)
    return (made + 0.4 * noise(random, samples, [300, 3000, 8000], [-20, 0, -4])) * used


def grinder(random: np.random.Generator, samples: int) -> Wave:
    """Angle grinder, 9,000 to 12,000 rpm, bevel gear whine, and the screech of cutting."""
    used = _switched(random, samples)
    turns = (
        np.cumsum(random.uniform(150, 200) * (0.7 + 0.3 * used.astype(np.float64))) / SAMPLE_RATE_HZ
    )
    made = sine(turns) + sine(turns * int(random.integers(9, 14))) + 0.5 * sine(turns * 2)
    cutting = np.clip(0.5 + slow_noise(random, samples, 2), 0, None) * used
    made += 2 * cutting * noise(random, samples, [500, 3500, 8000], [-25, 0, -5])
    heard: Wave = made * (0.1 + used)
    return heard


def compressor(random: np.random.Generator, samples: int) -> Wave:
    """Piston compressor, 8 to 25 strokes a second, with valve rattle."""
    at = np.arange(samples) / SAMPLE_RATE_HZ
    turns = at * random.uniform(8, 25)
    phase = fraction(turns)
    made = np.exp(-phase * np.float32(random.uniform(3, 12)))
    made = (made - made.mean()) * decibels(random.normal(0, 4))
    rattle = noise(random, samples, [100, random.uniform(300, 2000), 8000], [-15, 0, -25])
    made += rattle * (0.2 + np.exp(-phase * np.float32(random.uniform(2, 15))))
    heard: Wave = made
    return heard


def hammer(random: np.random.Generator, samples: int) -> Wave:
    """Blows on metal, 0.8 to 4 a second; sheet metal rings long, a bolt is dull."""
    every = SAMPLE_RATE_HZ / random.uniform(0.8, 4)
    marks = np.arange(random.uniform(0, every), samples, every)
    marks = marks + random.normal(0, 0.08 * every, len(marks))
    kernel = random_ringing(
        random, 300, 6000, modes=14, quality=(8, random.uniform(20, 200)), length_s=0.3
    )
    blows = train(samples, marks, np.exp(random.normal(0, 0.4, len(marks))))
    return convolved(blows, kernel) + noise(random, samples, [50, 8000], [0, -30]) * np.float32(
        1e-3
    )


def fan_machine(random: np.random.Generator, samples: int) -> Wave:
    """A ventilator or air conditioner: blade tones over broad noise, sometimes with a beat."""
    at = np.arange(samples) / SAMPLE_RATE_HZ
    turns = at * random.uniform(15, 60)
    blades = int(random.integers(3, 12))
    made = noise(
        random, samples, [50, random.uniform(150, 1500), 8000], [-8, 0, -random.uniform(12, 35)]
    )
    for harmonic in (1, blades, 2 * blades):
        made += sine(turns * harmonic) * decibels(random.normal(-8, 6))
    return made * (1 + np.float32(random.uniform(0, 0.3)) * sine(turns))


def traffic(random: np.random.Generator, samples: int) -> Wave:
    """Cars pass at a distance: tyre noise around 1 kHz that swells and fades, over a far rumble."""
    at = np.arange(samples, dtype=np.float32)
    made = noise(random, samples, [40, 200, 8000], [0, -5, -40]) * np.float32(0.4)
    tyres = noise(random, samples, [60, 900, 2500, 8000], [-10, 0, -12, -35])
    swell = np.zeros(samples, np.float32)
    for _ in range(int(random.integers(0, 4))):
        near = random.uniform(0, samples)
        wide = random.uniform(0.3, 2.0) * SAMPLE_RATE_HZ
        swell += np.float32(random.uniform(0.4, 1.5)) / (1 + ((at - near) / wide) ** 2)
    return made + tyres * swell


def small_engine(random: np.random.Generator, samples: int) -> Wave:
    """Lawn mower, chain saw, moped or generator: one cylinder at 2,000 to 9,000 rpm, hardly
    silenced."""
    base_hz = random.uniform(17, 120) * np.exp(
        0.1 * slow_noise(random, samples, random.uniform(0.3, 3))
    )
    turns = np.cumsum(base_hz.astype(np.float64)) / SAMPLE_RATE_HZ
    phase = fraction(turns)
    made = np.exp(-phase * np.float32(random.uniform(4, 20)))
    made = made - made.mean()
    body = random_ringing(random, 150, 3000, modes=8, quality=(2, 10), length_s=0.04)
    made = at_level(convolved(made, body), 1.0)
    rattle = noise(random, samples, [200, 2000, 8000], [-15, 0, -12]) * np.exp(-3 * phase)
    return made + rattle * decibels(random.normal(-4, 5))
