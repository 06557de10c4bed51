"""Speeds of the shafts of a motion, and whether they turn."""

import numpy as np

from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Curve, Motion


def crank_hz(motion: Motion) -> Curve:
    return motion.rpm / 60


def wheel_hz(motion: Motion) -> Curve:
    return np.abs(np.gradient(motion.wheel_rev)) * SAMPLE_RATE_HZ


def firings_per_rev(motion: Motion) -> float:
    """Four-stroke: each cylinder fires every second turn (Heywood, Internal Combustion Engine
    Fundamentals, 2nd ed. 2018)."""
    return max(1, motion.cylinders) / 2


def running(motion: Motion) -> Curve:
    """1 where the crank turns fast enough to drive what hangs on it, with soft edges."""
    return np.clip((motion.rpm - 150) / 200, 0.0, 1.0)


def rolling(motion: Motion) -> Curve:
    """0 standing, 1 from walking speed."""
    return np.clip(np.abs(motion.speed_kmh) / 4, 0.0, 1.0)


def share_of_top(curve: Curve) -> Curve:
    """The curve (n,) over its highest value, or zeros."""
    top = float(np.max(curve, initial=0.0))
    return curve / top if top > 1e-9 else np.zeros(len(curve))
