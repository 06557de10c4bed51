"""An engine that does not start: it cranks slowly, cranks without firing, clicks, or gives up.

Each has its own crank, since the motion of a car that does not start stands still. A healthy
starter turns an engine at 180 to 280 rpm; below 60 to 100 rpm it does not fire (Bosch Automotive
Handbook, 2018, starting systems). Every compression stroke slows it: cylinders / 2 times a turn.
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    COMBUSTION,
    ELECTRIC,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.structure import (
    Structure,
    draw_structure,
    log_uniform,
    rub,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, spells, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, phase_of, puffs
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

STANDING = ("start", "parked")


def _cylinders(motion: Motion) -> int:
    return motion.cylinders or 4


def _starter(motion: Motion, random: np.random.Generator, rpm: Curve) -> Curve:
    """A starter that drags the crank at rpm (n,): tooth mesh of 110 to 140 ring-gear teeth, the
    armature 10 to 16 times the crank times a planetary stage, brush noise, and the chuff of each
    compression; all slowed and pressed by it."""
    samples, strokes = len(motion), _cylinders(motion) / 2
    crank = phase_of(rpm / 60)
    angle = 2 * np.pi * strokes * crank
    depth = uniform(random, 0.25, 0.95) * np.clip(180 / np.maximum(rpm, 60), 0.5, 1.6)
    squeeze = 1 + np.clip(depth, 0, 0.95) * np.cos(angle)
    # Speed dips as pressure peaks: the phase runs ahead and behind by depth / angle.
    slowed = crank - 0.3 * np.clip(depth, 0, 0.9) * np.sin(angle) / (2 * np.pi * strokes)
    teeth = float(random.integers(110, 141))
    mesh = harmonics(teeth * slowed, falling(12, uniform(random, 0, 5), random), random)
    armature = harmonics(
        slowed * uniform(random, 40, 75), falling(20, uniform(random, 0, 4), random), random
    )
    brush = noise(
        samples, random, log_uniform(random, 60, 600), log_uniform(random, 3500, 7900),
        uniform(random, -4, 2),
    )  # fmt: skip
    force = mesh / (np.std(mesh) + 1e-9) * uniform(random, 0.1, 1)
    force += armature / (np.std(armature) + 1e-9) * uniform(random, 0.1, 1)
    force += brush * uniform(random, 0.3, 2)
    moving = np.clip(rpm / 60, 0, 1)
    block = draw_structure(
        random, log_uniform(random, 60, 300), log_uniform(random, 4500, 7900), modes=(10, 40),
        damping=(0.01, 0.1), diffuse=(0.3, 0.95), diffuse_s=(0.003, 0.03),
    )  # fmt: skip
    sound = rub(force * np.clip(squeeze, 0.02, None) * moving, block)
    hits = turns(crank, strokes, 0.5)
    chuff = noise(
        samples, random, 40, log_uniform(random, 300, 4000), uniform(random, -7, -1)
    ) * puffs(samples, hits, uneven(len(hits), 2, random), 0.02, log_uniform(random, 0.02, 0.08))
    sound /= np.std(sound) + 1e-9
    chuff *= moving / (np.std(chuff) + 1e-9)
    return sound + uniform(random, 0.1, 1.5) * chuff


def _solenoid(random: np.random.Generator) -> Structure:
    """Plunger against its stop: iron on iron, 0.3 to 7 kHz."""
    return draw_structure(
        random, log_uniform(random, 250, 900), log_uniform(random, 2500, 7900), modes=(5, 14),
        damping=(0.01, 0.07), contact_s=(0.00006, 0.0006),
        diffuse=(0.1, 0.9), diffuse_s=(0.003, 0.04),
    )  # fmt: skip


def _attempts(motion: Motion, random: np.random.Generator) -> Curve:
    """When the key is turned (n,), 0..1: once or a few times, or the clip begins within one."""
    if random.random() < 0.5:
        return np.ones(len(motion))
    return spells(len(motion), random, length_s=(0.8, 5), gap_s=(0.3, 1.5), edge_s=0.05)


def _with_click(motion: Motion, random: np.random.Generator, sound: Curve, key: Curve) -> Curve:
    """The pinion is thrown in as each attempt begins."""
    begins = np.flatnonzero((key[1:] > 0.02) & (key[:-1] <= 0.02)).astype(float)
    levels = uneven(len(begins), 3, random) * uniform(random, 1, 6) * np.std(sound) * 3
    return sound + strike(len(motion), begins, levels, _solenoid(random), random)


def slow_crank(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A weak battery or stiff engine: 40 to 130 rpm, the strokes can be counted."""
    rpm = uniform(random, 40, 130)
    key = _attempts(motion, random)
    curve = rpm * key * drift(len(motion), random, 0.8, 0.08)
    sound = _starter(motion, random, curve) * key
    return fault_sound(_with_click(motion, random, sound, key), crank_rpm=rpm)


