"""What faults state of one noise, one measure or of the tests, without those that state nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class StatedOutcomes:
    """What the faults state of the outcomes of each test, test after test (as in a CSR matrix).

    start: (T + 1,), the entries of test t are start[t]:start[t + 1]. test, row: (E,), the test
    and the fault of each entry, rows of one test ascending. given: (E, O), P(outcome | fault), O
    of the test with most outcomes, 0 beyond its own. otherwise: (T, O), of every other fault.
    count: (T,), outcomes of each test. All rows sum to 1.
    """

    start: Indices
    test: Indices
    row: Indices
    given: Floats
    otherwise: Floats
    count: Indices

    def entries(self, test: int) -> slice:
        return slice(int(self.start[test]), int(self.start[test + 1]))

    def rows(self, test: int) -> Indices:
        """(n,), the faults that state something of it, ascending."""
        return self.row[self.entries(test)]

    def table(self, test: int, rows: Indices) -> Floats:
        """(len(rows), outcomes of the test), P(outcome | fault) of the given faults."""
        outcomes = int(self.count[test])
        table = np.tile(self.otherwise[test, :outcomes], (len(rows), 1))
        entries = self.entries(test)
        stating = self.row[entries]
        if len(stating):
            at = np.minimum(np.searchsorted(stating, rows), len(stating) - 1)
            states = stating[at] == rows
            table[states] = self.given[entries, :outcomes][at[states]]
        return table


@dataclass(frozen=True, slots=True, eq=False)
class Ranges:
    """Of one measure: log_factor (n,) counts for fault row (n,) where low <= value < high."""

    row: Indices
    low: Floats
    high: Floats
    log_factor: Floats

    def log_ratio(self, value: float, faults: int) -> Floats:
        """(F,)"""
        holds = (self.low <= value) & (value < self.high)
        total = np.zeros(faults)
        np.add.at(total, self.row[holds], self.log_factor[holds])
        return total

    def interval(self, value: float) -> int:
        """Number of the interval between two bounds; all values in one have the same log_ratio."""
        return int(np.count_nonzero(self.low <= value) + np.count_nonzero(self.high <= value))


@dataclass(frozen=True, slots=True, eq=False)
class StatedNoise:
    """P(noise | fault) of one type. rows, given: (n,), of the mechanical faults that state it.
    otherwise: of the other mechanical faults; a visible damage makes no sound, and hides none."""

    rows: Indices
    given: Floats
    otherwise: float
    visible: Indices

    def log_ratio(self, ratio: float, healthy: float, faults: int) -> Floats:
        """(F,), ln of (P(noise | fault) (ratio - 1) + 1) / healthy, 0 for visible damage."""
        given = np.append(self.given, self.otherwise)
        stated = np.log((given * (ratio - 1.0) + 1.0) / healthy)
        log_ratio = np.full(faults, stated[-1])
        log_ratio[self.rows] = stated[:-1]
        log_ratio[self.visible] = 0.0
        return log_ratio
