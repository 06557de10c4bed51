"""A combustion engine that is well: pulses of gas, rattle of mechanics and the whine of belts.

Everything is locked to the crank. A four-stroke engine fires cylinders / 2 times a revolution; the
gas pulses of unlike cylinders give the half orders (Heywood, Internal Combustion Engine
Fundamentals, ch. 9; Thompson and Dixon in Fahy and Walker, Advanced Applications in Acoustics).
Healthy engines are drawn rough, tinny and clattery on purpose: a recogniser that hears such
recordings as healthy cannot take every pulsation for a fault.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.accessories import accessory_bins, starter_sound
from tingzhen.datasets.synthesis.filters import (
    Spectrum,
    Wave,
    decibels,
    fast_length,
    gains,
    heard_level,
    slow_noise,
    spectrum,
    waveform,
)
from tingzhen.datasets.synthesis.motion import Motion
from tingzhen.datasets.synthesis.pulses import (
    crossings,
    fraction,
    lookup,
    random_ringing,
    ringing,
    train,
)
from tingzhen.datasets.synthesis.speeds import FIRING_FROM_RPM

_TABLE = 512


@dataclass(frozen=True, slots=True, eq=False)
class _Beat:
    """The firings of a motion: index (n,) of the current one, phase (n,) 0..1 within it, the
    sample position of each whole firing, and each one's strength (count,)."""

    index: NDArray[np.int32]
    phase: NDArray[np.float32]
    marks: NDArray[np.int64]
    positions: NDArray[np.float64]
    strengths: NDArray[np.float32]


def firing_count(motion: Motion) -> int:
    """How many firings a motion has; firing k happens at crank_rev = 2 k / cylinders, and is that
    of cylinder k modulo `cylinders` in firing order. 0 where no engine is."""
    if motion.cylinders == 0:
        return 0
    return int(motion.crank_rev[-1] * motion.cylinders / 2) + 1


