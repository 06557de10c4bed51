"""Bayes over the hypotheses of one group, and the groups of a base.

Mechanical group: one hypothesis for each mechanical fault, one for each pair of them, one for
"nothing wrong", one for "a fault that is not in this base"; they exclude each other. A pair shows
whatever either of its faults shows, so two noises at once are not forced on one fault. Visible
groups: one for each damage type, with the faults that explain it and "it is not there". Groups
are independent, so a dent and a knock never compete.

Exact, but for pairs in a base of more mechanical faults than _pairs.EXACT: there their sums are
known within bounds, and the bounds are given with the posterior.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._pairs import pair_weights
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.diagnosis.tables import group_shares
from tingzhen.vision.vocabulary import DamageType

# These alone tell nothing: without a finding, code or word there is no question.
_CONDITIONS: Final = frozenset({"circumstance", "mileage", "experience"})


@dataclass(frozen=True, slots=True, eq=False)
class GroupPosterior:
    """rows: (n,) indices of faults. prior, posterior: (n,), float64, 0..1, alone or in a pair.

    share: (n,), the same with a pair counted half for each, so that
    share.sum() + nothing + other == 1.
    nothing, nothing_prior: of "nothing wrong" or "not there". other: of an unknown fault (0 in
    visible groups).
    damage: the type that a visible group is about; None for the mechanical one.
    informed: whether anything observed bears on this group at all.
    stops: summed share of the faults whose advice is stop, at most (0 in visible groups).
    error: how far `nothing` and `other` can be off; 0 where every pair was looked at. spread: (n,),
    the same for each posterior. _pairs.py says what these bounds rest on.
    """

    damage: DamageType | None
    rows: NDArray[np.intp]
    prior: NDArray[np.float64]
    posterior: NDArray[np.float64]
    share: NDArray[np.float64]
    nothing_prior: float
    nothing: float
    other: float
    informed: bool
    stops: float = 0.0
    error: float = 0.0
    spread: NDArray[np.float64] | None = None

    @property
    def most(self) -> NDArray[np.float64]:
        """(n,), what each posterior cannot exceed."""
        if self.spread is None:
            return self.posterior
        return np.minimum(self.posterior + self.spread, 1.0)


def fault_priors(
    knowledge: KnowledgeBase,
    powertrain: Powertrain | None,
    prior_weights: Mapping[str, float] | None = None,
) -> NDArray[np.float64]:
    """(F,) share of each fault within its group, given the powertrain or averaged over them.

    Each group sums to 1 (to 0 where no fault of it exists for that powertrain).
    prior_weights: factor on the weight of a fault by its id. Raises ValueError for one that is not
    a positive number, or whose id is not in the base.
    """
    tables = knowledge.tables
    by_powertrain = tables.shares
    if prior_weights:
        weight = tables.weight * _factors(knowledge, prior_weights)
        groups = (knowledge.mechanical, *knowledge.visible.values())
        by_powertrain = group_shares(weight, tables.applies, groups)
    shares = knowledge.settings.powertrain_share
    chance = np.array([float(p == powertrain) if powertrain else s for p, s in shares.items()])
    prior: NDArray[np.float64] = by_powertrain @ (chance / chance.sum())
    return prior


def _factors(knowledge: KnowledgeBase, prior_weights: Mapping[str, float]) -> NDArray[np.float64]:
    given = np.fromiter(prior_weights.values(), np.float64, len(prior_weights))
    if not ((given > 0.0) & (given < np.inf)).all():
        wrong = [name for name, factor in prior_weights.items() if not 0.0 < factor < np.inf]
        raise ValueError(f"a prior weight must be a positive number: {', '.join(wrong[:5])}")
    rows = knowledge.tables.row_of
    unknown = prior_weights.keys() - rows.keys()
    if unknown:
        raise ValueError(f"not in the base: {', '.join(sorted(unknown)[:5])}")
    factors = np.ones(len(knowledge.faults))
    factors[[rows[name] for name in prior_weights]] = given
    return factors


def group_posteriors(
    knowledge: KnowledgeBase, observed: Sequence[Observation], share: NDArray[np.float64]
) -> list[GroupPosterior]:
    """The mechanical group first, then the visible groups that the base knows faults of.

    share: (F,), from `fault_priors`.
    """
    settings = knowledge.settings
    groups = [mechanical_posterior(knowledge, observed, share)]
    tells = np.array([o.kind not in _CONDITIONS for o in observed], dtype=bool)
    for damage, rows in knowledge.visible.items():
        if len(rows) == 0:
            continue
        of_group = np.array([o.log_ratio[rows] for o in observed]).reshape(len(observed), len(rows))
        prior = share[rows] * settings.damage_base_rate[damage]
        nothing_prior = 1.0 - float(prior.sum())
        joint = _normalised(
            np.append(prior, nothing_prior), np.append(of_group.sum(axis=0), 0.0)
        )  # fmt: skip
        groups.append(
            GroupPosterior(
                damage=damage, rows=rows, prior=prior, posterior=joint[:-1], share=joint[:-1],
                nothing_prior=nothing_prior, nothing=float(joint[-1]), other=0.0,
                informed=bool((of_group[tells] != 0.0).any()),
            )
        )  # fmt: skip
    return groups


def mechanical_posterior(
    knowledge: KnowledgeBase, observed: Sequence[Observation], share: NDArray[np.float64]
) -> GroupPosterior:
    """One fault, two at once, an unknown one, or nothing. share: (F,), from `fault_priors`."""
    settings, rows = knowledge.settings, knowledge.mechanical
    single_prior, in_pairs_prior, of_each_pair = mechanical_priors(knowledge, share[rows])
    # Where no fault exists for this powertrain, its share goes to "nothing".
    wrong = float(single_prior.sum() + in_pairs_prior.sum() / 2.0)
    nothing_prior = 1.0 - settings.other_prior - wrong

    ratios = [o.log_ratio[rows] for o in observed]
    unknown = np.array([o.log_ratio_other for o in observed])
    bears = np.array([bool(row.any()) for row in ratios], dtype=bool)
    log_single, log_other = sum(ratios, np.zeros(len(rows))), float(unknown.sum())
    scale = max(float(log_single.max(initial=0.0)), log_other, 0.0)
    single = single_prior * np.exp(log_single - scale)
    nothing, other = (
        nothing_prior * np.exp(-scale),
        settings.other_prior * np.exp(log_other - scale),
    )
    stops = knowledge.tables.stops[rows].astype(np.float64)
    there, absent = (
        [
            row
            for o, row, bear in zip(observed, ratios, bears, strict=True)
            if bear and o.absent == a
        ]
        for a in (False, True)
    )
    pairs = pair_weights(share[rows], there, absent, marked=stops, log_scale=scale)
    in_pairs, error = of_each_pair * pairs.weight, of_each_pair * pairs.total_error
    total = float(single.sum() + nothing + other) + of_each_pair * pairs.total
    posterior = (single + in_pairs) / total
    of_stops = float(single @ stops) + of_each_pair * (pairs.marked + pairs.marked_error)
    tells = [o.kind not in _CONDITIONS and o.kind != "damage" for o in observed]
    informed = bool(((bears | (unknown != 0.0)) & np.array(tells, dtype=bool)).any())
    return GroupPosterior(
        damage=None, rows=rows, prior=single_prior + in_pairs_prior,
        posterior=posterior, share=(single + in_pairs / 2.0) / total,
        nothing_prior=nothing_prior, nothing=nothing / total, other=other / total,
        informed=informed, stops=_at_most(of_stops, total, error),
        error=min(error / total, 1.0),
        spread=_spread(posterior, of_each_pair * pairs.error, total, error) if error else None,
    )  # fmt: skip


def _at_most(weight: float, total: float, error: float) -> float:
    """What the share of a weight cannot exceed when the total is off by `error`."""
    return 1.0 if weight + error >= total else weight / (total - error)


def _spread(
    posterior: NDArray[np.float64], errors: NDArray[np.float64], total: float, error: float
) -> NDArray[np.float64]:
    """How much more each posterior can be, its own weight off by `errors`, the total by `error`."""
    if error >= total:
        return np.ones(len(posterior))
    return (posterior * total + errors) / (total - error) - posterior


def mechanical_priors(
    knowledge: KnowledgeBase, share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """P(only this fault), (n,); P(this and another), (n,); and P(a, b) / (share(a) share(b))."""
    settings = knowledge.settings
    wrong = 1.0 - settings.healthy_prior - settings.other_prior
    # Twice the sum over pairs, fault by fault.
    with_another = share * (share.sum() - share)
    both = float(with_another.sum()) / 2.0
    if both <= 0.0:
        return share * wrong, np.zeros(len(share)), 0.0
    two = settings.two_faults_prior
    of_each_pair = wrong * two / both
    return share * wrong * (1.0 - two), with_another * of_each_pair, of_each_pair


def _normalised(prior: NDArray[np.float64], log_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    joint: NDArray[np.float64] = prior * np.exp(log_ratio - log_ratio.max())
    joint /= joint.sum()
    return joint
