"""A whole scene: a car or none, where it stands, what else is heard, faults, the phone, the truth.

Healthy and faulty scenes share their beds by construction: a healthy scene is drawn exactly like a
faulty one, motion, place, background, phone and all, and the fault is left out at the very end. So
nothing but the fault can give the label away.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, HEALTHY_NOISE, NoiseType
from tingzhen.datasets.synthesis.carrier import carrier_sound
from tingzhen.datasets.synthesis.codec import through_codec
from tingzhen.datasets.synthesis.faults import MECHANISMS, Mechanism, cylinder_gain
from tingzhen.datasets.synthesis.filters import (
    Wave,
    all_convolved,
    at_heard_level,
    convolved,
    decibels,
)
from tingzhen.datasets.synthesis.mixing import missing_db, mix_at
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ
from tingzhen.datasets.synthesis.occasion import Occasion, draw_occasion, occasion_summary
from tingzhen.datasets.synthesis.phone import through_phone
from tingzhen.datasets.synthesis.room import draw_place, impulse_response, passing
from tingzhen.datasets.synthesis.surroundings import draw_name, surroundings_sound

__all__ = ["FAULT_DB", "Scene", "TrueEvent", "mix_at", "synthesise"]

FAULT_DB = (-6.0, 18.0)
"""A-weighted level of a fault over its bed within its events, before it is raised to be heard."""


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """level_db: A-weighted, of the fault over the bed within these seconds."""

    type: NoiseType
    mechanism: str
    start_s: float
    end_s: float
    level_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """waveform: float32 (n,) at 16 kHz, peak at most 1. types: what is to be heard. events: faults
    only. motion: manoeuvre, powertrain and speeds. recipe: what was drawn, ready for JSON."""

    waveform: Wave
    types: frozenset[NoiseType]
    events: tuple[TrueEvent, ...]
    motion: dict[str, str | float]
    recipe: dict[str, Any]


def synthesise(
    seed: int,
    *,
    types: Collection[NoiseType] | None = None,
    duration_s: float = 6.0,
    codec: bool = False,
    mechanisms: Mapping[str, Mechanism] | None = None,
) -> Scene:
    """The scene of this seed. types: {"normal"}, {"not_vehicle"} or one or two fault types; None
    draws among all. The same seed gives the same bed to a faulty scene and, with one fault of the
    same mechanism, to a healthy one."""
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(8)]
    choice, moving, carrying, faulty, placing, behind, recording, coding = streams
    known = MECHANISMS if mechanisms is None else mechanisms
    wanted = _drawn_types(choice) if types is None else frozenset(types)
    samples = round(duration_s * SAMPLE_RATE_HZ)
    recipe: dict[str, Any] = {"seed": seed, "duration_s": duration_s}
    summary: dict[str, str | float] = {}
    found: tuple[TrueEvent, ...] = ()
    background, background_recipe = _background(behind, samples)
    recipe |= background_recipe
    if wanted == {"not_vehicle"}:
        name = draw_name(choice, behind=False)
        place = draw_place(None, placing)
        recipe |= {"foreground": name, "place": place}
        front = convolved(surroundings_sound(name, carrying, samples),
                          impulse_response(place, placing))  # fmt: skip
        mixed = at_heard_level(front, 1.0) + background
    else:
        occasion = draw_occasion(
            wanted & frozenset(FAULT_NOISES), known, choice, moving, faulty, duration_s=duration_s
        )
        summary = occasion_summary(occasion)
        mixed, found, car_recipe = _car(
            occasion, background, carrying, placing, faulty, left_out=wanted <= HEALTHY_NOISE
        )
        recipe |= car_recipe
        if not wanted <= HEALTHY_NOISE:
            wanted = frozenset(event.type for event in found) or frozenset({"normal"})
    made = through_phone(mixed, recording)
    if codec:
        made = through_codec(made, coding)
    return Scene(made, wanted, found, summary, recipe)


def _drawn_types(random: np.random.Generator) -> frozenset[NoiseType]:
    share = random.random()
    if share < 0.12:
        return frozenset({"not_vehicle"})
    if share < 0.45:
        return frozenset({"normal"})
    count = 2 if share > 0.93 else 1
    drawn = random.choice(len(FAULT_NOISES), count, replace=False)
    return frozenset(FAULT_NOISES[int(number)] for number in drawn)


def _background(random: np.random.Generator, samples: int) -> tuple[Wave, dict[str, Any]]:
    """One or two sounds behind the car, together 4 to 45 dB below its own level of 1."""
    made = np.zeros(samples, np.float32)
    names = [draw_name(random, behind=True) for _ in range(int(random.choice([1, 1, 2])))]
    shares = random.uniform(0.3, 1, len(names))
    level_db = float(np.clip(random.normal(-20, 8), -45, -4))
    together = decibels(level_db) / np.sqrt(np.sum(shares**2))
    for name, share in zip(names, shares, strict=True):
        made += surroundings_sound(name, random, samples) * np.float32(share * together)
    # No place is quite silent between two sounds.
    ambient_db = random.uniform(-60, -30)
    made += random.standard_normal(samples, dtype=np.float32) * decibels(ambient_db)
    return made, {"background": names, "background_db": level_db, "ambient_db": ambient_db}


def _car(
    occasion: Occasion,
    background: Wave,
    carrying: np.random.Generator,
    placing: np.random.Generator,
    faulty: np.random.Generator,
    *,
    left_out: bool,
) -> tuple[Wave, tuple[TrueEvent, ...], dict[str, Any]]:
    """Car, faults and background together; the truth; what was drawn."""
    motion = occasion.motion
    place = draw_place(motion, placing)
    recipe: dict[str, Any] = {"place": place}
    faults = () if left_out else occasion.faults
    names = {mechanism.name for mechanism, _ in faults}
    stumbles = any(m.type == "misfire" for m, _ in faults) and "backfire" not in names
    bed = carrier_sound(
        motion,
        carrying,
        inside=place == "cabin",
        cylinder_gain=cylinder_gain(motion, faulty) if stumbles else None,
        starts=all(mechanism.type != "start_failure" for mechanism, _ in faults),
    )
    # With nothing but the background beside it a fault takes the place of the car.
    louder_db = 0.0 if bed.any() else 8.0
    sounds = [bed, *(fault.waveform for _, fault in faults)]
    if place == "pass_by":
        sounds, geometry = passing(sounds, motion.speed_kmh, placing)
        recipe |= geometry
    response = impulse_response(place, placing)
    bed, *fault_sounds = all_convolved(sounds, response)
    bed = bed + background
    mixed = bed
    found: list[TrueEvent] = []
    drawn = []
    for (mechanism, fault), sound in zip(faults, fault_sounds, strict=True):
        level_db = float(faulty.uniform(*FAULT_DB)) + louder_db
        if stumbles and mechanism.type == "misfire":
            level_db -= 6.0  # the engine itself tells most of it
        heard, levels_db = mix_at(bed, sound, level_db, fault.events)
        raised_db = missing_db(bed, heard, fault.events)
        mixed = mixed + (heard - bed) * decibels(raised_db)
        drawn.append(
            {"mechanism": mechanism.name, "level_db": level_db + raised_db} | fault.parameters
        )
        found += [
            TrueEvent(mechanism.type, mechanism.name, start_s, end_s, event_db + raised_db)
            for (start_s, end_s), event_db in zip(fault.events, levels_db, strict=True)
        ]
    return mixed, tuple(sorted(found, key=lambda e: e.start_s)), recipe | {"faults": drawn}
