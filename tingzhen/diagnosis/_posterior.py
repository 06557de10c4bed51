"""Exact Bayes over the hypotheses of one group, and the groups of a base.

Mechanical group: one hypothesis for each mechanical fault, one for each pair of them, one for
"nothing wrong", one for "a fault that is not in this base"; they exclude each other. A pair shows
whatever either of its faults shows, so two noises at once are not forced on one fault. Visible
groups: one for each damage type, with the faults that explain it and "it is not there". Groups
are independent, so a dent and a knock never compete.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
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
    shares = knowledge.settings.powertrain_share
    weight = knowledge.tables.weight
    if prior_weights:
        weight = weight * _factors(knowledge, prior_weights)
    chance = np.array([float(p == powertrain) if powertrain else s for p, s in shares.items()])
    prior = np.zeros(len(weight))
    for rows in (knowledge.mechanical, *knowledge.visible.values()):
        by_powertrain = weight[rows, None] * knowledge.tables.applies[rows]
        total = by_powertrain.sum(axis=0)
        by_powertrain = by_powertrain / np.where(total > 0, total, 1.0)
        prior[rows] = by_powertrain @ (chance / chance.sum())
    return prior


def _factors(knowledge: KnowledgeBase, prior_weights: Mapping[str, float]) -> NDArray[np.float64]:
    wrong = [name for name, factor in prior_weights.items() if not 0.0 < factor < np.inf]
    if wrong:
        raise ValueError(f"a prior weight must be a positive number: {', '.join(wrong[:5])}")
    rows = knowledge.tables.row_of
    unknown = prior_weights.keys() - rows.keys()
    if unknown:
        raise ValueError(f"not in the base: {', '.join(sorted(unknown)[:5])}")
    factors = np.ones(len(knowledge.faults))
    factors[[rows[name] for name in prior_weights]] = list(prior_weights.values())
    return factors


def group_posteriors(
    knowledge: KnowledgeBase, observed: Sequence[Observation], share: NDArray[np.float64]
) -> list[GroupPosterior]:
    """The mechanical group first, then the visible groups that the base knows faults of.

    share: (F,), from `fault_priors`.
    """
    settings = knowledge.settings
    groups = [mechanical_posterior(knowledge, observed, share)]
    ratios = _stack(observed, len(share))
    tells = np.array([o.kind not in _CONDITIONS for o in observed], dtype=bool)
    for damage, rows in knowledge.visible.items():
        if len(rows) == 0:
            continue
        of_group = ratios[:, rows]
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
    single_prior, pair_prior = _mechanical_priors(knowledge, share[rows])
    first, second = _pairs(len(rows))
    # Where no fault exists for this powertrain, its share goes to "nothing".
    nothing_prior = 1.0 - settings.other_prior - float(single_prior.sum() + pair_prior.sum())

    ratios = _stack(observed, len(share))[:, rows]
    unknown = np.array([o.log_ratio_other for o in observed])
    bears = (ratios != 0.0).any(axis=1)
    absent = np.array([o.absent for o in observed], dtype=bool)
    there, not_there = ratios[bears & ~absent], ratios[bears & absent]
    pair = np.maximum(there[:, first], there[:, second]).sum(axis=0)
    pair += np.minimum(not_there[:, first], not_there[:, second]).sum(axis=0)
    joint = _normalised(
        np.concatenate([single_prior, pair_prior, [nothing_prior, settings.other_prior]]),
        np.concatenate([ratios.sum(axis=0), pair, [0.0, unknown.sum()]]),
    )
    single, in_pairs = joint[: len(rows)], _over_members(joint[len(rows) : -2], len(rows))
    tells = [o.kind not in _CONDITIONS and o.kind != "damage" for o in observed]
    informed = bool(((bears | (unknown != 0.0)) & np.array(tells, dtype=bool)).any())
    return GroupPosterior(
        damage=None, rows=rows, prior=single_prior + _over_members(pair_prior, len(rows)),
        posterior=single + in_pairs, share=single + in_pairs / 2.0,
        nothing_prior=nothing_prior, nothing=float(joint[-2]), other=float(joint[-1]),
        informed=informed,
    )  # fmt: skip


def _mechanical_priors(
    knowledge: KnowledgeBase, share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(one fault), (n,), and P(two faults), (pairs,)."""
    settings = knowledge.settings
    wrong = 1.0 - settings.healthy_prior - settings.other_prior
    first, second = _pairs(len(share))
    both = share[first] * share[second]
    if both.sum() <= 0.0:
        return share * wrong, np.zeros(len(first))
    two = settings.two_faults_prior
    return share * wrong * (1.0 - two), both / both.sum() * wrong * two


def _stack(observed: Sequence[Observation], faults: int) -> NDArray[np.float64]:
    """(observations, F)."""
    return np.array([o.log_ratio for o in observed]).reshape(len(observed), faults)


def _normalised(prior: NDArray[np.float64], log_ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    joint: NDArray[np.float64] = prior * np.exp(log_ratio - log_ratio.max())
    joint /= joint.sum()
    return joint


@cache
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    first, second = np.triu_indices(count, k=1)
    return first, second


def _over_members(pairs: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """(count,) the sum over the pairs that each fault is in."""
    first, second = _pairs(count)
    total = np.zeros(count)
    np.add.at(total, first, pairs)
    np.add.at(total, second, pairs)
    return total
