"""How a vehicle moves: what every carrier and every fault of a synthetic scene is locked to.

All curves are sampled at the sound's own rate, so a sound that is locked to the crank, the wheels
or the road reads its phase off them and cannot drift from the other sounds of the scene.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
Curve = NDArray[np.float64]
Powertrain = Literal["petrol", "diesel", "hybrid", "electric"]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Curves are float64 (n,), one value a sample at SAMPLE_RATE_HZ.

    rpm: crank speed, or motor speed of an electric car; 0 where it stands. crank_rev, wheel_rev:
    revolutions since the beginning (the integral of the speeds). speed_kmh: of the car. load: of
    the engine or motor, 0..1. brake: pressure, 0..1. warmth: 0 cold, 1 at working temperature.
    cylinders: 0 for an electric car.
    """

    powertrain: Powertrain
    cylinders: int
    rpm: Curve
    crank_rev: Curve
    speed_kmh: Curve
    wheel_rev: Curve
    load: Curve
    brake: Curve
    warmth: float

    def __len__(self) -> int:
        return len(self.rpm)

    @property
    def duration_s(self) -> float:
        return len(self.rpm) / SAMPLE_RATE_HZ
