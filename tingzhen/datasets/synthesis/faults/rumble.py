"""Low rolling noise: wheel bearings, tyres, propeller shaft, engine mounts."""

import numpy as np

from tingzhen.datasets.synthesis.faults.bearing import bearing_orders
from tingzhen.datasets.synthesis.faults.mechanism import (
    ALL,
    COMBUSTION,
    FaultSound,
    Mechanism,
    fault_sound,
)
from tingzhen.datasets.synthesis.faults.shafts import (
    firings_per_rev,
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
from tingzhen.datasets.synthesis.faults.timing import at, drift, jitter, turns, uneven
from tingzhen.datasets.synthesis.faults.tones import falling, harmonics, noise
from tingzhen.datasets.synthesis.motion import Motion

ROLLING = ("steady", "accelerate", "brake", "turn")


def wheel_bearing_rumble(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A spalled wheel bearing: blows at the ball-pass rate of outer or inner ring with 1 to 2 %
    slip, inner ones gated once a wheel turn as the spall enters the load zone, through hub and
    body modes of 60 to 1500 Hz (Randall, Antoni, MSSP 25, 2011). Double-row ball bearings of cars:
    10 to 15 balls, ball to pitch 0.13 to 0.22, contact 30 to 40 degrees."""
    orders = bearing_orders(
        int(random.integers(10, 16)), uniform(random, 0.13, 0.22), uniform(random, 30, 40)
    )
    inner = random.random() < 0.5
    order = orders.inner if inner else orders.outer
    hits = turns(motion.wheel_rev, order, uniform(random, 0, 1))
    rate = 1.0 if inner else orders.cage
    angle = 2 * np.pi * rate * at(motion.wheel_rev, hits)
    gate = np.clip(uniform(random, 0.2, 1.0) + uniform(random, 0.2, 1.0) * np.cos(angle), 0, None)
    speed = share_of_top(np.abs(motion.speed_kmh)) ** uniform(random, 0.5, 2)
    levels = gate * uneven(len(hits), 4, random) * at(speed, hits)
    hits = jitter(order * wheel_hz(motion), hits, uniform(random, 0.01, 0.1), random)
    hub = draw_structure(
        random, log_uniform(random, 50, 120), log_uniform(random, 400, 1800), modes=(6, 14),
        damping=(0.02, 0.12), contact_s=(0.0005, 0.002), diffuse_s=(0.005, 0.03),
    )  # fmt: skip
    roll = noise(len(motion), random, 40, log_uniform(random, 250, 1200), -3) * speed
    roll *= 1 + uniform(random, 0, 0.7) * np.cos(2 * np.pi * rate * motion.wheel_rev)
    sound = strike(len(motion), hits, levels, hub, random)
    sound /= np.sqrt(np.mean(np.square(sound))) + 1e-9
    sound += uniform(random, 0.1, 1.5) * rub(roll, hub) / (np.sqrt(np.mean(roll**2)) + 1e-9)
    return fault_sound(sound * rolling(motion), events_per_wheel_turn=order)


def cupped_tyre(motion: Motion, random: np.random.Generator) -> FaultSound:
    """Cups around a tyre, 4 to 20 of them, drum on the road: harmonics of the wheel with the
    strongest at the number of cups, and road noise modulated by it, 40 to 900 Hz (Sandberg,
    Ejsmont 2002)."""
    cups = int(random.integers(4, 21))
    wear = np.zeros(min(60, 3 * cups))
    wear[cups - 1 :: cups] = 1.0 / np.arange(1, len(wear[cups - 1 :: cups]) + 1)
    wear += 0.25 * np.abs(random.standard_normal(len(wear)))
    drum = harmonics(motion.wheel_rev, wear, random)
    road = noise(len(motion), random, 80, log_uniform(random, 500, 1500), -3)
    speed = share_of_top(np.abs(motion.speed_kmh)) * rolling(motion)
    body = draw_structure(random, 40, 900, modes=(6, 14), damping=(0.03, 0.15))
    depth = uniform(random, 0.3, 1.5)
    force = drum * uniform(random, 0.2, 1.0) + road * np.clip(1 + depth * 0.4 * drum, 0, None)
    return fault_sound(rub(force * speed, body), cups=cups)


def driveshaft_rumble(motion: Motion, random: np.random.Generator) -> FaultSound:
    """An unbalanced shaft or worn universal joint: orders 1, 2 and 4 of a shaft that turns 2.5 to
    4.5 times for each wheel turn (1 for a half shaft), through the floor, 30 to 400 Hz (Seherr-
    Thoss et al., Universal Joints and Driveshafts, 2006: second order of a Hooke's joint)."""
    ratio = uniform(random, 2.5, 4.5) if random.random() < 0.7 else 1.0
    levels = np.array([1, 0.9, 0.2, 0.5, 0.1, 0.25, 0.05, 0.1]) * 10 ** (
        random.normal(0, 4, 8) / 20
    )
    tone = harmonics(ratio * motion.wheel_rev, levels, random)
    hum = noise(len(motion), random, 30, log_uniform(random, 200, 600), -3)
    hum *= 1 + 0.8 * np.cos(2 * np.pi * ratio * motion.wheel_rev)
    floor = draw_structure(random, 35, 600, modes=(6, 14), damping=(0.03, 0.15))
    drive = (0.5 + 0.5 * motion.load) * share_of_top(np.abs(motion.speed_kmh)) * rolling(motion)
    return fault_sound(
        rub((tone + uniform(random, 0.1, 0.8) * hum) * drive, floor), shaft_per_wheel=ratio
    )


def mount_boom(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A broken engine mount passes the firing order and its multiples into the body, which booms
    where they meet a panel or cavity mode of 35 to 250 Hz (Wang, Vehicle Noise and Vibration
    Refinement, 2010, ch. 12 and 15)."""
    order = firings_per_rev(motion)
    levels = falling(16, uniform(random, 3, 9), random)
    tone = harmonics(order / 2 * motion.crank_rev, levels, random)
    body = draw_structure(
        random, 35, log_uniform(random, 150, 500), modes=(3, 9), damping=(0.01, 0.08),
        diffuse=(0.0, 0.3), diffuse_s=(0.01, 0.05),
    )  # fmt: skip
    buzz = noise(len(motion), random, 60, 800, -3) * uniform(random, 0.05, 0.6)
    buzz *= 1 + np.cos(2 * np.pi * order * motion.crank_rev)
    shake = running(motion) * drift(len(motion), random, 0.4, uniform(random, 0.05, 0.35))
    return fault_sound(rub((tone + buzz) * shake, body), firing_order=order)


def flat_spot(motion: Motion, random: np.random.Generator) -> FaultSound:
    """A tyre that stood or was locked, or has a broken belt, thumps once a wheel turn, 40 to
    500 Hz, and faster with speed (Sandberg, Ejsmont 2002)."""
    hits = turns(motion.wheel_rev, 1.0, uniform(random, 0, 1))
    speed = share_of_top(np.abs(motion.speed_kmh))
    levels = uneven(len(hits), 2, random) * at(speed, hits)
    body = draw_structure(
        random, 40, log_uniform(random, 250, 900), damping=(0.03, 0.2), contact_s=(0.002, 0.008),
        diffuse_s=(0.01, 0.04),
    )  # fmt: skip
    return fault_sound(strike(len(motion), hits, levels, body, random))


RUMBLES = (
    Mechanism("wheel_bearing_rumble", "rumble", ALL, ROLLING, wheel_bearing_rumble),
    Mechanism("cupped_tyre", "rumble", ALL, ROLLING, cupped_tyre),
    Mechanism("driveshaft_rumble", "rumble", ALL, ("steady", "accelerate"), driveshaft_rumble),
    Mechanism("mount_boom", "rumble", COMBUSTION, ("idle", "rev_up", "accelerate"), mount_boom),
    Mechanism("flat_spot", "rumble", ALL, ROLLING, flat_spot),
)
