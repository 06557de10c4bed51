"""Tones that follow a shaft: gears, alternator, pumps, bearings, turbo, electric drive."""

import numpy as np

from tingzhen.datasets.synthesis.faults.bearing import bearing_orders
from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    COMBUSTION,
    ELECTRIC,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import rolling, running, share_of_top
from tingzhen.datasets.synthesis.faults.structure import draw_structure, log_uniform, rub, uniform
from tingzhen.datasets.synthesis.faults.timing import drift, spells
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise, phase_of
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion

RUNNING = ("idle", "rev_up", "steady", "accelerate")
ROLLING = ("steady", "accelerate", "turn")


def _modulated(shaft: Curve, order: float, random: np.random.Generator, count: int) -> Curve:
    """Harmonics of `order` times a shaft (n,) in revolutions, with sidebands at the shaft's rate
    in amplitude and phase: run-out and pitch errors (Randall 2021)."""
    wobble = np.cos(2 * np.pi * (shaft + random.uniform()))
    phase = order * shaft + random.uniform(0.0, 0.08) * np.sin(2 * np.pi * shaft)
    tone = harmonics(phase, falling(count, uniform(random, -1, 8), random), random)
    return tone * (1 + uniform(random, 0.0, 0.6) * wobble)


def _path(sound: Curve, random: np.random.Generator) -> Curve:
    """As the housing passes it on: a tone that sweeps over its modes swells and fades."""
    housing = draw_structure(random, 120, 7900, modes=(10, 30), diffuse=(0.3, 0.95))
    heard = rub(sound, housing)
    return heard / (float(np.std(heard)) + 1e-9)


def gear_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Worn gearbox or axle gears: tooth mesh, wheel speed times axle ratio 3 to 4.5 times 9 to 40
    teeth, with harmonics and shaft sidebands, loudest under load or on the overrun (Naunheimer
    et al. 2011; Randall 2021)."""
    order = uniform(random, 1.0, 4.5) * float(random.integers(9, 41))
    sound = _path(_modulated(motion.wheel_rev, order, random, 5), random)
    side = motion.load if random.random() < 0.6 else 1 - motion.load
    sound *= (0.4 + 0.6 * side) * rolling(motion) * drift(len(motion), random, 0.8, 0.15)
    return fault_sound(sound, mesh_per_wheel_turn=order)


def alternator_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Claw-pole alternator with a dead diode or worn bearing: 6, 12 and 36 times its shaft (6 pole
    pairs, 36 slots), shaft 2.2 to 3.2 times the crank, growing with electric load (Bosch
    Automotive Handbook, 2018, alternators)."""
    ratio = uniform(random, 2.2, 3.2)
    shaft = ratio * motion.crank_rev
    sound = np.zeros(len(motion))
    for order in (6, 12, 36):
        sound += uniform(random, 0.1, 1) * _modulated(shaft, order, random, 3)
    sound = _path(sound, random) * running(motion) * drift(len(motion), random, 1.5, 0.25)
    sound += uniform(random, 0, 0.3) * noise(len(motion), random, 1000, 6000) * running(motion)
    return fault_sound(sound, pulley_ratio=ratio)


def _steering(motion: Motion, random: np.random.Generator) -> Curve:
    """Effort (n,) 0..1 at the steering wheel: turned now and then, held at the stop; driving
    fast, only a little."""
    effort = spells(len(motion), random, length_s=(0.4, 2.5), gap_s=(0.2, 2.0), edge_s=0.25)
    return effort / (1 + np.abs(motion.speed_kmh) / 40)


