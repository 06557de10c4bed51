"""How many times as likely: risk ratios of a fault inside against outside a condition.

Inside is the exposed group, outside (all other cases whose attributes are known) the reference:

    lift = P(fault | condition) / P(fault | not condition)

The risk ratio and not the odds ratio, because it is what the sentence says, and because it is
collapsible: where the ratio is the same in every stratum and the strata do not confound, the ratio
over all cases is the same too (Greenland, Robins and Pearl 1999, Statistical Science 14: 29-46).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z95: Final = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Lift:
    """A risk ratio with its 95 % interval, and the counts that it comes from.

    NaN where the ratio is not defined (no case inside or outside, or no fault outside).
    inside_faults of inside_cases, outside_faults of outside_cases: the crude counts.
    """

    ratio: float
    low: float
    high: float
    inside_faults: int
    inside_cases: int
    outside_faults: int
    outside_cases: int

    @property
    def is_number(self) -> bool:
        return math.isfinite(self.ratio) and math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """2 x 2 tables of K strata, float64 (K,): faults and cases, inside and outside."""

    inside_faults: NDArray[np.float64]
    inside_cases: NDArray[np.float64]
    outside_faults: NDArray[np.float64]
    outside_cases: NDArray[np.float64]

    @property
    def faults(self) -> NDArray[np.float64]:
        return self.inside_faults + self.outside_faults

    @property
    def cases(self) -> NDArray[np.float64]:
        return self.inside_cases + self.outside_cases


def tabulate(
    fault: NDArray[np.bool_], inside: NDArray[np.bool_], strata: NDArray[np.int64] | None = None
) -> Tables:
    """Count N cases. fault, inside: bool (N,). strata: int64 (N,), any whole numbers; None: one."""
    if strata is None:
        index, count = np.zeros(len(fault), dtype=np.int64), 1
    else:
        names, index = np.unique(strata, return_inverse=True)
        count = len(names)

    def tally(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(index[chosen], minlength=count).astype(np.float64)

    return Tables(tally(fault & inside), tally(inside), tally(fault & ~inside), tally(~inside))


def joined(tables: Sequence[Tables]) -> Tables:
    """All strata of several tables, which stay apart."""
    return Tables(
        np.concatenate([t.inside_faults for t in tables]),
        np.concatenate([t.inside_cases for t in tables]),
        np.concatenate([t.outside_faults for t in tables]),
        np.concatenate([t.outside_cases for t in tables]),
    )


def crude_lift(tables: Tables, *, design_effect: float = 1.0) -> Lift:
    """Over all strata together; interval on the log scale (Katz et al. 1978, Biometrics 34: 469).

    design_effect: factor on the variance, for cases that come in clusters; >= 1.
    """
    a, n1 = float(tables.inside_faults.sum()), float(tables.inside_cases.sum())
    c, n0 = float(tables.outside_faults.sum()), float(tables.outside_cases.sum())
    if min(a, c) <= 0:
        return _lift(math.nan, math.nan, tables)
    variance = 1 / a - 1 / n1 + 1 / c - 1 / n0
    return _lift((a / n1) / (c / n0), variance * design_effect, tables)


def mantel_haenszel_lift(tables: Tables, *, design_effect: float = 1.0) -> Lift:
    """The risk ratio common to the strata (Mantel and Haenszel 1959), with the variance of
    Greenland and Robins (1985, Biometrics 41: 55-68), which holds for few large and for many
    small strata. The counts of the result are crude ones, over strata that tell something."""
    telling = (tables.inside_cases > 0) & (tables.outside_cases > 0)
    a, n1 = tables.inside_faults[telling], tables.inside_cases[telling]
    c, n0 = tables.outside_faults[telling], tables.outside_cases[telling]
    n = n1 + n0
    used = Tables(a, n1, c, n0)
    upper, lower = float((a * n0 / n).sum()), float((c * n1 / n).sum())
    if min(upper, lower) <= 0:
        return _lift(math.nan, math.nan, used)
    variance = float((((a + c) * n1 * n0 - a * c * n) / n**2).sum()) / (upper * lower)
    return _lift(upper / lower, variance * design_effect, used)


def _lift(ratio: float, variance: float, tables: Tables) -> Lift:
    spread = math.exp(_Z95 * math.sqrt(variance)) if variance >= 0 else math.nan
    return Lift(
        ratio, ratio / spread, ratio * spread,
        int(tables.inside_faults.sum()), int(tables.inside_cases.sum()),
        int(tables.outside_faults.sum()), int(tables.outside_cases.sum()),
    )  # fmt: skip


def cmh_z(tables: Tables, *, design_effect: float = 1.0) -> float:
    """Signed root of the Cochran-Mantel-Haenszel statistic, without continuity correction.

    About standard normal where the condition does nothing within the strata; above 0 where the
    fault is more frequent inside. 0 where no stratum tells anything.
    """
    n, m1, n1, n0 = tables.cases, tables.faults, tables.inside_cases, tables.outside_cases
    telling = n > 1
    n, m1, n1, n0 = n[telling], m1[telling], n1[telling], n0[telling]
    expected = n1 * m1 / n
    variance = float((n1 * n0 * m1 * (n - m1) / (n**2 * (n - 1))).sum()) * design_effect
    excess = float((tables.inside_faults[telling] - expected).sum())
    return excess / math.sqrt(variance) if variance > 0 else 0.0


def upper_tail(z: float) -> float:
    """P(Z >= z) of the standard normal distribution."""
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def breslow_day(tables: Tables) -> float:
    """p-value that the odds ratio is the same in all strata: Breslow and Day (1980) with the
    correction of Tarone (1985). For faults that are rare it says the same of the risk ratio. NaN
    with fewer than two strata that tell anything."""
    from scipy.special import chdtrc  # noqa: PLC0415 - only whoever looks for patterns pays

    m1, n1, n0, n = tables.faults, tables.inside_cases, tables.outside_cases, tables.cases
    telling = (n1 > 0) & (n0 > 0) & (m1 > 0) & (m1 < n)
    if telling.sum() < 2:
        return math.nan
    m1, n1, n0, n = m1[telling], n1[telling], n0[telling], n[telling]
    a = tables.inside_faults[telling]
    b, c = n1 - a, m1 - a
    d = n0 - c
    below = float((b * c / n).sum())
    odds = float((a * d / n).sum()) / below if below > 0 else math.inf
    if not 0 < odds < math.inf:
        return math.nan
    fitted = _fitted_inside(m1, n1, n0, odds)
    parts = np.maximum([fitted, n1 - fitted, m1 - fitted, n0 - m1 + fitted], 1e-12)
    variance = 1 / (1 / parts).sum(axis=0)
    statistic = float(((a - fitted) ** 2 / variance).sum())
    statistic -= float((a - fitted).sum()) ** 2 / float(variance.sum())
    return float(chdtrc(int(telling.sum()) - 1, max(0.0, statistic)))


def _fitted_inside(
    m1: NDArray[np.float64], n1: NDArray[np.float64], n0: NDArray[np.float64], odds: float
) -> NDArray[np.float64]:
    """Faults inside, (K,), that give each stratum this odds ratio with its margins kept."""
    if abs(odds - 1.0) < 1e-9:
        return m1 * n1 / (n1 + n0)
    quadratic = 1.0 - odds
    linear = n0 - m1 + odds * (m1 + n1)
    constant = -odds * m1 * n1
    root = np.sqrt(linear**2 - 4 * quadratic * constant)
    first = (-linear + root) / (2 * quadratic)
    second = (-linear - root) / (2 * quadratic)
    low, high = np.maximum(0.0, m1 - n0), np.minimum(m1, n1)
    return np.where((first >= low - 1e-9) & (first <= high + 1e-9), first, second)


def design_effect(
    fault: NDArray[np.bool_], inside: NDArray[np.bool_], vehicle: NDArray[np.int64]
) -> float:
    """By how much cases of the same vehicle that resemble each other widen the variance of the log
    lift: clustered over independent variance of its influence function (Kish 1965), at least 1.

    vehicle: int64 (N,); cases with the same number belong together.
    """
    tables = tabulate(fault, inside)
    a, n1 = float(tables.inside_faults[0]), float(tables.inside_cases[0])
    c, n0 = float(tables.outside_faults[0]), float(tables.outside_cases[0])
    if min(a, c) <= 0:
        return 1.0
    influence = np.where(inside, (fault - a / n1) / a, -(fault - c / n0) / c)
    _, index = np.unique(vehicle, return_inverse=True)
    clustered = float((np.bincount(index, weights=influence) ** 2).sum())
    return max(1.0, clustered / float((influence**2).sum()))
