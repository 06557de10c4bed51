"""What the record of a rule says of its weight: Bayes over the likelihood ratio of the rule.

A rule multiplies the odds of what it looks at by exp(theta) where its conditions hold. Where they
hold only with probability f, it is virtual evidence like every score (Pearl 1988, Probabilistic
Reasoning in Intelligent Systems, 2.2.2):

    logit P(right) = logit q + ln(1 + f (exp(theta) - 1))

q is what the base expected without the rule. So a rule that says what the base knows already is
right as often as expected, theta stays 0, and it gains nothing. The prior of theta is a spike and
a slab (Mitchell and Beauchamp 1988, JASA 83):

    P(theta) = (1 - trust) [theta = 0] + trust (0.95 N(c, (c/3)^2) + 0.05 U(0, ln 40)),  theta >= 0

trust comes from the author's role; c is what the author claims beyond the base, in log odds:
c = logit P(claimed) - logit P(base | the conditions alone). theta is never negative: a wrong rule
says nothing, it does not speak against. Exact on a grid; the order of the cases does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

CAP: Final = 40.0
"""Largest likelihood ratio of a rule, the same as of the owner's words. Expert prior."""
HALF_LIFE_DAYS: Final = 1095.0
"""After so long without being right, half of a rule's weight (in log odds) is left: about the
time until a model is changed. Expert prior."""
AGAINST: Final = 0.5
ENOUGH_CASES: Final = 5.0
"""A rule whose record, of five cases or more, makes it half as credible as at first (a Bayes factor
under 0.5) says nothing at all. Choice: the few who would still be right must earn it again."""
SMALLEST: Final = 0.1
"""A smaller log ratio changes the odds by less than a tenth: then a rule says nothing."""

_GRID: Final = np.linspace(0.0, np.log(CAP), 75)
_STEP: Final = float(_GRID[1])
_SURPRISE: Final = 0.05
_SURE: Final = 1e-4
# A case in which the conditions hardly held does not keep a rule young.
_NOTABLE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Trial:
    """A confirmed case in which the conditions held.

    held: probability, 0..1, that they did. expected: probability, 0..1, of what the rule looks at,
    as the base had it without any rule. right: whether it was that.
    """

    case_id: str
    on: date
    held: float
    expected: float
    right: bool


@dataclass(frozen=True, slots=True)
class Weight:
    """log_ratio: theta as it is used, 0..ln 40: the posterior mean, faded with age, and 0 where
    the record speaks against the rule or hardly anything is left.

    learned: posterior mean of theta before that. trust: P(theta > 0 | record).
    bayes_factor: of "tells more than the base" against "tells nothing": the sum of the gains in
    logarithmic score, case by case, of whoever predicts with the rule (Dawid 1984, prequential).
    fade: 0..1, what its age leaves of it.
    held: sum over the cases of the probability that the conditions held; right, expected: how often
    it was right in these, and how often the base alone would have been.
    """

    log_ratio: float
    learned: float
    trust: float
    bayes_factor: float
    fade: float
    held: float
    right: float
    expected: float


def claimed_log_odds(probability: float, base: float) -> float:
    """c of the module's text, kept within 0..ln 40. Both probabilities 0..1."""
    return float(np.clip(_logit(probability) - _logit(base), 0.0, np.log(CAP)))


def learn(
    trials: Sequence[Trial], *, trust: float, claimed: float, stated_on: date, today: date
) -> Weight:
    """The weight of a rule after its record.

    trust: 0..1. claimed: c, log odds >= 0. stated_on: the last time that somebody stated the rule.
    """
    trials = sorted(trials, key=lambda t: (t.on, t.case_id))
    held = np.array([t.held for t in trials])
    expected = np.clip([t.expected for t in trials], _SURE, 1.0 - _SURE)
    right = np.array([t.right for t in trials], dtype=bool)

    slab = _slab(claimed)
    gain = _log_likelihood(held, expected, right)
    gain -= gain[0]  # against theta = 0
    top = float(gain.max())
    weighed = slab * np.exp(gain - top)
    log_factor = top + float(np.log(weighed.sum()))
    odds = trust / (1.0 - trust) * np.exp(min(log_factor, 500.0))
    believed = float(odds / (1.0 + odds))
    learned = believed * float(weighed @ _GRID / weighed.sum())

    last_right = max((t.on for t in trials if t.right and t.held >= _NOTABLE), default=stated_on)
    fade = 0.5 ** (max(0, (today - max(last_right, stated_on)).days) / HALF_LIFE_DAYS)
    refuted = log_factor < np.log(AGAINST) and held.sum() >= ENOUGH_CASES
    silent = refuted or learned * fade < SMALLEST
    return Weight(
        log_ratio=0.0 if silent else learned * fade, learned=learned, trust=believed,
        bayes_factor=float(np.exp(np.clip(log_factor, -700.0, 700.0))), fade=fade,
        held=float(held.sum()), right=float(held @ right), expected=float(held @ expected),
    )  # fmt: skip


def shown_log_ratio(log_ratio: float, held: float) -> float:
    """ln(1 + f (exp(theta) - 1)): what a rule says where its conditions hold with probability f."""
    return float(np.log1p(held * np.expm1(log_ratio)))


def _slab(claimed: float) -> NDArray[np.float64]:
    """(grid,) adds up to 1."""
    deviation = max(claimed / 3.0, _STEP)
    around = np.exp(-0.5 * ((_GRID - claimed) / deviation) ** 2)
    even = np.full_like(_GRID, 1.0 / len(_GRID))
    total: NDArray[np.float64] = (1.0 - _SURPRISE) * around / around.sum() + _SURPRISE * even
    return total


def _log_likelihood(
    held: NDArray[np.float64], expected: NDArray[np.float64], right: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(grid,) sum over the cases of ln P(right or wrong | theta)."""
    logit = np.log(expected / (1.0 - expected))[:, None]
    logit = logit + np.log1p(held[:, None] * np.expm1(_GRID)[None, :])
    signed = np.where(right[:, None], -logit, logit)
    total: NDArray[np.float64] = -np.logaddexp(0.0, signed).sum(axis=0)
    return total


def _logit(probability: float) -> float:
    probability = min(max(probability, _SURE), 1.0 - _SURE)
    return float(np.log(probability / (1.0 - probability)))
