"""How often a fault comes back after it was repaired.

A confirmed repair is a case with a confirmed fault of a known vehicle. It is followed until a later
case of the same vehicle with the same fault, or of the same system, or until the last day that
anything is known of: then it is censored. Every confirmed repair starts anew.

Where a return counts up to a distance only, one from further on counts as none, and the repair
stays among those that are watched: the end of watching is known for all, so that this is the
cumulative incidence of Fine and Gray (1999, Journal of the American Statistical Association 94:
496-509) with complete censoring.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.cases.record import Category
from tingzhen.diagnosis.fleet.cases import FleetCases, Selection, selected
from tingzhen.diagnosis.fleet.kaplan_meier import Curve, design_effect, kaplan_meier

Grouping = Literal["repair", "workshop", "fault", "model", "region"]
GROUPINGS: Final[tuple[Grouping, ...]] = get_args(Grouping)
Same = Literal["fault", "system"]
LEAST_REPAIRS: Final = 5
"""A group of fewer repairs is put together with the others of that kind: words that were written
once could tell of a person."""
_CURVE_POINTS: Final = 200


@dataclass(frozen=True, slots=True)
class Point:
    """By `day`: share that came back, 0..1, with its 95 % interval (NaN where there is none), and
    how many were watched that long without coming back before."""

    day: int
    share: float
    low: float
    high: float
    at_risk: int


@dataclass(frozen=True, slots=True)
class Returns:
    """Repairs of one group. name: None where it is not known; small: several groups of fewer than
    LEAST_REPAIRS. returns: within the days that were asked for. watched: for as long as that, or
    until they came back. share: NaN where nobody was watched so long."""

    name: str | None
    repairs: int
    vehicles: int
    returns: int
    watched: int
    share: float
    low: float
    high: float
    small: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """followed_to: last day that anything is known of, days since 1970. curve: of all repairs.
    groups: by the grouping, most repairs first. without_vehicle: confirmed faults of vehicles that
    are not known, which cannot be followed. unknown_km: returns whose distance is not known."""

    overall: Returns
    curve: tuple[Point, ...]
    groups: tuple[Returns, ...]
    followed_to: int | None
    without_vehicle: int
    unknown_km: int


@dataclass(frozen=True, slots=True, eq=False)
class _Followed:
    """R repairs. row: of the case. days: float64, to the return or the end of watching. returned:
    bool. unknown_km: bool, returned after an unknown distance."""

    row: NDArray[np.intp]
    days: NDArray[np.float64]
    returned: NDArray[np.bool_]
    unknown_km: NDArray[np.bool_]


def recurrence(
    cases: FleetCases,
    selection: Selection,
    systems: Mapping[str, str],
    *,
    by: Grouping,
    faults: frozenset[str] | None = None,
    same: Same = "fault",
    within_days: int = 365,
    within_km: float | None = None,
) -> Recurrence:
    """selection: of the repairs; what follows them is looked for among all cases of the kind.
    systems: by fault. faults: repairs of these alone; None: of all. within_km: a return from
    further on counts as none; one from an unknown distance counts."""
    kind = cases.simulated == selection.simulated
    if not kind.any():
        nothing = Returns(None, 0, 0, 0, 0, math.nan, math.nan, math.nan)
        return Recurrence(nothing, (), (), None, 0, 0)
    last = int(cases.day[kind].max())
    thing = _things(cases.fault, systems) if same == "system" else cases.fault.codes
    followed = _followed(cases, kind, thing.astype(np.int64), within_km, last)
    wanted = selected(cases, selection)
    if faults is not None:
        wanted &= np.isin(cases.fault.codes, [cases.fault.code(fault) for fault in faults])
    of_these = wanted[followed.row]
    chosen = _Followed(*(getattr(followed, name)[of_these] for name in _Followed.__slots__))
    horizon = float(within_days)
    vehicle = cases.vehicle_key.codes[chosen.row].astype(np.int64)
    curve = kaplan_meier(chosen.days, chosen.returned)
    effect = design_effect(curve, chosen.days, chosen.returned, vehicle, horizon)
    return Recurrence(
        _returns(None, chosen, vehicle, horizon),
        _points(curve, within_days, effect),
        _groups(cases, chosen, vehicle, horizon, by),
        last,
        int((wanted & (cases.fault.codes >= 0) & (cases.vehicle_key.codes < 0)).sum()),
        int((chosen.unknown_km & (chosen.days <= horizon)).sum()) if within_km is not None else 0,
    )


def _things(fault: Category, systems: Mapping[str, str]) -> NDArray[np.int32]:
    """The system of each case's fault; a fault that the base no longer has is one of its own."""
    of = Category.of([systems.get(name, f"\0{name}") for name in fault.names])
    return of.codes[fault.codes] if len(of.codes) else fault.codes


