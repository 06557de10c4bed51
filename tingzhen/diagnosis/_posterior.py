"""Exact Bayes over the hypotheses of one group, and the groups of a base.

Mechanical group: one hypothesis for each mechanical fault, one for each pair of them, one for
"nothing wrong", one for "a fault that is not in this base"; they exclude each other. A pair shows
whatever either of its faults shows, so two noises at once are not forced on one fault. Visible
groups: one for each damage type, with the faults that explain it and "it is not there". Groups
are independent, so a dent and a knock never compete.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._observations import Observation
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.vision.vocabulary import DamageType


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


def fault_priors(knowledge: KnowledgeBase, powertrain: Powertrain | None) -> NDArray[np.float64]:
    """(F,) share of each fault within its group, given the powertrain or averaged over them.

    Each group sums to 1 (to 0 where no fault of it exists for that powertrain).
    """
    shares = knowledge.settings.powertrain_share
    weight = np.array([fault.prior for fault in knowledge.faults])
    chance = np.array([float(p == powertrain) if powertrain else s for p, s in shares.items()])
    prior = np.zeros(len(weight))
    for rows in (knowledge.mechanical, *knowledge.visible.values()):
        by_powertrain = weight[rows, None] * knowledge.applies[rows]
        total = by_powertrain.sum(axis=0)
        by_powertrain = by_powertrain / np.where(total > 0, total, 1.0)
        prior[rows] = by_powertrain @ (chance / chance.sum())
    return prior


def group_posteriors(
    knowledge: KnowledgeBase, observed: Sequence[Observation], powertrain: Powertrain | None
) -> list[GroupPosterior]:
    """The mechanical group first, then the visible groups that the base knows faults of."""
    settings = knowledge.settings
    share = fault_priors(knowledge, powertrain)
    groups = [mechanical_posterior(knowledge, observed, powertrain)]
    for damage, rows in knowledge.visible.items():
        if len(rows):
            groups.append(
                _group(damage, rows, share=share[rows], wrong=settings.damage_base_rate[damage],
                       other=0.0, two=0.0, observed=observed)
            )  # fmt: skip
    return groups


def mechanical_posterior(
    knowledge: KnowledgeBase, observed: Sequence[Observation], powertrain: Powertrain | None
) -> GroupPosterior:
    settings, rows = knowledge.settings, knowledge.mechanical
    return _group(
        None, rows, share=fault_priors(knowledge, powertrain)[rows],
        wrong=1.0 - settings.healthy_prior - settings.other_prior, other=settings.other_prior,
        two=settings.two_faults_prior, observed=observed,
    )  # fmt: skip


def _group(
    damage: DamageType | None,
    rows: NDArray[np.intp],
    *,
    share: NDArray[np.float64],
    wrong: float,
    other: float,
    two: float,
    observed: Sequence[Observation],
) -> GroupPosterior:
    """share: (n,), of each fault given that one is there. two: share of wrong with two of them."""
    first, second = np.triu_indices(len(rows), k=1)
    both = share[first] * share[second]
    two = two if both.sum() > 0 and two > 0 else 0.0
    single_prior = share * wrong * (1.0 - two)
    pair_prior = both / both.sum() * wrong * two if two else 0.0 * both
    # Where no fault of the group exists for this powertrain, its share goes to "nothing".
    nothing_prior = 1.0 - other - float(single_prior.sum() + pair_prior.sum())

    single, pair, unknown = np.zeros(len(rows)), np.zeros(len(first)), 0.0
    for o in observed:
        ratio = o.log_ratio[rows]
        single += ratio
        if two:
            combine = np.minimum if o.absent else np.maximum
            pair += combine(ratio[first], ratio[second])
        unknown += o.log_ratio_other
    log_ratio = np.concatenate([single, pair, [0.0, unknown]])
    joint = np.concatenate([single_prior, pair_prior, [nothing_prior, other]])
    joint = joint * np.exp(log_ratio - log_ratio.max())
    joint /= joint.sum()
    pairs = joint[len(rows) : -2]
    in_pairs = _over_members(pairs, first, second, len(rows))
    return GroupPosterior(
        damage=damage, rows=rows,
        prior=single_prior + _over_members(pair_prior, first, second, len(rows)),
        posterior=joint[: len(rows)] + in_pairs, share=joint[: len(rows)] + in_pairs / 2.0,
        nothing_prior=nothing_prior, nothing=float(joint[-2]), other=float(joint[-1]),
        informed=_informed(observed, rows, damage),
    )  # fmt: skip


def _over_members(
    pairs: NDArray[np.float64], first: NDArray[np.intp], second: NDArray[np.intp], count: int
) -> NDArray[np.float64]:
    """(count,) the sum over the pairs that each fault is in."""
    total = np.zeros(count)
    np.add.at(total, first, pairs)
    np.add.at(total, second, pairs)
    return total


def _informed(
    observed: Sequence[Observation], rows: NDArray[np.intp], damage: DamageType | None
) -> bool:
    """Circumstances alone tell nothing: without a finding, code or word there is no question."""
    for o in observed:
        if o.kind in ("circumstance", "mileage") or (damage is None and o.kind == "damage"):
            continue
        if np.any(o.log_ratio[rows] != 0.0) or (damage is None and o.log_ratio_other != 0.0):
            return True
    return False
