"""The healthy car of a scene: engine, electric drive and road together, at a level of about 1."""

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.synthesis.electric import electric_sound
from tingzhen.datasets.synthesis.engine import engine_sound
from tingzhen.datasets.synthesis.filters import Wave, at_heard_level, decibels
from tingzhen.datasets.synthesis.motion import Motion
from tingzhen.datasets.synthesis.road import road_sound


def carrier_sound(
    motion: Motion,
    random: np.random.Generator,
    *,
    inside: bool,
    cylinder_gain: NDArray[np.floating] | None = None,
    starts: bool = True,
) -> Wave:
    """float32 (n,), heard level 1; silent where all of the car stands still.

    cylinder_gain: (firings,), what a misfire leaves of each firing. A car that does not start has
    no running engine; the sound of its starter is that of the fault.
    """
    level_db = random.normal(0, 3, 3)
    engine = engine_sound(motion, random, cylinder_gain=cylinder_gain) * decibels(level_db[0])
    road = road_sound(motion, random, inside=inside) * decibels(level_db[1])
    made: Wave = road + engine if starts else road
    if motion.powertrain in ("electric", "hybrid"):
        beside_db = -4 if motion.powertrain == "electric" else -18
        made = made + electric_sound(motion, random) * decibels(beside_db + level_db[2])
    return at_heard_level(made, 1.0)
