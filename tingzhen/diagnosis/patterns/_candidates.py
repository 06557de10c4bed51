"""What the two halves propose, put together: each half proposes, the other one judges.

So all cases are used twice and none for judging what it proposed (cross-fitting; Chernozhukov et
al. 2018, Econometrics Journal 21: C1-C68). Where both halves propose versions of the same thing,
each version is judged by the other half, and the results are added up.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tingzhen.diagnosis.patterns._refine import ROUND_STEPS
from tingzhen.diagnosis.patterns.attributes import Attributes
from tingzhen.diagnosis.patterns.condition import Condition, Part, known_and_inside

_SAME: Final = 0.5
"""Two versions are of the same thing from this Jaccard index of their cases on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """condition: the simplest version, which is told. versions: by half that judges, 0 or 1, what
    the other half proposed."""

    condition: Condition
    versions: tuple[tuple[int, Condition], ...]


def put_together(
    attributes: Attributes, first: Sequence[Condition], second: Sequence[Condition]
) -> list[Candidate]:
    """first: proposed by half 0, so judged by half 1; second: the other way round.

    attributes: of all cases.
    """
    candidates = []
    left = list(second)
    for condition in first:
        twins = [(overlap(attributes, condition, other), other) for other in left
                 if _keys(other) == _keys(condition)]  # fmt: skip
        share, twin = max(twins, default=(0.0, condition), key=lambda found: found[0])
        if share < _SAME:
            candidates.append(Candidate(condition, ((1, condition),)))
            continue
        left.remove(twin)
        told = min(condition, twin, key=_effort)
        candidates.append(Candidate(told, ((1, condition), (0, twin))))
    return candidates + [Candidate(condition, ((0, condition),)) for condition in left]


def overlap(attributes: Attributes, one: Condition, other: Condition) -> float:
    """Jaccard index of the cases in which two conditions hold, 0..1."""
    _, a = known_and_inside(attributes, one)
    _, b = known_and_inside(attributes, other)
    either = int((a | b).sum())
    return int((a & b).sum()) / either if either else 0.0


def _keys(condition: Condition) -> set[str]:
    return {part.key for part in condition}


def _effort(condition: Condition) -> tuple[int, int]:
    """How much there is to say: the number of bounds, and how little round they are."""
    bounds = [(part, bound) for part in condition for bound in (part.low, part.high)
              if part.value is None and math.isfinite(bound)]  # fmt: skip
    return len(bounds), sum(_roundness(part, bound) for part, bound in bounds)


def _roundness(part: Part, bound: float) -> int:
    steps = ROUND_STEPS[part.attribute]
    return next((i for i, step in enumerate(steps) if bound % step == 0), len(steps))
