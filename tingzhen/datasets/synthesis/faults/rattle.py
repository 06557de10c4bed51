"""Loose thin parts that chatter: shields, plates, catalyst, chain, things over a rough road.

A part with play on a shaken support bounces irregularly, several times a cycle, once the support's
acceleration exceeds what holds it (Trapp, Chen, Automotive Buzz, Squeak and Rattle, 2012).
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    COMBUSTION,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import (
    crank_hz,
    firings_per_rev,
    running,
    share_of_top,
)
from tingzhen.datasets.synthesis.faults.structure import (
    Structure,
    draw_structure,
    log_uniform,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import (
    at,
    bounces,
    bumps,
    drift,
    jitter,
    spells,
    turns,
    uneven,
)
from tingzhen.datasets.synthesis.faults.tones import noise, phase_of
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")


def _sheet(random: np.random.Generator, low: float, high: float) -> Structure:
    """Thin steel: many lightly damped modes."""
    return draw_structure(
        random, log_uniform(random, low, 2.5 * low), log_uniform(random, high / 2, high),
        modes=(8, 20), damping=(0.003, 0.03), contact_s=(0.00005, 0.0004), diffuse=(0.1, 0.7),
        diffuse_s=(0.003, 0.02),
    )  # fmt: skip


def _chatter(
    motion: Motion, random: np.random.Generator, part: Structure, per_turn: float, level: Curve
) -> Curve:
    """Irregular blows driven at per_turn of the crank: some cycles missed, some with a rebound."""
    missed, rebound = uniform(random, 0.0, 0.5), uniform(random, 0.1, 0.8)
    hits = turns(motion.crank_rev, per_turn, uniform(random, 0, 1))
    hits = hits[random.random(len(hits)) > missed]
    again = hits[random.random(len(hits)) < rebound]
    period = SAMPLE_RATE_HZ / np.maximum(per_turn * at(crank_hz(motion), again), 2)
    again = again + period * random.uniform(0.1, 0.6, len(again))
    hits = jitter(per_turn * crank_hz(motion), hits, uniform(random, 0.03, 0.2), random)
    positions = np.r_[hits, again]
    levels = np.r_[
        uneven(len(hits), uniform(random, 3, 8), random), 0.5 * uneven(len(again), 5, random)
    ]
    return strike(len(motion), positions, levels * at(level, positions), part, random)


def _resonance(motion: Motion, order: float, hz: float, width: float) -> Curve:
    """How strongly a part of natural frequency hz answers to an order of the crank (n,)."""
    ratio = np.maximum(order * motion.rpm / 60, 0.5) / hz
    return 1 / np.sqrt((1 - ratio**2) ** 2 + (width * ratio) ** 2) * width


def heat_shield_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A heat shield with a broken screw buzzes where a firing order meets its own frequency of 20
    to 200 Hz: tinny, 0.5 to 8 kHz, strong in a band of speed only (Wang 2010)."""
    order = firings_per_rev(motion) * float(random.choice([0.5, 1.0, 1.0, 2.0]))
    middle = float(np.median(motion.rpm[motion.rpm > 200])) if (motion.rpm > 200).any() else 800.0
    own_hz = order * middle / 60 * uniform(random, 0.8, 1.6)
    level = _resonance(motion, order, own_hz, uniform(random, 0.15, 0.8)) * running(motion)
    level *= drift(len(motion), random, 0.3, uniform(random, 0.1, 0.6))
    sound = _chatter(motion, random, _sheet(random, 350, 7900), order, level)
    return fault_sound(sound, own_hz=own_hz, order=order)


def loose_plate_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A bracket, cover or bolt shaken at half and first order of the crank knocks irregularly,
    most at idle where the engine rocks (Wang 2010)."""
    order = float(random.choice([0.5, 1.0, 2.0]))
    level = running(motion) * np.clip(1200 / np.maximum(motion.rpm, 500), 0.3, 1.5)
    if random.random() < 0.5:
        level = level * spells(len(motion), random, length_s=(0.3, 3), gap_s=(0.1, 1.5))
    return fault_sound(
        _chatter(motion, random, _sheet(random, 250, 6500), order, level), order=order
    )


def catalyst_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A broken monolith tumbles in its can: dull ceramic blows with sheet-metal ring, 0.3 to
    6 kHz, at each exhaust pulse and at random, stronger as the throttle is opened."""
    can = draw_structure(
        random, log_uniform(random, 250, 700), log_uniform(random, 2500, 7000), modes=(6, 16),
        damping=(0.01, 0.06), contact_s=(0.0001, 0.0006), diffuse=(0.3, 0.8),
    )  # fmt: skip
    level = running(motion) * (0.5 + np.clip(motion.load, 0, 1))
    level *= drift(len(motion), random, 0.15, 0.6)
    return fault_sound(_chatter(motion, random, can, firings_per_rev(motion), level))


