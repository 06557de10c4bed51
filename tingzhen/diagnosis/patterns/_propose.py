"""Which conditions one half of the cases proposes for a fault.

The best window is taken, what it makes of the expected frequency is worked out, and the search
goes on with that as the expectation, until nothing stands out any more. So a shifted, broader or
narrower version of one truth, or something that only goes along with it, has nothing left to show.
Each choice is by one measure: the gain in log likelihood less what chance alone would give to each
condition.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.patterns._grid import Grid, make_grid
from tingzhen.diagnosis.patterns._log_linear import Fit, fit, relative_rates
from tingzhen.diagnosis.patterns._refine import Weighed, refine
from tingzhen.diagnosis.patterns._scan import (
    Expected,
    Found,
    best_pair,
    best_singles,
    expect,
    ratio_by_chance,
)
from tingzhen.diagnosis.patterns.attributes import Attributes
from tingzhen.diagnosis.patterns.condition import (
    Condition,
    known_and_inside,
    probably_inside,
)

_MOST_CONDITIONS: Final = 6


@dataclass(frozen=True, slots=True)
class Proposal:
    """conditions: that together explain where the fault is frequent. alone: the best window of each
    attribute by itself, whatever explains it, best first."""

    conditions: tuple[Condition, ...]
    alone: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Discovery:
    """The discovery half, cut and counted once for all faults."""

    attributes: Attributes
    grid: Grid
    alike: Expected
    by_chance: tuple[float, float]

    @classmethod
    def of(cls, attributes: Attributes) -> "Discovery":
        grid = make_grid(attributes)
        alike = expect(grid, grid.pair_counts())
        return cls(attributes, grid, alike, ratio_by_chance(grid, alike))

    def cost(self, conditions: Sequence[Condition]) -> float:
        return sum(self.by_chance[len(condition) - 1] for condition in conditions)


def propose(discovery: Discovery, fault: NDArray[np.bool_]) -> Proposal:
    """fault: bool (n,), the cases of the discovery half that have this fault."""
    grid = discovery.grid
    if not grid.parts:
        return Proposal((), ())
    observed = grid.pair_counts(np.flatnonzero(fault))
    singles = best_singles(grid, observed, discovery.alike)
    plain = Weighed(discovery.attributes, fault, np.ones(len(fault)))
    alone = tuple(
        refine(plain, single.condition)
        for single in singles
        if single.ratio > discovery.by_chance[0]
    )
    model = _Model(discovery, fault)
    found: list[Condition] = []
    expected = discovery.alike
    for _ in range(_MOST_CONDITIONS):
        more = _next(model, found, observed, expected)
        if more is None:
            break
        found = more
        expected = _expected(discovery, model.relative_rates(found))
    return Proposal(tuple(_polished(model, found)), alone)


class _Model:
    """Fits of sets of conditions to one fault, with memory of which cases each holds in."""

    def __init__(self, discovery: Discovery, fault: NDArray[np.bool_]) -> None:
        self.discovery = discovery
        self.fault = fault
        self._inside: dict[Condition, NDArray[np.bool_]] = {}

    def fit(self, conditions: Sequence[Condition]) -> Fit:
        return fit(self.fault, [self._holds(condition) for condition in conditions])

    def merit(self, conditions: Sequence[Condition]) -> float:
        """Gain in log likelihood less the cost of the choice."""
        return self.fit(conditions).gain - self.discovery.cost(conditions)

    def refine(self, condition: Condition, others: Sequence[Condition]) -> Condition:
        """The best bounds, given what the other conditions explain already."""
        weighed = Weighed(self.discovery.attributes, self.fault, self.relative_rates(others))
        return refine(weighed, condition)

    def relative_rates(self, conditions: Sequence[Condition]) -> NDArray[np.float64]:
        """What is expected of each case, (n,), 1 where no condition holds. Where it is not known
        whether one holds, by how probable that is: else the rest of a pair, with the other part
        unknown, would stand out once more."""
        if not conditions:
            return np.ones(len(self.fault))
        attributes = self.discovery.attributes
        shares = [probably_inside(attributes, condition) for condition in conditions]
        return relative_rates(self.fit(conditions).factor, shares)

    def _holds(self, condition: Condition) -> NDArray[np.bool_]:
        if condition not in self._inside:
            _, self._inside[condition] = known_and_inside(self.discovery.attributes, condition)
        return self._inside[condition]


def _next(
    model: _Model, found: list[Condition], observed: NDArray[np.float32], expected: Expected
) -> list[Condition] | None:
    """The conditions with the best next one added; None where nothing more stands out."""
    grid = model.discovery.grid
    singles = best_singles(grid, observed, expected)
    pair = best_pair(grid, observed, expected)
    candidates: list[Found] = [*singles[:1], *([pair] if pair is not None else [])]
    by_chance = model.discovery.by_chance
    if all(f.ratio <= by_chance[len(f.condition) - 1] for f in candidates):
        return None
    options = [[model.refine(c.condition, found)] for c in candidates]
    if pair is not None:
        # What looks like a pair may be two conditions that each do their part.
        keys = [part.key for part in pair.condition]
        apart = [single.condition for single in singles if single.condition[0].key in keys]
        refined = [model.refine(condition, found) for condition in apart]
        options += [[condition] for condition in refined]
        if len(refined) == 2:
            options.append(refined)
    now = model.merit(found)
    options = [option for option in options if not any(condition in found for condition in option)]
    merits = [model.merit([*found, *option]) for option in options]
    if not merits or max(merits) <= now:
        return None
    return [*found, *options[int(np.argmax(merits))]]


def _expected(discovery: Discovery, rates: NDArray[np.float64]) -> Expected:
    """The expectation by bins; only cases in which some condition may hold differ from the rest.

    rates: (n,), from `relative_rates`.
    """
    rows = np.flatnonzero(np.abs(rates - 1.0) > 1e-9)
    grid = discovery.grid
    more = grid.pair_counts(rows, (rates[rows] - 1.0).astype(np.float32))
    return expect(grid, discovery.alike.counts + more)


def _polished(model: _Model, found: list[Condition]) -> list[Condition]:
    """Each condition fitted again beside the others, made simpler or left out where that loses
    nothing."""
    conditions = list(found)
    for condition in found:
        if condition not in conditions:
            continue
        place = conditions.index(condition)
        others = [c for c in conditions if c != condition]
        options = [[condition], [model.refine(condition, others)]]
        if len(condition) > 1:
            options += [[model.refine((part,), others)] for part in condition]
        options = [option for option in options if option[0] not in others]
        merits = [model.merit([*others, *option]) for option in options]
        best = int(np.argmax(merits)) if merits else 0
        if not merits or merits[best] <= model.merit(others):
            conditions.remove(condition)
        else:
            conditions[place] = options[best][0]
    return conditions
