"""How often the parts of a rolling bearing meet a fault, per turn of its inner ring."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class BearingOrders:
    """Events for each turn of the inner ring against a standing outer ring: ball pass outer
    (BPFO), ball pass inner (BPFI), ball spin (BSF), cage (FTF)."""

    outer: float
    inner: float
    ball: float
    cage: float


def bearing_orders(balls: int, ball_to_pitch: float, contact_degrees: float) -> BearingOrders:
    """ball_to_pitch: ball diameter over pitch diameter. Kinematics without slip (Harris, Kotzalas,
    Essential Concepts of Bearing Technology, 2006; Randall, Antoni, MSSP 25, 2011, eq. 1 to 4)."""
    share = ball_to_pitch * float(np.cos(np.deg2rad(contact_degrees)))
    return BearingOrders(
        outer=balls / 2 * (1 - share),
        inner=balls / 2 * (1 + share),
        ball=(1 - share**2) / (2 * ball_to_pitch),
        cage=(1 - share) / 2,
    )