def timing_chain_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A slack chain slaps its guides: tooth blows, 18 to 26 a crank turn, gathered where the cam
    torque reverses (cylinders a cam turn), for the first 0.5 to 3 s after a cold start or
    for good (Norton 2009 on cam torque; Heisler 1995)."""
    teeth = int(random.integers(18, 27))
    hits = turns(motion.crank_rev, teeth)
    reverse = np.cos(2 * np.pi * (firings_per_rev(motion) * at(motion.crank_rev, hits)))
    gate = np.clip(reverse - uniform(random, -0.8, 0.7), 0, None)
    fade = np.ones(len(motion))
    if motion.warmth < 0.5 and random.random() < 0.7:
        seconds = np.arange(len(motion)) / SAMPLE_RATE_HZ
        fade = np.exp(-((seconds / uniform(random, 0.8, 3)) ** 2)) + 0.03
    levels = gate * uneven(len(hits), 5, random) * at(fade * running(motion), hits)
    hits = jitter(teeth * crank_hz(motion), hits, uniform(random, 0.05, 0.3), random)
    cover = draw_structure(
        random, log_uniform(random, 400, 1200), log_uniform(random, 3500, 7500), modes=(6, 16),
        damping=(0.01, 0.06), contact_s=(0.0001, 0.0004),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, cover, random), teeth=teeth)


def flywheel_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn dual-mass flywheel or gearbox play: gears rattle at each firing at idle, clutch out,
    a rattling cloud of 0.4 to 5 kHz that fades above idle (Naunheimer et al. 2011)."""
    case = draw_structure(
        random, log_uniform(random, 250, 700), log_uniform(random, 2500, 6000), modes=(6, 16),
        contact_s=(0.0001, 0.0006),
    )  # fmt: skip
    level = running(motion) * np.clip(1100 / np.maximum(motion.rpm, 500), 0.1, 1.5) ** 2
    per_turn = firings_per_rev(motion) * float(random.integers(1, 4))
    return fault_sound(_chatter(motion, random, case, per_turn, level), per_turn=per_turn)


def wastegate_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn wastegate flap chatters with exhaust pulses at light load and as the pedal is let go;
    hard small parts, 1.5 to 8 kHz (Nguyen-Schaefer 2015)."""
    light = np.clip(1 - 1.4 * motion.load, 0.05, 1) * running(motion)
    sound = _chatter(motion, random, _sheet(random, 1200, 7900), firings_per_rev(motion), light)
    return fault_sound(sound)


def loose_part_road_rattle(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A loose exhaust hanger, tool, plate or trim shakes over the road: clusters of 3 to 14 blows
    after each unevenness (Trapp, Chen 2012)."""
    where = bumps(motion, random, per_s=uniform(random, 1.5, 6))
    hits, levels = bounces(where, random, count=(3, 14), gap_s=(0.008, 0.05), decay=0.85)
    return fault_sound(
        strike(len(motion), hits, levels, _sheet(random, 250, 7000), random), bumps=len(where)
    )


def undertray_flutter(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A torn undertray or arch liner flutters in the wind: plastic flaps 8 to 40 times a second,
    faster and louder with speed (Wang 2010, on aerodynamic excitation)."""
    speed = share_of_top(np.abs(motion.speed_kmh))
    rate = uniform(random, 12, 40) * (0.3 + 0.7 * speed) * drift(len(motion), random, 0.2, 0.2)
    hits = turns(phase_of(rate))
    levels = uneven(len(hits), 5, random) * at(speed**2, hits)
    tray = draw_structure(
        random, log_uniform(random, 80, 300), log_uniform(random, 1000, 5000),
        damping=(0.04, 0.2), contact_s=(0.0003, 0.002), diffuse=(0.3, 0.8),
    )  # fmt: skip
    sound = strike(len(motion), hits, levels, tray, random)
    gust = noise(len(motion), random, 100, 2000, -3) * speed**2
    gust *= uniform(random, 0, 0.2) * np.abs(sound).max()
    return fault_sound(sound + gust, flaps_per_s=float(np.mean(rate)))


RATTLES = (
    Mechanism("heat_shield_rattle", "rattle", COMBUSTION, RUNNING, heat_shield_rattle),
    Mechanism("loose_plate_rattle", "rattle", COMBUSTION, ("idle", "rev_up"), loose_plate_rattle),
    Mechanism("catalyst_rattle", "rattle", COMBUSTION, RUNNING, catalyst_rattle),
    Mechanism("timing_chain_rattle", "rattle", COMBUSTION, RUNNING, timing_chain_rattle),
    Mechanism("flywheel_rattle", "rattle", COMBUSTION, ("idle", "stop"), flywheel_rattle),
    Mechanism("wastegate_rattle", "rattle", COMBUSTION, RUNNING, wastegate_rattle),
    Mechanism(
        "loose_part_road_rattle", "rattle", ALL, ("bumps", "turn"), loose_part_road_rattle
    ),
    Mechanism("undertray_flutter", "rattle", ALL, ("steady", "accelerate"), undertray_flutter),
)  # fmt: skip
