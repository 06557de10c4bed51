"""What the network is trained and scored on: every hearing of every clip, and synthetic sound.

    clip    a recording as it is, and through PHONES other phones
    bed     a stretch of a healthy recording through a phone, three of four times with a synthetic
            fault laid over it: the same beds stand under faults and under `normal`
    scene   synthetic altogether

A bed carries its recording, so that a fold that leaves the recording out leaves the bed out too.
Each hearing has its own seed: a run that was cut off goes on with the same sounds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from tingzhen.audio.log_mel import SAMPLE_RATE_HZ
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.datasets.generated_sounds import GENERATED
from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.synthesis.draw_motion import draw_manoeuvre, draw_motion, draw_powertrain
from tingzhen.datasets.synthesis.faults import MECHANISMS, FaultSound, Mechanism
from tingzhen.datasets.synthesis.filters import convolved
from tingzhen.datasets.synthesis.mixing import mix_at
from tingzhen.datasets.synthesis.motion import Motion
from tingzhen.datasets.synthesis.phone import through_phone
from tingzhen.datasets.synthesis.room import draw_place, impulse_response
from tingzhen.datasets.synthesis.scene import FAULT_DB, synthesise
from tingzhen.training.noise.head import pool
from tingzhen.training.noise.network import STEP_S, LogMel, Trunk

Kind = Literal["clip", "bed", "scene"]
Waveform = NDArray[np.float32]
MIN_SAMPLES = SAMPLE_RATE_HZ
MAX_SAMPLES = 30 * SAMPLE_RATE_HZ
CROP_S = (1.5, 8.0)
MIXTURE_S = 4.0
FAULTY_BEDS = 0.75
LEVEL_DB: Mapping[NoiseType, tuple[float, float]] = {"knock": (-15.0, 8.0)}
"""Real knocks beat 8 to 11 dB less deeply than synthetic ones at FAULT_DB (docs/synthesis.md)."""
TOUCH_S = STEP_S / 2
"""A step counts as faulty when its middle lies this close to the fault."""
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much of each kind is heard. phones: further hearings of each clip."""

    phones: int = 3
    beds: int = 40_000
    scenes: int = 6_000


@dataclass(frozen=True, slots=True)
class Hearing:
    """clip: the recording that is heard, -1 for a scene. number: counts within the kind; as a clip,
    0 is the recording as it is."""

    kind: Kind
    clip: int
    number: int


@dataclass(frozen=True, slots=True)
class Event:
    """When a fault is heard in a mixture. level_db: over the bed."""

    type: str
    start_s: float
    end_s: float
    level_db: float


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """pooled: float32 (features,). steps: float16 (T, width) and truth: uint8 (T, 12) of mixtures,
    None of clips. types: uint8 (14,). events: of mixtures."""

    pooled: NDArray[np.float32]
    types: NDArray[np.uint8]
    steps: NDArray[np.float16] | None = None
    truth: NDArray[np.uint8] | None = None
    events: tuple[Event, ...] = ()


def plan_hearings(clips: Sequence[NoiseClip], recipe: Recipe, *, seed: int) -> list[Hearing]:
    """Clips as they are, in order, then through phones, then beds, then scenes.

    Beds are drawn from recordings that hold no fault, each source with the root of its number of
    recordings, so that none fills the set.
    """
    plan = [Hearing("clip", i, v) for v in range(1 + recipe.phones) for i in range(len(clips))]
    healthy = [i for i, c in enumerate(clips) if not c.faulty and c.source != GENERATED]
    if healthy:
        keys = [(clips[i].source, clips[i].group) for i in healthy]
        cuts, recordings = Counter(keys), Counter(source for source, _ in set(keys))
        share = np.array([recordings[key[0]] ** -0.5 / cuts[key] for key in keys])
        random = np.random.default_rng([seed, 1])
        drawn = random.choice(healthy, recipe.beds, p=share / share.sum())
        plan += [Hearing("bed", int(i), number) for number, i in enumerate(drawn)]
    return plan + [Hearing("scene", -1, number) for number in range(recipe.scenes)]


def hear_clip(waveform: Waveform, number: int, random: np.random.Generator) -> Waveform:
    """A recording of at most 30 s as it is (number 0), or a stretch of it through a phone; at
    least 1 s long, repeated where it is shorter."""
    waveform = waveform[:MAX_SAMPLES]
    if number:
        length = round(random.uniform(*CROP_S) * SAMPLE_RATE_HZ)
        start = int(random.integers(0, max(1, len(waveform) - length)))
        stretch = _level(waveform[start : start + length])
        waveform = through_phone(stretch, random, strength=float(random.uniform(0.3, 1.0)))
    return np.resize(waveform, MIN_SAMPLES) if len(waveform) < MIN_SAMPLES else waveform


