"""How often and through what each clip is heard: the same hearings for every candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tingzhen.datasets.noise_manifest import NoiseClip
from tingzhen.datasets.synthesis.phone import through_phone

SAMPLE_RATE_HZ = 16_000
LEAST_S, CLEAN_S, CHANGED_S = 1.0, 10.0, 4.0
"""A hearing's shortest length (a shorter one is repeated), and the longest as it is or changed."""
SNR_DB = (-3.0, 12.0)
"""Of a clip over the healthy engine that is laid under it."""

Wave = NDArray[np.float32]
Kind = Literal["clean", "phone", "mix"]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hearing:
    """clip, partner: indices into the clips; partner: the healthy engine under it, -1 for none.

    kind: clean, as it was recorded; phone, a stretch of it through another phone; mix, a stretch
    over a healthy engine of another recording, through another phone.
    """

    clip: int
    partner: int
    kind: Kind


def plan_hearings(
    clips: Sequence[NoiseClip], fold: Rows, *, phones: int = 2, mixes: int = 2, seed: int = 0
) -> list[Hearing]:
    """Every clip as it is (the first len(clips) hearings), `phones` times through a phone, faults
    `mixes` times over a healthy engine of the same fold, and as many healthy engines over others:
    were there no such, a mix would mean a fault."""
    random = np.random.default_rng(seed)
    engines: dict[int, list[int]] = {}
    for i, clip in enumerate(clips):
        if "normal" in clip.types and not (clip.faulty or clip.weak or clip.negative):
            engines.setdefault(int(fold[i]), []).append(i)
    hearings = [Hearing(i, -1, "clean") for i in range(len(clips))]
    hearings += [Hearing(i, -1, "phone") for i in range(len(clips)) for _ in range(phones)]
    for k in sorted(engines):
        faults = [i for i, clip in enumerate(clips) if clip.faulty and fold[i] == k] * mixes
        normals = random.choice(engines[k], len(faults)).tolist()
        for i in (*faults, *normals):
            beds = [j for j in engines[k] if clips[j].group != clips[i].group]
            if beds:
                hearings.append(Hearing(i, int(random.choice(beds)), "mix"))
    return hearings


def heard(hearings: Sequence[Hearing], number: int, waves: Sequence[Wave], *, seed: int) -> Wave:
    """The sound of hearings[number], float32 (n,) at 16 kHz. Each has a seed of its own, so that
    a run that was cut off goes on with the same sounds."""
    hearing = hearings[number]
    random = np.random.default_rng([seed, number])
    wave = waves[hearing.clip]
    if hearing.kind == "clean":
        # A copy: the decoded clips are mapped from disk, read-only.
        return _long_enough(np.array(wave[: round(CLEAN_S * SAMPLE_RATE_HZ)]))
    wave = _stretch(wave, random)
    if hearing.partner >= 0:
        bed = np.resize(_stretch(waves[hearing.partner], random), len(wave))
        level = np.sqrt(np.mean(wave**2)) / (np.sqrt(np.mean(bed**2)) + 1e-9)
        wave = wave + bed * np.float32(level * 10 ** (-random.uniform(*SNR_DB) / 20))
    return _long_enough(through_phone(_long_enough(wave), random))


def _stretch(wave: Wave, random: np.random.Generator) -> Wave:
    length = round(CHANGED_S * SAMPLE_RATE_HZ)
    start = int(random.integers(0, max(1, len(wave) - length + 1)))
    return wave[start : start + length]


def _long_enough(wave: Wave) -> Wave:
    least = round(LEAST_S * SAMPLE_RATE_HZ)
    return wave if len(wave) >= least else np.resize(wave, least)


def rows_without(hearings: Sequence[Hearing], tested: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(hearings,): whether nothing of the tested clips (clips,) is heard, above or below."""
    return np.array(
        [not tested[h.clip] and (h.partner < 0 or not tested[h.partner]) for h in hearings],
        dtype=bool,
    )
