"""Light quick blows: valve train, injectors, small leaks at the head, stones and fans."""

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
    wheel_hz,
)
from tingzhen.datasets.synthesis.faults.structure import (
    draw_structure,
    log_uniform,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import noise, phase_of, puffs
from tingzhen.datasets.synthesis.motion import Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")
DRIVEN = ("steady", "accelerate", "brake", "turn", "reverse")


def lifter_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A collapsed hydraulic lifter: one sharp tick each cam turn, half the crank rate (Heywood
    2018, ch. 1: four-stroke cam drive), sometimes two lifters. Loud cold, before oil fills it.
    Valve-cover modes 1 to 7 kHz."""
    cover = draw_structure(
        random, log_uniform(random, 700, 2000), log_uniform(random, 4000, 7900),
        contact_s=(0.00005, 0.0002), damping=(0.01, 0.06),
    )  # fmt: skip
    count = int(random.integers(1, 4))
    sound = np.zeros(len(motion))
    breathing = drift(len(motion), random, 1.5, uniform(random, 0.05, 0.5))
    for _ in range(count):
        hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
        levels = uneven(len(hits), 2.5, random) * at(breathing * running(motion), hits)
        hits = jitter(crank_hz(motion), hits, 0.004, random)
        sound += uniform(random, 0.3, 1) * strike(len(motion), hits, levels, cover, random)
    return fault_sound(sound, lifters=count, relative_level=1 - 0.6 * motion.warmth)


def valve_clearance_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Too much clearance at many valves: opening and closing ticks of each at its cam angle, a
    sewing machine of 2 to 8 ticks each cam turn (Norton, Cam Design and Manufacturing Handbook,
    2009: impact velocity grows with clearance and speed)."""
    valves = int(random.integers(2, 9))
    head = draw_structure(
        random, log_uniform(random, 900, 2500), log_uniform(random, 4500, 7900),
        contact_s=(0.00005, 0.0002),
    )  # fmt: skip
    positions, levels = [], []
    for _ in range(valves):
        hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
        strength = uniform(random, 0.2, 1.0)
        positions.append(jitter(crank_hz(motion), hits, 0.006, random))
        levels.append(strength * uneven(len(hits), 2, random) * at(running(motion), hits))
    sound = strike(len(motion), np.concatenate(positions), np.concatenate(levels), head, random)
    return fault_sound(sound, valves=valves)


def injector_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A solenoid injector clicks as needle and armature meet their stops at opening and, 1.5 to
    5 ms later, at closing (Bosch Automotive Handbook, 2018: injection times); one is louder. Hard
    small parts: 2 to 8 kHz."""
    rail = draw_structure(
        random, log_uniform(random, 1500, 3000), log_uniform(random, 5000, 7900),
        contact_s=(0.00004, 0.0001), damping=(0.01, 0.05), diffuse_s=(0.001, 0.006),
    )  # fmt: skip
    open_s, cylinders = uniform(random, 0.0015, 0.005), max(1, motion.cylinders)
    per_cylinder = 10 ** (random.normal(-8, 5, cylinders) / 20)
    per_cylinder[random.integers(cylinders)] = 1.0
    hits = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    levels = per_cylinder[np.arange(len(hits)) % cylinders] * uneven(len(hits), 1.5, random)
    levels *= at(running(motion), hits)
    both = np.r_[hits, hits + open_s * 16_000]
    strengths = np.r_[levels, levels * uniform(random, 0.4, 1.5)]
    return fault_sound(strike(len(motion), both, strengths, rail, random), open_s=open_s)


def manifold_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A cracked manifold or blown gasket at one port: a short puff each second turn, 1 to 6 kHz,
    that sounds like a lifter and closes as the metal grows warm (Heywood 2018, ch. 6: blowdown
    lasts some 40 to 60 degrees of crank)."""
    hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
    levels = (
        uneven(len(hits), 3, random) * (0.3 + at(motion.load, hits)) * at(running(motion), hits)
    )
    hits = jitter(crank_hz(motion), hits, 0.006, random)
    rise, fall = log_uniform(random, 0.0003, 0.001), log_uniform(random, 0.0015, 0.007)
    low, high = log_uniform(random, 400, 1500), log_uniform(random, 3000, 7500)
    sound = noise(len(motion), random, low, high, uniform(random, -6, 2))
    sound = sound * puffs(len(motion), hits, levels, rise, fall)
    return fault_sound(sound, fall_s=fall, relative_level=1 - 0.7 * motion.warmth)


def spark_plug_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A loose plug or injector seal lets compression out: a chuff each second turn as pressure
    peaks, 2 to 7.5 kHz, with a click at its start (Heywood 2018, ch. 9: pressure history)."""
    hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
    levels = (
        uneven(len(hits), 2, random) * (0.4 + at(motion.load, hits)) * at(running(motion), hits)
    )
    width = log_uniform(random, 0.004, 0.015)
    envelope = puffs(len(motion), hits, levels, width / 2, width / 2)
    chuff = noise(len(motion), random, log_uniform(random, 1200, 3000), 7500) * envelope
    well = draw_structure(random, 1000, 6000, contact_s=(0.0001, 0.0003))
    click = strike(len(motion), hits, levels, well, random)
    mix = uniform(random, 0.0, 0.7)
    return fault_sound(
        chuff / (np.abs(chuff).max() + 1e-9) + mix * click / (np.abs(click).max() + 1e-9),
        width_s=width,
    )


def blade_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A leaf or cable touched by the blades of a radiator or cabin fan: a row of ticks at blade
    rate, 5 to 11 blades at 600 to 2600 rpm, or once a turn, whatever the engine does (Bosch
    Automotive Handbook, 2018, electric fans)."""
    fan_hz = uniform(random, 600, 2600) / 60
    blades = int(random.choice([1, 1, 5, 7, 9, 11]))
    turn = phase_of(fan_hz * drift(len(motion), random, 2.0, 0.015))
    hits = turns(turn, blades, uniform(random, 0, 1))
    around = 10 ** (random.normal(0, 4, blades) / 20)
    levels = around[np.arange(len(hits)) % blades] * uneven(len(hits), 3, random)
    levels *= at(drift(len(motion), random, 0.7, 0.5), hits)
    shroud = draw_structure(
        random, log_uniform(random, 400, 1200), log_uniform(random, 3000, 7500),
        damping=(0.02, 0.10), contact_s=(0.0001, 0.0005),
    )  # fmt: skip
    return fault_sound(
        strike(len(motion), hits, levels, shroud, random), fan_hz=fan_hz, blades=blades
    )


def tread_stone_tick(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A stone or nail in the tread clicks on the road once a wheel turn; one to three of them
    (Sandberg, Ejsmont, Tyre/Road Noise Reference Book, 2002: tread impact)."""
    count = int(random.integers(1, 4))
    road = draw_structure(
        random, log_uniform(random, 600, 1500), log_uniform(random, 3500, 7900),
        damping=(0.02, 0.10), contact_s=(0.00005, 0.0003),
    )  # fmt: skip
    positions, strengths = [], []
    for _ in range(count):
        hits = turns(motion.wheel_rev, 1.0, uniform(random, 0, 1))
        levels = uneven(len(hits), 3, random) * uniform(random, 0.4, 1.0)
        positions.append(jitter(wheel_hz(motion), hits, 0.004, random))
        strengths.append(levels)
    sound = strike(len(motion), np.concatenate(positions), np.concatenate(strengths), road, random)
    return fault_sound(sound, stones=count)


TICKS = (
    Mechanism("lifter_tick", "tick", COMBUSTION, RUNNING, lifter_tick),
    Mechanism("valve_clearance_tick", "tick", COMBUSTION, RUNNING, valve_clearance_tick),
    Mechanism("injector_tick", "tick", COMBUSTION, RUNNING, injector_tick),
    Mechanism("manifold_tick", "tick", COMBUSTION, RUNNING, manifold_tick),
    Mechanism("spark_plug_leak", "tick", COMBUSTION, RUNNING, spark_plug_leak),
    Mechanism("blade_tick", "tick", ALL, ("idle", "parked", "charging"), blade_tick),
    Mechanism("tread_stone_tick", "tick", ALL, DRIVEN, tread_stone_tick),
)
