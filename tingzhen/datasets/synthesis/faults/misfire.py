"""Cylinders that do not fire: the engine stumbles at half order, unburnt charge pops downstream.

A four-stroke engine with one dead cylinder shakes at half the crank rate and its multiples, which a
healthy one hardly has (Randall 2021; Chen, Randall, MSSP 54, 2015). `cylinder_gain` changes
an engine that is synthesised; the mechanisms add what a misfire adds to any engine.
"""

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.faults.mechanism import (
    COMBUSTION,
    PETROL,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import crank_hz, firings_per_rev, running
from tingzhen.datasets.synthesis.faults.structure import (
    Structure,
    draw_structure,
    log_uniform,
    strike,
    uniform,
)
from tingzhen.datasets.synthesis.faults.timing import at, jitter, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, puffs
from tingzhen.datasets.synthesis.motion import Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")


def firing_count(motion: Motion) -> int:
    """Firings of a clip: number i is at crank_rev = 2 i / cylinders, i from 0."""
    return int(np.floor(float(np.max(motion.crank_rev)) * firings_per_rev(motion))) + 1


def cylinder_gain(motion: Motion, random: np.random.Generator) -> NDArray[np.float64]:
    """How strongly each firing of the clip burns, float64 (firing_count,), 1 is healthy.

    One cylinder dead (a coil unplugged) or weak, two of them, or cycles missing at random over all
    cylinders (lean mixture); a missed cycle is often followed by a stronger one, as its residual
    gas is fresh charge (Heywood 2018, ch. 9.4)."""
    count, cylinders = firing_count(motion), max(1, motion.cylinders)
    gain = 10 ** (random.normal(0, 0.6, count) / 20)
    kind = random.random()
    cylinder = (np.arange(count) + int(random.integers(cylinders))) % cylinders
    if kind < 0.55:
        gain[cylinder == 0] *= uniform(random, 0.0, 0.15)
    elif kind < 0.7 and cylinders > 3:
        gain[(cylinder == 0) | (cylinder == cylinders // 2)] *= uniform(random, 0.0, 0.3)
    elif kind < 0.8:
        some = (cylinder == 0) & (random.random(count) < uniform(random, 0.3, 0.9))
        gain[some] *= 0.1
    else:
        missed = random.random(count) < uniform(random, 0.05, 0.35)
        gain[missed] *= uniform(random, 0.0, 0.3)
        gain[np.r_[False, missed[:-1]] & ~missed] *= 1.25
    return gain


def _tail_pipe(random: np.random.Generator) -> Structure:
    return draw_structure(
        random, log_uniform(random, 40, 100), log_uniform(random, 300, 1800), modes=(6, 14),
        damping=(0.02, 0.12), contact_s=(0.001, 0.006), diffuse=(0.1, 0.6),
        diffuse_s=(0.005, 0.03),
    )  # fmt: skip


def _pops(motion: Motion, random: np.random.Generator, hits: Curve, levels: Curve) -> Curve:
    """Late burning in the exhaust (n,): the pulse through the pipe and a burst of noise."""
    pulse = strike(len(motion), hits, levels, _tail_pipe(random), random)
    burst = noise(
        len(motion), random, 60, log_uniform(random, 1200, 7900), uniform(random, -8, 1)
    ) * puffs(len(motion), hits, levels, 0.001, log_uniform(random, 0.005, 0.06))
    return pulse / (np.std(pulse) + 1e-9) + uniform(random, 0.1, 1.0) * burst / (
        np.std(burst) + 1e-9
    )


def _shudder(motion: Motion, random: np.random.Generator) -> Curve:
    """Body and mounts shaken at half order and its multiples (n,)."""
    levels = falling(24, uniform(random, 2, 6), random)
    rough = noise(len(motion), random, 60, log_uniform(random, 1500, 7900), uniform(random, -4, 1))
    lope = 1 + 0.8 * np.cos(np.pi * 2 * 0.5 * motion.crank_rev + uniform(random, 0, 6))
    shake = harmonics(0.5 * motion.crank_rev, levels, random)
    return shake / (np.std(shake) + 1e-9) + uniform(random, 0.1, 1) * rough * lope


def dead_cylinder(motion: Motion, random: np.random.Generator) -> FaultSound:
    """One coil, plug or injector dead: a pop and a gap every second turn, and the shudder."""
    hits = turns(motion.crank_rev, 0.5, uniform(random, 0, 1))
    levels = uneven(len(hits), 3, random) * at(running(motion), hits)
    hits = jitter(crank_hz(motion), hits, 0.015, random)
    sound = _pops(motion, random, hits, levels)
    sound += uniform(random, 0.1, 1.2) * _shudder(motion, random) * running(motion)
    return fault_sound(sound)


def random_misfire(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A lean or wet mixture: any firing may fail, 5 to 30 in a hundred, in runs."""
    hits = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    share = uniform(random, 0.05, 0.3)
    failed = random.random(len(hits)) < share
    if len(hits) and not failed.any():
        failed[int(random.integers(len(hits)))] = True
    hits = hits[failed]
    levels = uneven(len(hits), 5, random) * at(running(motion), hits)
    hits = jitter(crank_hz(motion), hits, 0.02, random)
    return fault_sound(_pops(motion, random, hits, levels), share=share)


def rough_running(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Several weak cylinders: uneven puffs with a pattern that repeats every second turn."""
    cylinders = max(1, motion.cylinders)
    hits = turns(motion.crank_rev, firings_per_rev(motion), uniform(random, 0, 1))
    pattern = random.uniform(0.05, 1.0, cylinders)
    levels = pattern[np.arange(len(hits)) % cylinders] * uneven(len(hits), 4, random)
    levels *= at(running(motion), hits)
    hits = jitter(crank_hz(motion), hits, 0.015, random)
    sound = _pops(motion, random, hits, levels)
    sound += uniform(random, 0.2, 1.0) * _shudder(motion, random) * running(motion)
    return fault_sound(sound, pattern_spread=float(np.std(pattern)))


def backfire(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Unburnt charge goes off in the exhaust, or sneezes back through the intake: single bangs,
    0.3 to 4 a second, loudest after the pedal is let go."""
    rate = uniform(random, 0.3, 4)
    count = max(1, int(random.poisson(rate * motion.duration_s)))
    hits = np.sort(random.uniform(0.02, 0.95, count)) * len(motion)
    levels = uneven(count, 6, random) * (1.2 - np.clip(at(motion.load, hits), 0, 1))
    levels *= at(running(motion), hits)
    return fault_sound(_pops(motion, random, hits, levels), per_s=rate)


MISFIRES = (
    Mechanism("dead_cylinder", "misfire", COMBUSTION, RUNNING, dead_cylinder),
    Mechanism("random_misfire", "misfire", COMBUSTION, RUNNING, random_misfire),
    Mechanism("rough_running", "misfire", COMBUSTION, RUNNING, rough_running),
    Mechanism("backfire", "misfire", PETROL, ("idle", "rev_up", "accelerate"), backfire),
)
