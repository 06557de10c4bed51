"""What no posterior of a mechanical fault can exceed, told without looking at any pair.

A pair (a, b) weighs (see _pairs.py)

    s_ab = sum over there of max(l_a, l_b) + sum over absent of min(l_a, l_b)
        <= sum over there of (max(l_a, 0) + max(l_b, 0)) + sum over absent of l_a,

and the sum of the right side over all b factorises. The total is at least what single faults,
"nothing wrong" and an unknown fault weigh.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tingzhen.diagnosis._posterior import mechanical_priors
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.diagnosis.observation import Observation


def posterior_bound(
    knowledge: KnowledgeBase, observed: Sequence[Observation], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n,), 0..1, at least the posterior of each fault of the mechanical group.

    share: (F,), from `fault_priors`.
    """
    settings, rows = knowledge.settings, knowledge.mechanical
    own = share[rows]
    single_prior, in_pairs_prior, of_each_pair = mechanical_priors(knowledge, own)
    wrong = float(single_prior.sum() + in_pairs_prior.sum() / 2.0)
    there, absent, upwards = (np.zeros(len(rows)) for _ in range(3))
    for one in observed:
        log_ratio = one.log_ratio[rows]
        if one.absent:
            absent += log_ratio
        else:
            there += log_ratio
            upwards += np.maximum(log_ratio, 0.0)
    log_other = sum(one.log_ratio_other for one in observed)
    # Divided by the largest of all, so that nothing overflows.
    scale = max(float((upwards + absent).max(initial=0.0)), log_other, 0.0)
    single = single_prior * np.exp(there + absent - scale)
    least = float(single.sum()) + settings.other_prior * float(np.exp(log_other - scale))
    least += (1.0 - settings.other_prior - wrong) * float(np.exp(-scale))
    of_all = float(own @ np.exp(np.minimum(upwards, 700.0)))
    in_pairs = of_each_pair * of_all * own * np.exp(upwards + absent - scale)
    bound: NDArray[np.float64] = (single + in_pairs) / max(least, 1e-300)
    return np.minimum(bound, 1.0)
