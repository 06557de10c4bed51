"""SIMULATION. What is found out about a vehicle before anybody tests anything.

A recogniser's score of a noise type is drawn so that it is calibrated: its log likelihood ratio is
normal with mean +d'^2/2 where the noise is there, -d'^2/2 where it is not, and variance d'^2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseEvent, NoiseFindings, NoiseScore
from tingzhen.audio.vocabulary import FAULT_NOISES, NOISE_TYPES, NoiseType
from tingzhen.diagnosis.circumstances import WHEN, Circumstances, Vehicle, When
from tingzhen.diagnosis.knowledge import WordMeaning
from tingzhen.diagnosis.simulated_workshop.assumptions import Assumptions
from tingzhen.diagnosis.simulated_workshop.names import symptom_name
from tingzhen.diagnosis.simulated_workshop.vehicles import Vehicles
from tingzhen.diagnosis.simulated_workshop.world import MODELS, Floats, World
from tingzhen.vision.findings import DamageFindings

# How often an owner names a situation that has nothing to do with the fault.
_SITUATION: Final = 0.06
_NOISE_WORD: Final = 0.6
_ENGLISH: Final = 0.1
NO_PICTURE: Final = DamageFindings("no_video", ())


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """noise: of the clip, or "no_audio". circumstances: vehicle, words, codes, weather.

    score: (fault noises,), float64, of the recogniser; NaN without a clip.
    """

    noise: NoiseFindings
    circumstances: Circumstances
    score: Floats


def draw_scores(made: NDArray[np.bool_], a: Assumptions, rng: np.random.Generator) -> Floats:
    """Calibrated scores, 0.0001..0.9999, of noises that are there or not; shaped as `made`."""
    log_ratio = np.where(made, 0.5, -0.5) * a.hearing**2 + a.hearing * rng.normal(size=made.shape)
    odds = a.noise_base_rate / (1.0 - a.noise_base_rate) * np.exp(log_ratio)
    return np.clip(np.round(odds / (1.0 + odds), 4), 1e-4, 1.0 - 1e-4)


class Reports:
    """Draws reports of vehicles; `word_meanings` of the base gives the words for noises.

    symptom_checked: a technician wrote the symptom down, so that it is always named, and rightly;
    else the owner says it, sometimes not or not well.
    """

    def __init__(
        self, world: World, word_meanings: Sequence[WordMeaning], *, symptom_checked: bool
    ) -> None:
        self.world = world
        self._symptom_checked = symptom_checked
        self._first = np.searchsorted(world.tree_system, world.tree_system)
        self._words = _noise_words(word_meanings)
        # Scores have no clip's "normal" beside them: only noises are evidence in the simulation.
        self._learned = dict.fromkeys(FAULT_NOISES, world.assumptions.noise_base_rate)

    def of(self, vehicles: Vehicles, rng: np.random.Generator) -> Iterator[Report]:
        """A report for each vehicle, in their order."""
        for vehicle in range(len(vehicles)):
            yield self.one(vehicles, vehicle, vehicles.faults(vehicle), rng)

    def one(
        self, vehicles: Vehicles, v: int, faults: Sequence[int], rng: np.random.Generator
    ) -> Report:
        """The report of one vehicle when it has these faults, one or more."""
        world, a = self.world, self.world.assumptions
        silent = np.prod([1.0 - world.noises[f] for f in faults], axis=0)
        made = rng.random(len(FAULT_NOISES)) < 1.0 - silent
        clip = rng.random() < a.clip_share
        score = draw_scores(made, a, rng)
        if not clip:
            score[:] = np.nan
        model, powertrain, _ = MODELS[vehicles.model[v]]
        speed = float(vehicles.speed_kmh[v])
        circumstances = Circumstances.model_construct(
            vehicle=Vehicle.model_construct(
                make="Simulated", model=model, year=int(vehicles.year[v]), powertrain=powertrain,
                mileage_km=float(vehicles.mileage_km[v]),
            ),
            when=self._when(faults, rng), speed_kmh=None if np.isnan(speed) else speed,
            ambient_c=float(vehicles.ambient_c[v]), humidity_pct=float(vehicles.humidity_pct[v]),
            complaint=self._complaint(faults, made, rng), codes=self._codes(faults, rng),
        )  # fmt: skip
        return Report(self._findings(score, clip=clip), circumstances, score)

    def _findings(self, score: Floats, *, clip: bool) -> NoiseFindings:
        if not clip:
            return NoiseFindings("no_audio", ())
        scores = dict(zip(FAULT_NOISES, score.tolist(), strict=True))
        types = sorted(NOISE_TYPES, key=lambda t: -scores.get(t, 0.0))
        events = tuple(NoiseEvent(t, 0.0, 3.0, p) for t, p in scores.items() if p >= 0.5)
        return NoiseFindings(
            "abnormal" if events else "normal",
            tuple(NoiseScore(t, scores.get(t, 0.0)) for t in types), events,
            provenance=dict.fromkeys(FAULT_NOISES, "recordings"), base_rates=self._learned,
        )  # fmt: skip

    def _when(self, faults: Sequence[int], rng: np.random.Generator) -> tuple[When, ...]:
        chance = np.max([self.world.when[f] for f in faults], axis=0) * _SITUATION
        named = rng.random(len(WHEN)) < np.minimum(chance, 0.9)
        return tuple(w for w, said in zip(WHEN, named, strict=True) if said)

    def _codes(self, faults: Sequence[int], rng: np.random.Generator) -> tuple[str, ...]:
        codes = []
        for f in faults:
            code = self.world.tree_code[self.world.tree[f]]
            if rng.random() < self.world.code_stored[f] and code is not None:
                codes.append(code)
        stale = self.world.tree_code[rng.integers(self.world.trees)]
        if rng.random() < self.world.assumptions.stale_code and stale is not None:
            codes.append(stale)
        return tuple(dict.fromkeys(codes))

    def _complaint(
        self, faults: Sequence[int], made: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> str:  # fmt: skip
        """What the owner says: the symptom, sometimes that of a tree beside it; and noises."""
        language = "en" if rng.random() < _ENGLISH else "zh"
        said = []
        for f in faults:
            tree = int(self.world.tree[f])
            system = int(self.world.tree_system[tree])
            left_out = rng.random() >= self.world.assumptions.complaint_share
            another = rng.random() < self.world.assumptions.other_symptom
            if left_out and not self._symptom_checked:
                continue
            place = tree - int(self._first[tree])
            if another and not self._symptom_checked:
                size = int((self.world.tree_system == system).sum())
                place = int(rng.integers(size))
            said.append(symptom_name(system, place).to("en" if language == "en" else "zh"))
        for noise, there in zip(FAULT_NOISES, made, strict=True):
            if there and rng.random() < _NOISE_WORD and noise in self._words:
                said.append(self._words[noise][language == "en"])
        text = ("; " if language == "en" else "；").join(dict.fromkeys(said))
        return text or ("something is wrong" if language == "en" else "车有问题")


def _noise_words(meanings: Sequence[WordMeaning]) -> dict[NoiseType, tuple[str, str]]:
    """By noise, a Chinese and an English word that the base takes for it most of all."""
    words: dict[NoiseType, tuple[str, str]] = {}
    strongest: dict[NoiseType, float] = {}
    for meaning in meanings:
        if not (meaning.words.zh and meaning.words.en):
            continue
        for noise, ratio in meaning.noises.items():
            if ratio > strongest.get(noise, 0.0):
                strongest[noise] = ratio
                words[noise] = (meaning.words.zh[0], meaning.words.en[0].rstrip("*"))
    return words
