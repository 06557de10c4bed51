"""An electric drive that is well: motor and gear orders, the inverter's carrier, pump and fan.

Sources: Gieras, Wang and Lai, Noise of Polyphase Electric Motors (radial force orders are multiples
of twice the pole pairs; slot orders; carrier side bands); Holmes and Lipo, Pulse Width Modulation
(side bands at carrier +- even multiples of the electrical frequency around odd carrier harmonics).
"""

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, at_level, decibels, noise, slow_noise
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion
from tingzhen.datasets.synthesis.pulses import sine

_HIGHEST_HZ = 7400.0
_HYBRID_RATIO = 9.0


def electric_sound(motion: Motion, random: np.random.Generator) -> Wave:
    """float32 (n,), root mean square about 1 while anything runs. The motor of an electric car
    turns at rpm; that of a hybrid is geared to the wheels, 9 to 1."""
    if motion.powertrain == "electric":
        turns, rpm = motion.crank_rev, motion.rpm
    else:
        turns = motion.wheel_rev * _HYBRID_RATIO
        rpm = motion.speed_kmh / 3.6 / 2.0 * 60 * _HYBRID_RATIO
    samples = len(motion)
    made = np.zeros(samples, np.float32)
    moving = rpm > 1
    if moving.any():
        made += _motor(random, turns, rpm, motion) * moving
    made += _auxiliaries(random, samples, running=motion.speed_kmh.max() < 1)
    return at_level(made, 1.0)


def _tone(
    random: np.random.Generator, phase: Wave, frequency_hz: Curve, strength: Wave, level_db: float
) -> Wave:
    made: Wave = phase * strength * (np.abs(frequency_hz) < _HIGHEST_HZ) * decibels(level_db)
    return made


def _motor(
    random: np.random.Generator,
    turns: Curve,
    rpm: Curve,
    motion: Motion,
) -> Wave:
    pole_pairs = int(random.choice([3, 4, 4, 6, 8]))
    slots = int(random.choice([36, 48, 48, 54, 72]))
    load = (0.15 + 0.85 * motion.load).astype(np.float32)
    made = np.zeros(len(motion), np.float32)
    # Torque ripple at 6 k electrical orders, radial force at 2 k; slots; two gear meshes.
    first_teeth = int(random.integers(21, 32))
    second = first_teeth / int(random.integers(60, 85)) * int(random.integers(19, 29))
    orders = (2 * pole_pairs, 6 * pole_pairs, 12 * pole_pairs, slots, first_teeth, second)
    for order in orders:
        tone = _tone(random, sine(turns * order), rpm * (order / 60), load, random.normal(-4, 6))
        made += tone * (1 + 0.15 * slow_noise(random, len(motion), 5))
    # Carriers of series inverters lie at 4 to 12 kHz; those above half the sound's rate are lost.
    carrier_hz = random.uniform(4000, 12000)
    carrier = np.arange(len(motion)) * (carrier_hz / SAMPLE_RATE_HZ)
    level_db = random.normal(-6, 6)
    for side in (-4, -2, 0, 2, 4):
        shifted_hz = carrier_hz + side * pole_pairs * rpm / 60
        tone = sine(carrier + side * pole_pairs * turns)
        made += _tone(random, tone, shifted_hz, load, level_db - 3 * abs(side))
    return made


def _auxiliaries(random: np.random.Generator, samples: int, *, running: bool) -> Wave:
    """Coolant pump and fan: loud beside a standing or charging car, faint otherwise."""
    at = np.arange(samples) / SAMPLE_RATE_HZ
    pump_hz = random.uniform(60, 400)
    made = 0.5 * sine(at * pump_hz) + 0.3 * sine(at * pump_hz * int(random.integers(2, 8)))
    made += noise(random, samples, [80, random.uniform(300, 1500), 8000], [-12, 0, -25])
    return at_level(made, float(decibels(random.normal(-3 if running else -14, 4))))
