"""All evidence weighed once: from findings, circumstances and what cases taught to posteriors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tingzhen.audio.findings import NoiseFindings
from tingzhen.diagnosis._observations import capped, observe
from tingzhen.diagnosis._posterior import GroupPosterior, fault_priors, group_posteriors
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation
from tingzhen.vision.findings import DamageFindings


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """observed: everything that was observed. share: float64 (F,), prior share of each fault within
    its group. groups: the mechanical group first, then one for each visible damage."""

    observed: tuple[Observation, ...]
    share: NDArray[np.float64]
    groups: tuple[GroupPosterior, ...]

    @property
    def mechanical(self) -> GroupPosterior:
        return self.groups[0]

    @property
    def informed(self) -> list[GroupPosterior]:
        """The groups that anything observed bears on."""
        return [group for group in self.groups if group.informed]


def weigh(
    knowledge: KnowledgeBase,
    noise: NoiseFindings,
    damage: DamageFindings,
    circumstances: Circumstances,
    *,
    prior_weights: Mapping[str, float] | None = None,
    learned: Sequence[Observation] = (),
) -> Weighing:
    """The posterior of every fault, given all that is known of one vehicle.

    prior_weights: factor, > 0, on the prior weight of a fault by its id; 1 where none is given.
    learned: further observations, such as technicians' experience; together they stay within the
    cap of a complaint. They move what the findings ask about; alone they raise no question.
    Raises ValueError for a factor that is not a positive number, an id that is not in the base, or
    a learned observation that does not have one finite ratio for each fault.
    """
    for one in learned:
        if one.log_ratio.shape != (len(knowledge.faults),) or not np.isfinite(one.log_ratio).all():
            raise ValueError(f"not one finite ratio for each fault: {one.text.en}")
    observed = [
        *observe(knowledge, noise, damage, circumstances),
        *capped(list(learned), knowledge.settings.complaint_cap),
    ]
    share = fault_priors(knowledge, circumstances.vehicle.powertrain, prior_weights)
    return Weighing(tuple(observed), share, tuple(group_posteriors(knowledge, observed, share)))