def _followed(
    cases: FleetCases,
    kind: NDArray[np.bool_],
    thing: NDArray[np.int64],
    within_km: float | None,
    last: int,
) -> _Followed:
    """thing: int64 (N,), what has to be the same for a return."""
    fault = cases.fault.codes.astype(np.int64)
    rows = np.flatnonzero(kind & (fault >= 0) & (cases.vehicle_key.codes >= 0))
    vehicle, day = cases.vehicle_key.codes.astype(np.int64), cases.day
    rows = rows[np.lexsort((fault[rows], day[rows], thing[rows], vehicle[rows]))]
    # Several lines of one order on one day: one visit.
    visit = _changes(vehicle[rows], thing[rows], day[rows])
    starts = np.flatnonzero(visit)
    number = np.cumsum(visit) - 1
    later = np.append(rows[starts[1:]], -1)[number] if len(rows) else rows
    follows = (later >= 0) & (vehicle[later] == vehicle[rows]) & (thing[later] == thing[rows])
    km = np.where(follows, cases.mileage_km[later] - cases.mileage_km[rows], np.nan)
    returned = follows & ~(km > (math.inf if within_km is None else within_km))
    days = np.where(returned, day[later], last) - day[rows]
    once = _changes(vehicle[rows], thing[rows], day[rows], fault[rows])
    return _Followed(
        rows[once], days[once].astype(np.float64), returned[once], (returned & np.isnan(km))[once]
    )


def _changes(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool (n,): the first row, and each in which a column differs from the row before."""
    changed = np.zeros(len(columns[0]), dtype=np.bool_)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _returns(
    name: str | None, of: _Followed, vehicle: NDArray[np.int64], horizon: float, *,
    small: bool = False,
) -> Returns:  # fmt: skip
    curve = kaplan_meier(of.days, of.returned)
    effect = design_effect(curve, of.days, of.returned, vehicle, horizon)
    share, low, high = curve.happened(horizon, design_effect=effect)
    within = of.returned & (of.days <= horizon)
    return Returns(
        name, len(of.days), len(np.unique(vehicle)), int(within.sum()),
        int((within | (of.days >= horizon)).sum()), share, low, high, small,
    )  # fmt: skip


def _groups(
    cases: FleetCases, of: _Followed, vehicle: NDArray[np.int64], horizon: float, by: Grouping
) -> tuple[Returns, ...]:
    column: Category = getattr(cases, by)
    code = column.codes[of.row].astype(np.int64)
    small = len(column.names)
    sizes = np.bincount(code[code >= 0], minlength=small + 1)
    code = np.where((code >= 0) & (sizes[np.maximum(code, 0)] < LEAST_REPAIRS), small, code)
    order = np.argsort(code, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(code[order])) + 1) if len(order) else []
    found = []
    for rows in parts:
        group = int(code[rows[0]])
        part = _Followed(*(getattr(of, name)[rows] for name in _Followed.__slots__))
        name = column.names[group] if 0 <= group < small else None
        found.append(_returns(name, part, vehicle[rows], horizon, small=group == small))
    named = [group for group in found if group.name is not None]
    rest = [group for group in found if group.name is None]
    return (*sorted(named, key=lambda g: (-g.repairs, g.name or "")), *rest)


def _points(curve: Curve, horizon: int, effect: float) -> tuple[Point, ...]:
    """From day 0 to the horizon, or as far as any was watched; at most _CURVE_POINTS and one."""
    if not len(curve.watched):
        return ()
    end = int(min(horizon, curve.watched[-1]))
    at = np.unique(np.linspace(0, end, min(end, _CURVE_POINTS) + 1).round().astype(int))
    return tuple(
        Point(int(day), *curve.happened(float(day), design_effect=effect),
              curve.at_risk_at(float(day)))
        for day in at
    )  # fmt: skip
