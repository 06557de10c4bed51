"""What the engine drives besides the wheels: alternator, fan, belt; and its starter."""

import numpy as np

from tingzhen.datasets.synthesis.filters import (
    Spectrum,
    Wave,
    at_level,
    decibels,
    gains,
    noise,
    noise_bins,
    slow_noise,
    spectrum,
)
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Motion
from tingzhen.datasets.synthesis.pulses import sine
from tingzhen.datasets.synthesis.speeds import FIRING_FROM_RPM

_HIGHEST_HZ = 7400.0


def accessory_bins(motion: Motion, random: np.random.Generator, length: int) -> Spectrum:
    """Bins of the alternator's orders, the fan and the belt together, at no particular level."""
    made = np.zeros(len(motion), np.float32)
    # Claw pole alternators have 6 to 8 pole pairs; six-pulse rectifying gives 36 to 48 pulses a
    # turn, pulleys 2.2 to 3.2 to the crank (Bosch Automotive Handbook).
    pulley = random.uniform(2.2, 3.2)
    pulses = int(random.choice([36, 42, 48]))
    for order, level_db in ((pulley * pulses, -6), (pulley * pulses / 2, -14)):
        made += _order(motion, order, random) * decibels(level_db + random.normal(0, 5))
    # An electric radiator fan: 5 to 9 blades at 1800 to 3200 rpm; on in a third of the scenes.
    fan = random.random() < 0.33
    blade_hz = random.uniform(1800, 3200) / 60 * int(random.integers(5, 10))
    turn = np.arange(len(motion)) * (blade_hz / SAMPLE_RATE_HZ)
    middle_hz = random.uniform(200, 1200)
    colour = gains(length, [60, middle_hz, 8000], [-15, 0, -random.uniform(15, 35)])
    colour *= np.float32(0.5 * length / np.sqrt(float(np.dot(colour, colour))))
    tone = sine(turn) + 0.5 * sine(2 * turn)
    level = decibels(random.normal(0, 4)) if fan else np.float32(0.15)
    made += level * tone * decibels(random.normal(-8, 4))
    bins: Spectrum = spectrum(made, length) + noise_bins(random, length, level * colour)
    return bins


def _order(motion: Motion, order: float, random: np.random.Generator) -> Wave:
    """A tone locked to the crank, gone where it would fold over or the engine hardly turns."""
    turns = motion.crank_rev * order
    audible = (motion.rpm * (order / 60) < _HIGHEST_HZ) & (motion.rpm > FIRING_FROM_RPM)
    made: Wave = sine(turns) * audible * (1 + 0.2 * slow_noise(random, len(motion), 4))
    return made


def starter_sound(motion: Motion, random: np.random.Generator) -> Wave | None:
    """Heard level about 1 while it cranks; None where the scene does not begin with the engine off.

    A ring gear of 110 to 140 teeth meshes at 200 rpm with 400 Hz; the motor turns 10 to 14 times as
    fast and slows down at each compression (Bosch Automotive Handbook, starters).
    """
    if motion.rpm[0] > 50 or motion.rpm.max() < 50:
        return None
    turning = np.flatnonzero(motion.rpm > 20)
    fired = np.flatnonzero(motion.rpm > FIRING_FROM_RPM)
    begin = int(turning[0])
    end = int(fired[0]) if len(fired) else len(motion)
    if end <= begin:
        return None
    teeth = int(random.integers(110, 141))
    mesh = motion.crank_rev * teeth
    made = sine(mesh) + decibels(random.normal(-6, 4)) * sine(2 * mesh)
    made += decibels(random.normal(-8, 4)) * sine(mesh / 10)
    made += decibels(random.normal(-3, 4)) * noise(
        random, len(motion), [100, 800, 3000, 8000], [-15, 0, -3, -20]
    )
    compression = sine(motion.crank_rev * (motion.cylinders / 2))
    made *= 1 + np.float32(random.uniform(0.2, 0.6)) * compression
    cranking = np.zeros(len(motion), np.float32)
    cranking[begin:end] = 1
    edge = np.ones(400, np.float32) / 400
    cranking = np.convolve(cranking, edge, mode="same").astype(np.float32)
    made = at_level(made * cranking, 1.0)
    share = (end - begin) / len(motion)
    loud: Wave = made * np.float32(np.sqrt(1 / max(share, 0.02)))
    return loud
