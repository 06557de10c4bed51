"""A whole scene: a car or none, where it stands, what else is heard, faults, the phone, the truth.

Healthy and faulty scenes share their beds by construction: a healthy scene is drawn exactly like a
faulty one, motion, place, background, phone and all, and the fault is left out at the very end. So
nothing but the fault can give the label away.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tingzhen.audio.vocabulary import FAULT_NOISES, HEALTHY_NOISE, NoiseType
from tingzhen.datasets.synthesis.carrier import carrier_sound
from tingzhen.datasets.synthesis.codec import through_codec
from tingzhen.datasets.synthesis.draw_motion import draw_manoeuvre, draw_motion, draw_powertrain
from tingzhen.datasets.synthesis.faults import (
    MECHANISMS,
    FaultSound,
    Mechanism,
    cylinder_gain,
)
from tingzhen.datasets.synthesis.filters import (
    Wave,
    at_heard_level,
    convolved,
    decibels,
    fast_length,
    hearing,
    spectrum,
    waveform,
)
from tingzhen.datasets.synthesis.motion import SAMPLE_RATE_HZ, Motion
from tingzhen.datasets.synthesis.phone import through_phone
from tingzhen.datasets.synthesis.room import draw_place, impulse_response, passing
from tingzhen.datasets.synthesis.surroundings import draw_name, surroundings_sound

Events = Sequence[tuple[float, float]]
FAULT_DB = (-6.0, 18.0)
"""A-weighted level of a fault over its bed within its events."""
_TRIES = 12


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


@dataclass(frozen=True, slots=True, eq=False)
class _Occasion:
    """A car that moves in a way in which the faults are heard."""

    manoeuvre: str
    motion: Motion
    faults: tuple[tuple[Mechanism, FaultSound], ...]


def mix_at(
    bed: Wave, fault_sound: Wave, snr_db: float, events: Events
) -> tuple[Wave, tuple[float, ...]]:
    """The mixture (n,), in which the fault lies `snr_db` over the bed within all events together
    (A-weighted), and the level over the bed within each event. A bed that is silent counts as if it
    lay 60 dB below the fault."""
    scale, levels_db = _scale_for(bed, fault_sound, snr_db, events)
    return bed + scale * fault_sound, levels_db


def _scale_for(
    bed: Wave, fault_sound: Wave, snr_db: float, events: Events
) -> tuple[np.float32, tuple[float, ...]]:
    edges = [(int(a * SAMPLE_RATE_HZ), int(b * SAMPLE_RATE_HZ)) for a, b in events]
    spans = [slice(first, max(last, first + 1)) for first, last in edges]
    bed_energy = _heard_energy(bed, spans)
    fault_energy = _heard_energy(fault_sound, spans)
    floor = 1e-6 * fault_energy.max(initial=0.0) + 1e-20
    ratio = np.maximum(bed_energy, floor).sum() / max(fault_energy.sum(), 1e-20)
    scale = np.sqrt(ratio * 10 ** (snr_db / 10))
    levels = 10 * np.log10(
        np.maximum(fault_energy * scale**2, 1e-20) / np.maximum(bed_energy, floor)
    )
    return np.float32(scale), tuple(float(level) for level in levels)


def _heard_energy(wave: Wave, spans: Sequence[slice]) -> np.ndarray[tuple[int], np.dtype[Any]]:
    length = fast_length(len(wave))
    heard = waveform(spectrum(wave, length) * hearing(length), length, len(wave))
    return np.array([float(np.dot(heard[span], heard[span])) for span in spans])


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
        occasion = _occasion(
            wanted & frozenset(FAULT_NOISES), known, choice, moving, faulty, duration_s=duration_s
        )
        summary = _summary(occasion)
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
    for name in names:
        made += surroundings_sound(name, random, samples) * np.float32(random.uniform(0.3, 1))
    level_db = float(np.clip(random.normal(-20, 8), -45, -4))
    made = at_heard_level(made, float(decibels(level_db)))
    return made, {"background": names, "background_db": level_db}


def _occasion(
    wanted: frozenset[NoiseType],
    known: Mapping[str, Mechanism],
    choice: np.random.Generator,
    moving: np.random.Generator,
    faulty: np.random.Generator,
    *,
    duration_s: float,
) -> _Occasion:
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
        runs = motion.rpm.max() > 0 or motion.speed_kmh.max() > 0 or powertrain == "electric"
        if (heard or not chosen) and (runs or wanted):
            return _Occasion(manoeuvre, motion, heard)
    return _Occasion("idle", draw_motion(moving, duration_s=duration_s, manoeuvre="idle"), ())


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


def _summary(occasion: _Occasion) -> dict[str, str | float]:
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


def _car(
    occasion: _Occasion,
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
    bed, *fault_sounds = [convolved(sound, response) for sound in sounds]
    bed = bed + background
    mixed = bed
    found: list[TrueEvent] = []
    drawn = []
    for (mechanism, fault), sound in zip(faults, fault_sounds, strict=True):
        level_db = float(faulty.uniform(*FAULT_DB)) + louder_db
        if stumbles and mechanism.type == "misfire":
            level_db -= 6.0  # the engine itself tells most of it
        scale, levels_db = _scale_for(bed, sound, level_db, fault.events)
        mixed = mixed + scale * sound
        drawn.append({"mechanism": mechanism.name, "level_db": level_db} | fault.parameters)
        found += [
            TrueEvent(mechanism.type, mechanism.name, start_s, end_s, event_db)
            for (start_s, end_s), event_db in zip(fault.events, levels_db, strict=True)
        ]
    return mixed, tuple(sorted(found, key=lambda e: e.start_s)), recipe | {"faults": drawn}
