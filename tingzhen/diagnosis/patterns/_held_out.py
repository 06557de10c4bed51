"""A candidate, judged on the half that did not propose it: crude, within strata, over time, over
its members.

The strata are those that confound in a fleet: model, year, mileage, season and region. A value that
is not known is a stratum of its own. The strata of the two halves stay apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns._candidates import Candidate
from tingzhen.diagnosis.patterns.attributes import Attributes
from tingzhen.diagnosis.patterns.condition import Condition, Part, known_and_inside
from tingzhen.diagnosis.patterns.risk_ratio import (
    Lift,
    Tables,
    breslow_day,
    cmh_z,
    crude_lift,
    design_effect,
    joined,
    mantel_haenszel_lift,
    tabulate,
    upper_tail,
)

CONFOUNDERS: Final = ("model", "year", "mileage_km", "season", "region")
_FINE_BANDS: Final = 8
_JOINT_BANDS: Final = 4
# What a stratum of the confounder would fix, so that nothing could be compared within it.
_FIXED_BY: Final[Mapping[str, frozenset[str]]] = {
    "model": frozenset({"model", "make", "powertrain"}), "year": frozenset({"year"}),
    "mileage_km": frozenset({"mileage_km"}), "season": frozenset({"season"}),
    "region": frozenset({"region"}),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """n cases. vehicle: int64 (n,), the same number for the same vehicle. late: bool (n,), in the
    later half of the period.

    alone, joint: strata by confounder, int64 (n,); finer where one is taken by itself.
    """

    attributes: Attributes
    vehicle: NDArray[np.int64]
    late: NDArray[np.bool_]
    alone: Mapping[str, NDArray[np.int64]]
    joint: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(
        cls, attributes: Attributes, vehicle: NDArray[np.int64], day: NDArray[np.int64]
    ) -> "Half":
        late = day > np.median(day) if len(day) else np.zeros(0, dtype=np.bool_)
        return cls(
            attributes, vehicle, late,
            {name: _bands(attributes, name, _FINE_BANDS) for name in CONFOUNDERS},
            {name: _bands(attributes, name, _JOINT_BANDS) for name in CONFOUNDERS},
        )  # fmt: skip


def _bands(attributes: Attributes, name: str, bands: int) -> NDArray[np.int64]:
    """0 where not known, then the categories, or bands of a number at its quantiles."""
    column = attributes.columns[name]
    known = ~np.isnan(column.values)
    if column.kind == "category" or not known.any():
        return np.where(known, column.values + 1, 0).astype(np.int64)
    edges = np.unique(np.quantile(column.values[known], np.linspace(0, 1, bands + 1)[1:-1]))
    return np.where(known, np.searchsorted(edges, column.values, side="right") + 1, 0)


Halves = tuple[Half, Half]
Faults = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""bool (n,) of each half: the cases that have the fault."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """See `Pattern` for the fields of the same name.

    p: one-sided, of the Cochran-Mantel-Haenszel test within all strata together; where both halves
    judge a version, twice the smaller of their two (Bonferroni, as the two are not independent).
    p_crude: the same without strata.
    """

    crude: Lift
    p_crude: float
    lift: Lift
    p: float
    compared_within: tuple[str, ...]
    within: dict[str, Lift]
    same_within: dict[str, float]
    early: Lift
    late: Lift
    over_member: dict[Part, Lift]
    over_member_p: float


def judge(
    halves: Halves, faults: Faults, candidate: Candidate, others: Sequence[Condition] = ()
) -> Judgement:
    """others: further conditions of the fault; whether they hold becomes a stratum too. Cases in
    which that is not known are left out, since one of them may be what acts there."""
    views = [
        _View.of(halves[half], faults[half], version, others)
        for half, version in candidate.versions
    ]
    deff = max(design_effect(v.fault, v.inside, v.half.vehicle[v.rows]) for v in views)

    def smallest_p(found: Sequence[Tables]) -> float:
        return min(1.0, len(found) * min(upper_tail(cmh_z(t, design_effect=deff)) for t in found))

    names = confounders_of(candidate.condition)
    crude = [tabulate(v.fault, v.inside) for v in views]
    joint = [tabulate(v.fault, v.inside, v.strata(names)) for v in views]
    alone = {name: joined([v.within(name) for v in views]) for name in names}
    members = {
        told: joined([v.beside_member(place) for v in views])
        for place, told in enumerate(candidate.condition if len(candidate.condition) > 1 else ())
    }
    return Judgement(
        crude=crude_lift(joined(crude), design_effect=deff), p_crude=smallest_p(crude),
        lift=mantel_haenszel_lift(joined(joint), design_effect=deff), p=smallest_p(joint),
        compared_within=names,
        within={n: mantel_haenszel_lift(t, design_effect=deff) for n, t in alone.items()},
        same_within={n: breslow_day(t) for n, t in alone.items()},
        early=crude_lift(joined([v.in_time(late=False) for v in views]), design_effect=deff),
        late=crude_lift(joined([v.in_time(late=True) for v in views]), design_effect=deff),
        over_member={part: crude_lift(t, design_effect=deff) for part, t in members.items()},
        over_member_p=max(
            (upper_tail(cmh_z(t, design_effect=deff)) for t in members.values()), default=0.0
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """One half, seen by a version of a condition. rows: intp (k,), where its attributes, and those
    of other conditions, are known. fault, inside: bool (k,). others: of bool (k,)."""

    half: Half
    condition: Condition
    rows: NDArray[np.intp]
    fault: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    others: tuple[NDArray[np.bool_], ...]

    @classmethod
    def of(
        cls,
        half: Half,
        fault: NDArray[np.bool_],
        condition: Condition,
        others: Sequence[Condition],
    ) -> "_View":
        known, inside = known_and_inside(half.attributes, condition)
        beside = [known_and_inside(half.attributes, other) for other in others]
        for other_known, _ in beside:
            known = known & other_known
        rows = np.flatnonzero(known)
        held = tuple(holds[rows] for _, holds in beside)
        return cls(half, condition, rows, fault[rows], inside[rows], held)

    def strata(self, names: Sequence[str]) -> NDArray[np.int64]:
        codes = [self.half.joint[name][self.rows] for name in names]
        return combined([*codes, *self.others], len(self.rows))

    def within(self, name: str) -> Tables:
        """Within one confounder."""
        return tabulate(self.fault, self.inside, self.half.alone[name][self.rows])

    def in_time(self, *, late: bool) -> Tables:
        chosen = self.half.late[self.rows] == late
        return tabulate(self.fault[chosen], self.inside[chosen])

    def beside_member(self, place: int) -> Tables:
        """Both parts together against the rest of one part."""
        _, member = known_and_inside(self.half.attributes, (self.condition[place],))
        chosen = member[self.rows]
        return tabulate(self.fault[chosen], self.inside[chosen])


def lift_within(halves: Halves, faults: Faults, candidate: Candidate, other: Condition) -> Lift:
    """The lift among cases that are alike in whether another condition holds."""
    views = [
        _View.of(halves[half], faults[half], version, [other])
        for half, version in candidate.versions
    ]
    return mantel_haenszel_lift(joined([tabulate(v.fault, v.inside, v.strata(())) for v in views]))


def confounders_of(condition: Condition) -> tuple[str, ...]:
    """The confounders within which the condition still varies."""
    own = {part.attribute for part in condition}
    return tuple(name for name in CONFOUNDERS if not own & _FIXED_BY[name])


def combined(
    strata: Sequence[NDArray[np.int64] | NDArray[np.bool_]], count: int
) -> NDArray[np.int64]:
    """One stratum for each combination that can occur, int64 (count,)."""
    whole = np.zeros(count, dtype=np.int64)
    for codes in strata:
        whole = whole * (int(codes.max(initial=0)) + 1) + codes
    return whole
