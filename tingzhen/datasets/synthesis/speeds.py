"""Curves of road speed and crank speed for each manoeuvre, at CONTROL_HZ.

Ranges, unless said otherwise: Bosch Automotive Handbook (idle and cranking speeds, gear ratios);
Gillespie, Fundamentals of Vehicle Dynamics (accelerations of everyday driving, 1 to 3 m/s2).
"""

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.motion import Curve, Powertrain

Manoeuvre = Literal[
    "idle", "rev_up", "steady", "accelerate", "brake", "turn", "bumps", "reverse",
    "start", "stop", "parked", "charging",
]  # fmt: skip
MANOEUVRES: tuple[Manoeuvre, ...] = get_args(Manoeuvre)
CONTROL_HZ = 100
FIRING_FROM_RPM = 420.0  # below this an engine is being cranked or runs down


def _wander(random: np.random.Generator, time_s: Curve, changes_hz: float) -> Curve:
    """Smooth noise of about 1 in standard deviation, with `changes_hz` new values a second."""
    points = max(4, int(time_s[-1] * changes_hz) + 3)
    return np.interp(time_s * changes_hz, np.arange(points), random.standard_normal(points))


def _eased(time_s: Curve, begin_s: float, length_s: float) -> Curve:
    """0 before, 1 after, a smooth step between."""
    part = np.clip((time_s - begin_s) / max(length_s, 1e-3), 0, 1)
    eased: Curve = part * part * (3 - 2 * part)
    return eased


def draw_speed(
    random: np.random.Generator, manoeuvre: Manoeuvre, time_s: Curve
) -> tuple[Curve, Curve]:
    """Speed in km/h and brake pressure 0..1."""
    still = np.zeros_like(time_s)
    end_s = float(time_s[-1])
    brake = still
    match manoeuvre:
        case "steady":
            base = random.choice([random.uniform(15, 60), random.uniform(50, 130)])
            speed = base + random.uniform(0.2, 2.0) * _wander(random, time_s, 0.7)
        case "accelerate":
            begin_s = random.uniform(0, 0.25 * end_s)
            gain_kmh_s = 3.6 * random.uniform(0.8, 3.2)
            start_kmh = random.choice([0.0, random.uniform(5, 60)])
            speed = start_kmh + gain_kmh_s * np.clip(time_s - begin_s, 0, None) * (
                1 - 0.02 * np.clip(time_s - begin_s, 0, 20)
            )
        case "brake":
            begin_s = random.uniform(0.05, 0.4) * end_s
            loss_kmh_s = 3.6 * random.uniform(0.8, 3.5)
            stop_s = random.uniform(begin_s + 0.3 * (end_s - begin_s), end_s * 1.15)
            start_kmh = min(loss_kmh_s * (stop_s - begin_s), 90.0)
            speed = np.clip(start_kmh - loss_kmh_s * np.clip(time_s - begin_s, 0, None), 0, None)
            pressure = random.uniform(0.25, 0.8) * (1 + 0.1 * _wander(random, time_s, 2))
            brake = np.clip(_eased(time_s, begin_s - 0.15, 0.3) * pressure, 0, 1)
        case "turn":
            speed = random.uniform(5, 25) + 1.5 * _wander(random, time_s, 0.5)
        case "bumps":
            speed = random.uniform(8, 45) + 2.0 * _wander(random, time_s, 0.5)
        case "reverse":
            speed = random.uniform(2, 9) * _eased(time_s, random.uniform(0, 0.3) * end_s, 1.0)
        case _:
            speed = still
    return np.clip(speed, 0, 160), brake


def motor_speed(random: np.random.Generator, speed_kmh: Curve) -> tuple[Curve, Curve]:
    """One fixed ratio of 7.5 to 11 (single-speed gears of series cars), so 70 to 100 rpm a km/h."""
    ratio = random.uniform(7.5, 11.0)
    rpm = speed_kmh / 3.6 / 2.0 * 60 * ratio
    push = np.gradient(speed_kmh, 1 / CONTROL_HZ) / 12
    return rpm, np.clip(0.08 + np.abs(push) + 0.0015 * speed_kmh, 0, 1) * (speed_kmh > 0.1)


def engine_speed(
    random: np.random.Generator,
    manoeuvre: Manoeuvre,
    time_s: Curve,
    speed_kmh: Curve,
    *,
    powertrain: Powertrain,
    warmth: float,
) -> tuple[Curve, Curve]:
    """Crank speed in rpm and load 0..1."""
    idle_rpm = random.uniform(600, 880) + random.uniform(200, 600) * (1 - warmth) ** 1.5
    # Hunting of the idle control, and cyclic variation of combustion (Heywood: idle is the worst).
    hunting = random.exponential(12) * np.sin(
        2 * np.pi * random.uniform(0.2, 1.2) * time_s + random.uniform(0, 6.28)
    )
    steady = idle_rpm * (
        1 + random.uniform(0.002, 0.012) * _wander(random, time_s, random.uniform(4, 14))
    )
    standing = steady + hunting
    load = np.full_like(time_s, random.uniform(0.08, 0.25))
    blips, highest_rpm = 0, 2800.0
    if manoeuvre == "idle":
        blips = int(random.random() < 0.3)
    elif manoeuvre == "rev_up":
        blips = int(random.integers(1, 4))
        highest_rpm = random.uniform(1800, 4200 if powertrain == "diesel" else 5200)
    if manoeuvre in ("parked", "charging"):
        curves = (0 * time_s, 0 * time_s)
    elif blips:
        curves = _blips(random, time_s, standing, load, count=blips, highest_rpm=highest_rpm)
    elif manoeuvre == "start":
        curves = _start(random, time_s, standing, load)
    elif manoeuvre == "stop":
        off_s = random.uniform(0.3, 0.75) * time_s[-1]
        fall = np.clip(1 - (time_s - off_s) / random.uniform(0.5, 1.1), 0, 1) ** 1.3
        curves = (standing * fall, load * (time_s < off_s))
    elif speed_kmh.max() < 0.5:
        curves = (standing, load)
    else:
        curves = _driven(random, time_s, speed_kmh, standing, powertrain)
    return curves