def lay_over(
    waveform: Waveform, random: np.random.Generator, *, faulty: bool, level_db: float | None = None
) -> tuple[Waveform, tuple[Event, ...]]:
    """MIXTURE_S of a healthy recording through a phone, with a synthetic fault over it when
    `faulty`; level_db: A-weighted, over the bed, by default drawn."""
    samples = round(MIXTURE_S * SAMPLE_RATE_HZ)
    if len(waveform) < samples:
        waveform = np.resize(waveform, samples)
    start = int(random.integers(0, len(waveform) - samples + 1))
    mixed = _level(waveform[start : start + samples])
    events: tuple[Event, ...] = ()
    if faulty:
        mechanism, motion, fault = _draw_fault(random)
        if fault.events:
            sound = fault.waveform
            if random.random() < 0.7:
                sound = convolved(sound, impulse_response(draw_place(motion, random), random))
            drawn = random.uniform(*LEVEL_DB.get(mechanism.type, FAULT_DB))
            level = float(drawn) if level_db is None else level_db
            mixed, _ = mix_at(mixed, sound, level, fault.events)
            events = tuple(Event(mechanism.type, a, b, level) for a, b in fault.events)
    return through_phone(mixed, random, strength=float(random.uniform(0.2, 1.0))), events


def _level(waveform: Waveform) -> Waveform:
    rms = float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64)))) + 1e-6
    return (waveform / rms).astype(np.float32)


def _draw_fault(random: np.random.Generator) -> tuple[Mechanism, Motion, FaultSound]:
    """Each type as often, each of its mechanisms as often; drawn again until it is heard."""
    for _ in range(_TRIES):
        wanted = FAULT_NOISES[int(random.integers(len(FAULT_NOISES)))]
        known = [m for m in MECHANISMS.values() if m.type == wanted]
        mechanism = known[int(random.integers(len(known)))]
        powertrain = draw_powertrain(random, mechanism.powertrains)
        motion = draw_motion(
            random,
            duration_s=MIXTURE_S,
            manoeuvre=draw_manoeuvre(random, powertrain, mechanism.manoeuvres),
            powertrain=powertrain,
        )
        fault = mechanism.make(motion, random)
        if fault.events:
            break
    return mechanism, motion, fault


class Ears:
    """Turns hearings into what the trunk makes of them."""

    def __init__(
        self, clips: Sequence[NoiseClip], waveforms: Sequence[Waveform], trunk: Trunk, seed: int
    ) -> None:
        self._clips, self._waveforms, self._seed = clips, waveforms, seed
        self._log_mel, self._trunk = LogMel().eval(), trunk.eval()

    def hear(self, hearing: Hearing) -> Heard:
        """One hearing; the same for the same seed."""
        kinds = {"clip": 0, "bed": 1, "scene": 2}
        random = np.random.default_rng(
            [self._seed, 2, kinds[hearing.kind], max(0, hearing.clip), hearing.number]
        )
        if hearing.kind == "scene":
            scene = synthesise(int(random.integers(2**31)), duration_s=MIXTURE_S)
            events = tuple(Event(e.type, e.start_s, e.end_s, e.level_db) for e in scene.events)
            return self._mixture(scene.waveform, events, scene.types)
        clip, waveform = self._clips[hearing.clip], self._waveforms[hearing.clip]
        if hearing.kind == "clip":
            steps = self.steps(hear_clip(waveform, hearing.number, random))
            return Heard(pool(steps[None])[0].numpy(), _types(clip.types))
        faulty = random.random() < FAULTY_BEDS and "not_vehicle" not in clip.types
        mixed, events = lay_over(waveform, random, faulty=faulty)
        return self._mixture(mixed, events, {e.type for e in events} or clip.types)

    def steps(self, waveform: Waveform) -> torch.Tensor:
        """What the trunk's middle hears, (T, width)."""
        samples = torch.from_numpy(np.ascontiguousarray(waveform, dtype=np.float32))
        with torch.inference_mode():
            return self._trunk.middle(self._log_mel(samples[None]))[0]

    def _mixture(
        self, waveform: Waveform, events: tuple[Event, ...], types: set[str] | frozenset[str]
    ) -> Heard:
        steps = self.steps(waveform)
        middle_s = (np.arange(len(steps)) + 0.5) * STEP_S
        truth = np.zeros((len(steps), len(FAULT_NOISES)), np.uint8)
        for event in events:
            near = (middle_s >= event.start_s - TOUCH_S) & (middle_s <= event.end_s + TOUCH_S)
            truth[near, [t == event.type for t in FAULT_NOISES]] = 1
        pooled = pool(steps[None])[0].numpy()
        return Heard(pooled, _types(types), steps.numpy().astype(np.float16), truth, events)


def _types(types: set[str] | frozenset[str]) -> NDArray[np.uint8]:
    return np.array([t in types for t in NOISE_TYPES], dtype=np.uint8)
