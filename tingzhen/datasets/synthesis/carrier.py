"""The healthy car of a scene: engine, electric drive and road together, at a level of about 1."""

from collections.abc import Sequence

import numpy as np

from tingzhen.datasets.synthesis.electric import electric_sound
from tingzhen.datasets.synthesis.engine import engine_sound
from tingzhen.datasets.synthesis.faults.mechanism import FaultSound
from tingzhen.datasets.synthesis.filters import Wave, decibels
from tingzhen.datasets.synthesis.motion import Motion
from tingzhen.datasets.synthesis.road import road_sound


def carrier_sound(
    motion: Motion,
    random: np.random.Generator,
    *,
    inside: bool,
    faults: Sequence[FaultSound] = (),
) -> Wave:
    """float32 (n,), root mean square about 1 where the car is loud.

    A fault that changes the engine says so: where it has an attribute `cylinder_gain`, (firings,),
    the engine fires with these strengths. A car that fails to start has no running engine at all.
    """
    level_db = random.normal(0, 3, 3)
    gain = next((g for f in faults if (g := getattr(f, "cylinder_gain", None)) is not None), None)
    engine = engine_sound(motion, random, cylinder_gain=gain) * decibels(level_db[0])
    road = road_sound(motion, random, inside=inside) * decibels(level_db[1])
    made: Wave = road
    if not any(getattr(f, "silences_engine", False) for f in faults):
        made = road + engine
    if motion.powertrain in ("electric", "hybrid"):
        beside_db = -4 if motion.powertrain == "electric" else -18
        made = made + electric_sound(motion, random) * decibels(beside_db + level_db[2])
    power = float(np.sqrt(np.mean(made**2)))
    return made / np.float32(max(power, 0.05))