def steering_pump_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Vane pump, 8 to 12 vanes, at 1 to 1.5 times the crank: vane rate and up to 20 harmonics,
    rising as the wheel is turned and pressure climbs from 5 to 100 bar (Bosch Automotive Handbook,
    2018, hydraulic steering; Ivantysyn, Hydrostatic Pumps and Motors, 2003)."""
    ratio, vanes = uniform(random, 1.0, 1.5), int(random.integers(8, 13))
    shaft = ratio * motion.crank_rev
    tone = _modulated(shaft, vanes, random, int(random.integers(4, 21)))
    if random.random() < 0.4:  # uneven vanes show each shaft order
        tone += uniform(random, 0.1, 0.6) * harmonics(shaft, falling(40, 1, random), random)
    base = uniform(random, 0.1, 0.8)
    effort = base + (1 - base) * _steering(motion, random)
    sound = _path(tone, random) + uniform(random, 0.05, 1.5) * noise(
        len(motion), random, log_uniform(random, 60, 800), log_uniform(random, 2500, 7900)
    )
    sound *= effort * running(motion)
    return fault_sound(sound, vanes=vanes, pulley_ratio=ratio)


def pump_cavitation(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Air in the fluid of a steering pump: bubbles burst at each vane, a noisy groaning whine of
    0.5 to 7 kHz modulated at vane rate (Brennen, Cavitation and Bubble Dynamics, 2014)."""
    ratio, vanes = uniform(random, 1.0, 1.5), int(random.integers(8, 13))
    shaft = ratio * motion.crank_rev
    low, high = log_uniform(random, 80, 2000), log_uniform(random, 3500, 7900)
    carrier = noise(len(motion), random, low, high, uniform(random, -6, 2))
    gate = 1 + uniform(random, 0.3, 1.0) * np.cos(2 * np.pi * vanes * shaft)
    gate *= 1 + uniform(random, 0.0, 0.6) * np.cos(2 * np.pi * shaft)
    tone = _path(_modulated(shaft, vanes, random, 12), random)
    base = uniform(random, 0.2, 0.9)
    effort = base + (1 - base) * _steering(motion, random)
    sound = (carrier * gate + uniform(random, 0.1, 1.2) * tone) * effort * running(motion)
    sound *= drift(len(motion), random, 0.15, uniform(random, 0.05, 0.4))
    return fault_sound(sound, vanes=vanes, pulley_ratio=ratio)


def accessory_bearing_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An idler, tensioner, water-pump or compressor bearing that has begun to wear: ball-pass
    tones of its pulley (crank times 0.9 to 2.6) and a band of noise from rough races (Harris,
    Kotzalas 2006; orders as in `bearing_orders`)."""
    ratio = uniform(random, 0.9, 2.6)
    orders = bearing_orders(8, uniform(random, 0.2, 0.27), 0.0)
    shaft = ratio * motion.crank_rev
    order = orders.outer if random.random() < 0.5 else orders.inner
    tone = _modulated(shaft, order * float(random.integers(1, 6)), random, 6)
    race = noise(
        len(motion), random, log_uniform(random, 80, 3000), log_uniform(random, 4000, 7900)
    )
    race *= 1 + uniform(random, 0, 0.6) * np.cos(2 * np.pi * shaft)
    sound = _path(tone, random) + uniform(random, 0.1, 2.0) * _path(race, random)
    return fault_sound(
        sound * running(motion) * drift(len(motion), random, 0.8, 0.2),
        pulley_ratio=ratio, ball_order=order,
    )  # fmt: skip


def wheel_bearing_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Early race wear (false brinelling) sings at ball-pass order and harmonics with speed
    (Harris, Kotzalas 2006)."""
    orders = bearing_orders(int(random.integers(10, 15)), uniform(random, 0.13, 0.22), 35.0)
    sound = _modulated(motion.wheel_rev, orders.outer * float(random.integers(2, 9)), random, 4)
    speed = share_of_top(np.abs(motion.speed_kmh)) * rolling(motion)
    band = noise(len(motion), random, 200, log_uniform(random, 800, 2500))
    sound = _path(sound, random) + uniform(random, 0.05, 0.7) * band
    return fault_sound(sound * speed, outer_order=orders.outer)


def fuel_pump_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An in-tank pump that is worn or starved: 4000 to 8000 rpm, 8 to 12 commutator bars, so 500
    to 1600 Hz and the shaft at 70 to 130 Hz, whatever the engine does (Bosch Automotive Handbook,
    2018, electric fuel pumps)."""
    shaft_hz, bars = uniform(random, 4000, 8000) / 60, int(random.choice([8, 10, 12]))
    shaft = phase_of(shaft_hz * drift(len(motion), random, 0.5, log_uniform(random, 0.002, 0.03)))
    sound = _modulated(shaft, bars, random, 6) + uniform(random, 0.1, 0.8) * harmonics(
        shaft, falling(20, 3, random), random
    )
    sound = _path(sound, random) * drift(len(motion), random, 0.5, 0.1)
    sound += uniform(random, 0.02, 0.4) * noise(len(motion), random, 300, 4000)
    return fault_sound(sound, shaft_hz=shaft_hz, bars=bars)


def turbo_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A rubbing or unbalanced turbocharger: once-a-turn tone of 20,000 to 180,000 rpm, 0.3 to
    3 kHz, lagging behind the throttle by 0.2 to 0.8 s, with half order from the oil film (Nguyen-
    Schaefer, Rotordynamics of Automotive Turbochargers, 2015)."""
    asked = running(motion) * (0.25 + 0.75 * np.clip(motion.load, 0, 1)) * motion.rpm / 4000
    lag = uniform(random, 0.2, 0.8)
    spool = _lagged(asked, lag)
    top = log_uniform(random, 900, 3000)
    hz = 250 + top * share_of_top(spool)
    tone = harmonics(phase_of(hz), falling(3, 10, random), random)
    tone += uniform(random, 0, 0.5) * harmonics(phase_of(0.47 * hz), np.array([1.0]), random)
    sound = tone + uniform(random, 0.05, 0.5) * noise(len(motion), random, 1500, 7500)
    return fault_sound(sound * share_of_top(spool) * running(motion), top_hz=250 + top, lag_s=lag)


