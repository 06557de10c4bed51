"""What the search for patterns gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from tingzhen.diagnosis.patterns.condition import Condition, Part
from tingzhen.diagnosis.patterns.risk_ratio import Lift

Status = Literal["confirmed", "explained", "not_confirmed"]
Doubt = Literal["chance", "too_small", "not_over_time", "not_over_member"]
"""Why not confirmed: q above 0.05; lift under the least worth telling; not in both halves of the
period; a pair that does not beat one of its members."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A fault and a condition, judged on vehicles that it was not found on.

    lift: Mantel-Haenszel risk ratio among comparable cases, alike in all of `compared_within` and
    in the fault's other patterns; its counts are crude, over the strata that tell something.
    crude: over all cases that judge it. q: Benjamini-Yekutieli, over all that was proposed.
    found_by: 2 where both halves of the vehicles proposed it, each judged by the other; else 1.
    within: the Mantel-Haenszel risk ratio within one of them alone. same_within: p-value of
    Breslow and Day that it is the same throughout.
    early, late: crude lift in the two halves of the period.
    over_member: for a pair, the lift of both parts together against the rest of each part.
    explained_by: the name that `within` has, or "pattern" (`by_pattern` says which), for status
    "explained". rate: ratio of cases per vehicle in service, where exposure is known.
    """

    fault: str
    condition: Condition
    status: Status
    lift: Lift
    crude: Lift
    compared_within: tuple[str, ...]
    p: float
    q: float
    found_by: int
    within: Mapping[str, Lift]
    same_within: Mapping[str, float]
    early: Lift
    late: Lift
    over_member: Mapping[Part, Lift] = field(default_factory=dict)
    doubt: Doubt | None = None
    explained_by: str | None = None
    by_pattern: Condition | None = None
    rate: Lift | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """cases: closed ones in the period, with a confirmed fault or with "none of these".

    halves: cases of the two halves of the vehicles. open_cases: in the period, not closed, not
    counted. searched: faults with enough cases. first, last: days, None without cases.
    """

    cases: int
    halves: tuple[int, int]
    open_cases: int
    searched: tuple[str, ...]
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Patterns:
    """confirmed: clearest first. explained: go along with something else. not_confirmed: proposed
    by one half of the cases and not borne out by the other."""

    population: Population
    confirmed: tuple[Pattern, ...]
    explained: tuple[Pattern, ...]
    not_confirmed: tuple[Pattern, ...]
