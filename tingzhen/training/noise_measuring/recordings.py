"""From clips to recordings: what is compared, and which of them count where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.vocabulary import NOISE_TYPES
from tingzhen.datasets.noise_manifest import NoiseClip

SEVEN: tuple[tuple[str, ...], ...] = (
    ("knock",), ("squeal",), ("whine", "rumble"), ("clunk",), ("exhaust_blow",),
    ("start_failure",), ("normal",),
)  # fmt: skip
"""The types with enough recordings to be compared; whine and rumble count as one."""
NAMES = tuple("+".join(names) for names in SEVEN)
NORMAL = len(SEVEN) - 1
MACHINERY = "neg_machinery"
"""The one report of negatives that is a running machine, as an engine is; it is counted apart."""

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """clips with their probabilities (clips, 14), calibrated, and verdicts, one a clip:
    abnormal, normal or cannot_tell."""

    clips: Sequence[NoiseClip]
    probabilities: Values
    verdicts: Sequence[str]

    def kept(self, keep: NDArray[np.bool_]) -> "Scored":
        """Only the clips where keep (clips,) holds."""
        rows = np.flatnonzero(keep)
        return Scored(
            [self.clips[int(i)] for i in rows],
            self.probabilities[rows],
            [self.verdicts[int(i)] for i in rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Recordings:
    """One row a recording and label: mean over its clips.

    members: clip indices of each row. truth: index into SEVEN, -1 where it is none, or more than
    one, or negative, or weakly labelled. verdict shares (n,): how much of it was called abnormal,
    normal, cannot_tell.
    """

    members: list[list[int]]
    groups: list[str]
    sources: NDArray[np.str_]
    types: list[frozenset[str]]
    probabilities: Values
    truth: Rows
    healthy: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    machinery: NDArray[np.bool_]
    weak: NDArray[np.bool_]
    abnormal: Values
    normal: Values
    unclear: Values

    @property
    def known(self) -> Rows:
        """Rows of exactly one of the seven types."""
        return np.flatnonzero(self.truth >= 0)

    @property
    def sound(self) -> NDArray[np.bool_]:
        """(n,): normal vehicles whose label somebody checked."""
        return self.healthy & ~self.negative & ~self.weak


def by_recording(scored: Scored) -> Recordings:
    """Mean over the clips of a recording that carry the same label."""
    gathered: dict[tuple[str, str, bool], list[int]] = {}
    for i, clip in enumerate(scored.clips):
        key = (clip.group, "|".join(sorted(clip.types)), clip.negative)
        gathered.setdefault(key, []).append(i)
    rows = list(gathered.values())
    first = [scored.clips[row[0]] for row in rows]
    verdicts = np.array(scored.verdicts, dtype=object)

    def share(verdict: str) -> Values:
        return np.array([float((verdicts[row] == verdict).mean()) for row in rows])

    return Recordings(
        rows,
        [clip.group for clip in first],
        np.array([clip.source for clip in first], dtype=np.str_),
        [clip.types for clip in first],
        np.array([scored.probabilities[row].mean(axis=0) for row in rows]).reshape(-1, 14),
        np.array([seven_of(clip) for clip in first], dtype=np.int64),
        np.array([not clip.faulty for clip in first], dtype=bool),
        np.array([clip.negative for clip in first], dtype=bool),
        np.array([clip.reported == MACHINERY for clip in first], dtype=bool),
        np.array([clip.weak for clip in first], dtype=bool),
        share("abnormal"),
        share("normal"),
        share("cannot_tell"),
    )


def seven_of(clip: NoiseClip) -> int:
    """Index into SEVEN, or -1 where the clip is no part of the comparison."""
    if clip.negative or clip.weak:
        return -1
    holds = [k for k, names in enumerate(SEVEN) if clip.types & set(names)]
    return holds[0] if len(holds) == 1 else -1


def seven_scores(probabilities: Values) -> Values:
    """(n, 14) to (n, 7): of two types that count as one, the higher."""
    columns = [[NOISE_TYPES.index(name) for name in names] for names in SEVEN]
    return np.stack([probabilities[:, c].max(axis=1) for c in columns], axis=1)


def fourteen_scores(scores: Values) -> Values:
    """(n, 7) to (n, 14), such that seven_scores gives them back; other types hold 0."""
    every = np.zeros((len(scores), len(NOISE_TYPES)))
    for column, names in enumerate(SEVEN):
        every[:, NOISE_TYPES.index(names[0])] = scores[:, column]
    return every


def known_elsewhere(clips: Sequence[NoiseClip], *, at_least: int = 1) -> NDArray[np.bool_]:
    """(clips,): whether `at_least` recordings of each of a clip's types are in other sources.

    A network that never met the clip's source could not know the type otherwise. Whine and rumble
    count as one here too; weak labels and negatives teach, so they count. Give real clips alone: a
    set of synthetic sound would count as a source that has every type.
    """
    name = {type_: "+".join(names) for names in SEVEN for type_ in names}
    recordings: dict[str, set[tuple[str, str]]] = {}
    for clip in clips:
        for type_ in clip.types:
            recordings.setdefault(name.get(type_, type_), set()).add((clip.source, clip.group))

    def elsewhere(type_: str, source: str) -> int:
        return sum(other != source for other, _ in recordings[name.get(type_, type_)])

    return np.array(
        [all(elsewhere(t, clip.source) >= at_least for t in clip.types) for clip in clips],
        dtype=bool,
    )