def _driven(
    random: np.random.Generator,
    time_s: Curve,
    speed_kmh: Curve,
    standing: Curve,
    powertrain: Powertrain,
) -> tuple[Curve, Curve]:
    """Geared: total ratios of a five or six speed car; the clutch slips below idle speed."""
    slow = 0.72 if powertrain == "diesel" else 1.0
    shift_rpm = random.uniform(2000, 3600) * slow
    rpm_per_kmh = np.array([118.0, 68.0, 45.0, 34.0, 27.0, 22.0]) * random.uniform(0.85, 1.15)
    candidates = speed_kmh[:, None] * rpm_per_kmh * slow
    # The lowest gear whose speed lies below the shift point; top gear where none does.
    gear = np.where(candidates < shift_rpm, 0, 1).sum(axis=1).clip(0, 5)
    gear = _held(gear)
    rpm = candidates[np.arange(len(gear)), gear]
    rpm = np.maximum(rpm, standing)
    width = int(random.uniform(0.15, 0.45) * CONTROL_HZ)  # a shift takes this long
    rpm = _smoothed(rpm, width)
    push = np.gradient(_smoothed(speed_kmh, 20), 1 / CONTROL_HZ) / 11
    load = np.clip(0.12 + push + 0.003 * speed_kmh + 0.05 * _wander(random, time_s, 1.5), 0.03, 1)
    shifting = np.abs(np.diff(gear, prepend=gear[0])) > 0
    load *= 1 - 0.85 * _smoothed(np.minimum(1.0, 30.0 * _smoothed(shifting.astype(float), 30)), 10)
    return rpm, load


def _held(gear: NDArray[np.int_]) -> NDArray[np.int_]:
    """A gear is kept for at least 0.8 s; drivers do not shift back and forth."""
    kept = gear.copy()
    since = 0
    for index in range(1, len(kept)):
        if kept[index] != kept[index - 1]:
            if index - since < 0.8 * CONTROL_HZ:
                kept[index] = kept[index - 1]
            else:
                since = index
    return kept


def _smoothed(curve: Curve, width: int) -> Curve:
    kernel = np.hanning(max(width, 1) + 2)
    padded = np.pad(curve, len(kernel), mode="edge")
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="same")
    return np.asarray(smooth[len(kernel) : -len(kernel)])


def _blips(
    random: np.random.Generator,
    time_s: Curve,
    standing: Curve,
    load: Curve,
    *,
    count: int,
    highest_rpm: float,
) -> tuple[Curve, Curve]:
    """The pedal is pressed `count` times; the engine runs up fast and falls slowly."""
    pedal = np.zeros_like(time_s)
    for begin_s in np.sort(random.uniform(0, 0.8 * time_s[-1], count)):
        hold_s = random.choice([random.uniform(0.1, 0.5), random.uniform(0.5, 3.0)])
        held = (time_s >= begin_s) & (time_s < begin_s + hold_s)
        pedal = np.maximum(pedal, held * random.uniform(0.6, 1.0))
    up_s, down_s = random.uniform(0.2, 0.9), random.uniform(0.5, 1.4)
    height = np.zeros_like(time_s)
    value = 0.0
    for index, wanted in enumerate(pedal):
        value += (wanted - value) / CONTROL_HZ / (up_s if wanted > value else down_s) * 2.0
        height[index] = value
    rpm = standing + height * max(highest_rpm - 800, 600)
    return rpm, np.clip(load + 0.7 * np.clip(pedal - height, 0, 1) + 0.15 * height, 0, 1)


def _start(
    random: np.random.Generator, time_s: Curve, standing: Curve, load: Curve
) -> tuple[Curve, Curve]:
    """Crank at 150 to 280 rpm for 0.4 to 1.6 s, flare, settle at idle speed."""
    crank_s = random.uniform(0.1, min(1.5, 0.3 * time_s[-1]))
    fire_s = crank_s + random.uniform(0.4, 1.6)
    turning = random.uniform(150, 280) * (1 + 0.06 * np.sin(2 * np.pi * 7 * time_s))
    cranked = turning * _eased(time_s, crank_s, 0.12)
    caught = _eased(time_s, fire_s, random.uniform(0.2, 0.5))
    flare = random.uniform(0.1, 0.9) * np.exp(-np.clip(time_s - fire_s, 0, None) / 0.9)
    running = standing * (1 + flare)
    return cranked * (1 - caught) + running * caught, load * caught * (1 + 2 * flare)
