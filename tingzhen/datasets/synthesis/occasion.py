"""A car that moves in a way in which a fault can be heard, for faulty and healthy scenes alike."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tingzhen.audio.vocabulary import NoiseType
from tingzhen.datasets.synthesis.draw_motion import draw_manoeuvre, draw_motion, draw_powertrain
from tingzhen.datasets.synthesis.faults import FaultSound, Mechanism
from tingzhen.datasets.synthesis.motion import Motion

_TRIES = 12


@dataclass(frozen=True, slots=True, eq=False)
class Occasion:
    """A car that moves in a way in which the faults are heard."""

    manoeuvre: str
    motion: Motion
    faults: tuple[tuple[Mechanism, FaultSound], ...]


def draw_occasion(
    wanted: frozenset[NoiseType],
    known: Mapping[str, Mechanism],
    choice: np.random.Generator,
    moving: np.random.Generator,
    faulty: np.random.Generator,
    *,
    duration_s: float,
) -> Occasion:
    """Draw a mechanism of a wanted type (any, as if, for a healthy scene), then motions until one
    gives it an occasion to be heard."""
    for _ in range(_TRIES):
        chosen = _chosen(wanted, known, choice)
        powertrain = draw_powertrain(moving, chosen[0].powertrains if chosen else None)
        manoeuvre = draw_manoeuvre(moving, powertrain, chosen[0].manoeuvres if chosen else None)
        motion = draw_motion(
            moving, duration_s=duration_s, manoeuvre=manoeuvre, powertrain=powertrain
        )
        fitting = [m for m in chosen if powertrain in m.powertrains and manoeuvre in m.manoeuvres]
        made = [(m, m.make(motion, faulty)) for m in fitting]
        heard = tuple((m, fault) for m, fault in made if fault.events)
        # A car that does not start has no other noise to show.
        silent = tuple(found for found in heard if found[0].type == "start_failure")
        heard = silent[:1] or heard
        runs = motion.rpm.max() > 0 or motion.speed_kmh.max() > 0 or powertrain == "electric"
        if (heard or not chosen) and (runs or wanted):
            return Occasion(manoeuvre, motion, heard)
    return Occasion("idle", draw_motion(moving, duration_s=duration_s, manoeuvre="idle"), ())


def _chosen(
    wanted: frozenset[NoiseType], known: Mapping[str, Mechanism], random: np.random.Generator
) -> list[Mechanism]:
    """One mechanism of each wanted type; of any one type where none is wanted."""
    having = sorted({m.type for m in known.values()})
    if not having:
        return []
    types = sorted(wanted) or [having[int(random.integers(len(having)))]]
    random.shuffle(types)
    chosen = []
    for kind in types:
        of_kind = [m for m in known.values() if m.type == kind]
        if of_kind:
            chosen.append(of_kind[int(random.integers(len(of_kind)))])
    return chosen


def occasion_summary(occasion: Occasion) -> dict[str, str | float]:
    motion = occasion.motion
    return {
        "manoeuvre": occasion.manoeuvre,
        "powertrain": motion.powertrain,
        "cylinders": motion.cylinders,
        "warmth": round(motion.warmth, 3),
        "rpm_mean": round(float(motion.rpm.mean()), 1),
        "rpm_lowest": round(float(motion.rpm.min()), 1),
        "rpm_highest": round(float(motion.rpm.max()), 1),
        "speed_mean_kmh": round(float(motion.speed_kmh.mean()), 1),
        "speed_highest_kmh": round(float(motion.speed_kmh.max()), 1),
    }
