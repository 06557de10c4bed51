"""Which pictures a person should look at: the worst mistakes of each kind, and what went right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tingzhen.datasets.damage_manifest import TYPE_INDEX, DamagePicture
from tingzhen.training.damage_measuring.place import (
    best_finding,
    covered_share,
    place_is_right,
)
from tingzhen.training.damage_measuring.scored import NOT_VEHICLE, UNDAMAGED, ScoredPictures
from tingzhen.vision.findings import DamageFinding
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES, DamageType

ExampleKind = Literal["false_alarm", "wrong_type", "missed", "misplaced", "in_place"]
EXAMPLE_KINDS: Final[tuple[ExampleKind, ...]] = (
    "in_place", "false_alarm", "wrong_type", "missed", "misplaced",
)  # fmt: skip
_MOST_COVERED: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A picture and what was said of it. type: the damage it is about, claimed, or missed where the
    kind is `missed`. probability: that was stated for it."""

    kind: ExampleKind
    picture: DamagePicture
    type: DamageType
    probability: float
    verdict: str
    findings: Sequence[DamageFinding]


def choose_examples(
    scored: ScoredPictures, *, of_each: int = 10, alike: int = 2
) -> dict[ExampleKind, list[Example]]:
    """By kind the worst first, one of a group, at most `alike` of the same source and type:

    false_alarm: surest damage claimed of a vehicle without any, or of no vehicle. wrong_type:
    surest type claimed of a damaged vehicle that is known not to show it. missed: least probable of
    the types that are there, in pictures called undamaged. misplaced: surest finding of a type that
    is there whose centre lies outside its true boxes. in_place: the surest that lies inside, where
    the boxes leave most of the picture free, so that it is no matter of course.
    """
    chosen: dict[ExampleKind, list[Example]] = {kind: [] for kind in EXAMPLE_KINDS}
    for kind in EXAMPLE_KINDS:
        found = sorted(
            (one for one in _all(scored) if one.kind == kind),
            key=lambda one: one.probability if kind == "missed" else -one.probability,
        )
        seen: Counter[tuple[str, str]] = Counter()
        groups: set[str] = set()
        for one in found:
            key = one.picture.source, one.type
            if len(chosen[kind]) == of_each:
                break
            if one.picture.group in groups or seen[key] == alike:
                continue
            seen[key] += 1
            groups.add(one.picture.group)
            chosen[kind].append(one)
    return chosen


def _all(scored: ScoredPictures) -> Iterator[Example]:
    targets = scored.targets()
    for row, picture in enumerate(scored.pictures):
        findings, verdict = scored.findings[row], scored.verdicts[row]

        def example(kind: ExampleKind, index: int, probability: float, row: int = row) -> Example:
            return Example(
                kind, scored.pictures[row], VISIBLE_DAMAGES[index], probability,
                scored.verdicts[row], scored.findings[row],
            )  # fmt: skip

        damaged = targets[row, UNDAMAGED] == 0 and targets[row, NOT_VEHICLE] == 0
        for index in sorted({TYPE_INDEX[finding.type] for finding in findings}):
            best = best_finding(findings, index)
            if best is None:
                continue
            own = [box for box in picture.boxes if box.type_index == index]
            if own:
                inside = place_is_right(best.box, own)
                if not inside or covered_share(own) <= _MOST_COVERED:
                    yield example("in_place" if inside else "misplaced", index, best.probability)
            elif targets[row, index] == 0:
                yield example("wrong_type" if damaged else "false_alarm", index, best.probability)
        if verdict == "undamaged":
            for index in np.flatnonzero(targets[row, : len(VISIBLE_DAMAGES)] == 1).tolist():
                yield example("missed", index, float(scored.probabilities[row, index]))