def crank_no_fire(motion: Motion, random: np.random.Generator) -> FaultSound:
    """No spark or fuel: cranks briskly at 150 to 300 rpm and never fires."""
    rpm = uniform(random, 150, 300)
    key = _attempts(motion, random)
    curve = rpm * key * drift(len(motion), random, 1.0, 0.03)
    sound = _starter(motion, random, curve) * key
    return fault_sound(_with_click(motion, random, sound, key), crank_rpm=rpm)


def crank_sputter(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Cranks and now and then a cylinder fires, without catching: bangs within the cranking."""
    rpm = uniform(random, 140, 280)
    key = _attempts(motion, random)
    curve = rpm * key * drift(len(motion), random, 0.4, 0.1)
    sound = _starter(motion, random, curve) * key
    strokes = turns(phase_of(curve / 60), _cylinders(motion) / 2, uniform(random, 0, 1))
    fired = strokes[random.random(len(strokes)) < uniform(random, 0.05, 0.4)]
    levels = uneven(len(fired), 5, random) * at(key, fired)
    pipe = draw_structure(
        random, 50, log_uniform(random, 400, 2500), damping=(0.02, 0.12), contact_s=(0.001, 0.005)
    )
    bangs = strike(len(motion), fired, levels, pipe, random)
    bangs *= uniform(random, 1, 5) / (np.abs(bangs).max() + 1e-9) * np.std(sound)
    return fault_sound(_with_click(motion, random, sound + bangs, key), crank_rpm=rpm)


def single_click(motion: Motion, random: np.random.Generator) -> FaultSound:
    """The solenoid throws the pinion and nothing turns: one click as the key is turned, one as it
    is let go, 0.3 to 2 s later; tried again."""
    period_s = uniform(random, 0.8, 3)
    first = uniform(random, 0.02, min(0.6, 0.6 * motion.duration_s))
    at_s = np.arange(first, motion.duration_s, period_s)
    at_s = at_s + random.normal(0, 0.05 * period_s, len(at_s)) * (np.arange(len(at_s)) > 0)
    release = at_s + random.uniform(0.25, 0.6, len(at_s)) * period_s
    positions = np.r_[at_s, release] * SAMPLE_RATE_HZ
    levels = np.r_[uneven(len(at_s), 3, random), 0.4 * uneven(len(at_s), 4, random)]
    sound = strike(len(motion), positions, levels, _solenoid(random), random)
    hum = np.clip(puffs(len(motion), at_s * SAMPLE_RATE_HZ, np.ones(len(at_s)), 0.01, 0.15), 0, 1)
    hum *= noise(len(motion), random, 80, 900, -4) * uniform(random, 0, 0.03)
    return fault_sound(sound + hum, period_s=period_s)


def rapid_click(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Machine-gun clicking: the solenoid pulls in, voltage collapses, it drops out, 4 to 25 times
    a second, each with a pull-in and a drop-out blow; slower as the battery tires."""
    rate = log_uniform(random, 4, 25)
    seconds = np.arange(len(motion)) / SAMPLE_RATE_HZ
    tiring = np.clip(1 - uniform(random, -0.03, 0.08) * seconds, 0.3, 1.5)
    key = _attempts(motion, random)
    phase = phase_of(rate * tiring * drift(len(motion), random, 0.5, 0.05))
    pull = turns(phase)
    drop = turns(phase, 1.0, uniform(random, 0.3, 0.7))
    positions = np.r_[pull, drop]
    levels = np.r_[
        uneven(len(pull), 2, random), uniform(random, 0.1, 0.9) * uneven(len(drop), 3, random)
    ] * at(key, positions)
    sound = strike(len(motion), positions, levels, _solenoid(random), random)
    jerk = puffs(len(motion), pull, at(key, pull), 0.003, log_uniform(random, 0.008, 0.04))
    hum = noise(len(motion), random, 100, log_uniform(random, 1000, 6000), -2) * jerk
    hum *= uniform(random, 0, 0.5) * np.abs(sound).max() / (np.abs(hum).max() + 1e-9)
    return fault_sound(sound + hum, clicks_per_s=rate)


def dying_battery(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Cranks ever slower until it stops against a compression, then clicks."""
    seconds = np.arange(len(motion)) / SAMPLE_RATE_HZ
    begin, end_s = uniform(random, 90, 220), uniform(random, 0.4, 0.9) * motion.duration_s
    rpm = begin * np.clip(1 - seconds / end_s, 0, 1) ** uniform(random, 0.4, 1.2)
    sound = _starter(motion, random, rpm)
    rate = log_uniform(random, 1.5, 12)
    clicks = np.arange(end_s + 0.1, motion.duration_s, 1 / rate) * SAMPLE_RATE_HZ
    levels = uneven(len(clicks), 3, random) * uniform(random, 2, 8) * np.std(sound)
    sound += strike(len(motion), clicks, levels, _solenoid(random), random)
    return fault_sound(sound, begin_rpm=begin, end_s=end_s)


def starter_spin(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn one-way clutch or missing teeth: the motor spins up alone, 4000 to 15,000 rpm, a
    rising whirr, and the engine stands; runs out when the key is let go."""
    key = _attempts(motion, random)
    lag = np.convolve(np.pad(key[::160], (40, 0)), np.ones(41) / 41, "valid")
    speed = np.interp(np.arange(len(motion)), np.arange(len(lag)) * 160, lag)
    top_hz = uniform(random, 4000, 15_000) / 60
    shaft = phase_of(top_hz * speed)
    sound = harmonics(shaft, falling(30, uniform(random, 0, 5), random), random)
    sound = sound / (np.std(sound) + 1e-9)
    sound += uniform(random, 0.2, 2) * noise(len(motion), random, 300, 7000)
    case = draw_structure(random, 250, log_uniform(random, 3000, 7900), modes=(8, 18))
    return fault_sound(_with_click(motion, random, rub(sound * speed, case), key), shaft_hz=top_hz)


def contactor_click(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An electric or hybrid car that does not become ready: main and precharge contactors close
    and fall open again in rows of two to four clunks 0.05 to 0.5 s apart."""
    tries = max(1, int(motion.duration_s / uniform(random, 1.5, 4)))
    first = np.sort(random.uniform(0.02, 0.85, tries)) * len(motion)
    rows = int(random.integers(2, 5))
    gaps = np.cumsum(random.uniform(0.05, 0.5, (tries, rows)), axis=1) * SAMPLE_RATE_HZ
    positions = np.r_[first, (first[:, None] + gaps).ravel()]
    box = draw_structure(
        random, log_uniform(random, 150, 500), log_uniform(random, 1500, 6000),
        contact_s=(0.0001, 0.001),
    )  # fmt: skip
    levels = uneven(len(positions), 4, random)
    return fault_sound(strike(len(motion), positions, levels, box, random), tries=tries)


START_FAILURES = (
    Mechanism("slow_crank", "start_failure", COMBUSTION, STANDING, slow_crank),
    Mechanism("crank_no_fire", "start_failure", COMBUSTION, STANDING, crank_no_fire),
    Mechanism("crank_sputter", "start_failure", COMBUSTION, STANDING, crank_sputter),
    Mechanism("single_click", "start_failure", COMBUSTION, STANDING, single_click),
    Mechanism("rapid_click", "start_failure", COMBUSTION, STANDING, rapid_click),
    Mechanism("dying_battery", "start_failure", COMBUSTION, STANDING, dying_battery),
    Mechanism("starter_spin", "start_failure", COMBUSTION, STANDING, starter_spin),
    Mechanism(
        "contactor_click", "start_failure", ELECTRIC, STANDING, contactor_click
    ),
)  # fmt: skip
