"""Exact bounds of a range, then the roundest ones that fit as well.

The search proposes bounds at quantiles. Here each bound moves, one at a time, to the value that
makes the likelihood ratio largest, and then to the roundest number that loses nothing significant,
or away altogether.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns._grid import LEAST_INSIDE, MOST_SHARE
from tingzhen.diagnosis.patterns._scan import LEAST_FAULTS_INSIDE, log_likelihood_ratio
from tingzhen.diagnosis.patterns.attributes import Attributes
from tingzhen.diagnosis.patterns.condition import Condition, Part, known_and_inside

_LOSS: Final = 1.92
"""Half the 95 % quantile of chi-squared with one degree of freedom: what counts as no loss."""
_SWEEPS: Final = 4

ROUND_STEPS: Final[dict[str, tuple[float, ...]]] = {
    "ambient_c": (10.0, 5.0, 1.0, 0.5),
    "humidity_pct": (10.0, 5.0, 1.0),
    "speed_kmh": (20.0, 10.0, 5.0, 1.0),
    "mileage_km": (50_000.0, 10_000.0, 5_000.0, 1_000.0),
    "year": (1.0,),
}
"""From the roundest on."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Cases of the discovery half with what is expected of them.

    fault: bool (n,). expected: float64 (n,), up to a factor.
    """

    attributes: Attributes
    fault: NDArray[np.bool_]
    expected: NDArray[np.float64]


def ratio_of(weighed: Weighed, condition: Condition) -> float:
    """The log-likelihood ratio of one condition."""
    known, inside = known_and_inside(weighed.attributes, condition)
    total = float((weighed.fault & known).sum())
    scale = total / max(1e-12, float(weighed.expected[known].sum()))
    return float(log_likelihood_ratio(
        np.array([float((weighed.fault & inside).sum())]),
        np.array([float(weighed.expected[inside].sum()) * scale]), np.array([total]),
    )[0])  # fmt: skip


def refine(weighed: Weighed, condition: Condition) -> Condition:
    """The best bounds near those given, rounded. Categories stay as they are."""
    parts = list(condition)
    for _ in range(_SWEEPS):
        before = list(parts)
        for place, part in enumerate(parts):
            if part.value is None:
                parts[place] = _best_bounds(_line(weighed, parts, place), part)
        if parts == before:
            break
    for place, part in enumerate(parts):
        if part.value is None:
            parts[place] = _rounded(_line(weighed, parts, place), part)
    return tuple(parts)


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """One number along which a range is sought, all else fixed.

    values: (k,) distinct, ascending. fault, expected, cases: (k + 1,) running sums over the cases
    below each value. total: faults in which all attributes are known. known: such cases.
    """

    values: NDArray[np.float64]
    fault: NDArray[np.float64]
    expected: NDArray[np.float64]
    cases: NDArray[np.float64]
    total: float
    known: int

    def ratios(self, low: NDArray[np.intp], high: NDArray[np.intp]) -> NDArray[np.float64]:
        """LLR of the ranges from place `low` to below place `high`; 0 where too small or large."""
        inside = self.fault[high] - self.fault[low]
        cases = self.cases[high] - self.cases[low]
        ratio = log_likelihood_ratio(
            inside, self.expected[high] - self.expected[low], np.full(len(inside), self.total)
        )
        fits = (cases >= LEAST_INSIDE) & (cases <= MOST_SHARE * self.known)
        return np.where(fits & (inside >= LEAST_FAULTS_INSIDE), ratio, 0.0)

    def places(self, part: Part) -> tuple[int, int]:
        low = 0 if part.low == -math.inf else int(np.searchsorted(self.values, part.low))
        high = len(self.values)
        if part.high != math.inf:
            high = int(np.searchsorted(self.values, part.high))
        return low, high


def _line(weighed: Weighed, parts: Sequence[Part], place: int) -> _Line:
    others = tuple(part for i, part in enumerate(parts) if i != place)
    values = weighed.attributes.columns[parts[place].key].values
    known, rest = known_and_inside(weighed.attributes, others)
    known = known & ~np.isnan(values)
    rows = np.flatnonzero(known & rest)
    total = float((weighed.fault & known).sum())
    scale = total / max(1e-12, float(weighed.expected[known].sum()))
    distinct, index = np.unique(values[rows], return_inverse=True)

    def running(weight: NDArray[np.float64] | None) -> NDArray[np.float64]:
        sums = np.bincount(index, weights=weight, minlength=len(distinct))
        return np.concatenate([[0.0], np.cumsum(sums)])

    return _Line(
        distinct, running(weighed.fault[rows].astype(np.float64)),
        running(weighed.expected[rows] * scale), running(None), total, int(known.sum()),
    )  # fmt: skip


def _best_bounds(line: _Line, part: Part) -> Part:
    """Lower bound for the upper one, and the other way round, over all values that occur."""
    low, high = line.places(part)
    everywhere = np.arange(len(line.values) + 1, dtype=np.intp)
    lower = everywhere[:high]
    if len(lower):
        ratios = line.ratios(lower, np.full(len(lower), high))
        if ratios.max() > 0:
            low = int(lower[np.argmax(ratios)])
    upper = everywhere[low + 1 :]
    if len(upper):
        ratios = line.ratios(np.full(len(upper), low), upper)
        if ratios.max() > 0:
            high = int(upper[np.argmax(ratios)])
    return _at(line, part, low, high)


def _at(line: _Line, part: Part, low: int, high: int) -> Part:
    return replace(
        part,
        low=-math.inf if low == 0 else float(line.values[low]),
        high=math.inf if high == len(line.values) else float(line.values[high]),
    )


def _rounded(line: _Line, part: Part) -> Part:
    """Each bound away if the loss from the best bounds is small, then at the roundest number."""

    def value(chosen: Part) -> float:
        low, high = line.places(chosen)
        return float(line.ratios(np.array([low]), np.array([max(low, high)]))[0])

    best = value(part)
    if best <= 0:
        return part
    # A range that is open on both sides says nothing, so only one side may be dropped.
    if math.isfinite(part.low) and math.isfinite(part.high):
        dropped = max(replace(part, low=-math.inf), replace(part, high=math.inf), key=value)
        part = dropped if value(dropped) >= best - _LOSS else part
    for side in ("low", "high"):
        if math.isfinite(getattr(part, side)):
            part = _roundest(line, part, side, value(part) - _LOSS)
    return part


def _roundest(line: _Line, part: Part, side: str, least: float) -> Part:
    """least: the LLR that a rounder bound has to keep."""
    low, high = line.places(part)
    lowest, highest = float(line.values[0]), float(line.values[-1])
    for step in ROUND_STEPS[part.attribute]:
        first, last = math.ceil(lowest / step), math.floor(highest / step)
        if last < first:
            continue
        candidates = np.arange(first, last + 1) * step
        places = np.searchsorted(line.values, candidates)
        if side == "low":
            found = line.ratios(np.minimum(places, high), np.full(len(places), high))
        else:
            found = line.ratios(np.full(len(places), low), np.maximum(places, low))
        place = int(np.argmax(found))
        if found[place] >= least:
            bound = float(candidates[place])
            return replace(part, low=bound) if side == "low" else replace(part, high=bound)
    return part
