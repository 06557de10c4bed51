"""Exhaust gas where it should not come out: puffs locked to the firing.

Blowdown of each cylinder sends a pressure pulse of 5 to 10 ms at idle down the pipe; a leak turns
it into broadband puffs of 100 to 4000 Hz, a missing silencer lets it out whole (Munjal, Acoustics
of Ducts and Mufflers, 2nd ed. 2014; Heywood 2018, ch. 6).
"""

import numpy as np

from tingzhen.datasets.synthesis.faults.mechanism import (
    COMBUSTION,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import crank_hz, firings_per_rev, running
from tingzhen.datasets.synthesis.faults.structure import (
    Structure,
    draw_structure,
    log_uniform,
    rub,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import noise, puffs
from tingzhen.datasets.synthesis.motion import Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")


def _firings(
    motion: Motion, random: np.random.Generator, spread_db: float, scatter_db: float
) -> tuple[Curve, Curve]:
    """Positions and strengths of exhaust pulses: cylinders differ by spread_db, cycles by
    scatter_db, and load makes them stronger."""
    cylinders = max(1, motion.cylinders)
    hits = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    per_cylinder = 10 ** (random.normal(0, spread_db, cylinders) / 20)
    levels = per_cylinder[np.arange(len(hits)) % cylinders] * uneven(len(hits), scatter_db, random)
    levels *= (0.25 + np.clip(at(motion.load, hits), 0, 1)) * at(running(motion), hits)
    return jitter(firings_per_rev(motion) * crank_hz(motion), hits, 0.015, random), levels


def _pipe(random: np.random.Generator, low: float, high: float) -> Structure:
    return draw_structure(
        random, low, high, modes=(6, 14), damping=(0.02, 0.10), contact_s=(0.001, 0.005),
        diffuse=(0.1, 0.5), diffuse_s=(0.004, 0.02),
    )  # fmt: skip


def leak_puffs(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A hole in pipe or silencer: chuffing at firing rate, each puff 4 to 30 ms of noise falling
    with frequency from 100 to 500 Hz up, and the pulse itself through the pipe's modes."""
    hits, levels = _firings(motion, random, uniform(random, 1, 5), 2)
    rise, fall = log_uniform(random, 0.001, 0.008), log_uniform(random, 0.004, 0.04)
    low, high = log_uniform(random, 40, 300), log_uniform(random, 400, 6000)
    gas = noise(len(motion), random, low, high, uniform(random, -12, -1))
    gas = gas * puffs(len(motion), hits, levels, rise, fall)
    pulse = strike(
        len(motion), hits, levels, _pipe(random, 40, log_uniform(random, 150, 500)), random
    )
    mix = log_uniform(random, 0.1, 3)
    sound = gas / (np.std(gas) + 1e-9) + mix * pulse / (np.std(pulse) + 1e-9)
    return fault_sound(sound, fall_s=fall, high_hz=high)


def flange_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A manifold flange or gasket of one or two cylinders: sharp spitting puffs, 300 to 6000 Hz,
    once in two turns each, louder cold and under load."""
    cylinders = int(random.integers(1, 3))
    envelope = np.zeros(len(motion))
    fall = log_uniform(random, 0.002, 0.01)
    for _ in range(cylinders):
        hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
        levels = uneven(len(hits), 3, random) * at(running(motion), hits)
        levels *= 0.25 + np.clip(at(motion.load, hits), 0, 1)
        hits = jitter(crank_hz(motion), hits, 0.008, random)
        envelope += puffs(len(motion), hits, levels, log_uniform(random, 0.0003, 0.002), fall)
    low, high = log_uniform(random, 150, 700), log_uniform(random, 1800, 7000)
    sound = noise(len(motion), random, low, high, uniform(random, -6, 0)) * envelope
    return fault_sound(
        sound, cylinders=cylinders, fall_s=fall, relative_level=1 - 0.4 * motion.warmth
    )


def missing_silencer(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An open pipe roars: strong pulses with uneven cylinders, so half orders show, through
    organ-pipe modes c / 2L of 2 to 4 m hot pipe, 60 to 130 Hz and multiples, and flow noise that
    rises with the fourth to sixth power of flow (Munjal 2014)."""
    hits, levels = _firings(motion, random, uniform(random, 1, 4), 1.5)
    organ_hz = uniform(random, 60, 130)
    pipe = _pipe(random, organ_hz * 0.8, log_uniform(random, 400, 1500))
    pulse = strike(len(motion), hits, levels, pipe, random)
    flow = np.clip(motion.rpm / 3000, 0, 2) * (0.3 + np.clip(motion.load, 0, 1))
    rush = noise(len(motion), random, 100, log_uniform(random, 800, 3500), -4)
    rush *= flow**2 * (1 + puffs(len(motion), hits, levels, 0.002, 0.006))
    mix = uniform(random, 0.05, 0.6)
    sound = pulse / (np.std(pulse) + 1e-9) + mix * rush / (np.std(rush) + 1e-9)
    return fault_sound(sound, organ_hz=organ_hz)


def flex_pipe_leak(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A torn flex pipe: raspy puffs with the buzz of loose mesh, 200 to 5000 Hz, and a steady
    hiss under load."""
    hits, levels = _firings(motion, random, 2, 3)
    envelope = puffs(len(motion), hits, levels, 0.001, log_uniform(random, 0.003, 0.012))
    mesh = draw_structure(
        random, log_uniform(random, 200, 600), log_uniform(random, 2500, 6000), modes=(8, 18),
        damping=(0.01, 0.06), contact_s=(0.0002, 0.001),
    )  # fmt: skip
    rasp = noise(len(motion), random, 150, 6000, uniform(random, -8, -2)) * envelope
    buzz = strike(len(motion), hits, levels, mesh, random)
    steady = noise(len(motion), random, 500, 4000) * (0.05 + np.clip(motion.load, 0, 1))
    steady *= uniform(random, 0, 0.3) * running(motion)
    sound = rub(rasp, mesh) if random.random() < 0.5 else rasp
    sound = sound / (np.std(sound) + 1e-9)
    sound += uniform(random, 0.1, 0.9) * buzz / (np.std(buzz) + 1e-9) + steady
    return fault_sound(sound * drift(len(motion), random, 0.5, 0.1))


EXHAUST_BLOWS = (
    Mechanism("leak_puffs", "exhaust_blow", COMBUSTION, RUNNING, leak_puffs),
    Mechanism("flange_leak", "exhaust_blow", COMBUSTION, RUNNING, flange_leak),
    Mechanism("missing_silencer", "exhaust_blow", COMBUSTION, RUNNING, missing_silencer),
    Mechanism("flex_pipe_leak", "exhaust_blow", COMBUSTION, RUNNING, flex_pipe_leak),
)