def _lagged(curve: Curve, lag_s: float) -> Curve:
    """First-order lag of a curve (n,), on a grid of 10 ms that is fine enough for a rotor."""
    step = SAMPLE_RATE_HZ // 100
    coarse = curve[::step]
    keep, state = np.exp(-0.01 / lag_s), float(curve[0])
    out = np.empty(len(coarse))
    for index, value in enumerate(coarse):
        state = keep * state + (1 - keep) * float(value)
        out[index] = state
    return np.interp(np.arange(len(curve)), np.arange(len(coarse)) * step, out)


def reducer_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Worn reduction gear of an electric axle: motor turns times 19 to 31 pinion teeth, and the
    second stage at 0.3 to 0.45 of it, up to 8 kHz, under drive and recuperation alike (Naunheimer
    et al. 2011)."""
    teeth, second = int(random.integers(19, 32)), uniform(random, 0.28, 0.45)
    sound = _modulated(motion.crank_rev, teeth, random, 3)
    sound += uniform(random, 0.1, 0.8) * _modulated(motion.crank_rev, teeth * second, random, 4)
    turning = np.clip(motion.rpm / 300, 0, 1)
    sound = _path(sound, random) * turning * (0.3 + np.clip(motion.load, 0, 1))
    return fault_sound(sound, teeth=teeth, second_stage=second)


def inverter_whine(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A failing inverter or current sensor: switching tone fixed at 2 to 7 kHz with sidebands at
    2, 4 and 6 times the electric frequency (3 to 8 pole pairs times shaft), torque ripple at 6 and
    12 (Gieras, Wang, Lai, Noise of Polyphase Electric Motors, 2006, ch. 4)."""
    switch_hz, poles = log_uniform(random, 2000, 7000), int(random.integers(3, 9))
    electric = poles * motion.crank_rev
    carrier = switch_hz * np.arange(len(motion)) / SAMPLE_RATE_HZ
    sound = uniform(random, 0.1, 1) * np.cos(2 * np.pi * carrier)
    for order in (2, 4, 6):
        side = uniform(random, 0.05, 0.8)
        sound += side * np.cos(2 * np.pi * carrier) * np.cos(2 * np.pi * order * electric)
    ripple = harmonics(6 * electric, falling(2, 6, random), random)
    sound += uniform(random, 0.1, 1) * ripple * np.clip(motion.rpm / 200, 0, 1)
    drive = 0.25 + np.clip(motion.load, 0, 1) * np.clip(motion.rpm / 100, 0, 1)
    return fault_sound(sound * drive, switch_hz=switch_hz, pole_pairs=poles)


WHINES = (
    Mechanism("gear_whine", "whine", ALL, ROLLING, gear_whine),
    Mechanism("alternator_whine", "whine", COMBUSTION, RUNNING, alternator_whine),
    Mechanism("steering_pump_whine", "whine", COMBUSTION, (*RUNNING, "turn"), steering_pump_whine),
    Mechanism("pump_cavitation", "whine", COMBUSTION, (*RUNNING, "turn"), pump_cavitation),
    Mechanism("accessory_bearing_whine", "whine", COMBUSTION, RUNNING, accessory_bearing_whine),
    Mechanism("wheel_bearing_whine", "whine", ALL, ROLLING, wheel_bearing_whine),
    Mechanism(
        "fuel_pump_whine", "whine", COMBUSTION, ("idle", "parked", "steady", "start"),
        fuel_pump_whine,
    ),
    Mechanism("turbo_whine", "whine", COMBUSTION, ("rev_up", "accelerate"), turbo_whine),
    Mechanism(
        "reducer_whine", "whine", ELECTRIC, ("accelerate", "steady", "brake"), reducer_whine
    ),
    Mechanism("inverter_whine", "whine", ELECTRIC, ("accelerate", "steady"), inverter_whine),
)  # fmt: skip
