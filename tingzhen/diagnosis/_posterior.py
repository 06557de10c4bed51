"""Exact Bayes over the hypotheses of one group, and the groups of a base.

Mechanical group: one hypothesis for each mechanical fault, one for "nothing wrong", one for "a
fault that is not in this base"; they exclude each other. Visible groups: one for each damage
type, with the faults that explain it and "it is not there". Groups are independent, so a dent
and a knock never compete.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._observations import Observation
from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.vision.vocabulary import DamageType


@dataclass(frozen=True, slots=True, eq=False)
class GroupPosterior:
    """rows: (n,) indices of faults. prior, posterior: (n,), float64, 0..1.

    nothing, nothing_prior: of "nothing wrong" or "not there". other: of an unknown fault (0 in
    visible groups). posterior.sum() + nothing + other == 1.
    damage: the type that a visible group is about; None for the mechanical one.
    informed: whether anything observed bears on this group at all.
    """

    damage: DamageType | None
    rows: NDArray[np.intp]
    prior: NDArray[np.float64]
    posterior: NDArray[np.float64]
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
    """The mechanical group first, then every visible group that something was observed of."""
    share = fault_priors(knowledge, powertrain)
    log_ratio = np.sum([o.log_ratio for o in observed], axis=0) if observed else 0.0 * share
    log_other = float(sum(o.log_ratio_other for o in observed))
    groups = []
    for damage, rows, wrong, other in _hypotheses(knowledge):
        prior = share[rows] * wrong
        ratio = np.concatenate([log_ratio[rows], [0.0, log_other]])
        # Where no fault of the group exists for this powertrain, its share goes to "nothing".
        nothing_prior = 1.0 - other - float(prior.sum())
        weights = np.concatenate([prior, [nothing_prior, other]])
        joint = weights * np.exp(ratio - ratio.max())
        joint /= joint.sum()
        groups.append(
            GroupPosterior(damage, rows, prior, joint[:-2], nothing_prior, float(joint[-2]),
                           float(joint[-1]), _informed(observed, rows, damage))
        )  # fmt: skip
    return groups


def _hypotheses(
    knowledge: KnowledgeBase,
) -> Iterator[tuple[DamageType | None, NDArray[np.intp], float, float]]:
    settings = knowledge.settings
    known = 1.0 - settings.healthy_prior - settings.other_prior
    yield None, knowledge.mechanical, known, settings.other_prior
    for damage, rows in knowledge.visible.items():
        if len(rows):
            yield damage, rows, settings.damage_base_rate[damage], 0.0


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
