"""Sounds that are no vehicle's fault: behind the car in a scene, or alone as "not a vehicle"."""

from collections.abc import Callable

import numpy as np

from tingzhen.datasets.synthesis.filters import Wave, at_heard_level
from tingzhen.datasets.synthesis.surroundings import machines, nature, people, signals

Make = Callable[[np.random.Generator, int], Wave]

SURROUNDINGS: dict[str, Make] = {
    "wind": nature.wind, "rain": nature.rain, "birds": nature.birds,
    "crickets": nature.crickets, "dog": nature.dog,
    "speech": people.speech, "babble": people.babble, "music": people.music,
    "footsteps": people.footsteps, "door": people.door, "handling": people.handling,
    "drill": machines.drill, "impact_wrench": machines.impact_wrench,
    "grinder": machines.grinder, "compressor": machines.compressor,
    "hammer": machines.hammer, "fan_machine": machines.fan_machine,
    "traffic": machines.traffic, "small_engine": machines.small_engine,
    "beeps": signals.beeps, "siren": signals.siren, "clock": signals.clock,
    "tone": signals.tone, "chord": signals.chord, "sweep": signals.sweep,
    "coloured_noise": signals.coloured_noise, "hum": signals.hum, "silence": signals.silence,
}  # fmt: skip

# How often each is heard behind a car that somebody films; alone, all are as frequent.
_BEHIND: dict[str, float] = {
    "wind": 0.2, "rain": 0.02, "birds": 0.05, "crickets": 0.02, "dog": 0.01, "speech": 0.14,
    "babble": 0.04, "music": 0.03, "footsteps": 0.03, "door": 0.02, "handling": 0.1,
    "drill": 0.01, "impact_wrench": 0.01, "grinder": 0.01, "compressor": 0.02, "hammer": 0.01,
    "fan_machine": 0.04, "traffic": 0.14, "small_engine": 0.01, "beeps": 0.02, "siren": 0.003,
    "clock": 0.01, "coloured_noise": 0.08, "hum": 0.02,
}  # fmt: skip


def draw_name(random: np.random.Generator, *, behind: bool) -> str:
    names = list(_BEHIND if behind else SURROUNDINGS)
    shares = np.array([_BEHIND[n] for n in names]) if behind else np.ones(len(names))
    return names[int(random.choice(len(names), p=shares / shares.sum()))]


def surroundings_sound(name: str, random: np.random.Generator, samples: int) -> Wave:
    """float32 (samples,), heard level 1, or silence."""
    made = SURROUNDINGS[name](random, samples).astype(np.float32, copy=False)
    return at_heard_level(made, 1.0)
