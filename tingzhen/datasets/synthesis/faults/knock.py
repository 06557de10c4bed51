"""Heavy hollow blows inside the engine: bearings, pistons, combustion, flywheel.

Bearing knock and piston slap as impacts at known crank angles through block modes: Randall,
Vibration-based Condition Monitoring (2nd ed. 2021); Chen, Randall, Peeters, MSSP 77 (2016).
Energy of engine knocks on structures lies at 0.3 to 4 kHz, of detonation at the bore modes.
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    COMBUSTION,
    DIESEL,
    PETROL,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import crank_hz, firings_per_rev, running
from tingzhen.datasets.synthesis.faults.structure import (
    draw_structure,
    log_uniform,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, turns, uneven
from tingzhen.datasets.synthesis.motion import Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")
LOADED = ("rev_up", "accelerate", "steady")


def rod_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A worn big end slams once a turn at top dead centre; every second blow, on the firing turn,
    is harder. Clearance 0.1 mm and more instead of 0.03 to 0.08 mm (Heisler, Advanced Engine
    Technology, 1995). Timing scatters by 0.3 to 1.5 degrees of crank."""
    offset, weak = uniform(random, 0, 1), uniform(random, 0.3, 1.0)
    hits = turns(motion.crank_rev, 1.0, offset)
    low, high = log_uniform(random, 150, 1500), log_uniform(random, 2000, 7900)
    block = draw_structure(
        random, low, high, modes=(2, 14), contact_s=(0.00006, 0.0008), diffuse_s=(0.002, 0.02)
    )
    levels = np.where(np.arange(len(hits)) % 2, 1.0, weak) * uneven(
        len(hits), uniform(random, 1, 5), random
    )
    levels *= (0.35 + at(motion.load, hits)) * at(running(motion), hits)
    hits = jitter(crank_hz(motion), hits, uniform(random, 0.001, 0.008), random)
    sound = strike(len(motion), hits, levels, block, random)
    if random.random() < 0.35:  # it also slams back at the other end of the stroke
        back = turns(motion.crank_rev, 1.0, offset + uniform(random, 0.42, 0.58))
        sound += strike(
            len(motion), back,
            uniform(random, 0.2, 0.7) * at(running(motion), back) * uneven(len(back), 3, random),
            block, random,
        )  # fmt: skip
    return fault_sound(sound, weak_blow=weak, low_hz=low, high_hz=high)


def main_bearing_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A dull thud once a turn, deeper than the rod's since the whole block is struck, that grows
    with load (Randall 2021). Modes 80 to 1200 Hz."""
    hits = turns(motion.crank_rev, 1.0, uniform(random, 0, 1))
    block = draw_structure(
        random, log_uniform(random, 70, 200), log_uniform(random, 600, 1800),
        damping=(0.02, 0.09), contact_s=(0.0005, 0.002),
    )  # fmt: skip
    levels = uneven(len(hits), uniform(random, 2, 5), random) * at(running(motion), hits)
    levels *= 0.3 + at(motion.load, hits)
    hits = jitter(crank_hz(motion), hits, 0.008, random)
    return fault_sound(strike(len(motion), hits, levels, block, random))


def piston_slap(motion: Motion, random: np.random.Generator) -> FaultSound:
    """The piston crosses the bore near both dead centres, hardest at firing: once in two turns for
    a worn cylinder, weaker in between. Fades as the piston grows warm: `relative_level` says by
    how much, as every waveform has a peak of 1 (Haddad, Tjan, Mech. Mach. Theory 30, 1995; Chen,
    Randall, Peeters, MSSP 77, 2016)."""
    cylinders = max(1, motion.cylinders)
    worn = int(random.integers(1, max(2, cylinders // 2 + 1)))
    block = draw_structure(
        random, log_uniform(random, 250, 800), log_uniform(random, 1800, 5500),
        contact_s=(0.0003, 0.001), damping=(0.015, 0.07),
    )  # fmt: skip
    missing = 0.35 * motion.warmth  # a warm piston slaps now and then only
    sound = np.zeros(len(motion))
    for _ in range(worn):
        offset, back = uniform(random, 0, 1), uniform(random, 0.05, 0.5)
        hits = turns(motion.crank_rev, 2.0, offset * 2)
        levels = np.array([1.0, back, back * 0.8, back])[np.arange(len(hits)) % 4]
        levels = levels * uneven(len(hits), 3, random) * (random.random(len(hits)) > missing)
        levels *= at(running(motion), hits)
        hits = jitter(crank_hz(motion), hits, 0.006, random)
        sound += strike(len(motion), hits, levels, block, random)
    return fault_sound(sound, worn=worn, relative_level=1 - 0.85 * motion.warmth)


def spark_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Detonation rings the gas in the bore: f = alpha c / (pi B), alpha 1.841 and 3.054, c 900 to
    1050 m/s hot gas, bore B 70 to 100 mm, so 5 to 8 kHz; it dies out in 1 to 3 ms (Draper, NACA
    report 493, 1934; Heywood 2018, ch. 9). Some cycles only, more of them under load."""
    bore_m, sound_m_s = uniform(random, 0.070, 0.100), uniform(random, 900, 1050)
    # The smallest bores ring above what a phone keeps: their lowest mode is held below it.
    first_hz = min(7400.0, 1.841 * sound_m_s / (np.pi * bore_m))
    decay_s, spread = log_uniform(random, 0.0008, 0.004), uniform(random, 0.02, 0.07)
    ring = draw_structure(
        random, first_hz * (1 - spread), min(7800.0, first_hz * (1 + spread)), modes=(1, 3),
        damping=(1 / (2 * np.pi * first_hz * decay_s), 1.5 / (2 * np.pi * first_hz * decay_s)),
        contact_s=(0.00003, 0.00006), diffuse=(0.02, 0.3), diffuse_s=(0.0008, 0.003),
    )  # fmt: skip
    wall = draw_structure(random, 900, 5000, contact_s=(0.0001, 0.0003))
    firing = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    load = at(motion.load, firing)
    limit = min(uniform(random, 0.25, 0.6), float(np.quantile(motion.load, 0.6)))
    share = uniform(random, 0.2, 0.8) * np.clip(0.4 + (load - limit) / 0.3, 0.0, 1.0)
    knocks = (load >= limit) & (random.random(len(firing)) < share)
    firing = firing[knocks]
    levels = uneven(len(firing), 6, random) * (0.3 + at(motion.load, firing))
    levels *= at(running(motion), firing)
    firing = jitter(crank_hz(motion), firing, 0.01, random)
    sound = strike(len(motion), firing, levels, ring, random)
    sound += uniform(random, 0.1, 1.0) * strike(len(motion), firing, levels, wall, random)
    return fault_sound(sound, first_mode_hz=first_hz, bore_m=bore_m)


