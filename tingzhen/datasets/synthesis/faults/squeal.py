"""Tones of friction: belts, brakes, dry bearings.

Stick-slip and mode-coupling instability lock onto a mode of the structure, so the pitch hardly
follows the speed, while the level does (Sheng, Friction-Induced Vibrations and Sound, 2008;
Kinkaid, O'Reilly, Papadopoulos, J. Sound Vib. 267, 2003: brake squeal 1 to 16 kHz).
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    COMBUSTION,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import rolling, running, share_of_top
from tingzhen.datasets.synthesis.faults.structure import (
    draw_structure,
    log_uniform,
    rub,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, spells, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, phase_of, puffs
from tingzhen.datasets.synthesis.motion import Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate", "start")


def _friction_tone(motion: Motion, random: np.random.Generator, hz: float, rough: float) -> Curve:
    """A stick-slip tone: harmonics of a limit cycle whose period scatters by `rough`, so its
    lines are bands, and the noise of the sliding in between."""
    samples = len(motion)
    wander = drift(samples, random, log_uniform(random, 0.02, 0.3), 0.3 * rough)
    quick = 1 + rough * noise(samples, random, 8, 150)
    levels = falling(int(random.integers(1, 7)), uniform(random, 3, 14), random)
    tone = harmonics(phase_of(hz * wander * quick), levels, random)
    tone /= np.sqrt(np.mean(np.square(tone))) + 1e-9
    band = noise(samples, random, hz * 0.7, min(7800, hz * uniform(random, 1.5, 4)))
    return tone + uniform(random, 0.02, 0.8) * band


def belt_squeal(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A slack or wet belt slips on a pulley: a continuous loud tone, fundamental 0.5 to 5 kHz,
    that wavers with each turn of the pulley and swells as load or speed is asked for (Dalgarno,
    Moore, Day, Proc. IMechE C 213, 1999: tangential slip noise of V-ribbed belts)."""
    hz = log_uniform(random, 500, 5000)
    sound = _friction_tone(motion, random, hz, log_uniform(random, 0.001, 0.05))
    pulley = uniform(random, 0.8, 3.0)
    depth = uniform(random, 0.05, 0.9)
    beat = 1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * pulley * motion.crank_rev))
    spell = (
        spells(len(motion), random, length_s=(0.5, 4.0), gap_s=(0.1, 2.0), edge_s=0.1)
        if random.random() < 0.5
        else drift(len(motion), random, 1.0, 0.3)
    )
    sound *= beat * spell * (0.6 + 0.4 * motion.load) * running(motion)
    return fault_sound(sound, tone_hz=hz, pulley_ratio=pulley)


