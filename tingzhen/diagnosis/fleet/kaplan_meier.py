"""How long something takes where not everything was watched to the end (Kaplan and Meier 1958,
Journal of the American Statistical Association 53: 457-481)."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_Z95: Final = 1.959963984540054
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The K times at which events happened, ascending.

    times: float64 (K,). at_risk: int64 (K,), watched and without event just before. events: int64
    (K,). survival: float64 (K,), from that time on. variance: float64 (K,), of the survival's
    logarithm (Greenwood 1926). watched: float64 (n,), ascending, how long each was watched.
    """

    times: NDArray[np.float64]
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    survival: NDArray[np.float64]
    variance: NDArray[np.float64]
    watched: NDArray[np.float64]

    def at_risk_at(self, time: float) -> int:
        """How many were watched to `time` or longer."""
        return len(self.watched) - int(np.searchsorted(self.watched, time, side="left"))

    def happened(self, time: float, *, design_effect: float = 1.0) -> tuple[float, float, float]:
        """Probability that the event has happened by `time`, with its 95 % interval: 1 - survival.

        The interval is that of the complementary log-log survival (Kalbfleisch and Prentice 1980);
        before the first event, and where all that were left had it, that of Clopper and Pearson
        (1934) over those at risk. NaN for a time after all watching ended.
        design_effect: factor on the variance, >= 1, for events that come in clusters.
        """
        at_risk = self.at_risk_at(time)
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        survival = float(self.survival[place]) if place >= 0 else 1.0
        if survival == 0.0:
            return 1.0, _TAIL ** (1 / float(self.at_risk[place])), 1.0
        if at_risk == 0:
            return math.nan, math.nan, math.nan
        if survival == 1.0:
            return 0.0, 0.0, 1.0 - _TAIL ** (1 / at_risk)
        error = math.sqrt(float(self.variance[place]) * design_effect)
        spread = math.exp(_Z95 * error / -math.log(survival))
        return 1.0 - survival, 1.0 - survival ** (1 / spread), 1.0 - survival**spread


def kaplan_meier(durations: NDArray[np.float64], happened: NDArray[np.bool_]) -> Curve:
    """durations: (n,), >= 0, to the event or to the end of watching. happened: (n,), the event
    ended it. One whose watching ends at the time of an event was still at risk then."""
    order = np.sort(durations)
    times, events = np.unique(durations[happened], return_counts=True)
    at_risk = len(order) - np.searchsorted(order, times, side="left")
    left = at_risk - events
    with np.errstate(divide="ignore"):
        variance = np.cumsum(events / (at_risk * left.astype(np.float64)))
    return Curve(
        times.astype(np.float64), at_risk.astype(np.int64), events.astype(np.int64),
        np.asarray(np.cumprod(left / at_risk), dtype=np.float64), variance, order,
    )  # fmt: skip


def design_effect(
    curve: Curve,
    durations: NDArray[np.float64],
    happened: NDArray[np.bool_],
    cluster: NDArray[np.int64],
    time: float,
) -> float:
    """By how much events of one cluster that resemble each other widen the variance of the
    survival's logarithm at `time`: clustered over independent sum of squares of its influence
    function (Ying and Wei 1994, Journal of Multivariate Analysis 50: 17-29), at least 1.

    cluster: int64 (n,); the same number belongs together.
    """
    within = int(np.searchsorted(curve.times, time, side="right"))
    if within == 0:
        return 1.0
    times, at_risk = curve.times[:within], curve.at_risk[:within].astype(np.float64)
    hazard = np.concatenate([[0.0], np.cumsum(curve.events[:within] / at_risk**2)])
    influence = -hazard[np.searchsorted(times, durations, side="right")]
    counted = happened & (durations <= time)
    influence[counted] += 1 / at_risk[np.searchsorted(times, durations[counted])]
    _, index = np.unique(cluster, return_inverse=True)
    independent = float((influence**2).sum())
    clustered = float((np.bincount(index, weights=influence) ** 2).sum())
    return max(1.0, clustered / independent) if independent > 0 else 1.0