def diesel_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An injector that opens early or dribbles: the charge of its cylinder goes off at once, a
    hard blow once in two turns over the clatter of the others; block response 0.8 to 4 kHz
    (Heywood 2018, ch. 10; Priede, Proc. IMechE 1960, on pressure rise and noise)."""
    cylinders = max(1, motion.cylinders)
    share = uniform(random, 0.1, 0.8)
    per_cylinder = np.full(cylinders, share) * 10 ** (random.normal(0, 2, cylinders) / 20)
    per_cylinder[random.integers(cylinders)] = 1.0
    block = draw_structure(
        random, log_uniform(random, 400, 1000), log_uniform(random, 2500, 7000), modes=(6, 14),
        contact_s=(0.0001, 0.0004),
    )  # fmt: skip
    firing = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    levels = per_cylinder[np.arange(len(firing)) % cylinders] * uneven(len(firing), 2.5, random)
    levels *= (0.6 + 0.6 * at(motion.load, firing)) * at(running(motion), firing)
    firing = jitter(crank_hz(motion), firing, 0.004, random)
    return fault_sound(strike(len(motion), firing, levels, block, random), others=share)


def flexplate_knock(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A cracked flexplate or loose flywheel bolts: one to four metallic blows at fixed angles of
    each turn, the pattern slowly changing as the crack opens with load (shop manuals describe it
    as a rod knock that changes with the gear lever). Modes of a steel disc, 0.5 to 5 kHz."""
    count = int(random.integers(1, 5))
    plate = draw_structure(
        random, log_uniform(random, 300, 900), log_uniform(random, 2000, 7000),
        damping=(0.004, 0.03), contact_s=(0.0001, 0.0004),
    )  # fmt: skip
    positions, strengths = [], []
    for _ in range(count):
        hits = turns(motion.crank_rev, 1.0, uniform(random, 0, 1))
        levels = uneven(len(hits), 4, random) * at(running(motion), hits) * uniform(random, 0.2, 1)
        levels *= at(drift(len(motion), random, 0.8, 0.4), hits)
        positions.append(jitter(crank_hz(motion), hits, 0.012, random))
        strengths.append(levels)
    sound = strike(len(motion), np.concatenate(positions), np.concatenate(strengths), plate, random)
    return fault_sound(sound, blows_per_turn=count)


def loose_crank_pulley(motion: Motion, random: np.random.Generator) -> FaultSound:
    """The ring of a torsional damper come off its rubber, or a pulley loose on its key, flaps once
    or twice a turn, hardest at idle where the crank is least even (Heisler 1995, torsional
    dampers). Rubber damps the modes strongly."""
    per_turn = int(random.integers(1, 3))
    pulley = draw_structure(
        random, log_uniform(random, 150, 500), log_uniform(random, 900, 4000),
        damping=(0.02, 0.10), contact_s=(0.0003, 0.0015),
    )  # fmt: skip
    hits = turns(motion.crank_rev, per_turn, uniform(random, 0, 1))
    idleness = np.clip(1600 / np.maximum(motion.rpm, 600), 0.3, 1.5)
    levels = uneven(len(hits), 5, random) * at(idleness * running(motion), hits)
    levels *= np.where(np.arange(len(hits)) % per_turn, uniform(random, 0.2, 0.9), 1.0)
    hits = jitter(crank_hz(motion), hits, 0.02, random)
    return fault_sound(strike(len(motion), hits, levels, pulley, random), per_turn=per_turn)


KNOCKS = (
    Mechanism("rod_knock", "knock", COMBUSTION, RUNNING, rod_knock),
    Mechanism("main_bearing_knock", "knock", COMBUSTION, RUNNING, main_bearing_knock),
    Mechanism("piston_slap", "knock", COMBUSTION, RUNNING, piston_slap),
    Mechanism("spark_knock", "knock", PETROL, LOADED, spark_knock),
    Mechanism("diesel_knock", "knock", DIESEL, RUNNING, diesel_knock),
    Mechanism("flexplate_knock", "knock", COMBUSTION, RUNNING, flexplate_knock),
    Mechanism("loose_crank_pulley", "knock", COMBUSTION, RUNNING, loose_crank_pulley),
)