def belt_chirp(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A misaligned pulley or a damaged rib chirps at each turn of the belt or of the pulley. Belt:
    rate = crank * pi D / L, crank pulley D 0.12 to 0.18 m, length L 1.2 to 2.5 m; pulley: crank
    times 1.2 to 2.8. Each chirp 15 to 80 ms, 1.5 to 7 kHz (Meckstroth, Deneszczuk, Skrobowski, SAE
    1999-01-1709, pulley entry friction and chirp)."""
    whole_belt = random.random() < 0.5
    diameter, length = uniform(random, 0.12, 0.18), uniform(random, 1.2, 2.5)
    ratio = np.pi * diameter / length if whole_belt else uniform(random, 1.2, 2.8)
    hits = turns(motion.crank_rev, ratio, uniform(random, 0, 1))
    levels = uneven(len(hits), 3, random) * at(running(motion), hits)
    hits = jitter(ratio * motion.rpm / 60, hits, 0.02, random)
    width = min(log_uniform(random, 0.015, 0.08), 0.25 / (ratio * 13))
    envelope = puffs(len(motion), hits, levels, width * 0.4, width * 0.5)
    hz = log_uniform(random, 1500, 6000)
    # The slip slows within each chirp, and its pitch with it.
    bend = 1 + uniform(random, -0.06, 0.12) * share_of_top(envelope)
    levels_of = falling(int(random.integers(1, 4)), uniform(random, 4, 14), random)
    rough = log_uniform(random, 0.003, 0.06)
    tone = harmonics(
        phase_of(hz * bend * (1 + rough * noise(len(motion), random, 20, 200))), levels_of, random
    )
    tone += uniform(random, 0.1, 0.9) * noise(len(motion), random, hz * 0.8, hz * 1.4)
    return fault_sound(tone * envelope, turns_per_crank=float(ratio), tone_hz=hz)


def brake_squeal(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Mode-coupled pads and disc: one to three pure tones of 1 to 7.5 kHz and their harmonics
    while the brake is on and the car rolls slowly, rising in level towards the end of the stop
    (Kinkaid et al. 2003; Ouyang et al., Int. J. Vehicle Noise Vib. 1, 2005)."""
    sound = np.zeros(len(motion))
    first = log_uniform(random, 900, 6000)
    count = int(random.integers(1, 4))
    for number in range(count):
        hz = first if number == 0 else log_uniform(random, 1000, 7500)
        hold = drift(len(motion), random, 0.4, 0.004)
        wave = harmonics(
            phase_of(hz * hold), falling(int(random.integers(1, 4)), 9, random), random
        )
        on = drift(len(motion), random, log_uniform(random, 0.1, 1.0), 0.6)
        sound += wave * on * (1.0 if number == 0 else uniform(random, 0.05, 0.6))
    slow = 1 / (1 + (np.abs(motion.speed_kmh) / uniform(random, 8, 40)) ** 2)
    spot = 1 - uniform(random, 0, 0.8) * (0.5 + 0.5 * np.cos(2 * np.pi * motion.wheel_rev))
    force = np.clip(motion.brake, 0, 1) ** uniform(random, 0.3, 1) * rolling(motion) * slow * spot
    scrape = noise(len(motion), random, 500, 6000) * uniform(random, 0.005, 0.1)
    return fault_sound((sound + scrape) * force, tone_hz=first, tones=count)


def wear_indicator(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A spring tab rubs the disc when the pad is worn: a thin scraping squeal of 2 to 7 kHz while
    rolling, waxing and waning with each turn of the wheel, that changes or ends with the brake
    (FMVSS 135 S5.1.2, audible wear indicators)."""
    hz = log_uniform(random, 1800, 6500)
    sound = _friction_tone(motion, random, hz, log_uniform(random, 0.002, 0.03))
    angle = 2 * np.pi * (motion.wheel_rev + uniform(random, 0, 1))
    contact = np.clip(uniform(random, -0.6, 0.7) + np.cos(angle), 0, None)
    lifted = 1 - uniform(random, 0.2, 1.0) * np.clip(motion.brake * 3, 0, 1)
    return fault_sound(sound * contact * lifted * rolling(motion), tone_hz=hz)


def dry_bearing_squeal(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A dry idler, tensioner or water-pump bearing: its cage and seal stick and slip into modes of
    1 to 7 kHz, modulated once a turn of the pulley (crank times 1 to 2.5); often loud cold
    (Harris, Kotzalas, Essential Concepts of Bearing Technology, 2006)."""
    ratio = uniform(random, 1.0, 2.5)
    turn = ratio * motion.crank_rev
    part = draw_structure(
        random, log_uniform(random, 900, 3000), log_uniform(random, 3500, 7900), modes=(1, 5),
        damping=(0.002, 0.02), diffuse=(0.0, 0.2),
    )  # fmt: skip
    depth = uniform(random, 0.2, 1.0)
    force = noise(len(motion), random, 300, 7900)
    force *= np.clip(1 - depth + depth * np.cos(2 * np.pi * turn), 0, None) * running(motion)
    sound = rub(force, part) * drift(len(motion), random, 0.6, 0.4)
    return fault_sound(sound, pulley_ratio=ratio)


SQUEALS = (
    Mechanism("belt_squeal", "squeal", COMBUSTION, RUNNING, belt_squeal),
    Mechanism("belt_chirp", "squeal", COMBUSTION, ("idle", "rev_up", "steady"), belt_chirp),
    Mechanism("brake_squeal", "squeal", ALL, ("brake",), brake_squeal),
    Mechanism(
        "wear_indicator", "squeal", ALL, ("steady", "turn", "accelerate", "reverse"),
        wear_indicator,
    ),
    Mechanism("dry_bearing_squeal", "squeal", COMBUSTION, RUNNING, dry_bearing_squeal),
)  # fmt: skip
