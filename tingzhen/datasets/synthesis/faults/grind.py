"""Rough metal on metal: brakes, starter, seizing parts, bearings at their end, gears that clash."""

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
    rolling,
    running,
    share_of_top,
    wheel_hz,
)
from tingzhen.datasets.synthesis.faults.structure import (
    draw_structure,
    log_uniform,
    rub,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, spells, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, phase_of
from tingzhen.datasets.synthesis.motion import Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")
ROLLING = ("steady", "accelerate", "brake", "turn", "reverse")


def _rough(samples: int, random: np.random.Generator) -> Curve:
    """Friction force of torn surfaces (n,): asperities meet at random, so it is noise with bursts
    (Sheng 2008)."""
    burst = np.abs(noise(samples, random, 5, log_uniform(random, 30, 300)))
    return noise(samples, random, 80, 7900, uniform(random, -6, 2)) * burst ** uniform(
        random, 0.3, 1.5
    )


def brake_grind(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Pads worn to the steel plough the disc: rough noise of 0.2 to 6 kHz while braking, swelling
    once or a few times each wheel turn where the disc is scored or out of true (Kinkaid et al.
    2003, on grind and groan below 1 kHz)."""
    disc = draw_structure(
        random, log_uniform(random, 150, 700), log_uniform(random, 2500, 7900), modes=(5, 14),
        damping=(0.005, 0.05),
    )  # fmt: skip
    depth = uniform(random, 0.2, 0.9)
    scored = 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * motion.wheel_rev))
    force = np.clip(motion.brake, 0, 1) ** 0.6 * rolling(motion)
    force *= 0.4 + 0.6 * share_of_top(np.abs(motion.speed_kmh)) ** 0.5
    return fault_sound(rub(_rough(len(motion), random) * scored * force, disc), depth=depth)


def dust_shield_scrape(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A bent dust shield or a stone behind it scrapes the disc over a part of each wheel turn:
    thin sheet, modes of 1 to 7 kHz with little damping."""
    sheet = draw_structure(
        random, log_uniform(random, 700, 2000), log_uniform(random, 4000, 7900),
        damping=(0.002, 0.02), modes=(4, 12),
    )  # fmt: skip
    sharp = uniform(random, -0.5, 0.8)
    contact = np.clip(np.cos(2 * np.pi * (motion.wheel_rev + uniform(random, 0, 1))) - sharp, 0, 2)
    return fault_sound(
        rub(_rough(len(motion), random) * contact * rolling(motion), sheet), sharpness=sharp
    )


def starter_grind(motion: Motion, random: np.random.Generator) -> FaultSound:
    """The pinion (9 to 11 teeth) skates on the ring gear at 2000 to 6000 rpm and does not mesh:
    irregular tooth blows at 300 to 1100 a second for 0.2 to 2 s, once or again (Bosch Automotive
    Handbook, 2018, starters)."""
    spell = spells(len(motion), random, length_s=(0.2, 2.0), gap_s=(0.4, 3.0), edge_s=0.04)
    rate = uniform(random, 9, 11) * uniform(random, 2000, 6000) / 60
    rate_curve = rate * drift(len(motion), random, 0.1, 0.12) * (0.6 + 0.4 * spell)
    hits = turns(phase_of(rate_curve))
    levels = uneven(len(hits), 6, random) * at(spell, hits)
    hits = jitter(rate_curve, hits, uniform(random, 0.05, 0.3), random)
    bell = draw_structure(
        random, log_uniform(random, 300, 900), log_uniform(random, 4000, 7900), modes=(6, 16),
        damping=(0.004, 0.04), contact_s=(0.00005, 0.0003),
    )  # fmt: skip
    sound = strike(len(motion), hits, levels, bell, random)
    return fault_sound(sound, tooth_hz=rate)


def seizing_engine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Oil starved bearings or pistons rub: rough noise that swells once a turn, and stick-slip
    groans of 60 to 400 Hz with many harmonics in spells of 0.2 to 1.5 s (Sheng 2008)."""
    block = draw_structure(
        random, log_uniform(random, 150, 500), log_uniform(random, 2000, 7000), modes=(5, 14)
    )
    depth = uniform(random, 0.3, 1.0)
    beat = 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * motion.crank_rev))
    spell = spells(len(motion), random, length_s=(0.2, 2.5), gap_s=(0.05, 1.5), edge_s=0.05)
    base = uniform(random, 0.0, 0.8)
    force = _rough(len(motion), random) * beat * (base + (1 - base) * spell)
    groan_hz = log_uniform(random, 60, 400)
    groan = harmonics(
        phase_of(groan_hz * drift(len(motion), random, 0.1, 0.05)),
        falling(40, uniform(random, 1, 6), random), random,
    )  # fmt: skip
    groan *= spell / (np.sqrt(np.mean(np.square(groan))) + 1e-9)
    force = (force + uniform(random, 0.0, 1.5) * groan) * running(motion)
    return fault_sound(rub(force, block), groan_hz=groan_hz, depth=depth)


def wheel_bearing_grind(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A bearing at its end: broken balls and races rub and hit at random, swelling with wheel and
    cage (0.4 of the wheel; Harris, Kotzalas 2006) rates, growing with speed."""
    hub = draw_structure(
        random, log_uniform(random, 120, 400), log_uniform(random, 1200, 5000), modes=(6, 14)
    )
    cage = uniform(random, 0.38, 0.45)
    beat = (1 + uniform(random, 0.1, 0.9) * np.cos(2 * np.pi * motion.wheel_rev)) * (
        1 + uniform(random, 0.1, 0.9) * np.cos(2 * np.pi * cage * motion.wheel_rev)
    )
    speed = share_of_top(np.abs(motion.speed_kmh))
    force = _rough(len(motion), random) * beat * speed * rolling(motion)
    hits = turns(motion.wheel_rev, uniform(random, 3, 6))
    hits = jitter(wheel_hz(motion), hits, 0.05, random)
    levels = uneven(len(hits), 6, random) * at(speed, hits) * uniform(random, 1, 8)
    sound = rub(force, hub) + strike(len(motion), hits, levels, hub, random)
    return fault_sound(sound, cage_ratio=cage)


def gear_clash(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Dogs that do not synchronise rattle over each other for 0.1 to 0.7 s as a gear is sought:
    20 to 40 dogs times the difference of shaft speeds, which falls (Naunheimer et al., Automotive
    Transmissions, 2011)."""
    spell = spells(len(motion), random, length_s=(0.1, 0.7), gap_s=(0.8, 4.0), edge_s=0.02)
    rate = log_uniform(random, 80, 500)
    curve = rate * (0.3 + 0.7 * spell) * drift(len(motion), random, 0.08, 0.15)
    hits = turns(phase_of(curve))
    levels = uneven(len(hits), 5, random) * at(spell, hits)
    hits = jitter(curve, hits, 0.1, random)
    case = draw_structure(
        random, log_uniform(random, 200, 600), log_uniform(random, 2500, 7000),
        contact_s=(0.0001, 0.0004),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, case, random), dog_hz=rate)


def accessory_bearing_grind(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A rough alternator, tensioner or water-pump bearing: growling noise of 0.3 to 7 kHz that
    beats once a pulley turn (crank times 1 to 2.8) and at ball rate (Harris, Kotzalas 2006)."""
    ratio, balls = uniform(random, 1.0, 2.8), uniform(random, 2.5, 5.5)
    part = draw_structure(
        random, log_uniform(random, 250, 900), log_uniform(random, 3000, 7900), modes=(5, 14)
    )
    beat = 1 + uniform(random, 0.1, 0.8) * np.cos(2 * np.pi * ratio * motion.crank_rev)
    force = 0.5 * _rough(len(motion), random) * beat * running(motion)
    hits = turns(motion.crank_rev, ratio * balls)
    levels = uneven(len(hits), 5, random) * at(beat * running(motion), hits)
    hits = jitter(ratio * balls * crank_hz(motion), hits, 0.08, random)
    mix = uniform(random, 0.5, 6)
    sound = rub(force, part) + mix * strike(len(motion), hits, levels, part, random)
    return fault_sound(sound, pulley_ratio=ratio, balls_order=balls)


GRINDS = (
    Mechanism("brake_grind", "grind", ALL, ("brake",), brake_grind),
    Mechanism("dust_shield_scrape", "grind", ALL, ROLLING, dust_shield_scrape),
    Mechanism("starter_grind", "grind", COMBUSTION, ("start", "parked"), starter_grind),
    Mechanism("seizing_engine", "grind", COMBUSTION, RUNNING, seizing_engine),
    Mechanism("wheel_bearing_grind", "grind", ALL, ROLLING, wheel_bearing_grind),
    Mechanism("gear_clash", "grind", COMBUSTION, ("accelerate", "reverse", "steady"), gear_clash),
    Mechanism("accessory_bearing_grind", "grind", COMBUSTION, RUNNING, accessory_bearing_grind),
)
