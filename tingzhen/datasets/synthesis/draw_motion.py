"""Draw how a vehicle moves in a scene: idle, drives, brakes, starts and all else that is filmed.

Speeds are drawn at 100 values a second and read off at the sound's rate.
The curves themselves, with their sources, are in `speeds`.
"""

from collections.abc import Collection

import numpy as np

from tingzhen.datasets.synthesis.filters import joined
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion, Powertrain
from tingzhen.datasets.synthesis.speeds import (
    CONTROL_HZ,
    MANOEUVRES,
    Manoeuvre,
    draw_speed,
    engine_speed,
    motor_speed,
)

POWERTRAINS: tuple[Powertrain, ...] = ("petrol", "diesel", "hybrid", "electric")

# Shares of what people film: standing cars with the bonnet open lead by far.
_SHARE: dict[Manoeuvre, float] = {
    "idle": 0.34, "rev_up": 0.12, "steady": 0.11, "accelerate": 0.1, "brake": 0.08, "turn": 0.05,
    "bumps": 0.05, "reverse": 0.03, "start": 0.08, "stop": 0.02, "parked": 0.01, "charging": 0.01,
}  # fmt: skip
_CYLINDERS = {3: 0.17, 4: 0.6, 5: 0.04, 6: 0.13, 8: 0.06}


def draw_powertrain(
    random: np.random.Generator, among: Collection[str] | None = None
) -> Powertrain:
    """By how often each is on the road and filmed; only `among` these where given."""
    shares = np.array([0.5, 0.24, 0.1, 0.16])
    if among:
        shares *= [p in among for p in POWERTRAINS]
    return POWERTRAINS[int(random.choice(len(POWERTRAINS), p=shares / shares.sum()))]


def draw_manoeuvre(
    random: np.random.Generator, powertrain: Powertrain, among: Collection[str] | None = None
) -> Manoeuvre:
    """By how often each is filmed; only `among` these where given, and what the powertrain can."""
    unlike = ("idle", "rev_up", "start", "stop") if powertrain == "electric" else ("charging",)
    shares = np.array([
        _SHARE[m] * (not among or m in among) * (m not in unlike) for m in MANOEUVRES
    ])  # fmt: skip
    if shares.sum() == 0:
        return "parked"
    return MANOEUVRES[int(random.choice(len(MANOEUVRES), p=shares / shares.sum()))]


def draw_motion(
    random: np.random.Generator,
    *,
    duration_s: float,
    manoeuvre: Manoeuvre | None = None,
    powertrain: Powertrain | None = None,
) -> Motion:
    """A motion of `duration_s`; what is not given is drawn by how often it is filmed."""
    if powertrain is None:
        powertrain = "electric" if manoeuvre == "charging" else draw_powertrain(random)
    if manoeuvre is None:
        manoeuvre = draw_manoeuvre(random, powertrain)
    time_s = np.arange(int(np.ceil(duration_s * CONTROL_HZ)) + 2) / CONTROL_HZ
    cylinders = 0
    if powertrain != "electric":
        cylinders = int(random.choice(list(_CYLINDERS), p=list(_CYLINDERS.values())))
    warmth = float(np.clip(random.beta(2.0, 0.9), 0, 1))
    speed, brake = draw_speed(random, manoeuvre, time_s)
    if powertrain == "electric":
        rpm, load = motor_speed(random, speed)
    else:
        rpm, load = engine_speed(
            random, manoeuvre, time_s, speed, powertrain=powertrain, warmth=warmth
        )
    circumference_m = random.uniform(1.75, 2.25)  # 175/65 R14 to 255/50 R19
    samples = round(duration_s * SAMPLE_RATE_HZ)

    def at_sound_rate(curve: Curve) -> Curve:
        return joined(curve, SAMPLE_RATE_HZ // CONTROL_HZ)[:samples].astype(np.float64)

    rpm_curve, speed_curve = at_sound_rate(rpm), at_sound_rate(speed)
    return Motion(
        powertrain=powertrain,
        cylinders=cylinders,
        rpm=rpm_curve,
        crank_rev=np.cumsum(rpm_curve) / (60 * SAMPLE_RATE_HZ) + random.uniform(0, 2),
        speed_kmh=speed_curve,
        wheel_rev=np.cumsum(speed_curve) / (3.6 * circumference_m * SAMPLE_RATE_HZ),
        load=at_sound_rate(load),
        brake=at_sound_rate(brake),
        warmth=warmth,
    )