def engine_sound(
    motion: Motion,
    random: np.random.Generator,
    *,
    cylinder_gain: NDArray[np.floating] | None = None,
) -> Wave:
    """float32 (n,), heard level about 1 while it runs; silence where there is no running engine.

    cylinder_gain: (firing_count(motion),) factors on the strength of each firing, 0 for one that
    fails; the same generator state gives the same engine with and without it.
    """
    samples = len(motion)
    if motion.cylinders == 0 or motion.rpm.max() < 50:
        return np.zeros(samples, np.float32)
    length = fast_length(samples + 2048)
    beat = _beat(motion, random, cylinder_gain)
    quiet = np.clip(motion.rpm / 1000, 0.05, 8).astype(np.float32)
    # Noise rises by 30 dB (diesel) to 50 dB (petrol) with ten times the speed (Priede 1975).
    power = random.uniform(0.9, 1.6) if motion.powertrain == "diesel" else random.uniform(1.1, 2.2)
    rising = quiet ** np.float32(power) * np.clip(motion.rpm / 60, 0, 1).astype(np.float32)
    parts = [
        (_gas(motion, beat, random, rising, length), random.normal(0, 5)),
        (_flow(motion, beat, random, rising, length), random.normal(-5, 5)),
        (_mechanics(motion, beat, random, rising, length), random.normal(0, 4)),
        (_combustion_knocks(motion, beat, random, length), _clatter_db(motion, random)),
        (_ticks(motion, random, length), random.normal(-8, 6)),
        (accessory_bins(motion, random, length), random.normal(-17, 6)),
    ]
    total = np.zeros(length // 2 + 1, np.complex64)
    for bins, level_db in parts:
        level = heard_level(bins, length, samples)
        if level > 1e-12:
            total += bins * np.float32(decibels(level_db) / level)
    scale = np.float32(1 / max(heard_level(total, length, samples), 1e-12))
    made = waveform(total, length, samples) * scale
    starter = starter_sound(motion, random)
    if starter is not None:
        made += starter * decibels(random.normal(-1, 4))
    return made


def _beat(
    motion: Motion, random: np.random.Generator, cylinder_gain: NDArray[np.floating] | None
) -> _Beat:
    firing = motion.crank_rev * (motion.cylinders / 2)
    count = firing_count(motion)
    # Cylinders differ by some per cent to, with unequal pipes, a third; cycles at idle vary by
    # 3 to 15 % in indicated work (Heywood 9.4), less under load.
    unlike = random.choice([0.03, 0.1, 0.3]) * random.standard_normal(motion.cylinders)
    varied = random.uniform(0.03, 0.15) * random.standard_normal(count)
    strength = 1 + np.resize(unlike, count) + varied
    if cylinder_gain is not None:
        strength = strength * cylinder_gain
    marks = np.arange(int(np.ceil(firing[0])), count)
    positions = crossings(firing, marks.astype(np.float64))
    rpm = motion.rpm[positions.astype(np.int64).clip(0, len(firing) - 1)] if len(marks) else 0.0
    fires = np.zeros(count)
    # Cranked or running down, a cylinder only breathes: about a tenth of the pulse.
    fires[marks] = 0.1 + 0.9 * np.clip((np.asarray(rpm) - FIRING_FROM_RPM + 60) / 60, 0, 1)
    if len(marks):
        fires[: marks[0]] = fires[marks[0]]
    strength = np.clip(strength * fires, 0, 3)
    return _Beat(
        firing.astype(np.int32), fraction(firing), marks, positions, strength.astype(np.float32)
    )


def _pulse_table(random: np.random.Generator) -> Wave:
    """One firing interval of gas pressure: steep blow-down, then under-pressure; zero mean."""
    at = np.arange(_TABLE) / _TABLE
    width = random.uniform(0.06, 0.3)
    pulse = (at / width) * np.exp(1 - at / width)
    second = (at - 0.5) % 1.0
    pulse -= random.uniform(0.2, 0.8) * (second / 0.2) * np.exp(1 - second / 0.2)
    heard: Wave = (pulse - pulse.mean()).astype(np.float32)
    return heard


def _gas(
    motion: Motion, beat: _Beat, random: np.random.Generator, rising: Wave, length: int
) -> Spectrum:
    """Exhaust and intake pulses through their pipes. Odd quarter-wave modes of a 0.6 to 3.5 m pipe
    at 340 to 520 m/s (hot gas), qualities 3 to 12; above about 400 Hz a silencer takes 6 to 14 dB
    an octave (Munjal, Acoustics of Ducts and Mufflers)."""
    load = (0.35 + 0.65 * motion.load).astype(np.float32)
    pulses = lookup(_pulse_table(random), beat.phase) * beat.strengths[beat.index] * rising * load
    first_hz = random.uniform(340, 520) / (4 * random.uniform(0.6, 3.5))
    modes_hz = first_hz * (2 * np.arange(6) + 1) * random.normal(1, 0.03, 6)
    kernel = ringing(
        modes_hz,
        random.uniform(3, 12, 6),
        random.uniform(0.0, 0.12) * random.uniform(0.3, 1, 6),
        length_s=0.12,
    )
    kernel[0] += 1.0
    slope = random.uniform(6, 14)
    corner_hz = random.uniform(150, 600)
    silencer = gains(length, [corner_hz, 8000], [0, -slope * np.log2(8000 / corner_hz)])
    bins: Spectrum = spectrum(pulses, length) * spectrum(kernel, length) * silencer
    return bins


def _flow(
    motion: Motion, beat: _Beat, random: np.random.Generator, rising: Wave, length: int
) -> Spectrum:
    """Rushing of intake and exhaust gas, in puffs: broad, 150 to 1500 Hz centre."""
    centre_hz = np.exp(random.uniform(np.log(150), np.log(1500)))
    rush = random.standard_normal(len(motion), dtype=np.float32)
    colour = gains(length, [30, centre_hz, 8000], [-20, 0, -random.uniform(15, 40)])
    depth = np.float32(random.uniform(0.2, 0.9))
    puffs = 1 - depth + depth * (beat.strengths[beat.index] * np.exp(-4 * beat.phase) * 2)
    load = np.clip(0.2 + motion.load, 0, 1.2).astype(np.float32)
    bins: Spectrum = spectrum(rush * puffs * load * rising, length) * colour
    return bins


def _mechanics(
    motion: Motion, beat: _Beat, random: np.random.Generator, rising: Wave, length: int
) -> Spectrum:
    """Gears, chain, valve train and piston slap as noise that swells with the crank: two periods
    of the crank make one pattern. Structure-borne noise peaks at 0.5 to 3 kHz (Fahy and Walker)."""
    points = int(random.choice([8, 12, 24, 48]))
    knots = np.abs(random.standard_normal(points)) ** random.uniform(0.5, 2.0)
    pattern = np.interp(
        np.arange(_TABLE) * points / _TABLE, np.arange(points + 1), [*knots, knots[0]]
    )
    depth = random.uniform(0.1, 0.8)
    pattern = (1 - depth + depth * pattern / pattern.mean()).astype(np.float32)
    peak_hz = np.exp(random.uniform(np.log(400), np.log(3000)))
    floor = random.standard_normal(len(motion), dtype=np.float32)
    colour = gains(
        length,
        [50, peak_hz / 2, peak_hz, 2 * peak_hz, 8000],
        [-random.uniform(5, 25), random.uniform(-8, 0), 0, random.uniform(-8, 0),
         -random.uniform(8, 35)],
    )  # fmt: skip
    swell = lookup(pattern, fraction(motion.crank_rev / 2)) * rising
    body = random_ringing(random, 200, 6500, modes=30, quality=(3, 20), length_s=0.04)
    body *= np.float32(random.uniform(0.0, 0.8) / np.sqrt(float(np.dot(body, body)) + 1e-9))
    body[0] += 1.0
    slow = 1 + 0.08 * slow_noise(random, len(motion), 5)
    bins: Spectrum = spectrum(floor * swell * slow, length) * spectrum(body, length) * colour
    return bins


def _clatter_db(motion: Motion, random: np.random.Generator) -> float:
    """Combustion knocks beside the mechanics: loud in diesels, more so when cold; petrol engines
    with direct injection come close, others lie 10 dB lower."""
    if motion.powertrain == "diesel":
        return float(random.normal(2, 4) + 3 * (1 - motion.warmth))
    return float(random.normal(-11, 6))


def _combustion_knocks(
    motion: Motion, beat: _Beat, random: np.random.Generator, length: int
) -> Spectrum:
    """The steep pressure rise strikes the block at each firing; it rings at 0.8 to 4 kHz for some
    milliseconds (Priede; Zhao and Reinhart SAE 1999-01-2268 on diesel clatter)."""
    kernel = random_ringing(
        random, 700, 4200, modes=int(random.integers(10, 40)), quality=(3, 18), length_s=0.025
    )
    marks = beat.marks
    unlike = np.exp(random.normal(0, random.uniform(0.05, 0.5), motion.cylinders))
    varied = np.exp(random.normal(0, random.uniform(0.1, 0.5), len(marks)))
    strengths = beat.strengths[marks] * unlike[marks % motion.cylinders] * varied
    jitter = random.normal(0, random.uniform(0.5, 6.0), len(marks))  # samples of 1/16 ms
    struck = train(len(motion), beat.positions + jitter, strengths)
    return spectrum(struck, length) * spectrum(kernel, length)


def _ticks(motion: Motion, random: np.random.Generator, length: int) -> Spectrum:
    """Injectors of direct injection, valves closing: light ticks at 2 to 7.5 kHz, one or two a
    cylinder and cycle, of much the same strength. Ticks of a healthy engine are small and even."""
    per_cycle = motion.cylinders * int(random.integers(1, 3))
    cycle = motion.crank_rev / 2 * per_cycle
    marks = np.arange(int(np.ceil(cycle[0])), int(cycle[-1]) + 1)
    kernel = random_ringing(
        random, 2000, 7500, modes=int(random.integers(6, 24)), quality=(5, 30), length_s=0.015
    )
    unlike = np.exp(random.normal(0, 0.25, per_cycle))
    varied = np.exp(random.normal(0, 0.2, len(marks)))
    jitter = random.normal(0, 2.0, len(marks))
    positions = crossings(cycle, marks.astype(np.float64)) + jitter
    struck = train(len(motion), positions, unlike[marks % per_cycle] * varied)
    return spectrum(struck, length) * spectrum(kernel, length)
